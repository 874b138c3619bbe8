"""All that is on record about one claim, read in one transaction; its events come bit by bit, as there may be many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from features.arrays import Floats
from features.events import Event, EventKind
from features.store.log import FIELD_COLUMNS, stored_claim
from features.store.schema import EVENT, VECTOR
from serving.cases.case import CaseStep, ReviewCase, cases_of_claim, steps_of_case
from serving.cases.tables import CASE_STEP, REVIEW_CASE
from serving.intake.adjudicating import ADJUDICATION_NOTE, UnknownClaimError, adjudication_id_of, notes_of
from serving.ledger import DECISION, LedgerEntry, find_decision
from serving.ledger_rulings import RULING, RulingEntry, rulings_of_claim
from serving.ledger_seal.rulings import STEP_COLUMNS
from serving.policy_versions import POLICY_VERSION, find_policy_text

PART_EVENTS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """What is on record beside events.

    Attributes:
        events: how many there are.
        ids: (kind, id) of people in the claim's events, in the order in which they came in.
        notes: of reviewers, by the adjudication's id.
        rulings: what people ruled in the console, the oldest first.
        stored_steps: the steps of each ruling's case as they are stored, which seals run over.
        vector: float64, shape (columns,), with the hash of the catalogue that names its columns and its moment.
    """

    claim_id: str
    events: int
    filed: Event | None
    ids: tuple[tuple[str, str], ...]
    decision: LedgerEntry | None
    vector: Floats | None
    vector_as_of_ms: int | None
    catalog_hash: str | None
    policy_text: str | None
    policy_since_ms: int | None
    cases: tuple[ReviewCase, ...]
    steps: dict[int, list[CaseStep]]
    rulings: tuple[RulingEntry, ...]
    stored_steps: dict[int, list[dict[str, Any]]]
    adjudications: tuple[Event, ...]
    notes: dict[str, str]


def read_record(connection: sa.Connection, claim_id: str) -> ClaimRecord:
    """All that is on record about a claim.

    Raises:
        UnknownClaimError: if nothing is.
    """
    there = set(sa.inspect(connection).get_table_names())
    count = connection.scalar(sa.select(sa.func.count()).select_from(EVENT).where(EVENT.c.claim_id == claim_id)) or 0
    decision = find_decision(connection, claim_id) if DECISION.name in there else None
    if not count and decision is None:
        raise UnknownClaimError(claim_id)
    vector = connection.execute(sa.select(VECTOR).where(VECTOR.c.claim_id == claim_id)).one_or_none()
    cases = cases_of_claim(connection, claim_id) if REVIEW_CASE.name in there else []
    has_policies = decision is not None and POLICY_VERSION.name in there
    version = decision.policy_version if has_policies and decision is not None else ""
    since = sa.select(POLICY_VERSION.c.first_seen_ms).where(POLICY_VERSION.c.version == version)
    rulings = rulings_of_claim(connection, claim_id) if RULING.name in there else []
    adjudications = list(read_events(connection, claim_id, kind=EventKind.CLAIM_ADJUDICATED))
    return ClaimRecord(
        claim_id=claim_id,
        events=count,
        filed=stored_claim(connection, claim_id),
        ids=_ids(connection, claim_id, decision),
        decision=decision,
        vector=None if vector is None else np.frombuffer(vector.vector, dtype="<f8"),
        vector_as_of_ms=None if vector is None else vector.as_of_ms,
        catalog_hash=None if vector is None else vector.catalog_hash,
        policy_text=find_policy_text(connection, version) if has_policies else None,
        policy_since_ms=connection.scalar(since) if has_policies else None,
        cases=tuple(cases),
        steps={case.number: steps_of_case(connection, case.number) for case in cases},
        rulings=tuple(rulings),
        stored_steps={number: _stored_steps(connection, number) for number in {each.case_number for each in rulings}},
        adjudications=tuple(adjudications),
        notes=_notes(connection, adjudications) if ADJUDICATION_NOTE.name in there else {},
    )


def read_events(connection: sa.Connection, claim_id: str, kind: EventKind | None = None) -> Iterator[Event]:
    """The events of a claim in the order (known_at, came in), some hundreds in memory at a time."""
    query = sa.select(EVENT.c.sequence, *FIELD_COLUMNS).where(EVENT.c.claim_id == claim_id)
    if kind is not None:
        query = query.where(EVENT.c.kind == str(kind))
    query = query.order_by(EVENT.c.known_at_ms, EVENT.c.sequence).limit(PART_EVENTS)
    rows = connection.execute(query).all()
    while rows:
        yield from map(_event, rows)
        after = sa.tuple_(EVENT.c.known_at_ms, EVENT.c.sequence) > (rows[-1].known_at_ms, rows[-1].sequence)
        rows = connection.execute(query.where(after)).all() if len(rows) == PART_EVENTS else []


def _event(row: sa.Row[Any]) -> Event:
    values = dict(row._mapping)  # noqa: SLF001 - public: a row as a mapping
    del values["sequence"]
    hashes = values["evidence_hashes"]
    pictures = None if hashes is None else tuple(hashes.split(",")) if hashes else ()
    return Event(**{**values, "kind": EventKind(values["kind"]), "evidence_hashes": pictures})


def _ids(connection: sa.Connection, claim_id: str, decision: LedgerEntry | None) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for kind in ("buyer", "device", "address", "payment"):
        column = EVENT.c[f"{kind}_id"]
        query = sa.select(column).where(EVENT.c.claim_id == claim_id, column.is_not(None))
        in_order = query.group_by(column).order_by(sa.func.min(EVENT.c.sequence))
        found += [(kind, plain) for plain in connection.scalars(in_order)]
    facts = parsed(None if decision is None else decision.facts)
    buyer_id = facts.get("buyer_id") if isinstance(facts, dict) else None  # the events may have been pruned
    return (*found, ("buyer", buyer_id)) if buyer_id and ("buyer", buyer_id) not in found else tuple(found)


def _stored_steps(connection: sa.Connection, case_number: int) -> list[dict[str, Any]]:
    query = sa.select(*STEP_COLUMNS).where(CASE_STEP.c.case_number == case_number).order_by(CASE_STEP.c.sequence)
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - public: a row as a mapping


def _notes(connection: sa.Connection, adjudications: list[Event]) -> dict[str, str]:
    ids = [adjudication_id_of(event) for event in adjudications]
    found: dict[str, str] = {}
    for begin in range(0, len(ids), PART_EVENTS):
        found |= notes_of(connection, ids[begin : begin + PART_EVENTS])
    return found


def parsed(text: str | None) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A stored JSON text as a value; None where there is none."""
    return None if text is None else json.loads(text)
