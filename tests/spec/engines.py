"""Every way to a claim's feature vector, behind one signature: a plan and events in, what was found out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import sqlalchemy as sa

from features.arrays import Floats
from features.assemble import Assembler
from features.engines import batch, reference
from features.engines.online import OnlineEngine
from features.event_file import check_events, from_events
from features.event_table import from_arrow
from features.events import Event, EventKind
from features.facts import facts_of_event
from features.plan import Plan, WindowTotals
from features.store import Store
from features.store.bulk import import_events, rebuild_history
from features.store.history import clear_history
from features.store.log import insert_events
from features.store.schema import EVENT, HISTORY, MEETING, PICTURE, PICTURE_BAND

# the rows of all tables that are made from events, as they lie in the store
History = list[tuple[object, ...]]


@dataclass(frozen=True)
class Found:
    """What an engine found for the claims among the events, in the order given; of a store, also its history."""

    window: WindowTotals
    vectors: Floats
    history: History | None = None


Engine = Callable[[Plan, Sequence[Event]], Found]


def by_reference(plan: Plan, events: Sequence[Event]) -> Found:
    """The oracle: loops over raw events."""
    window = reference.window_totals(plan, events, claims_of(events))
    return Found(window, Assembler(plan).assemble(window, _facts(events)))


def by_batch(plan: Plan, events: Sequence[Event]) -> Found:
    """NumPy over the whole table, in the order given."""
    table = from_arrow(check_events(from_events(list(events)), "drawn events"))
    rows = table.rows_of(EventKind.CLAIM_FILED)
    return Found(batch.window_totals(plan, table, rows), batch.feature_vectors(plan, table, rows))


def by_appends(plan: Plan, events: Sequence[Event]) -> Found:
    """A store that learns moment by moment, each claim asked before its own moment is appended, as in service."""
    return _online(plan, events, imports=0)


def by_import(plan: Plan, events: Sequence[Event]) -> Found:
    """A store that got all events at once."""
    return _online(plan, events, imports=1)


def by_two_imports(plan: Plan, events: Sequence[Event]) -> Found:
    """A store that got the older half of all moments, and then the newer half."""
    return _online(plan, events, imports=2)


def by_import_then_appends(plan: Plan, events: Sequence[Event]) -> Found:
    """A store that got the older half of all moments, and then learned moment by moment."""
    moments = sorted({event.known_at_ms for event in events})
    return _online(plan, events, imports=1, import_before_ms=moments[len(moments) // 2] if moments else None)


def by_rebuild(plan: Plan, events: Sequence[Event]) -> Found:
    """A store with all events in its log, whose history was made again from there."""
    store, online = _empty_store(plan)
    with store.writing() as connection:
        insert_events(connection, events)
    rebuild_history(store)
    with store.reading() as connection:
        return _found(plan, events, _ask(connection, online, events), history_of(connection))


STORES: dict[str, Engine] = {
    "online, appends": by_appends,
    "online, import": by_import,
    "online, two imports": by_two_imports,
    "online, import then appends": by_import_then_appends,
    "online, rebuild": by_rebuild,
}
ENGINES: dict[str, Engine] = {"reference": by_reference, "batch": by_batch, **STORES}


def claims_of(events: Sequence[Event]) -> list[Event]:
    """The claims among events, in the order given."""
    return [event for event in events if event.kind is EventKind.CLAIM_FILED]


def history_of(connection: sa.Connection) -> History:
    """All that was made from events, as it lies in the store."""
    tables = (HISTORY, MEETING, PICTURE, PICTURE_BAND)
    return [tuple(row) for table in tables for row in connection.execute(sa.select(table).order_by(*table.primary_key))]


def _facts(events: Sequence[Event]) -> np.ndarray:
    return np.concatenate([facts_of_event(claim) for claim in claims_of(events)])


def _online(plan: Plan, events: Sequence[Event], imports: int, import_before_ms: int | None = None) -> Found:
    store, online = _empty_store(plan)
    asked: dict[str, WindowTotals] = {}
    for part in _parts(events, imports, import_before_ms):
        import_events(store, from_events(part), "drawn events")
        with store.reading() as connection:
            asked |= _ask(connection, online, part)
    if imports == 0 or import_before_ms is not None:
        asked |= _append_all(store, online, [e for e in events if e.known_at_ms >= (import_before_ms or 0)])
    with store.reading() as connection:
        return _found(plan, events, asked, history_of(connection))


def _found(plan: Plan, events: Sequence[Event], asked: dict[str, WindowTotals], history: History) -> Found:
    windows = [asked[claim.event_id] for claim in claims_of(events)]
    window = WindowTotals(
        np.concatenate([each.totals for each in windows]),
        np.concatenate([each.last_rise_ms for each in windows]),
        np.concatenate([each.linked for each in windows]),
    )
    return Found(window, Assembler(plan).assemble(window, _facts(events)), history)


_OPENED: dict[str, tuple[Store, OnlineEngine]] = {}


def _empty_store(plan: Plan) -> tuple[Store, OnlineEngine]:
    """A store in memory without events; one a plan is kept, as SQLAlchemy compiles its statements anew for each."""
    if plan.catalog_hash not in _OPENED:
        _OPENED[plan.catalog_hash] = Store.open("sqlite://", plan), OnlineEngine(plan)
    store, online = _OPENED[plan.catalog_hash]
    with store.writing() as connection:
        connection.execute(sa.delete(EVENT))
        clear_history(connection)
    return store, online


def _parts(events: Sequence[Event], imports: int, before_ms: int | None) -> list[list[Event]]:
    """The events of each import: all, or halves of the moments, so that no moment is torn."""
    if imports == 0:
        return []
    if before_ms is not None:
        return [[event for event in events if event.known_at_ms < before_ms]]
    moments = sorted({event.known_at_ms for event in events})
    bounds = [moments[len(moments) * part // imports] for part in range(imports)] if moments else []
    part_of = [sum(event.known_at_ms >= bound for bound in bounds) - 1 for event in events]
    return [[event for event, its in zip(events, part_of, strict=True) if its == part] for part in range(imports)]


def _append_all(store: Store, online: OnlineEngine, events: Sequence[Event]) -> dict[str, WindowTotals]:
    asked: dict[str, WindowTotals] = {}
    ordered = sorted(events, key=lambda event: event.known_at_ms)
    for _, group in groupby(ordered, key=lambda event: event.known_at_ms):
        together = list(group)
        with store.writing() as connection:
            asked |= _ask(connection, online, together)
            insert_events(connection, together)
            online.append(connection, together)
    return asked


def _ask(connection: sa.Connection, online: OnlineEngine, events: Sequence[Event]) -> dict[str, WindowTotals]:
    return {claim.event_id: online.window_totals(connection, claim, claim.known_at_ms) for claim in claims_of(events)}
