"""The event log: append, look up, read back. What is in it is never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from features.event_file import EVENT_SCHEMA
from features.events import EVENT_FIELDS, KIND_FIELDS, OF_THE_CLAIM, Event, EventError, EventKind, of_the_claim
from features.store.driver import fetch
from features.store.log_table import from_log, rows_to_log
from features.store.rows import write_rows
from features.store.schema import EVENT

FIELDS: Final = tuple(EVENT_FIELDS)
FIELD_COLUMNS: Final = [EVENT.c[name] for name in FIELDS]
READ_ROWS: Final = 50_000
_values_of: Final = attrgetter(*FIELDS)
_HASHES: Final = FIELDS.index("evidence_hashes")
ASK_IDS: Final = 500  # ids in one query: well below every database's limit on parameters


class EventConflictError(EventError):
    """An event id that is in the log already, with other content."""


def insert_events(connection: sa.Connection, events: Sequence[Event]) -> None:
    """Append events to the log. Leave out those that it has (`new_events`) first."""
    if events:
        write_rows(connection, EVENT, [_row(event) for event in events], FIELDS)


def new_events(connection: sa.Connection, events: Sequence[Event]) -> list[Event]:
    """The events that the log doesn't have yet. Moments of knowledge don't count: the service stamps them anew.

    Raises:
        EventConflictError: if an event's id is taken by an event with other content.
    """
    fresh: dict[str, Event] = {}
    stored = stored_events(connection, [event.event_id for event in events])
    for event in events:
        earlier = stored.get(event.event_id) or fresh.get(event.event_id)
        if earlier is None:
            fresh[event.event_id] = event
        elif replace(earlier, known_at_ms=event.known_at_ms) != event:
            raise EventConflictError(
                f"event {event.event_id!r}, field {_first_difference(earlier, event)}: "
                "differs from the event that was stored under this id; give a new fact a new id"
            )
    return list(fresh.values())


def stored_events(connection: sa.Connection, event_ids: Sequence[str]) -> dict[str, Event]:
    """The events of the log that have these ids."""
    found: dict[str, Event] = {}
    for start in range(0, len(event_ids), ASK_IDS):
        ids = event_ids[start : start + ASK_IDS]
        query = sa.select(*FIELD_COLUMNS).where(EVENT.c.event_id.in_(ids))
        found |= {row.event_id: event_of_row(row) for row in connection.execute(query)}
    return found


def complete(connection: sa.Connection, event: Event) -> Event:
    """Fill in who and what a later event about a claim concerns, from the claim as it was stored.

    Raises:
        EventError: if the claim is not in the log.
    """
    needed = [name for name in OF_THE_CLAIM if name in _fields_of(event.kind) and getattr(event, name) is None]
    if event.claim_id is None or event.kind is EventKind.CLAIM_FILED or not needed:
        return event
    claim = stored_claim(connection, event.claim_id)
    if claim is None:
        raise EventError(
            f"event {event.event_id!r}, field claim_id: no claim {event.claim_id!r} on record; file it first"
        )
    known = of_the_claim(claim)
    return replace(event, **{name: known[name] for name in needed})


def stored_claim(connection: sa.Connection, claim_id: str) -> Event | None:
    """The `claim_filed` event of a claim, or None."""
    query = sa.select(*FIELD_COLUMNS).where(EVENT.c.claim_id == claim_id, EVENT.c.kind == EventKind.CLAIM_FILED)
    row = connection.execute(query).first()
    return None if row is None else event_of_row(row)


def events_of_claim(connection: sa.Connection, claim_id: str, at_most: int) -> list[Event]:
    """The first events of a claim, in the order (known_at, came in); none if the claim isn't on record."""
    query = sa.select(*FIELD_COLUMNS).where(EVENT.c.claim_id == claim_id)
    rows = connection.execute(query.order_by(EVENT.c.known_at_ms, EVENT.c.sequence).limit(at_most))
    return [event_of_row(row) for row in rows]


def has_claim(connection: sa.Connection, claim_id: str) -> bool:
    """Whether a claim was filed, as far as the log knows."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"SELECT 1 FROM event WHERE claim_id = {mark} AND kind = 'claim_filed' LIMIT 1"  # noqa: S608 - no input
    return bool(fetch(connection, statement, (claim_id,)))


def count_events(connection: sa.Connection) -> int:
    """How many events the log holds."""
    return connection.scalar(sa.select(sa.func.count()).select_from(EVENT)) or 0


def seen_categories(connection: sa.Connection) -> list[str]:
    """The ids of all categories of goods in the log, in order."""
    query = sa.select(EVENT.c.category_id).where(EVENT.c.category_id.is_not(None)).distinct()
    return sorted(connection.scalars(query))


def read_log(connection: sa.Connection) -> pa.Table:
    """The whole log in the layout of files, in the order (known_at, came in)."""
    return pa.concat_tables([EVENT_SCHEMA.empty_table(), *read_log_parts(connection)])


def read_log_parts(connection: sa.Connection) -> Iterator[pa.Table]:
    """The log bit by bit, in the layout of files and in the order (known_at, came in)."""
    query = sa.select(*FIELD_COLUMNS).order_by(EVENT.c.known_at_ms, EVENT.c.sequence)
    with connection.execute(query, execution_options={"yield_per": READ_ROWS}) as result:
        for rows in result.partitions():
            yield from_log(rows_to_log(rows))


def event_of_row(row: Sequence[Any]) -> Event:
    """An event from its values, in the order of `FIELD_COLUMNS`."""
    values = dict(zip(FIELDS, row, strict=True))
    hashes = values["evidence_hashes"]
    pictures = None if hashes is None else tuple(hashes.split(",")) if hashes else ()
    fault = values["merchant_at_fault"]  # SQLite's driver gives a number
    return Event(
        **{
            **values,
            "kind": EventKind(values["kind"]),
            "evidence_hashes": pictures,
            "merchant_at_fault": None if fault is None else bool(fault),
        }
    )


def _row(event: Event) -> tuple[Any, ...]:
    values = _values_of(event)
    hashes = event.evidence_hashes
    return values if hashes is None else (*values[:_HASHES], ",".join(hashes), *values[_HASHES + 1 :])


def _fields_of(kind: EventKind) -> tuple[str, ...]:
    return (*KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional)


def _first_difference(one: Event, other: Event) -> str:
    pairs = zip(one.as_dict().items(), other.as_dict().values(), strict=True)
    return next(name for (name, value), other_value in pairs if name != "known_at_ms" and value != other_value)
