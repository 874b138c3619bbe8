"""One claim from a store: with ten million rows of history, for a merchant with a million events, beside plain SQL."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from dataclasses import replace

import numpy as np

from features.engines.online import OnlineEngine
from features.event_file import from_events
from features.event_table import EventTable
from features.events import Event, EventKind
from features.plan import default_plan
from figures import Figure, at_least, at_most, no_more_than
from history.stores import ask, batch_vectors, file_url, filled, mismatches, some_claims
from peers import batch_engine, sql_aggregate
from peers.work import DAY_MS, Work, make_work
from training.simulate import SimulationConfig, simulate

ORDERS = 850_000  # make a little more than ten million rows of history
CLAIMS = 2_000
RUNS = 5  # over the same claims; each gives a median
SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)  # events of one merchant
NOW_MS = 1_767_225_600_000  # 2026-01-01
SQL_SIZES = (10, 1_000, 100_000)


def run() -> list[Figure]:
    """Medians over single claims; equal to the batch engine, or to plain SQL, before they count."""
    return [_ten_million_rows(), _merchant_growth(), _plain_sql()]


def _ten_million_rows() -> Figure:
    plan = default_plan()
    world = simulate(SimulationConfig(orders=ORDERS, days=540))
    table, rows, claims = some_claims(world.events, CLAIMS)
    with tempfile.TemporaryDirectory() as folder, filled(file_url(folder), plan, world.events) as (store, imported):
        _, first = ask(store, claims)  # after it, what each claim touches has been read once
        runs = [ask(store, claims) for _ in range(RUNS)]
    vectors, times = runs[0][0], [statistics.median(times) for _, times in runs]
    if mismatches(vectors, batch_vectors(plan, table, rows)):
        raise AssertionError("online and batch disagree: nothing to time")
    return at_most(
        "history/online_vector_10m_rows",
        times,
        "ms",
        0.5,
        history_rows=imported.history_rows,
        columns=len(plan.columns),
        first_pass=statistics.median(first),
        p99=statistics.median(float(np.quantile(times, 0.99)) for _, times in runs),
    )


def _merchant_growth() -> Figure:
    """What a merchant with a million events costs, against one with ten; asked in turns."""
    plan = default_plan()
    events = [event for size in SIZES for event in _orders_of(size)]
    with tempfile.TemporaryDirectory() as folder, filled(file_url(folder), plan, from_events(events)) as (store, _):
        claims = [_claim(size, number) for number in range(500) for size in SIZES]
        ask(store, claims)
        _, times = ask(store, claims)
    median = {size: statistics.median(times[place :: len(SIZES)]) for place, size in enumerate(SIZES)}
    return no_more_than(
        "history/online_merchant_growth", median[SIZES[-1]] / median[SIZES[0]], "ratio", 1.5, median_ms=median
    )


def _orders_of(size: int) -> list[Event]:
    """A merchant's orders over a year, of a product of its own each thousand."""
    step = 365 * DAY_MS // (size + 1)
    order = Event(
        event_id="", kind=EventKind.ORDER_PAID, occurred_at_ms=0, known_at_ms=0, merchant_id=f"merchant {size}",
        amount_minor=1_000, quantity=1,
    )  # fmt: skip
    return [
        replace(
            order,
            event_id=f"{size} {number}",
            order_id=f"{size} {number}",
            product_id=f"{size} {number // 1_000}",
            occurred_at_ms=NOW_MS - (size - number) * step,
            known_at_ms=NOW_MS - (size - number) * step,
        )
        for number in range(size)
    ]


def _claim(size: int, number: int) -> Event:
    moment = NOW_MS + 1 - number * 60_000
    return Event(
        event_id=f"claim {size} {number}", kind=EventKind.CLAIM_FILED, claim_id=f"{size} {number}",
        occurred_at_ms=moment, known_at_ms=moment, buyer_id="nobody", merchant_id=f"merchant {size}",
        product_id=f"{size} 0", amount_minor=1_000, quantity=1, claim_type="refund_only", claim_reason="damaged",
    )  # fmt: skip


def _plain_sql() -> Figure:
    """How much longer plain SQL over raw events takes for a merchant with 100,000; smaller ones in the detail."""
    medians = {size: _against_sql(make_work(max(200_000, 2 * size), hot=size)) for size in SQL_SIZES}
    ratio = {size: sql / own for size, (own, sql) in medians.items()}
    return at_least("history/online_vs_plain_sql", ratio[SQL_SIZES[-1]], "ratio", 10, ratios=ratio, median_ms=medians)


def _against_sql(work: Work) -> tuple[float, float]:
    """Medians in ms of both over the same claims, asked in turns, after a look whether they agree."""
    prepared = batch_engine.prepare(work)
    asked = list(range(min(100, len(work.claims))))
    events = from_events([_event(prepared.events, row) for row in range(len(work.known_at_ms))])
    own, plain = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        filled(file_url(folder), prepared.plan, events) as (store, _),
        sqlite3.connect(f"{folder}/plain.db") as database,
        store.reading() as connection,
    ):
        sql_aggregate.prepare(database, work)
        online = OnlineEngine(prepared.plan)
        for index in [*asked, *asked]:
            claim = _event(prepared.events, int(work.claims[index]))
            began = time.perf_counter()
            found = online.window_totals(connection, claim, claim.known_at_ms).totals[0]
            between = time.perf_counter()
            expected = sql_aggregate.answer(database, sql_aggregate.claim_of(work, index))
            own.append((between - began) * 1000)
            plain.append((time.perf_counter() - between) * 1000)
            if not np.array_equal(found, expected):
                raise AssertionError("online and plain SQL disagree: nothing to time")
    return statistics.median(own[len(asked) :]), statistics.median(plain[len(asked) :])


def _event(events: EventTable, row: int) -> Event:
    common = {
        "event_id": f"event {row}",
        "occurred_at_ms": int(events["known_at_ms"][row]),
        "known_at_ms": int(events["known_at_ms"][row]),
        "buyer_id": f"buyer {events['buyer_id'][row]}",
        "merchant_id": f"merchant {events['merchant_id'][row]}",
        "product_id": "goods",
        "amount_minor": int(events["amount_minor"][row]),
        "quantity": 1,
    }
    if events["kind"][row] == 0:
        return Event(kind=EventKind.ORDER_PAID, order_id=f"order {row}", **common)
    claim = {"claim_id": f"claim {row}", "claim_type": "refund_only", "claim_reason": "damaged"}
    return Event(kind=EventKind.CLAIM_FILED, **claim, **common)
