"""Where a dataset's vectors come from: computed in memory, from a folder that keeps them, or streamed from there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Ints
from features.engines.batch import feature_vectors
from features.event_table import EventTable
from features.plan import Plan
from features.progress import Progress
from training.stored.cache import Cache, Origin, open_vectors
from training.stored.folder import StoredError
from training.stored.hashing import events_hash
from training.stored.vectors import StoredVectors, Vectors, chunks
from training.stored.writing import engine_parts, write_parts
from training.vectors import FileEngine


@dataclass(frozen=True, slots=True)
class Claims:
    """Events, once as given and once as NumPy columns, and the rows of n of their `claim_filed` events, by time."""

    events: pa.Table
    table: EventTable
    rows: Ints

    @property
    def ids(self) -> pa.Array:
        """Their names, shape (n,)."""
        return self.events["claim_id"].take(pa.array(self.rows)).combine_chunks()

    def origin(self, plan: Plan) -> Origin:
        """What vectors of theirs are made from."""
        return Origin(events_hash(self.events), plan.catalog_hash)


VectorMaker: TypeAlias = Callable[[Plan, Claims, Progress | None], Vectors]


def compute(plan: Plan, claims: Claims, progress: Progress | None = None) -> Vectors:
    """The vectors of claims by the batch engine, in memory. Shape (n, columns)."""
    return feature_vectors(plan, claims.table, claims.rows, progress)


@dataclass(frozen=True, slots=True)
class Making:
    """How an engine makes a file of vectors: from the file that events came from, which batch doesn't need."""

    engine: FileEngine = FileEngine.BATCH
    source: str | None = None
    master: str | None = None

    def write(self, path: Path, plan: Plan, claims: Claims, progress: Progress | None = None) -> None:
        """Write them in the order of the claims."""
        ids, as_of_ms = claims.ids, claims.table["known_at_ms"][claims.rows]
        if self.engine is FileEngine.BATCH:
            write_parts(path, plan, ids, as_of_ms, chunks(compute(plan, claims, progress)))
            return
        with (
            _as_file(self.source, claims.events) as source,
            engine_parts(plan, source, self.engine, ids, master=self.master, progress=progress) as parts,
        ):
            write_parts(path, plan, ids, as_of_ms, parts)


@dataclass(frozen=True, slots=True)
class Kept:
    """Vectors from a cache, computed only if they aren't there; left in their file if they are to be streamed."""

    cache: Cache
    making: Making
    streamed: bool

    def __call__(self, plan: Plan, claims: Claims, progress: Progress | None = None) -> Vectors:
        """The vectors of claims."""
        origin = claims.origin(plan)
        try:
            found = self.cache.find(origin, plan.names)
        except StoredError:
            found = None
            _say(progress, "the cache's file was changed: again")
        if found is None:
            found = self.cache.add(origin, plan.names, lambda path: self.making.write(path, plan, claims, progress))
        else:
            _say(progress, "vectors found in the cache")
        return _given(found, streamed=self.streamed)


@dataclass(frozen=True, slots=True)
class FromDataset:
    """Vectors from the folder of a dataset, which must have been made from the same events and catalogue."""

    folder: Path
    streamed: bool

    def __call__(self, plan: Plan, claims: Claims, progress: Progress | None = None) -> Vectors:
        """The vectors of claims."""
        found = open_vectors(self.folder, claims.origin(plan), plan.names)
        _say(progress, "vectors found in the dataset")
        return _given(found, streamed=self.streamed)


@contextmanager
def vectors_for(
    source: str, *, cache: Path | None = None, dataset: Path | None = None, streamed: bool = False
) -> Iterator[VectorMaker]:
    """How a training gets vectors. What is streamed and kept nowhere lies in a folder for the time being.

    Raises:
        StoredError: if there are two places to take them from.
    """
    if cache is not None and dataset is not None:
        raise StoredError("vectors come from a cache or from a dataset; leave --cache or --dataset out")
    if dataset is not None:
        yield FromDataset(dataset, streamed)
    elif cache is None and not streamed:
        yield compute
    else:
        making = Making(FileEngine.PARTITIONED if streamed else FileEngine.BATCH, source)
        with tempfile.TemporaryDirectory() as name:
            yield Kept(Cache(Path(name) if cache is None else cache), making, streamed)


def kept_in(folder: Path) -> str:
    """How much a cache has come to hold, in a line."""
    files, size = Cache(folder).size()
    return f"cache {folder}: {size / 1e6:,.0f} MB of vectors (files: {files:,}); delete what you no longer need"


@contextmanager
def _as_file(source: str | None, events: pa.Table) -> Iterator[str]:
    """The file that events came from, or one of them where they came from a store."""
    if source is not None and "://" not in source:
        yield source
        return
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "events.parquet"
        pq.write_table(events, path)
        yield str(path)


def _given(found: StoredVectors, *, streamed: bool) -> Vectors:
    return found if streamed else np.asarray(found)


def _say(progress: Progress | None, what: str) -> None:
    if progress is not None:
        progress(1, 1, what)
