"""A person's verdict on a claim: one event, in one transaction, under an id that the caller gives.

The id makes it idempotent: the same verdict again is the one on record. What the reviewer notes beside it is kept apart
from the event, as nothing learns from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from features.engines.online import OnlineEngine
from features.events import Event, EventKind, of_the_claim
from features.store import Store
from features.store.keys import claim_key
from features.store.log import insert_events, stored_claim, stored_events
from serving.clock import now_ms as wall_ms
from serving.intake.verdict import ADJUDICATED_ID, Adjudication, RecordedAdjudication
from serving.ledger import open_ledger
from serving.outbox.kinds import CLAIM_ADJUDICATED
from serving.outbox.rows import Note, note
from serving.outbox.tables import open_outbox

ATTEMPTS: Final = 3

NOTES_METADATA: Final = sa.MetaData()

ADJUDICATION_NOTE: Final = sa.Table(
    "adjudication_note",
    NOTES_METADATA,
    sa.Column("adjudication_id", sa.Text, primary_key=True),
    sa.Column("note", sa.Text, nullable=False),
)


class UnknownClaimError(LookupError):
    """A claim that isn't on record."""

    def __init__(self, claim_id: str) -> None:
        super().__init__(f"no claim {claim_id!r:.160} on record; check the id, or file it first")


class AdjudicationConflictError(ValueError):
    """An adjudication's id that is on record with another verdict."""


class AdjudicationDesk:
    """Records verdicts in one store.

    Args:
        store: the store, whose tables are made if they aren't there.
        recorded: whether recorded history is played: then a verdict is known as soon as its parties can take it.
        now_ms: the time in milliseconds UTC.
    """

    def __init__(self, store: Store, *, recorded: bool = False, now_ms: Callable[[], int] = wall_ms) -> None:
        self.store = store
        self._now_ms = _at_once if recorded else now_ms
        self._online = OnlineEngine(store.plan)
        open_ledger(store)
        open_outbox(store)
        store.create(NOTES_METADATA)

    def record(self, given: Adjudication, reviewer_id: str) -> RecordedAdjudication:
        """Record a verdict, or find it on record.

        Raises:
            UnknownClaimError: if the claim isn't on record.
            AdjudicationConflictError: if the id is on record with another content.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return self._record(given, reviewer_id)
            except sa.exc.IntegrityError:
                continue  # somebody has just used this id, for a claim that shares nothing with this one
        return self._record(given, reviewer_id)

    def hold(self, connection: sa.Connection, claim_id: str) -> Event:
        """The claim, about which nobody else can record a verdict before the transaction ends.

        Raises:
            UnknownClaimError: if the claim isn't on record.
        """
        claim = stored_claim(connection, claim_id)
        if claim is None:
            raise UnknownClaimError(claim_id)
        self.store.lock(connection, self._keys(_event_about(claim)))
        return claim

    def record_in(self, connection: sa.Connection, given: Adjudication, reviewer_id: str) -> RecordedAdjudication:
        """The same as `record`, as a part of a transaction that writes: what else is in it commits with the verdict.

        Raises:
            UnknownClaimError, AdjudicationConflictError: as `record` does.
            sqlalchemy.exc.IntegrityError: if somebody has just used the id for another claim; then begin anew.
        """
        event = _event_of(given, reviewer_id, self.hold(connection, given.claim_id))
        earlier = stored_events(connection, [event.event_id]).get(event.event_id)
        if earlier is not None:
            return _again(connection, given, event, earlier)
        moment = self._online.next_moment(connection, self._keys(event), self._now_ms())
        event = replace(event, occurred_at_ms=moment, known_at_ms=moment)
        insert_events(connection, [event])
        self._online.append(connection, [event])
        if given.note is not None:
            row = {"adjudication_id": given.adjudication_id, "note": given.note}
            connection.execute(sa.insert(ADJUDICATION_NOTE).values(row))
        told = given.model_dump_json(exclude={"note"})  # its readers are programs of the platform
        note(connection, [Note(given.claim_id, CLAIM_ADJUDICATED, moment, told)])
        return RecordedAdjudication(**given.model_dump(), reviewer_id=reviewer_id, known_at_ms=moment)

    def _record(self, given: Adjudication, reviewer_id: str) -> RecordedAdjudication:
        with self.store.writing() as connection:
            return self.record_in(connection, given, reviewer_id)

    def _keys(self, event: Event) -> list[str]:
        return [*self._online.keys(event), claim_key(event)]


def _at_once() -> int:
    """No moment is too early, so the earliest that the parties can take is what counts."""
    return 0


def notes_of(connection: sa.Connection, adjudication_ids: Iterable[str]) -> dict[str, str]:
    """What reviewers noted, by the adjudication's id."""
    note = ADJUDICATION_NOTE.c
    query = sa.select(note.adjudication_id, note.note).where(note.adjudication_id.in_(list(adjudication_ids)))
    return {row.adjudication_id: row.note for row in connection.execute(query)}


def adjudication_id_of(event: Event) -> str:
    """The caller's id of a recorded verdict; of one that came as an event, the event's id."""
    return event.event_id.removeprefix(ADJUDICATED_ID)


def _event_about(claim: Event) -> Event:
    """A verdict's event that says only whom it concerns."""
    return Event(
        event_id=ADJUDICATED_ID,
        kind=EventKind.CLAIM_ADJUDICATED,
        occurred_at_ms=0,
        known_at_ms=0,
        claim_id=claim.claim_id,
        **of_the_claim(claim),
    )


def _event_of(given: Adjudication, reviewer_id: str, claim: Event) -> Event:
    return replace(
        _event_about(claim),
        event_id=f"{ADJUDICATED_ID}{given.adjudication_id}",
        verdict=given.verdict,
        verdict_source=given.source,
        merchant_at_fault=given.merchant_at_fault,
        reviewer_id=reviewer_id,
    )


def _again(connection: sa.Connection, given: Adjudication, event: Event, earlier: Event) -> RecordedAdjudication:
    same = replace(earlier, occurred_at_ms=0, known_at_ms=0) == event
    if not same or notes_of(connection, [given.adjudication_id]).get(given.adjudication_id) != given.note:
        raise AdjudicationConflictError(
            f"adjudication {given.adjudication_id!r} is on record with another content; give a new verdict a new id"
        )
    return RecordedAdjudication(
        **given.model_dump(), reviewer_id=event.reviewer_id, known_at_ms=earlier.known_at_ms, replayed=True
    )
