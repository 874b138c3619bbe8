"""What the service calls to be seen: a method for each thing that is worth counting. None of them waits for anything.

`start` writes the numbers out once a second, for the `text` of all workers together.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from prometheus_client import CONTENT_TYPE_LATEST

from features.arrays import Floats
from serving.background import Background
from serving.observing import declared
from serving.observing.declared import STAGES
from serving.observing.drift import WATCHED_COLUMNS
from serving.observing.laps import Laps
from serving.observing.tallies import MOST_SERIES, Buckets, Tallies
from serving.observing.worker_files import Life, Totals, WorkerFiles, metrics_folder

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FLUSH_SECONDS: Final = 1.0
_STATUS_CLASSES: Final = ("0xx", "1xx", "2xx", "3xx", "4xx", "5xx")
_UNAVAILABLE: Final = 503
_KEPT_VERSIONS: Final = 4  # of a model's or policy's versions: those of before are told to be over


class Metrics:
    """The figures of one worker, and the text of all workers'. May be shared between threads.

    Args:
        names: of the vector's columns, for the share of values that are missing.
        folder: of the service's workers; by default as BentoML says.
        worker: which of the workers this one is; what it says of itself stands under this label.
        process: the worker's process, which names its files.
    """

    def __init__(
        self, names: Sequence[str], folder: Path | None = None, worker: str = "1", process: int | None = None
    ) -> None:
        self._tallies = Tallies()
        self._files = WorkerFiles(folder or metrics_folder(), process or os.getpid())
        self._files_lock = Lock()
        self._worker = worker
        self._columns = np.array([names.index(name) for name in WATCHED_COLUMNS if name in names], dtype=np.intp)
        self._column_names = [name for name in WATCHED_COLUMNS if name in names]
        self._missing = np.zeros(len(self._columns), dtype=np.int64)
        self._vectors = 0
        self._stages = {stage: self._tallies.buckets(declared.STAGE, (stage,)) for stage in STAGES}
        self._requests: dict[str, Buckets] = {}
        self._abuse = self._tallies.buckets(declared.ABUSE_PROBABILITY)
        self._version: dict[tuple[str, ...], str | None] = {}
        self._versions: dict[tuple[str, ...], list[str]] = {}
        self._sources: list[Callable[[], None]] = []
        self._background = Background("metrics", FLUSH_SECONDS, self.flush)

    def ask(self, source: Callable[[], None]) -> None:
        """Have something called before the numbers are written out, in whose turn it sets gauges."""
        self._sources.append(source)

    def start(self) -> None:
        """Begin to write the numbers out, in a thread of its own."""
        self._background.start()

    def stop(self) -> None:
        """Write the numbers out a last time."""
        self._background.stop()
        self.flush()
        with self._files_lock:
            self._files.close()

    def observe_laps(self, laps: Laps) -> None:
        """How long the stages of a claim took."""
        stages = self._stages
        with self._tallies.lock:
            for stage, seconds in laps.seconds:
                stages[stage].add(seconds)

    def count_request(self, endpoint: str, status: int, seconds: float) -> None:
        """A request that was answered.

        Args:
            endpoint: the endpoint's path as it is declared, with its braces; never the path that was asked for.
            status: of the response.
            seconds: from its first byte to the last of the response.
        """
        self._tallies.add(declared.REQUESTS, (endpoint, _STATUS_CLASSES[status // 100 if 0 < status < 600 else 0]))
        if status == _UNAVAILABLE:
            self._tallies.add(declared.UNAVAILABLE, (endpoint,))
        buckets = self._requests.get(endpoint)
        if buckets is None:
            buckets = self._tallies.buckets(declared.REQUEST, (endpoint,))
            if len(self._requests) < MOST_SERIES:
                self._requests[endpoint] = buckets
        with self._tallies.lock:
            buckets.add(seconds)

    def count_decision(self, action: str, abuse_probability: float | None, degraded_by: str | None = None) -> None:
        """A claim that was decided; `degraded_by` is a word of the service's own for why it couldn't tell."""
        self._tallies.add(declared.DECISIONS, (action,))
        if degraded_by is not None:
            self._tallies.add(declared.DEGRADED, (degraded_by,))
        if abuse_probability is not None:
            with self._tallies.lock:
                self._abuse.add(abuse_probability)

    def count_vector(self, vector: Floats) -> None:
        """The feature vector of a claim, float64, the catalogue's columns first: which watched values are missing."""
        missing = np.isnan(vector[self._columns])
        with self._tallies.lock:
            self._vectors += 1
            self._missing += missing

    def count_replay(self) -> None:
        """A claim that got its stored answer again."""
        self._tallies.add(declared.REPLAYS)

    def count_conflict(self) -> None:
        """A claim whose id has other content."""
        self._tallies.add(declared.CONFLICTS)

    def count_events(self, new: int, known: int) -> None:
        """Events that were sent: how many were new, and how many were known already."""
        self._tallies.add(declared.EVENTS, ("new",), new)
        self._tallies.add(declared.EVENTS, ("known",), known)

    def count_shadow(self, outcome: str, claims: int) -> None:
        """What became of claims of the challenger in shadow (`serving.shadow`)."""
        self._tallies.add(declared.SHADOW, (outcome,), claims)

    def set_reviews(self, *, price_minor: float, waiting: int, places_left: float | None) -> None:
        """What a place in the reviewers' queue costs, how many wait, and the day's places left, if they are counted."""
        self._tallies.set(declared.REVIEW_PRICE, (), price_minor)
        self._tallies.set(declared.REVIEWS_WAITING, (), waiting)
        if places_left is not None:
            self._tallies.set(declared.REVIEW_PLACES, (), places_left)

    def set_outbox(self, *, oldest_seconds: float, dead: int) -> None:
        """How long the oldest notification waits, and how many were given up."""
        self._tallies.set(declared.OUTBOX_WAITING, (), oldest_seconds)
        self._tallies.set(declared.OUTBOX_DEAD, (), dead)

    def set_store(self, *, is_open: bool) -> None:
        """Whether this worker has opened the store."""
        self._tallies.set(declared.STORE_OPEN, (self._worker,), float(is_open))

    def set_versions(self, *, policy: str, champion: str | None, challenger: str | None = None) -> None:
        """What is in force; it costs little where nothing has changed."""
        self._set_version(declared.POLICY_INFO, (), policy)
        self._set_version(declared.MODEL_INFO, ("champion",), champion)
        self._set_version(declared.MODEL_INFO, ("challenger",), challenger)

    def flush(self) -> None:
        """Write the numbers out for all workers to read."""
        for source in self._sources:
            source()
        self._tallies.set(declared.WORKER_MEMORY, (self._worker,), _memory_bytes())
        with self._tallies.lock:
            missing, self._missing = self._missing, np.zeros_like(self._missing)
            vectors, self._vectors = self._vectors, 0
        if vectors:
            self._tallies.add(declared.VECTORS, (), vectors)
            for name, number in zip(self._column_names, missing.tolist(), strict=True):
                self._tallies.add(declared.MISSING, (name,), number)
        with self._files_lock:
            self._files.write(self._tallies.snapshot(), time.time())

    def text(self) -> bytes:
        """The figures of all workers in Prometheus' text format; it reads their files, so call it in a thread."""
        self.flush()
        with self._files_lock:
            return self._files.text()

    def totals(self, names: Iterable[str]) -> Totals:
        """What all workers counted of some metrics up to their last second; it reads their files, as `text` does."""
        with self._files_lock:
            return self._files.totals(names)

    def life(self, now_ms: int) -> Life:
        """Of all workers' counts: a name that no counts of before had, and since when they run."""
        return self._files.life(now_ms)

    def _set_version(self, metric: declared.Declared, role: tuple[str, ...], version: str | None) -> None:
        key = (metric.name, *role)
        if self._version.get(key) == version:
            return
        self._version[key] = version
        versions = [each for each in self._versions.get(key, []) if each != version]
        for before in versions:
            self._tallies.set(metric, (*role, before), 0)
        if version is not None:
            versions.append(version)
            self._tallies.set(metric, (*role, version), 1)
        for forgotten in versions[:-_KEPT_VERSIONS]:
            self._tallies.forget(metric, (*role, forgotten))
        self._versions[key] = versions[-_KEPT_VERSIONS:]


def _memory_bytes() -> float:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):  # no Linux: the most that it ever was
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return float(pages) * resource.getpagesize()
