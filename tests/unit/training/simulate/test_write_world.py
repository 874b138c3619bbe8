from __future__ import annotations

import dataclasses

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.event_file import read_events
from features.events import EventError
from training.simulate import SimulationConfig, simulate, write_world

SMALL = SimulationConfig(orders=2_000, days=60)


def files_under(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_write_world_keeps_events_and_truth_apart(tmp_path):
    """Events and truth go to files in different folders, and read back as they were."""
    world = simulate(SMALL)
    events_path, truth_path = write_world(world, tmp_path / "made" / "here")
    assert (events_path.name, truth_path.parent.name) == ("events.parquet", "truth")
    assert files_under(tmp_path / "made" / "here") == ["events.parquet", "truth/truth.parquet"]
    assert read_events(events_path).equals(world.events)
    assert pq.read_table(truth_path).equals(world.truth)


def test_write_world_same_seed_gives_the_same_bytes(tmp_path):
    """The same seed gives the same bytes, another seed other bytes."""
    first, again = (write_world(simulate(SMALL), tmp_path / name) for name in ("first", "again"))
    other = write_world(simulate(dataclasses.replace(SMALL, seed=8)), tmp_path / "other")
    for one, same, different in zip(first, again, other, strict=True):
        assert one.read_bytes() == same.read_bytes()
        assert one.read_bytes() != different.read_bytes()


def test_write_world_events_do_not_depend_on_the_truth(tmp_path):
    """The file of events is the same whatever the truth table says."""
    world = simulate(SMALL)
    lie = world.truth.set_column(1, "abusive", pc.invert(world.truth["abusive"]))
    honest_path, _ = write_world(world, tmp_path / "honest")
    lying_path, _ = write_world(dataclasses.replace(world, truth=lie), tmp_path / "lying")
    assert honest_path.read_bytes() == lying_path.read_bytes()


def test_write_world_again_replaces_what_was_there(tmp_path):
    """A second run overwrites the first and leaves nothing else."""
    write_world(simulate(SMALL), tmp_path)
    world = simulate(dataclasses.replace(SMALL, seed=8))
    events_path, truth_path = write_world(world, tmp_path)
    assert read_events(events_path).equals(world.events)
    assert pq.read_table(truth_path).equals(world.truth)
    assert len(files_under(tmp_path)) == 2


def test_write_world_wrong_events_leave_the_old_files(tmp_path):
    """If the events can't be written, both files stay as they were, without leftovers."""
    world = simulate(SMALL)
    paths = write_world(world, tmp_path)
    before = [path.read_bytes() for path in paths]
    broken = world.events.set_column(0, "event_id", pa.array(["same"] * len(world.events)))
    with pytest.raises(EventError, match="event_id"):
        write_world(dataclasses.replace(world, events=broken), tmp_path)
    assert [path.read_bytes() for path in paths] == before
    assert len(files_under(tmp_path)) == 2


def test_write_world_failing_truth_leaves_no_part_of_it(tmp_path, monkeypatch):
    """A truth file that breaks off while it is written never shows, and the one before stays whole."""
    world = simulate(SMALL)
    _, truth_path = write_world(world, tmp_path)
    before = truth_path.read_bytes()

    def break_off(_table, where, **_settings):
        where.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("training.simulate.world.write_events", lambda _table, _path: None)
    monkeypatch.setattr("training.simulate.world.pq.write_table", break_off)
    with pytest.raises(OSError, match="disk full"):
        write_world(world, tmp_path)
    assert truth_path.read_bytes() == before
    assert len(files_under(tmp_path)) == 2
