"""What a report tells beside the targets: decisions, money, models, appeals, and what `serving.insight` keeps.

Numbers only. No buyer is among them: of what is kept, only merchants are named, and findings are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import sqlalchemy as sa

from features.arrays import Ints
from features.events import ACTIONS
from serving.cases.quality.pace import overturned_share
from serving.cases.tables import REVIEW_CASE
from serving.cases.words import APPEAL_KINDS
from serving.insight import keeping
from serving.insight.abuse.finding import KINDS
from serving.insight.abuse.part import ABUSE
from serving.insight.alarms.alarm import ALARM_STATES, ALARMS_PART, Alarm
from serving.insight.feedback.satisfaction import given_in, last_ratings
from serving.insight.record import times
from serving.insight.tables import INSIGHT, INSIGHT_PART
from serving.ledger import DECISION
from serving.report.answers import in_answer
from serving.report.figures import Value, is_within, share_of
from serving.report.ground import Ground, moments_or

MERCHANTS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided in the quarter, of all claims filed in it.

    Attributes:
        filed: claims that were filed.
        actions: how many were decided how.
        degraded: of the decisions of the service, those made without model or history.
        audited: of the automatic approvals that were up for audit, those that were drawn.
        found_abusive: of the audits with a finding, those that found abuse.
    """

    filed: int
    actions: Mapping[str, int]
    degraded: Value
    audited: Value
    found_abusive: Value

    @property
    def undecided(self) -> int:
        """Claims without a decision on record."""
        return self.filed - sum(self.actions.values())


@dataclass(frozen=True, slots=True)
class Money:
    """Sums in minor units: asked for by claims of the quarter, paid by decisions, advanced, and what came back."""

    asked_minor: int
    paid_minor: int
    advanced_minor: int
    recovered_minor: int
    advances: int


@dataclass(frozen=True, slots=True)
class InForce:
    """A version of a model or of a policy, by which so many claims were decided from one moment to another (ms)."""

    version: str | None
    decisions: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Appeals:
    """Appeals and requests for mediation: opened and answered in the quarter, by whom, and how many overturned."""

    opened: int
    answered: int
    by_party: Mapping[str, int]
    overturned: Value


@dataclass(frozen=True, slots=True)
class KeptPart:
    """What a part of `serving.insight` keeps: as of when (ms, None if it was never worked out), and how much."""

    name: str
    as_of_ms: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Alarms:
    """Alarms that were raised in the quarter, as they stood when they were worked out, by their state."""

    part: KeptPart
    by_state: Mapping[str, int]

    @property
    def raised(self) -> int:
        """All of the quarter."""
        return sum(self.by_state.values())


@dataclass(frozen=True, slots=True)
class Findings:
    """How many findings of abuse there are, by kind; those without any are left out."""

    part: KeptPart
    by_kind: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant on the ranking: its place from 1, and its experience score with the ends of its interval, if told."""

    merchant_id: str
    place: int
    score: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The merchants with the best and the worst places of all that are ranked; none if it wasn't worked out."""

    part: KeptPart
    ranked: int
    best: Sequence[Merchant]
    worst: Sequence[Merchant]


def decisions(ground: Ground) -> Decisions:
    """Actions, degraded decisions, audits."""
    claims, here = ground.record.claims, is_within(ground.filed_ms, ground.period.span)
    ours = claims.filter(np.asarray(here))
    actions = Counter(dict.fromkeys(ACTIONS, 0))
    actions.update(action for action in ours["action"].to_pylist() if action is not None)
    if not ground.has(DECISION):
        nothing = share_of(0, 0)
        return Decisions(len(ours), actions, nothing, nothing, nothing)
    return Decisions(len(ours), actions, _degraded(ground), *_audits(ground))


def money(ground: Ground) -> Money:
    """What claims asked for, and what was paid, advanced and recovered."""
    claims, span = ground.record.claims, ground.period.span
    decided_ms = moments_or(claims, "decided_at_ms", "known_at_ms")
    settled_ms = times(claims, "settled_at_ms")
    settled = is_within(settled_ms, span)
    return Money(
        asked_minor=_sum(claims, "amount_minor", is_within(ground.filed_ms, span)),
        paid_minor=_sum(claims, "refunded_minor", is_within(decided_ms, span)),
        advanced_minor=_sum(claims, "advanced_minor", settled),
        recovered_minor=_sum(claims, "recovered_minor", settled),
        advances=int(np.count_nonzero(settled)),
    )


def stars(ground: Ground) -> tuple[int, ...]:
    """How many claims were rated with 1, 2, 3, 4 and 5 stars; a claim's last rating of the quarter counts."""
    span = ground.period.span
    given: Ints = last_ratings(given_in(ground.record.ratings, span.from_ms, span.until_ms))
    return tuple(int(np.count_nonzero(given == count)) for count in range(1, 6))


def in_force(ground: Ground, column: sa.Column[Any]) -> list[InForce]:
    """Which versions decided, by a column of the ledger; the first one first."""
    if not ground.has(DECISION):
        return []
    at_ms = DECISION.c.decided_at_ms
    query = (
        sa.select(column, sa.func.count(), sa.func.min(at_ms), sa.func.max(at_ms))
        .where(*_decided(ground))
        .group_by(column)
        .order_by(sa.func.min(at_ms))
    )
    return [InForce(*row) for row in ground.connection.execute(query)]


