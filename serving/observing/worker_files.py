"""The numbers of all workers, whichever of them is asked: each writes its own to files that all may read.

The files are those of Prometheus' client in its multi-process mode, mapped into memory: a worker that is killed loses
no more than what it counted since it wrote last. What a dead worker counted goes on counting: the next one to start
takes it over. Gauges of a dead worker tell nothing any more, and go.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import struct
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

from serving.observing.declared import INFOS, METRICS
from serving.observing.tallies import Labels, Snapshot

Kind: TypeAlias = Literal["counter", "histogram", "gauge_mostrecent"]
# by the sample's name and its labels, as pairs of name and value
Totals: TypeAlias = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
_LASTING: Final[tuple[Kind, ...]] = ("counter", "histogram")
_KINDS: Final[tuple[Kind, ...]] = (*_LASTING, "gauge_mostrecent")
_BY_NAME: Final[Mapping[str, Kind]] = {kind: kind for kind in _KINDS}
_DECLARED: Final = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True, slots=True)
class Life:
    """Of the numbers in a folder: a name that no other folder has had, and since when they run (ms)."""

    name: str
    began_ms: int


class WorkerFiles:
    """The files of one worker in the folder of all of them. To be used by one thread at a time.

    Args:
        folder: of all workers of one service on this machine; it is made.
        worker: the worker's process.
        is_alive: whether a process is there.
    """

    def __init__(self, folder: Path, worker: int, is_alive: Callable[[int], bool] | None = None) -> None:
        self._folder, self._worker = folder, worker
        self._is_alive = is_alive or _is_alive
        self._files: dict[Kind, MmapedDict] = {}
        self._written: dict[str, float] = {}
        self._keys: dict[tuple[str, Labels], tuple[str, ...]] = {}
        self._inherited: dict[str, float] = {}
        with _lock(folder, fcntl.LOCK_EX):
            found = self._inherit()
            self._open()
            for path in found:
                path.unlink(missing_ok=True)

    def write(self, snapshot: Snapshot, at_seconds: float) -> None:
        """Write what has changed. Gauges are written each time, since of several workers' the newest counts."""
        if not all(path.exists() for path in self._paths()):  # whoever cleaned up took it for somebody else's
            with _lock(self._folder, fcntl.LOCK_EX):
                self._open()
        for (name, labels), value in snapshot.counters.items():
            self._add("counter", self._keys_of(name, labels)[0], value)
        for (name, labels), (counts, total) in snapshot.histograms.items():
            for key, number in zip(self._keys_of(name, labels), (*counts, total), strict=True):
                self._add("histogram", key, number)
        for (name, labels), value in snapshot.gauges.items():
            self._files["gauge_mostrecent"].write_value(self._keys_of(name, labels)[0], value, at_seconds)

    def text(self) -> bytes:
        """The numbers of all workers as Prometheus reads them."""
        with _lock(self._folder, fcntl.LOCK_SH):
            for path, kind, worker in _files_in(self._folder):
                if kind == "gauge_mostrecent" and not self._lives(worker):
                    path.unlink(missing_ok=True)
            registry = CollectorRegistry()
            registry.register(_Merged(self._folder))
            return generate_latest(registry)

    def totals(self, names: Iterable[str]) -> Totals:
        """What all workers counted of some counters and histograms, dead ones too.

        Buckets hold what fell into each, and not into those below it.
        """
        found: defaultdict[tuple[str, tuple[tuple[str, str], ...]], float] = defaultdict(float)
        wanted = tuple(f'["{name}"' for name in names)
        with _lock(self._folder, fcntl.LOCK_SH):
            for path, kind, _ in _files_in(self._folder):
                if kind in _LASTING:
                    for key, value in _values_in(path):
                        if key.startswith(wanted):
                            found[_sample_of(key)] += value
        return found

    def life(self, now_ms: int) -> Life:
        """The life of these numbers; who asks first begins it."""
        path = self._folder / "life"
        with _lock(self._folder, fcntl.LOCK_EX):
            if not path.exists():
                path.write_text(f"{socket.gethostname()}:{secrets.token_hex(4)} {now_ms}", encoding="utf-8")
            name, _, began = path.read_text(encoding="utf-8").rpartition(" ")
        return Life(name, int(began))

    def close(self) -> None:
        """Close the files; their numbers stay."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _lives(self, worker: int) -> bool:
        return worker == self._worker or self._is_alive(worker)

    def _add(self, kind: Kind, key: str, value: float) -> None:
        if self._written.get(key) != value:
            self._written[key] = value
            self._files[kind].write_value(key, value + self._inherited.get(key, 0.0), 0.0)

    def _paths(self) -> Iterator[Path]:
        return (self._folder / f"{kind}_{self._worker}.db" for kind in _KINDS)

    def _inherit(self) -> list[Path]:
        """Take over what workers counted that are gone, or had this one's number before; return their files."""
        gone = [each for each in _files_in(self._folder) if each[2] == self._worker or not self._is_alive(each[2])]
        inherited: defaultdict[str, float] = defaultdict(float)
        for path, kind, worker in gone:
            if kind in _LASTING:
                for key, value in _values_in(path):
                    inherited[key] += value
            if worker == self._worker:
                path.unlink(missing_ok=True)
        self._inherited = dict(inherited)
        return [path for path, _, worker in gone if worker != self._worker]

    def _open(self) -> None:
        self.close()
        self._written.clear()
        for kind, path in zip(_KINDS, self._paths(), strict=True):
            self._files[kind] = MmapedDict(str(path))
        for key, value in self._inherited.items():
            self._files[_kind_of(key)].write_value(key, value, 0.0)

    def _keys_of(self, name: str, labels: Labels) -> tuple[str, ...]:
        keys = self._keys.get((name, labels))
        if keys is None:
            keys = self._keys[name, labels] = tuple(_make_keys(name, labels))
        return keys


