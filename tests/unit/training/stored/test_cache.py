"""Vectors that are kept: computed once, found by what they were made from, and never trusted if they were changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from features.event_table import from_arrow
from training.cli import main
from training.dataset import keeping as module
from training.dataset.gathering import find_spine
from training.dataset.keeping import Claims, FromDataset, Kept, Making, compute, kept_in, vectors_for
from training.stored.cache import VECTORS, Cache
from training.stored.folder import MANIFEST, StoredError, appearing_folder
from training.stored.hashing import events_hash
from training.stored.vectors import StoredVectors
from training.vectors import FileEngine


@pytest.fixture(scope="module")
def events(shop, table_of) -> pa.Table:
    return table_of(shop[:400])


def claims_of(events: pa.Table) -> Claims:
    table = from_arrow(events)
    return Claims(events, table, find_spine(table).rows)


@pytest.fixture(scope="module")
def claims(events) -> Claims:
    return claims_of(events)


@pytest.fixture(scope="module")
def filled(plan, claims, tmp_path_factory) -> Path:
    """A cache with the vectors of these claims."""
    folder = tmp_path_factory.mktemp("cache") / "cache"
    Kept(Cache(folder), Making(), streamed=True)(plan, claims)
    return folder


@pytest.fixture
def cache(filled, tmp_path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(filled, tmp_path / "cache"))


@pytest.fixture
def computed(monkeypatch) -> list[int]:
    """How many claims' vectors were computed, each time that it was done."""
    calls: list[int] = []

    def counted(plan, claims, progress=None):
        calls.append(len(claims.rows))
        return compute(plan, claims, progress)

    monkeypatch.setattr(module, "compute", counted)
    return calls


@pytest.mark.parametrize("streamed", [False, True])
def test_kept_vectors_are_those_of_memory_and_computed_once(plan, claims, tmp_path, computed, streamed):
    """The second time they come from the file, bit for bit."""
    kept = Kept(Cache(tmp_path / "new" / "cache"), Making(), streamed)
    expected = compute(plan, claims)
    for _ in range(2):
        found = kept(plan, claims)
        assert isinstance(found, StoredVectors) == streamed
        np.testing.assert_array_equal(np.asarray(found), expected)
    assert len(computed) == 1
    assert kept.cache.size()[0] == 1


def test_other_event_or_catalogue_is_another_entry(plan, events, cache, computed):
    """A single changed amount, or a changed definition, is noticed."""
    amounts = events["amount_minor"].to_pylist()
    row = next(row for row, amount in enumerate(amounts) if amount)
    amounts[row] += 1
    place = events.column_names.index("amount_minor")
    changed = events.set_column(place, events.schema.field(place), pa.array(amounts, pa.int64()))
    kept = Kept(Cache(cache), Making(), streamed=True)
    kept(plan, claims_of(changed))
    kept(replace(plan, catalog_hash="another"), claims_of(events))
    kept(plan, claims_of(events))
    assert len(computed) == 2
    assert kept.cache.size()[0] == 3


@pytest.mark.parametrize("spoil", [
    lambda entry: (entry / VECTORS).write_bytes((entry / VECTORS).read_bytes()[:-1] + b"x"),
    lambda entry: (entry / VECTORS).unlink(),
    lambda entry: (entry / MANIFEST).write_text("{}"),
], ids=["a byte", "no vectors", "another manifest"])  # fmt: skip
def test_entry_that_was_changed_is_made_again(plan, claims, cache, computed, spoil):
    """And it is said: vectors that nobody vouches for teach nothing."""
    spoil(next(cache.iterdir()))
    said: list[str] = []
    found = Kept(Cache(cache), Making(), streamed=False)(plan, claims, lambda _done, _total, what: said.append(what))
    np.testing.assert_array_equal(found, compute(plan, claims))
    assert len(computed) == 1
    assert "the cache's file was changed: again" in said
    assert Kept(Cache(cache), Making(), streamed=True)(plan, claims).shape == found.shape
    assert len(computed) == 1


def test_hash_of_events_is_of_their_content(events):
    """How a table is cut into chunks plays no part, nor what lies under missing values; the order does."""
    chunked = pa.concat_tables([events.slice(0, 7), events.slice(7)])
    filled = pa.table(
        [pa.array(column.to_pylist(), column.type) for column in events.columns], names=events.column_names
    )
    assert events_hash(chunked) == events_hash(filled) == events_hash(events)
    assert events_hash(events.slice(0, len(events)).take(list(range(len(events)))[::-1])) != events_hash(events)
    assert events_hash(events.slice(1)) != events_hash(events)


def test_vectors_of_another_dataset_are_refused(plan, claims, cache, events):
    """The message says what differs."""
    folder = next(cache.iterdir())
    assert FromDataset(folder, streamed=True)(plan, claims).shape == (len(claims.rows), len(plan.names))
    with pytest.raises(StoredError, match="was made from something else: its key"):
        FromDataset(folder, streamed=True)(plan, claims_of(events.slice(0, 300)))
    with pytest.raises(StoredError, match=r"no readable manifest\.json"):
        FromDataset(cache, streamed=True)(plan, claims)


def test_cache_beside_a_dataset_is_refused(tmp_path):
    """There would be two places to take vectors from."""
    with (
        pytest.raises(StoredError, match="leave --cache or --dataset out"),
        vectors_for("events.parquet", cache=tmp_path, dataset=tmp_path),
    ):
        pass


def test_streaming_without_a_cache_leaves_no_file(plan, claims, tmp_path, monkeypatch):
    """Vectors lie on disk for the time being, by the engine that needs little memory."""
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    with vectors_for("sqlite:///shop.db", streamed=True) as vectors_of:
        assert vectors_of.making.engine is FileEngine.PARTITIONED
        found = vectors_of(plan, claims)
        assert isinstance(found, StoredVectors)
        np.testing.assert_array_equal(np.asarray(found), compute(plan, claims))
    assert list(tmp_path.iterdir()) == []


def test_cache_says_how_much_it_holds(cache):
    """So that somebody thinks of deleting it; of a folder that isn't there, nothing."""
    size = next(cache.glob("*/*.parquet")).stat().st_size
    assert (
        kept_in(cache) == f"cache {cache}: {size / 1e6:,.0f} MB of vectors (files: 1); delete what you no longer need"
    )
    assert "(files: 0)" in kept_in(cache / "none")


def test_train_with_two_places_for_vectors_is_one_line(tmp_path):
    """By command, before anything is read."""
    options = ["--events", "none.parquet", "--cache", str(tmp_path), "--dataset", str(tmp_path)]
    refused = CliRunner().invoke(main, ["train", *options])
    assert refused.exit_code == 1
    assert refused.output == "Error: vectors come from a cache or from a dataset; leave --cache or --dataset out\n"


def test_folder_of_somebody_else_is_left_alone(tmp_path):
    """What has no manifest was not made here, and nobody's files are deleted."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(StoredError, match="name another folder"), appearing_folder(tmp_path / "mine"):
        pass
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
