"""How long features take: one claim from the store, and many at once."""

import random
import tempfile
import time

import numpy as np

from features.assemble import Assembler
from features.engines.batch import feature_vectors
from features.engines.online import OnlineEngine
from features.event_file import to_events
from features.event_table import from_arrow
from features.events import EventKind
from features.facts import facts_of_event
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from figures import Figure, at_most, seconds
from training.simulate import SimulationConfig, simulate

CLAIMS = 2_000


def run() -> list[Figure]:
    """The same claims through the batch engine and, one by one, through the online one; equal before timed."""
    plan = default_plan()
    world = simulate(SimulationConfig(orders=200_000, days=365))
    table = from_arrow(world.events)
    rows = np.array(random.Random(7).sample(table.rows_of(EventKind.CLAIM_FILED).tolist(), CLAIMS))
    batch = feature_vectors(plan, table, rows)
    all_rows = table.rows_of(EventKind.CLAIM_FILED)
    batch_times = seconds(lambda: feature_vectors(plan, table, all_rows), runs=5)

    online, assembler, times, vectors = OnlineEngine(plan), Assembler(plan), [], []
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/bench.db", plan)
        imported = import_events(store, world.events, "simulated events")
        claims = to_events(world.events.take(rows))
        with store.reading() as connection:
            for claim in claims:
                began = time.perf_counter()
                window = online.window_totals(connection, online.keys(claim), claim.known_at_ms)
                vectors.append(assembler.assemble(window, facts_of_event(claim))[0])
                times.append((time.perf_counter() - began) * 1000)
        store.close()
    if not np.array_equal(np.array(vectors), batch, equal_nan=True):
        raise AssertionError("the two engines disagree: nothing to time")
    size = {"history_rows": imported.history_rows, "columns": len(plan.columns)}
    each = [1e6 * spent / len(all_rows) for spent in batch_times]
    return [
        at_most("history/online_vector", times, "ms", 0.5, **size),
        at_most("history/batch_vector", each, "us", 100, claims=len(all_rows), events=len(table)),
    ]
