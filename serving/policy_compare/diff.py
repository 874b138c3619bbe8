"""Which past decisions change from one policy to another, how much money that is, and who pays it then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

from serving.decision import Decision, judge
from serving.policy import Policy
from serving.policy_compare.past import PastCase
from serving.policy_compare.settings import SettingChange, setting_changes
from serving.policy_compare.why import costs_that_differ

Outcome: TypeAlias = Literal[
    "approved, merchant pays", "approved, platform pays", "platform advances", "person decides"
]
OUTCOMES: Final[tuple[Outcome, ...]] = (
    "approved, merchant pays",
    "approved, platform pays",
    "platform advances",
    "person decides",
)


@dataclass(frozen=True, slots=True)
class Sum:
    """So many claims, that ask for so much."""

    claims: int = 0
    amount_minor: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.claims + other.claims, self.amount_minor + other.amount_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One policy's decision on an example: the outcome, why, and the expected cost of each action (None: unknown)."""

    outcome: Outcome
    cause: str
    rules: tuple[str, ...]
    costs_minor: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One claim that two policies decide otherwise, and which parts of which costs differ, in words."""

    claim_id: str
    claim_type: str
    reason: str
    amount_minor: int
    abuse_probability: float | None
    a: Side
    b: Side
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLoad:
    """Reviews under a policy, by calendar days on which there was a claim: in all, a day's mean and highest, and days
    above its capacity.
    """

    reviews: int
    per_day: float
    highest: int
    days: int
    capacity: int | None
    days_over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changes from policy A to policy B.

    Attributes:
        versions: of A and B.
        settings: those in which they differ.
        claims: how many were judged under both.
        changed: those whose outcome differs.
        transitions: claims and money by outcome under A and under B, all that occur.
        load: reviews under either.
        examples: of each change, the claims that ask for most.
    """

    versions: tuple[str, str]
    settings: tuple[SettingChange, ...]
    claims: int
    changed: Sum
    transitions: dict[tuple[Outcome, Outcome], Sum]
    load: tuple[ReviewLoad, ReviewLoad]
    examples: dict[tuple[Outcome, Outcome], tuple[Example, ...]]

    def paid(self, outcome: Outcome) -> tuple[Sum, Sum]:
        """The claims that have an outcome under A, and those that have it under B."""
        under_a = sum((each for (a, _), each in self.transitions.items() if a == outcome), Sum())
        under_b = sum((each for (_, b), each in self.transitions.items() if b == outcome), Sum())
        return under_a, under_b


def diff_policies(cases: Iterable[PastCase], a: Policy, b: Policy, examples: int = 3) -> Diff:
    """Judge past claims under two policies, each at the queue's price that was recorded with it.

    Args:
        cases: past claims.
        a: the one policy.
        b: the other one.
        examples: keep so many claims of each change.
    """
    seen: dict[tuple[Outcome, Outcome], Sum] = {}
    largest: dict[tuple[Outcome, Outcome], list[Example]] = {}
    loads, claims = (_Load(a), _Load(b)), 0
    for past in cases:
        claims += 1
        under_a, under_b = judge(past.case, a), judge(past.case, b)
        change = outcome_of(under_a), outcome_of(under_b)
        amount = past.case.facts.amount_minor
        seen[change] = seen.get(change, Sum()) + Sum(1, amount)
        for load, decision in zip(loads, (under_a, under_b), strict=True):
            load.add(past.case.facts.as_of_ms, decision)
        if change[0] != change[1] and examples:
            kept = largest.setdefault(change, [])
            if len(kept) < examples or amount > kept[-1].amount_minor:
                kept.append(_example(past, a, under_a, b, under_b))
                kept.sort(key=lambda example: -example.amount_minor)
                del kept[examples:]
    return Diff(
        versions=(a.version, b.version),
        settings=setting_changes(a, b),
        claims=claims,
        changed=sum((each for (one, other), each in seen.items() if one != other), Sum()),
        transitions=seen,
        load=(loads[0].total(), loads[1].total()),
        examples={change: tuple(kept) for change, kept in largest.items()},
    )


def outcome_of(decision: Decision) -> Outcome:
    """What becomes of a claim, with who pays."""
    match decision.action:
        case "manual_review":
            return "person decides"
        case "pre_payment_compensation":
            return "platform advances"
        case "auto_approve":
            return "approved, merchant pays" if decision.charged_to == "merchant" else "approved, platform pays"


def _example(past: PastCase, a: Policy, under_a: Decision, b: Policy, under_b: Decision) -> Example:
    facts = past.case.facts
    return Example(
        claim_id=facts.claim_id,
        claim_type=facts.claim_type,
        reason=facts.reason,
        amount_minor=facts.amount_minor,
        abuse_probability=past.case.abuse_probability,
        a=_side(under_a),
        b=_side(under_b),
        why=costs_that_differ(past.case, (a, under_a), (b, under_b)),
    )


def _side(decision: Decision) -> Side:
    return Side(
        outcome=outcome_of(decision),
        cause=decision.cause,
        rules=decision.effects.fired,
        costs_minor={cost.action: cost.expected_cost_minor for cost in decision.costs},
    )


@dataclass(slots=True)
class _Load:
    policy: Policy
    per_day: dict[int, int] = field(default_factory=dict)

    def add(self, as_of_ms: int, decision: Decision) -> None:
        day = datetime.fromtimestamp(as_of_ms / 1000, self.policy.zone).toordinal()
        self.per_day[day] = self.per_day.get(day, 0) + (decision.action == "manual_review")

    def total(self) -> ReviewLoad:
        reviews, capacity = list(self.per_day.values()), self.policy.review.capacity_per_day
        return ReviewLoad(
            reviews=sum(reviews),
            per_day=sum(reviews) / max(len(reviews), 1),
            highest=max(reviews, default=0),
            days=len(reviews),
            capacity=capacity,
            days_over=0 if capacity is None else sum(each > capacity for each in reviews),
        )
