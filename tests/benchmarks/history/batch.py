"""Window totals for many claims: beside peers, and as the events grow."""

from __future__ import annotations

import statistics
from itertools import pairwise

from figures import Figure, at_least, no_more_than
from peers.agreement import compare
from peers.work import make_work

EVENTS = 1_000_000
PEERS = ("batch", "polars_rolling", "duckdb_asof", "duckdb_range", "pandas_rolling")
GROWTH = (10_000, 100_000, 1_000_000, 10_000_000)


def run() -> list[Figure]:
    """Ratios of medians of runs in turns, equal before timed."""
    times = compare(make_work(EVENTS), PEERS, runs=5)
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    ratio = {name: median[name] / median["batch"] for name in PEERS[1:]}
    fastest = min(ratio, key=lambda name: ratio[name])
    detail = {"events": EVENTS, "median_seconds": median, "ratios": ratio}
    return [
        at_least("history/batch_vs_fastest_peer", ratio[fastest], "ratio", 2, fastest=fastest, **detail),
        at_least("history/batch_vs_duckdb_range", ratio["duckdb_range"], "ratio", 10, **detail),
        _growth(),
    ]


def _growth() -> Figure:
    """The most that ten times the events cost."""
    seconds = {}
    for events in GROWTH:
        runs = 3 if events > EVENTS else 7
        seconds[events] = statistics.median(compare(make_work(events), ["batch"], runs=runs)["batch"])
    steps = {many: seconds[many] / seconds[few] for few, many in pairwise(GROWTH)}
    return no_more_than("history/batch_growth", max(steps.values()), "ratio", 12, seconds=seconds, steps=steps)
