"""Which of a call's events are new, and which must not be taken since they contradict what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.arrays import Ints
from features.events import EventKind
from features.store.known import differences
from features.store.log_table import to_log
from features.store.lookup import find_claims, find_events
from serving.intake.problems import EventsConflictError, Problem, refuse
from serving.intake.verdict import ADJUDICATED_ID
from serving.ledger import DECISION

# the times of facts; a promise may lie ahead
PAST_TIMES: Final = ("occurred_at_ms", "known_at_ms", "order_paid_at_ms", "order_delivered_at_ms", "claim_filed_at_ms")
_ASK_IDS: Final = 500

# the service's own events are called after their claims, so nobody may take their ids for anything else
OWN_IDS: Final = {f"{kind}:": kind for kind in (EventKind.CLAIM_FILED, EventKind.CLAIM_DECIDED)}
_OWN_PREFIXES: Final = (*OWN_IDS, ADJUDICATED_ID)


def taken_ids(sent: pa.Table) -> Iterator[Problem]:
    """Events under the ids that the service gives its own, of another kind or about another claim than these say."""
    ids: list[str] = sent["event_id"].to_pylist()
    for row, event_id in enumerate(ids):
        if event_id.startswith(_OWN_PREFIXES):
            kind, claim_id = sent["kind"][row].as_py(), sent["claim_id"][row].as_py()
            prefix = event_id[: event_id.index(":") + 1]
            if prefix != f"{kind}:" or (prefix in OWN_IDS and event_id != f"{prefix}{claim_id}"):
                reason = f"is {event_id!r:.60}; ids that begin with {prefix} are the service's own, choose another"
                yield Problem(row, "event_id", reason)


def future_times(sent: pa.Table, latest_ms: int) -> Iterator[Problem]:
    """Facts that have not happened yet."""
    for name in PAST_TIMES:
        late = np.flatnonzero(np.asarray(pc.fill_null(pc.greater(sent[name], latest_ms), False)))
        for row in late.tolist():
            reason = "lies in the future; check the clock that set it, and send milliseconds UTC"
            yield Problem(row, name, reason)


def sent_moments(sent: pa.Table) -> Iterator[Problem]:
    """Events that say when they became known, which a service that runs on the wall clock knows better."""
    for row in np.flatnonzero(np.asarray(sent["known_at_ms"].is_valid())).tolist():
        reason = "the service stamps it on arrival; leave it out, or import a file with 'clearclaim events import'"
        yield Problem(row, "known_at_ms", reason)


def new_among(connection: sa.Connection, events: pa.Table) -> npt.NDArray[np.bool_]:
    """Which of these events are new, shape (rows,); of one that is repeated among them, the first.

    An event that doesn't say when it happened contradicts none that does.

    Raises:
        EventsConflictError: if an id is taken by an event with other content.
    """
    given = to_log(events)
    codes = np.asarray(given["event_id"].combine_chunks().dictionary_encode().indices)
    _, first, number = np.unique(codes, return_index=True, return_inverse=True)
    new = np.zeros(len(given), dtype=bool)
    new[first] = True
    repeats = np.flatnonzero(~new)
    if len(repeats):
        refuse(_conflicts(given.take(first[number[repeats]]), given.take(repeats), repeats), EventsConflictError)
    stored = find_events(connection, given["event_id"].to_pylist())
    if len(stored):
        place = pc.index_in(given["event_id"], value_set=stored["event_id"].combine_chunks()).combine_chunks()
        rows = np.flatnonzero(np.asarray(place.is_valid()))
        refuse(_conflicts(stored.take(place.drop_null()), given.take(rows), rows), EventsConflictError)
        new[rows] = False
    return new


def _conflicts(stored: pa.Table, given: pa.Table, rows: Ints) -> Iterator[Problem]:
    column = given.schema.get_field_index("occurred_at_ms")
    given = given.set_column(column, "occurred_at_ms", pc.coalesce(given["occurred_at_ms"], stored["occurred_at_ms"]))
    for row, name in differences(stored, given):
        event_id = given["event_id"][row].as_py()
        reason = f"differs from event {event_id!r} on record; give a new fact a new id"
        yield Problem(int(rows[row]), name, reason)


def claims_taken(connection: sa.Connection, events: pa.Table, rows: Ints) -> Iterator[Problem]:
    """New events that file or decide a claim that this service decided, or file one that is on record already.

    `rows` says where these events stood in the call, shape (rows,).
    """
    filed = np.asarray(pc.equal(events["kind"], str(EventKind.CLAIM_FILED)))
    decided = np.asarray(pc.equal(events["kind"], str(EventKind.CLAIM_DECIDED)))
    own = np.flatnonzero(filed | decided)
    if len(own) == 0:
        return
    claim_ids = events["claim_id"].take(pa.array(own)).to_pylist()
    by_us = _decided_here(connection, claim_ids)
    on_record = set(find_claims(connection, claim_ids)["claim_id"].to_pylist())
    for row, claim_id in zip(own.tolist(), claim_ids, strict=True):
        if claim_id in by_us:
            reason = f"claim {claim_id!r} was decided by this service, which wrote this event itself; leave it out"
            yield Problem(int(rows[row]), "kind", reason)
        elif filed[row] and claim_id in on_record:
            reason = f"claim {claim_id!r} is on record already; give a new claim a new id"
            yield Problem(int(rows[row]), "claim_id", reason)
        if filed[row]:
            on_record.add(claim_id)  # a second one among these events is one too many as well


def _decided_here(connection: sa.Connection, claim_ids: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(claim_ids), _ASK_IDS):
        query = sa.select(DECISION.c.claim_id).where(DECISION.c.claim_id.in_(claim_ids[start : start + _ASK_IDS]))
        found.update(connection.scalars(query))
    return found
