"""Which past claims have an answer that can be relied on.

An appeal's last finding is one, as it was made with both sides heard. Otherwise all that anybody found must agree, and
there must be an audit among it, an inspection of the goods, or two people. It must have stood for `SETTLED_DAYS`, as
whoever appeals does so by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from features.events import EventKind
from features.spans import DAY_MS
from features.store import Store
from features.store.schema import EVENT
from serving.cases.quality.tables import GOLD_ANSWER
from serving.cases.words import VERDICT_OF_DENIAL
from serving.ledger import DECISION

Found: TypeAlias = Literal["legitimate", "abusive"]
Why: TypeAlias = Literal["appeal", "audit", "inspection", "agreement"]
SETTLED_DAYS: Final = 30
_PART: Final = 500


class GoldError(ValueError):
    """A claim that can't be a gold claim: `key` is the text that says why."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Finding:
    """One ruling that is on record as an event."""

    verdict: str
    source: str
    person: str | None
    known_at_ms: int


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What a past claim was, and how that is known."""

    claim_id: str
    verdict: Found
    why: Why


@dataclass(frozen=True, slots=True)
class Candidate:
    """A past claim that may become a gold claim."""

    answer: KnownAnswer
    decided_at_ms: int


def verdict_of(ruling: Mapping[str, Any]) -> str:
    """What learning takes a ruling to have found: legitimate, abusive or undetermined.

    >>> verdict_of({"ruling": "deny", "denial_reason": "goods_differ"}), verdict_of({"ruling": "partly_approve"})
    ('abusive', 'legitimate')
    """
    if ruling["ruling"] != "deny":
        return "legitimate"
    said = ruling.get("denial_reason")
    return next((verdict for reason, verdict in VERDICT_OF_DENIAL.items() if reason == said), "undetermined")


def answer_of(claim_id: str, findings: Sequence[Finding], before_ms: int) -> KnownAnswer | None:
    """The answer of a claim, or None where there is none to be relied on.

    Args:
        claim_id: the claim.
        findings: all that was found on it.
        before_ms: by when the last of it must have been known.
    """
    said = sorted((each for each in findings if each.verdict != "undetermined"), key=lambda each: each.known_at_ms)
    if not said or max(each.known_at_ms for each in findings) > before_ms:
        return None
    appeals = [each for each in said if each.source == "appeal"]
    if appeals:
        return _answer(claim_id, appeals[-1].verdict, "appeal")
    if len({each.verdict for each in said}) > 1:
        return None
    sources = {each.source for each in said}
    people = {each.person for each in said if each.person is not None}
    why: Why | None = (
        "audit"
        if "audit" in sources
        else "inspection"
        if "inspection" in sources
        else "agreement"
        if len(people) > 1
        else None
    )
    return None if why is None else _answer(claim_id, said[0].verdict, why)


def findings_of(connection: sa.Connection, claim_ids: Iterable[str]) -> dict[str, list[Finding]]:
    """What was found on claims, by claim, in the order in which it became known."""
    wanted, found = list(claim_ids), defaultdict[str, list[Finding]](list)
    columns = (EVENT.c.claim_id, EVENT.c.verdict, EVENT.c.verdict_source, EVENT.c.reviewer_id, EVENT.c.known_at_ms)
    for start in range(0, len(wanted), _PART):
        query = sa.select(*columns).where(
            EVENT.c.claim_id.in_(wanted[start : start + _PART]), EVENT.c.kind == EventKind.CLAIM_ADJUDICATED
        )
        for claim_id, *finding in connection.execute(query.order_by(EVENT.c.known_at_ms, EVENT.c.sequence)):
            found[claim_id].append(Finding(*finding))
    return found


def settled_claims(
    connection: sa.Connection,
    *,
    now_ms: int,
    before_ms: int,
    reason: str | None = None,
    look_at: int = 500,
    reviewed: bool = False,
) -> list[Candidate]:
    """Claims with an answer among the last so many that were decided before a moment, the latest first.

    Args:
        connection: of a transaction that reads.
        now_ms: the moment of asking.
        before_ms: decisions before this moment are looked at.
        reason: of the claims; None for all.
        look_at: how many decisions, as most claims have no answer.
        reviewed: only those that the decision left to a person, as all reviews are.
    """
    query = sa.select(DECISION.c.claim_id, DECISION.c.decided_at_ms).where(
        DECISION.c.decided_at_ms < before_ms, DECISION.c.facts.is_not(None)
    )
    if reviewed:
        query = query.where(DECISION.c.action == "manual_review")
    if reason is not None:
        filed = sa.exists().where(
            EVENT.c.claim_id == DECISION.c.claim_id,
            EVENT.c.kind == EventKind.CLAIM_FILED,
            EVENT.c.claim_reason == reason,
        )
        query = query.where(filed)
    rows = connection.execute(query.order_by(DECISION.c.decided_at_ms.desc()).limit(look_at)).all()
    findings = findings_of(connection, (row.claim_id for row in rows))
    answers = (answer_of(row.claim_id, findings.get(row.claim_id, ()), settled_before(now_ms)) for row in rows)
    return [
        Candidate(answer, row.decided_at_ms) for row, answer in zip(rows, answers, strict=True) if answer is not None
    ]


def settled_before(now_ms: int) -> int:
    """What was known after this moment may not have settled yet."""
    return now_ms - SETTLED_DAYS * DAY_MS


def gold_candidates(store: Store, now_ms: int, at_most: int = 20) -> list[Candidate]:
    """Past claims that may become gold claims and aren't yet, the latest first."""
    with store.reading() as connection:
        found = settled_claims(connection, now_ms=now_ms, before_ms=settled_before(now_ms), reviewed=True)
        ids = [each.answer.claim_id for each in found]
        taken = set(connection.scalars(sa.select(GOLD_ANSWER.c.claim_id).where(GOLD_ANSWER.c.claim_id.in_(ids))))
    return [each for each in found if each.answer.claim_id not in taken][:at_most]


