"""How a past claim becomes a case once more: with the look of a new one, for people who never had it."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from typing import Any, Final

import sqlalchemy as sa

from serving.cases.case import ReviewCase, cases_of_claim, steps_of_case
from serving.cases.priority import draw_reasons_arm, find_clocks
from serving.cases.quality.answers import findings_of
from serving.cases.quality.tables import DRILL_ANSWER
from serving.cases.words import SYSTEM, CaseKind, ReasonsArm
from serving.decision import facts_from_json
from serving.ledger import find_decision
from serving.policy import Policy

_DRAW_BITS: Final = 53
_COPIED: Final = ("amount_minor", "claim_type", "claim_reason", "category_id", "cause")


def draw(seed: str, what: str) -> float:
    """A number in [0, 1) by a keyed hash: the same each time, and foreseen by nobody without the seed."""
    digest = hmac.digest(seed.encode(), what.encode(), "sha256")
    return float(int.from_bytes(digest[:8], "big") >> (64 - _DRAW_BITS)) / 2.0**_DRAW_BITS


def values_again(
    connection: sa.Connection,
    claim_id: str,
    kind: CaseKind,
    policy: Policy,
    now_ms: int,
    arm: ReasonsArm | None = None,
) -> dict[str, Any] | None:
    """The columns of a new case of a past claim, None where its decision is not on record.

    Nor is a claim given out as gold that was decided without a person: its page would show another action than those of
    reviews do.

    Its clocks run from now. Nobody gets it who had a case of the claim, ruled on it or practised on it. `arm` is which
    reasons it shows; None draws one.
    """
    cases = cases_of_claim(connection, claim_id)
    earlier = next((case for case in cases if case.kind == "review"), None)
    copied = (
        _from_decision(connection, claim_id) if earlier is None else {name: getattr(earlier, name) for name in _COPIED}
    )
    if copied is None:
        return None
    decision = find_decision(connection, claim_id)
    if kind == "gold" and decision is not None and decision.action != "manual_review":
        return None
    probability = None if decision is None else decision.abuse_probability
    return {
        **copied,
        **asdict(find_clocks(policy, kind, copied["category_id"], probability, now_ms)),
        "claim_id": claim_id,
        "kind": kind,
        "opened_at_ms": now_ms,
        # the moment too: a claim that is given out again and again isn't always shown alike
        "reasons_arm": arm or draw_reasons_arm(policy, f"{claim_id}:{now_ms}", kind),
        "not_for": people_before(connection, claim_id, cases),
    }


def people_before(connection: sa.Connection, claim_id: str, cases: list[ReviewCase]) -> frozenset[str]:
    """Who had one of the claim's cases, ruled on it by whatever way, or practised on it."""
    names = {step.by for case in cases for step in steps_of_case(connection, case.number) if step.by != SYSTEM}
    names |= {each.person for each in findings_of(connection, [claim_id]).get(claim_id, ()) if each.person}
    names |= set(
        connection.scalars(sa.select(DRILL_ANSWER.c.person).where(DRILL_ANSWER.c.claim_id == claim_id).distinct())
    )
    # a case keeps names with spaces between; who has one in the name is a caller by API and takes no case
    return frozenset(name for name in names if not any(letter.isspace() for letter in name))


def is_open(cases: list[ReviewCase]) -> bool:
    """Whether any of a claim's cases is still open."""
    return any(case.state != "closed" for case in cases)


def _from_decision(connection: sa.Connection, claim_id: str) -> dict[str, Any] | None:
    decision = find_decision(connection, claim_id)
    if decision is None or decision.facts is None:
        return None
    facts = facts_from_json(decision.facts)
    return {
        "amount_minor": facts.amount_minor,
        "claim_type": facts.claim_type,
        "claim_reason": facts.reason,
        "category_id": facts.category_id or None,
        "cause": json.loads(decision.answer).get("cause"),
    }
