"""The peers side by side: equal before timed, and timed in turns, so that a busy moment of the machine hits all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from peers import batch_engine, duckdb_windows, pandas_rolling, polars_rolling
from peers.work import Ints, Work


class Peer(NamedTuple):
    """A way to all answers: `prepare` isn't timed, `totals` is."""

    prepare: Callable[[Work], Any]
    totals: Callable[[Any], Ints]


PEERS: Mapping[str, Peer] = {
    "batch": Peer(batch_engine.prepare, batch_engine.totals),
    "polars_rolling": Peer(polars_rolling.prepare, polars_rolling.totals),
    "duckdb_asof": Peer(duckdb_windows.prepare, duckdb_windows.asof_totals),
    "duckdb_range": Peer(duckdb_windows.prepare, duckdb_windows.range_totals),
    "pandas_rolling": Peer(pandas_rolling.prepare, pandas_rolling.totals),
    "pandas_grouped": Peer(pandas_rolling.prepare, pandas_rolling.grouped_totals),
}


def compare(work: Work, names: Iterable[str] = PEERS, runs: int = 5) -> dict[str, list[float]]:
    """How many seconds each of the named peers took in each run, after one run that is only checked.

    Raises:
        AssertionError: if two peers give different answers; then there is nothing to time.
    """
    peers = {name: PEERS[name] for name in names}
    prepared = {name: peer.prepare(work) for name, peer in peers.items()}
    expected = None
    for name, peer in peers.items():
        got = peer.totals(prepared[name])
        if got.dtype != np.int64 or (expected is not None and not np.array_equal(got, expected)):
            raise AssertionError(f"{name} and {next(iter(peers))} disagree: nothing to time")
        expected = got if expected is None else expected
    times: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(runs):
        for name, peer in peers.items():
            began = time.perf_counter()
            peer.totals(prepared[name])
            times[name].append(time.perf_counter() - began)
    return times
