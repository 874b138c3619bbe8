"""From what a user names to a source."""

from __future__ import annotations

from pathlib import Path

from training.load.errors import LoadError
from training.load.reading.database import Query
from training.load.reading.files import Files, kind_of
from training.load.reading.source import Source


def is_database(data: str) -> bool:
    """Whether a name is a database's URL, and not a file's path."""
    return "://" in data


def open_source(data: str, query: str | None = None, *, key: str | None = None, name: str = "query") -> Source:
    """The source that a path or URL means. Nothing is read yet, beyond names of files.

    Args:
        data: a .parquet, .csv or .csv.gz file, a folder of parts of one of these kinds, or a database's URL.
        query: what to select; a database needs it, and files take none.
        key: a column of the query's result, unique and never empty, by which reading can go on after a stop.
        name: what messages call the query.

    Raises:
        LoadError: if there is no such file, it is of another kind, or a query is missing or out of place.
    """
    if is_database(data):
        if query is None:
            raise LoadError("a database needs a query; give --query 'select ...' or --query-file FILE")
        return Query(data, query, key, name)
    if query is not None:
        raise LoadError(f"{data}: a file takes no query; leave it out, or give a database's URL as --data")
    path = Path(data)
    if path.is_dir():
        return Files(_parts(path))
    if not path.is_file():
        raise LoadError(f"{path}: no such file; give the path of a .parquet or .csv file")
    if kind_of(path) is None:
        raise LoadError(f"{path}: is a {path.suffix or 'nameless'} file; give a .parquet or .csv file")
    return Files((path,))


def _parts(folder: Path) -> tuple[Path, ...]:
    visible = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] not in "._"]
    paths = tuple(path for path in visible if kind_of(path))
    kinds = {kind_of(path) for path in paths}
    if len(kinds) != 1:
        found = "both .parquet and .csv files" if kinds else "no .parquet or .csv file in it"
        raise LoadError(f"{folder}: {found}; give a folder of parts of one kind")
    return paths
