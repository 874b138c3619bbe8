"""Tables read chunk by chunk into parts of a work folder, from where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Sequence

from features.progress import Progress
from training.load.reading import Source
from training.load.source import Sheet
from training.load.tables.convert import convert
from training.load.tables.mapping import TablesMapping
from training.load.tables.work import Work


def gather(mapping: TablesMapping, sources: Sequence[Source], work: Work, progress: Progress | None = None) -> None:
    """Read what isn't read yet.

    A table that a database gives without a key begins again if it was stopped: its order is nobody's promise.

    Raises:
        LoadError: naming the first row and column that is wrong; what was read before stays done.
    """
    for index, (table, source) in enumerate(zip(mapping.tables, sources, strict=True)):
        if work.tables[index].finished:
            continue
        if work.tables[index].parts and not source.resumable:
            work.begin_again(index)
        names = sorted(set(table.column_keys(index).values()))
        for chunk in source.chunks(names, work.tables[index].mark):
            sheet = Sheet(source.files[chunk.file], chunk.table, chunk.first_row)
            events, counts = convert(sheet, mapping, index, chunk.file)
            work.add(index, events, chunk.mark, counts)
            tell_read(progress, table.called, source.size(), chunk.done)
        work.finish(index)


def tell_read(progress: Progress | None, table: str, size: int, done: int) -> None:
    """Tell how far a table is read: its share where that is known, else how many rows."""
    if progress is None:
        return
    if size:
        progress(done, size, f"reading {table}")
    else:
        progress(0, 1, f"reading {table}: {done:,} rows")
