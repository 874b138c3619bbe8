"""Which decisions ask for a person: those that left the claim to one, and approvals that were drawn for an audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.events import EventKind
from features.store.log import stored_claim
from features.store.schema import EVENT
from serving.cases.tables import IS_FIRST, REVIEW_CASE
from serving.cases.words import CaseKind
from serving.decision.facts import ClaimFacts, facts_from_json
from serving.ledger import DECISION
from serving.words import Cause

# A review is answered by any ruling, an audit by an audit's or an appeal's (`serving.case_file.standing`)
ANSWERS_AUDIT: Final = ("audit", "appeal")
ASKS_FOR_PERSON: Final = (DECISION.c.action == "manual_review") | DECISION.c.audited.is_(True)


@dataclass(frozen=True, slots=True)
class AskedForPerson:
    """A decision that asks for a person, and waits: no case was opened for it yet, and no ruling answers it."""

    claim_id: str
    facts: ClaimFacts
    kind: CaseKind
    decided_at_ms: int
    abuse_probability: float | None
    cause: Cause


def is_among(column: sa.ColumnElement[str], values: Sequence[str], connection: sa.Connection) -> sa.ColumnElement[bool]:
    """A condition with one parameter, however many values there are: databases limit the number of parameters."""
    if connection.dialect.name == "sqlite":
        given = sa.func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(sa.select(given.c.value))
    return column == sa.any_(sa.cast(list(values), sa.ARRAY(sa.Text)))


def is_answered() -> sa.ColumnElement[bool]:
    """Whether a ruling on record answers what a decision asks."""
    of_claim = (EVENT.c.claim_id == DECISION.c.claim_id) & (EVENT.c.kind == EventKind.CLAIM_ADJUDICATED)
    answers = (DECISION.c.action == "manual_review") | EVENT.c.verdict_source.in_(ANSWERS_AUDIT)
    return sa.exists().where(of_claim, answers)


def asked_for_person(connection: sa.Connection, claims: Sequence[str]) -> list[AskedForPerson]:
    """Of the decisions on these claims, those for which a case is to be opened now, in the order of decisions."""
    if not claims:
        return []
    is_open = sa.exists().where(IS_FIRST, REVIEW_CASE.c.claim_id == DECISION.c.claim_id)
    query = (
        sa.select(
            DECISION.c.claim_id,
            DECISION.c.decided_at_ms,
            DECISION.c.action,
            DECISION.c.abuse_probability,
            DECISION.c.facts,
            _cause(connection).label("cause"),
        )
        .where(is_among(DECISION.c.claim_id, claims, connection), ASKS_FOR_PERSON, ~is_open, ~is_answered())
        .order_by(DECISION.c.decided_at_ms, DECISION.c.claim_id)
    )
    return [_asked(connection, row) for row in connection.execute(query).all()]


def _asked(
    connection: sa.Connection, row: sa.Row[tuple[str, int, str, float | None, str | None, Cause]]
) -> AskedForPerson:
    kind: CaseKind = "review" if row.action == "manual_review" else "audit"
    facts = _old_facts(connection, row.claim_id) if row.facts is None else facts_from_json(row.facts)
    return AskedForPerson(row.claim_id, facts, kind, row.decided_at_ms, row.abuse_probability, row.cause)


def _old_facts(connection: sa.Connection, claim_id: str) -> ClaimFacts:
    """The facts of a decision of before the ledger kept them: the claim as it was filed says them, too."""
    filed = stored_claim(connection, claim_id)
    if filed is None:  # only a store that was put together by hand
        return ClaimFacts(amount_minor=0, claim_type="", as_of_ms=0, claim_id=claim_id)
    return ClaimFacts.of_event(filed)


def _cause(connection: sa.Connection) -> sa.ColumnElement[str]:
    # taken out by the database: an answer has some kilobytes, of which this is one word
    if connection.dialect.name == "sqlite":
        return sa.func.json_extract(DECISION.c.answer, "$.cause")
    return sa.func.json_extract_path_text(sa.cast(DECISION.c.answer, sa.JSON), "cause")
