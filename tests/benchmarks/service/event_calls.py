"""Calls of POST /v1/events with events that follow the history, as the platform would send them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from figures import Figure, at_least
from service.load import Target, send_streams
from service.rounds import Pace

IN_A_CALL = 2_000
CONNECTIONS = 4
LEAST_PER_SECOND = 5_000
LEFT_OUT = {"known_at_ms"}  # which the service stamps


def events_figure(target: Target, events: Path, pace: Pace) -> Figure:
    """Events a second over several connections; every event of every call must have been new."""
    streams = [iter([target.request(body) for body in bodies]) for bodies in event_bodies(events)]
    rounds = []
    for _ in range(pace.rounds):
        measured = send_streams(streams, target.port, pace.seconds)
        rounds.append((_taken(measured.bodies) / measured.seconds, measured))
        _taken(measured.first_bodies)
    rounds.sort(key=lambda each: each[0])
    per_second, middle = rounds[len(rounds) // 2]
    detail = {"in_a_call": IN_A_CALL, "connections": CONNECTIONS, "call_p50_ms": round(middle.p50_ms, 1)}
    return at_least("service/events_per_second", per_second, "events", LEAST_PER_SECOND, **detail)


def event_bodies(events: Path) -> list[list[bytes]]:
    """The bodies of calls, for each connection in the order of the file; all events of an order go over one."""
    streams: list[list[dict[str, Any]]] = [[] for _ in range(CONNECTIONS)]
    order_of: dict[str, str] = {}
    for row in _rows(events):
        order = row.get("order_id") or order_of.get(row.get("claim_id", ""), "")
        order_of[row.get("claim_id", "")] = order
        streams[zlib.crc32(order.encode()) % CONNECTIONS].append(row)
    return [list(_calls(stream)) for stream in streams]


def _rows(events: Path) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(events).iter_batches():
        for row in batch.to_pylist():
            yield {name: value for name, value in row.items() if value is not None and name not in LEFT_OUT}


def _calls(rows: list[dict[str, Any]]) -> Iterator[bytes]:
    rest = iter(rows)
    while len(part := list(islice(rest, IN_A_CALL))) == IN_A_CALL:
        yield json.dumps({"events": part}, ensure_ascii=False, separators=(",", ":")).encode()


def _taken(bodies: list[bytes]) -> int:
    taken = [json.loads(body)["taken"] for body in bodies]
    if set(taken) - {IN_A_CALL}:
        raise ValueError(f"calls of {IN_A_CALL} new events took {sorted(set(taken))}")
    return sum(taken)
