from __future__ import annotations

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.event_file import read_events
from features.events import EventError
from training.simulate import SimulationConfig, simulate, write_world

pytestmark = pytest.mark.slow

SMALL = SimulationConfig(orders=2_000, days=60)
OTHER = dataclasses.replace(SMALL, seed=8)
FILES = ["events.parquet", *(f"truth/{name}.parquet" for name in ("merchants", "people", "products", "truth"))]


def files_under(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_write_world_keeps_events_and_truth_apart(tmp_path):
    """Events and truth go to files in different folders, and read back as they are in memory."""
    out = tmp_path / "made" / "here"
    written, world = write_world(SMALL, out), simulate(SMALL)
    assert sorted(files_under(out)) == FILES
    assert (written.events_path, written.truth_path) == (out / "events.parquet", out / "truth" / "truth.parquet")
    assert read_events(written.events_path).equals(world.events)
    assert pq.read_table(written.truth_path).equals(world.truth)
    assert (written.events, written.claims) == (len(world.events), len(world.truth))


def test_write_world_in_pieces_writes_the_same_events(tmp_path, monkeypatch):
    """How many days are written at once makes no difference to what is read back, texts included."""
    monkeypatch.setattr("training.simulate.world.EVENTS_AT_ONCE", 50)
    written = write_world(SMALL, tmp_path)
    assert pq.ParquetFile(written.events_path).num_row_groups > 20
    monkeypatch.undo()
    in_pieces, whole = read_events(written.events_path), simulate(SMALL).events
    assert in_pieces["claim_text"].null_count < len(in_pieces)
    assert in_pieces.equals(whole)


def test_write_world_same_seed_gives_the_same_bytes(tmp_path):
    """The same seed gives the same bytes, another seed other bytes."""
    for name, config in (("first", SMALL), ("again", SMALL), ("other", OTHER)):
        write_world(config, tmp_path / name)
    first, again, other = (files_under(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert all(first[name] != other[name] for name in FILES)


def test_write_world_again_replaces_what_was_there(tmp_path):
    """A second run overwrites the first and leaves nothing else."""
    write_world(SMALL, tmp_path / "twice")
    for name in ("twice", "once"):
        write_world(OTHER, tmp_path / name)
    assert files_under(tmp_path / "twice") == files_under(tmp_path / "once")


def test_write_world_wrong_events_leave_the_old_files(tmp_path, monkeypatch):
    """If the events don't pass the checks, all files stay as they were, without leftovers."""
    write_world(SMALL, tmp_path)
    before = files_under(tmp_path)

    def refuse(_table: pa.Table, what: str) -> None:
        raise EventError(f"{what}: event_id is there twice")

    monkeypatch.setattr("training.simulate.world.check_events", refuse)
    with pytest.raises(EventError, match="event_id"):
        write_world(OTHER, tmp_path)
    assert files_under(tmp_path) == before


def test_write_world_failing_truth_leaves_no_part_of_it(tmp_path, monkeypatch):
    """A truth file that breaks off while it is written never shows, and the one before stays whole."""
    write_world(SMALL, tmp_path)
    before = files_under(tmp_path)

    def break_off(_table, where, **_settings):
        where.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("training.simulate.world.pq.write_table", break_off)
    with pytest.raises(OSError, match="disk full"):
        write_world(OTHER, tmp_path)
    after = files_under(tmp_path)
    assert sorted(after) == FILES
    assert all(after[name] == before[name] for name in FILES if name.startswith("truth/"))


def test_write_world_where_no_folder_can_be_is_an_error_before_any_file(tmp_path):
    """A file that stands where the folder should be is named in the error, and stays."""
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OSError, match="taken"):
        write_world(SMALL, tmp_path / "taken" / "out")
    assert files_under(tmp_path) == {"taken": b"mine"}