def choose_gold(store: Store, claim_id: str, *, by: str, now_ms: int) -> KnownAnswer:
    """Make a claim a gold claim, or keep it one.

    Raises:
        GoldError: if it has no stored decision, one that took no person, or no answer that can be relied on.
    """
    with store.writing() as connection:
        store.lock(connection, [f"gold:{claim_id}"])
        decided = sa.select(DECISION.c.facts, DECISION.c.action).where(DECISION.c.claim_id == claim_id)
        decision = connection.execute(decided).one_or_none()
        if decision is None or decision.facts is None:
            raise GoldError("team.gold_undecided", f"claim {claim_id!r:.160}: no decision with its facts is on record")
        if decision.action != "manual_review":
            raise GoldError("team.gold_automatic", f"claim {claim_id!r:.160}: was decided without a person")
        answer = answer_of(claim_id, findings_of(connection, [claim_id]).get(claim_id, ()), settled_before(now_ms))
        if answer is None:
            raise GoldError("team.gold_open", f"claim {claim_id!r:.160}: nothing that has settled says what it was")
        add_gold(connection, answer, by=by, now_ms=now_ms)
    return answer


def add_gold(connection: sa.Connection, answer: KnownAnswer, *, by: str, now_ms: int) -> None:
    """Write down a known answer; one that is there already, or was ended, counts anew from its latest finding."""
    known = {"verdict": answer.verdict, "why": answer.why, "ended_at_ms": None}
    is_it = GOLD_ANSWER.c.claim_id == answer.claim_id
    if connection.execute(sa.update(GOLD_ANSWER).where(is_it).values(known)).rowcount == 0:
        row = {"claim_id": answer.claim_id, **known, "chosen_by": by, "chosen_at_ms": now_ms, "given": 0}
        connection.execute(sa.insert(GOLD_ANSWER).values(row))


def end_gold(store: Store, claim_id: str, now_ms: int) -> None:
    """Give a claim out as gold no more. Cases of it that were closed still count."""
    with store.writing() as connection:
        connection.execute(sa.update(GOLD_ANSWER).where(GOLD_ANSWER.c.claim_id == claim_id).values(ended_at_ms=now_ms))


def _answer(claim_id: str, verdict: str, why: Why) -> KnownAnswer:
    return KnownAnswer(claim_id, "abusive" if verdict == "abusive" else "legitimate", why)
