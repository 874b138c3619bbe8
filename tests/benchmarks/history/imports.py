"""Bulk imports, against a bare executemany of the same rows into the same tables of the same store."""

from __future__ import annotations

import tempfile
import time

import pyarrow as pa
import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store
from features.store.schema import EVENT, HISTORY, MEETING, PICTURE, PICTURE_BAND
from figures import Figure, at_least
from history.stores import file_url, filled
from tests.contract.postgres import postgres_server
from training.simulate import SimulationConfig, simulate

ORDERS = 60_000
TABLES = (EVENT, HISTORY, MEETING, PICTURE, PICTURE_BAND)
SAMPLE = 0.01  # of the rows: pg8000's executemany sends them one by one


def run() -> list[Figure]:
    """Rows a second by import over rows a second by executemany."""
    events = simulate(SimulationConfig(orders=ORDERS, days=365)).events
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        figures = [_compare("sqlite", file_url(folder), file_url(other), events, 1.0)]
    with postgres_server() as new_url:
        figures.append(_compare("postgresql", new_url(), new_url(), events, SAMPLE))
    return figures


def _compare(name: str, url: str, other_url: str, events: pa.Table, share: float) -> Figure:
    plan = default_plan()
    began = time.perf_counter()
    with filled(url, plan, events) as (store, _):
        seconds = time.perf_counter() - began
        with store.reading() as connection:
            rows = {table: [tuple(row) for row in connection.execute(sa.select(table))] for table in TABLES}
    number = sum(len(own) for own in rows.values())
    bare = Store.open(other_url, plan)
    written, bare_seconds = 0, 0.0
    for table, own in rows.items():
        part = own[: max(1, int(len(own) * share))]
        began = time.perf_counter()
        with bare.writing() as connection:
            statement = sa.insert(table).values(dict.fromkeys(table.c.keys())).compile(dialect=bare.engine.dialect)
            connection.exec_driver_sql(str(statement), part)
        bare_seconds += time.perf_counter() - began
        written += len(part)
    bare.close()
    rates = {"import": number / seconds, "executemany": written / bare_seconds}
    return at_least(
        f"history/import_vs_executemany_{name}",
        rates["import"] / rates["executemany"],
        "ratio",
        1 / 3,
        rows=number,
        rows_per_second=rates,
        events_per_second=len(events) / seconds,
    )
