"""A load that was stopped goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from features.event_file import read_events
from training.load import LoadError, load_tables
from training.load.reading import csv_blocks, database, files
from training.load.tables import gathering, merging
from training.load.tables.work import FOLDER


class StoppedError(Exception):
    """As if the process had been killed."""


@pytest.fixture
def small_parts(monkeypatch):
    """Chunks of a few rows, so that a load has many parts."""
    monkeypatch.setattr(files, "CHUNK_ROWS", 200)
    monkeypatch.setattr(database, "CHUNK_ROWS", 20)
    monkeypatch.setattr(csv_blocks.blocks, "__defaults__", (20_000,))


@pytest.fixture
def converted(monkeypatch) -> list[tuple[int, str, int]]:
    """Every chunk that is turned into events: the table, the file and the rows before it."""
    seen: list[tuple[int, str, int]] = []
    convert = gathering.convert

    def noting(sheet, mapping, table, file):
        seen.append((table, sheet.file, sheet.first_row))
        return convert(sheet, mapping, table, file)

    monkeypatch.setattr(gathering, "convert", noting)
    return seen


@contextmanager
def stopped_after(parts: int) -> Iterator[None]:
    """The load within is stopped when it has so many parts."""
    convert, left = gathering.convert, iter(range(parts))

    def stopping(*arguments):
        if next(left, None) is None:
            raise StoppedError
        return convert(*arguments)

    with replaced(gathering, "convert", stopping), pytest.raises(StoppedError):
        yield


@contextmanager
def stopped_in(owner: type, method: str) -> Iterator[None]:
    """The load within is stopped where it would call a method."""

    def stopping(*_):
        raise StoppedError

    with replaced(owner, method, stopping), pytest.raises(StoppedError):
        yield


@contextmanager
def replaced(owner: object, name: str, by: object) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, name, by)
        yield


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("parts", [1, 7, 20])
def test_load_that_was_stopped_goes_on_and_gives_the_same(platform, mapping, tmp_path, converted, parts):
    """No chunk is read twice, and the file is the same as if nothing had happened."""
    folder = str(platform())
    load_tables(mapping, folder, tmp_path / "whole")
    every = converted.copy()
    converted.clear()
    with stopped_after(parts):
        load_tables(mapping, folder, tmp_path / "out")
    assert len(converted) == parts
    assert not (tmp_path / "out" / "events.parquet").exists()
    told: list[str] = []
    load_tables(mapping, folder, tmp_path / "out", lambda _done, _total, what: told.append(what))
    assert told[0] == f"going on after {parts} parts"
    assert converted == every
    assert len(every) > 20
    results = [read_events(tmp_path / name / "events.parquet") for name in ("whole", "out")]
    assert results[0].equals(results[1])
    assert not (tmp_path / "out" / FOLDER).exists()


def test_load_that_was_stopped_while_writing_reads_nothing_again(platform, mapping, tmp_path, converted):
    """All parts are there; only putting them together begins anew, and nothing half done is left."""
    folder, out = str(platform()), tmp_path / "out"
    with stopped_in(merging.Merge, "_refuse_two_of_one_id"):
        load_tables(mapping, folder, out)
    assert [path.name for path in out.iterdir()] == [FOLDER]
    converted.clear()
    load_tables(mapping, folder, out)
    assert converted == []
    assert [path.name for path in out.iterdir()] == ["events.parquet"]


def change_source(folder: Path) -> None:
    path = folder / "verdicts.csv"
    path.write_text(path.read_text() + "\n")


@pytest.mark.usefixtures("small_parts")
def test_load_of_a_source_that_changed_since_is_refused_until_it_restarts(platform, mapping, tmp_path):
    """Old parts and new rows don't go into one file."""
    folder = platform()
    with stopped_after(3):
        load_tables(mapping, str(folder), tmp_path / "out")
    change_source(folder)
    with pytest.raises(LoadError, match=r"table 'claim_adjudicated' has changed since; .* or give --restart"):
        load_tables(mapping, str(folder), tmp_path / "out")


@pytest.mark.usefixtures("small_parts")
def test_load_by_a_mapping_that_changed_since_is_refused_until_it_restarts(platform, mapping, tmp_path, converted):
    """Parts made by other rules don't go into one file with new ones; --restart makes all of them anew."""
    folder, out = str(platform()), tmp_path / "out"
    with stopped_in(merging.Merge, "write"):
        load_tables(mapping, folder, out)
    first = converted.copy()
    other = mapping.model_copy(update={"money": mapping.money.model_copy(update={"currency": "EUR"})})
    with pytest.raises(LoadError, match=r"by another mapping or version; .* or give --restart"):
        load_tables(other, folder, out)
    converted.clear()
    assert load_tables(other, folder, out, restart=True).currency == "EUR"
    assert converted == first


def test_load_of_a_query_without_a_key_begins_again_after_a_stop(platform, mapping, tmp_path, converted, monkeypatch):
    """No database promises that its rows come in the same order again; tables that were done stay done."""
    folder, out = str(platform()), tmp_path / "out"
    tables = [table.model_copy(update={"key": None}) if table.query else table for table in mapping.tables]
    keyless = mapping.model_copy(update={"tables": tuple(tables)})
    claims = next(index for index, table in enumerate(tables) if table.query)
    monkeypatch.setattr(database, "CHUNK_ROWS", 20)
    before = sum(2 if index == 0 else 1 for index in range(claims))
    with stopped_after(before + 2):
        load_tables(keyless, folder, out)
    converted.clear()
    load_tables(keyless, folder, out)
    assert converted[0][0] == claims
    assert converted[0][2] == 0
    assert [path.name for path in out.iterdir()] == ["events.parquet"]