def appeals(ground: Ground) -> Appeals | None:
    """What became of appeals; None where no console has its tables in the store."""
    if not ground.has(REVIEW_CASE):
        return None
    case, span = REVIEW_CASE.c, ground.period.span
    opened = (case.opened_at_ms >= span.from_ms) & (case.opened_at_ms < span.until_ms)
    answered = (case.closed_at_ms >= span.from_ms) & (case.closed_at_ms < span.until_ms) & case.ruled_at_ms.is_not(None)
    kinds = case.kind.in_(APPEAL_KINDS)
    by_party = sa.select(sa.func.coalesce(case.party, ""), sa.func.count()).where(kinds, opened).group_by(case.party)
    parties: dict[str, int] = {row[0]: row[1] for row in ground.connection.execute(by_party)}
    overturned = overturned_share(ground.connection, span.from_ms, span.until_ms)
    count = ground.connection.scalar(sa.select(sa.func.count()).where(kinds, answered)) or 0
    hits = round(overturned.value * overturned.count) if overturned.count else 0
    return Appeals(sum(parties.values()), count, parties, share_of(hits, overturned.count))


def kept_part(ground: Ground, name: str) -> KeptPart:
    """How far a part of `serving.insight` is."""
    if not ground.has(INSIGHT, INSIGHT_PART):
        return KeptPart(name, None, 0)
    return KeptPart(name, keeping.as_of(ground.connection, name), keeping.count(ground.connection, name))


def alarms(ground: Ground) -> Alarms:
    """The alarms that are kept and were raised in the quarter."""
    part, span = kept_part(ground, ALARMS_PART), ground.period.span
    states: Counter[str] = Counter(dict.fromkeys(ALARM_STATES, 0))
    if part.as_of_ms is not None:
        kept = (Alarm.of_body(each.body) for each in keeping.every(ground.connection, ALARMS_PART))
        states.update(alarm.state for alarm in kept if span.from_ms <= alarm.opened_ms < span.until_ms)
    return Alarms(part, states)


def findings(ground: Ground) -> Findings:
    """The findings that are kept, counted, as their keys and members are buyers."""
    part = kept_part(ground, ABUSE)
    if part.as_of_ms is None:
        return Findings(part, {})
    found = Counter(each.body["kind"] for each in keeping.every(ground.connection, ABUSE))
    return Findings(part, {kind: found[kind] for kind in KINDS if found[kind]})


def ranking(ground: Ground) -> Ranking:
    """The best and the worst merchants that are ranked, as they are kept by the part `merchants`."""
    part = kept_part(ground, "merchants")
    if part.as_of_ms is None:
        return Ranking(part, 0, (), ())
    kept = keeping.every(ground.connection, "merchants")
    ranked = [_merchant(each) for each in kept if each.body.get("place", each.rank) is not None]
    worst = ranked[MERCHANTS_SHOWN:][-MERCHANTS_SHOWN:]
    return Ranking(part, len(ranked), ranked[:MERCHANTS_SHOWN], worst[::-1])


def _merchant(kept: keeping.Kept) -> Merchant:
    score = kept.body.get("score") or {}
    return Merchant(kept.key, kept.rank, score.get("value"), score.get("low"), score.get("high"))


def _degraded(ground: Ground) -> Value:
    # true comes out of SQLite as 1, and of PostgreSQL as a word
    degraded = sa.cast(in_answer(ground.connection, "degraded"), sa.Text).in_(("1", "true"))
    query = sa.select(sa.func.sum(sa.case((degraded, 1), else_=0)), sa.func.count()).where(*_decided(ground))
    hits, count = ground.connection.execute(query.select_from(DECISION)).one()
    return share_of(int(hits or 0), count)


def _audits(ground: Ground) -> tuple[Value, Value]:
    """The share of approvals that were drawn for an audit, and of audits with a finding those that found abuse."""
    up = sa.select(DECISION.c.claim_id, DECISION.c.audited).where(DECISION.c.audited.is_not(None), *_decided(ground))
    rows = ground.connection.execute(up).all()
    drawn = {row.claim_id for row in rows if row.audited}
    claims = ground.record.claims
    audited = claims.filter(pc.equal(claims["verdict_source"], "audit"))
    found = [
        verdict
        for claim_id, verdict in zip(audited["claim_id"].to_pylist(), audited["verdict"].to_pylist(), strict=True)
        if claim_id in drawn and verdict in {"legitimate", "abusive"}
    ]
    return share_of(len(drawn), len(rows)), share_of(found.count("abusive"), len(found), is_drawn=True)


def _decided(ground: Ground) -> tuple[sa.ColumnElement[bool], ...]:
    at_ms, span = DECISION.c.decided_at_ms, ground.period.span
    return at_ms >= span.from_ms, at_ms < span.until_ms


def _sum(claims: Any, name: str, which: Any) -> int:  # noqa: ANN401 - an Arrow table and flags
    amounts = times(claims, name)[which]
    return int(amounts[amounts > 0].sum())
