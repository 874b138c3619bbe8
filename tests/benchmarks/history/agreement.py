"""Whether all engines find the same: 20,000 claims and more, each value of each column compared bit for bit.

The reference engine loops over all events for each claim, so its claims come from many small invented histories, which
the other engines get as one table: ids and pictures are moved apart, so that no history knows of another.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Floats
from features.assemble import Assembler
from features.engines import reference
from features.engines.partitioned.local import write_partitioned_vectors
from features.engines.spark import spark_vectors
from features.event_file import from_events, write_events
from features.event_table import hash_bits, hash_words
from features.events import EVENT_FIELDS, Event, EventKind, FieldType
from features.facts import facts_of_event
from features.plan import Plan, default_plan
from figures import Figure, no_more_than
from history.stores import ask, batch_vectors, file_url, filled, mismatches, some_claims
from tests.contract.postgres import postgres_server
from tests.parity.histories import invent_event, moments_of
from training.load import find_mapping, load, read_mapping
from training.simulate import SimulationConfig, simulate

CLAIMS = 20_000
HISTORY_EVENTS = 40
REAL_FILE = Path("../shared/data/online_retail_ii.parquet")
KINDS = [*EventKind, *[EventKind.ORDER_PAID, EventKind.CLAIM_FILED] * 4]


def run() -> list[Figure]:
    """Mismatches between engines: on invented histories, on a simulated market, and on the real file if it is there."""
    figures = [_invented(), _simulated()]
    return [*figures, _real()] if REAL_FILE.is_file() else figures


def _invented() -> Figure:
    plan = default_plan()
    histories = list(_histories(plan))
    expected = _expected(plan, histories)
    events = from_events([event for history in histories for event in history])
    with postgres_server(durable=False) as new_url:
        return _compare("history/mismatches_invented", plan, events, expected, {"postgresql": new_url()})


def _simulated() -> Figure:
    events = simulate(SimulationConfig(orders=200_000, days=365)).events
    return _compare("history/mismatches_simulated", default_plan(), events, None, {})


def _real() -> Figure:
    plan = default_plan()
    events = load(REAL_FILE, read_mapping(find_mapping("online_retail_ii"))).events
    table, rows, claims = some_claims(events)
    batch = batch_vectors(plan, table, rows)
    with tempfile.TemporaryDirectory() as folder:
        online = _online(plan, events, file_url(folder), claims)
    wrong = {"online_sqlite": mismatches(online, batch)}
    return no_more_than(
        "history/mismatches_real_file", sum(wrong.values()), "values", 0, claims=len(claims), values=batch.size, **wrong
    )


def _compare(name: str, plan: Plan, events: pa.Table, expected: Floats | None, databases: dict[str, str]) -> Figure:
    table, rows, claims = some_claims(events)
    batch = batch_vectors(plan, table, rows)
    wrong = {} if expected is None else {"reference": mismatches(expected, batch)}
    with tempfile.TemporaryDirectory() as folder:
        for database, url in {"sqlite": file_url(folder), **databases}.items():
            wrong[f"online_{database}"] = mismatches(_online(plan, events, url, claims), batch)
        given = Path(folder) / "events.parquet"
        write_events(events, given)
        order = {claim.claim_id: place for place, claim in enumerate(claims)}
        for engine, write in (("partitioned", write_partitioned_vectors), ("spark", spark_vectors)):
            out = Path(folder) / engine
            write(plan, given, out)
            wrong[engine] = mismatches(_by_claim(plan, pq.read_table(out), order), batch)
    return no_more_than(
        name, sum(wrong.values()), "values", 0, claims=len(claims), values=batch.size * len(wrong), **wrong
    )


def _online(plan: Plan, events: pa.Table, url: str, claims: list[Event]) -> Floats:
    with filled(url, plan, events) as (store, _):
        return ask(store, claims)[0]


def _by_claim(plan: Plan, written: pa.Table, order: dict[str | None, int]) -> Floats:
    places = np.array([order[claim_id] for claim_id in written["claim_id"].to_pylist()])
    vectors = np.empty((len(order), len(plan.columns)))
    vectors[places] = np.stack([np.asarray(written[name]) for name in plan.names], axis=1)
    return vectors


def _expected(plan: Plan, histories: list[list[Event]]) -> Floats:
    """What the reference engine finds, history by history."""
    assembler, found = Assembler(plan), []
    for history in histories:
        claims = [event for event in history if event.kind is EventKind.CLAIM_FILED]
        facts = np.concatenate([facts_of_event(claim) for claim in claims])
        found.append(assembler.assemble(reference.window_totals(plan, history, claims), facts))
    return np.concatenate(found)


def _histories(plan: Plan) -> Iterator[list[Event]]:
    chance, moments, claims, number = random.Random(7), moments_of(plan), 0, 0
    while claims < CLAIMS:
        events = [
            invent_event(place, chance.choice(KINDS), moments, chance.choice) for place in range(HISTORY_EVENTS - 1)
        ]
        events.append(invent_event(HISTORY_EVENTS, EventKind.CLAIM_FILED, moments, chance.choice))
        shift = np.int64(chance.getrandbits(63))
        yield [_moved(event, f"{number}:", shift, place) for place, event in enumerate(events)]
        claims += sum(event.kind is EventKind.CLAIM_FILED for event in events)
        number += 1


def _moved(event: Event, prefix: str, shift: np.int64, place: int) -> Event:
    """The event among ids and pictures of its own; pictures of one history stay as near each other as they were."""
    ids = [
        name for name, spec in EVENT_FIELDS.items() if spec.type is FieldType.ID and getattr(event, name) is not None
    ]
    moved = {name: prefix + getattr(event, name) for name in ids}
    if event.kind is EventKind.CLAIM_FILED:
        moved["claim_id"] = f"{prefix}{place}"
    hashes = event.evidence_hashes
    if hashes:
        moved["evidence_hashes"] = tuple(hash_words(hash_bits(hashes) ^ shift))
    return replace(event, **moved)