def metrics_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the workers of one service: in BentoML's, which it empties when a service starts, or a new one."""
    parent = environment.get("PROMETHEUS_MULTIPROC_DIR")
    if not parent:
        return Path(tempfile.mkdtemp(prefix="clearclaim-metrics-"))
    return Path(parent) / f"clearclaim-{os.getppid()}"  # several services may share a BentoML home


def _make_keys(name: str, labels: Labels) -> Iterator[str]:
    metric = _DECLARED[name]
    if metric.kind == "histogram":
        for bound in (*metric.buckets, float("inf")):
            le = floatToGoString(bound)
            yield mmap_key(name, f"{name}_bucket", [*metric.labels, "le"], [*labels, le], metric.tells)
        yield mmap_key(name, f"{name}_sum", list(metric.labels), list(labels), metric.tells)
    else:
        sample = f"{name}_total" if metric.kind == "counter" else name
        yield mmap_key(name, sample, list(metric.labels), list(labels), metric.tells)


@lru_cache(maxsize=4096)
def _sample_of(key: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    _, sample, labels, _ = json.loads(key)
    return sample, tuple(labels.items())


def _kind_of(key: str) -> Kind:
    name = key.split('"', 2)[1]
    return "histogram" if name in _DECLARED and _DECLARED[name].kind == "histogram" else "counter"


def _files_in(folder: Path) -> list[tuple[Path, Kind, int]]:
    found: list[tuple[Path, Kind, int]] = []
    for path in folder.glob("*.db"):
        name, _, worker = path.stem.rpartition("_")
        kind = _BY_NAME.get(name)
        if kind is not None and worker.isdecimal():
            found.append((path, kind, int(worker)))
    return found


def _values_in(path: Path) -> Iterator[tuple[str, float]]:
    # whoever was killed while it made the file left nothing that could be read
    with suppress(OSError, struct.error, RuntimeError, UnicodeDecodeError):
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            yield key, value


class _Merged(Collector):
    """The numbers of all workers, with the buckets of histograms before their sums, as Prometheus' format wants it."""

    def __init__(self, folder: Path) -> None:
        self._all = MultiProcessCollector(None, path=str(folder))

    def collect(self) -> Iterable[Metric]:
        for metric in sorted(self._all.collect(), key=lambda each: each.name):
            if metric.name in INFOS:
                metric.samples = [sample for sample in metric.samples if sample.value]
            metric.samples.sort(key=_place)
            yield metric


def _place(sample: Sample) -> tuple[list[tuple[str, str]], bool, float]:
    labels = sorted((name, value) for name, value in sample.labels.items() if name != "le")
    return labels, "le" not in sample.labels, float(sample.labels.get("le", 0))


@contextmanager
def _lock(folder: Path, kind: int) -> Iterator[None]:
    """Nobody takes over from the dead while others read."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, kind)
        yield


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
