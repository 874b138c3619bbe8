"""The decision: the action with the lowest expected cost among those that may be taken. Pure functions of values.

Two rules stand above the costs. Nothing is charged to a merchant without an authority (`find_authority`), and no
claim is refused here: what looks risky goes to a person, who is always available, and so does whatever a buyer wants
decided by a person (PIPL article 24, GDPR article 22) or the service can't judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final, Literal, TypeAlias

from features.definition.window import MS_PER_DAY
from serving.policy import AuthorityKind, Policy

Action: TypeAlias = Literal["auto_approve", "manual_review", "pre_payment_compensation"]
ActionCosts: TypeAlias = dict[Action, float]
CostLines: TypeAlias = Callable[[float], ActionCosts]
# Of equal costs the first wins: towards a person, and towards the platform's money rather than the merchant's.
PREFERENCE: Final[tuple[Action, ...]] = ("manual_review", "pre_payment_compensation", "auto_approve")

Why: TypeAlias = Literal[
    "always_available",
    "authority_on_record",
    "platform_bears",
    "no_authority",
    "no_probability",
    "forced_human_requested",
]


@dataclass(frozen=True, slots=True)
class RecordedAuthority:
    """What the platform says entitles it to charge the merchant: a kind, and where that is on record."""

    kind: AuthorityKind
    reference: str


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that counts under the policy. Only `find_authority` makes one."""

    kind: AuthorityKind
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What a decision needs to know of a claim beside its probabilities. Times are milliseconds UTC.

    Raises:
        ValueError: the amount is negative.
    """

    amount_minor: int
    claim_type: str
    as_of_ms: int
    order_delivered_at_ms: int | None = None
    authority: RecordedAuthority | None = None
    human_requested: bool = False

    def __post_init__(self) -> None:
        if self.amount_minor < 0:
            raise ValueError(f"amount_minor is {self.amount_minor}; a claim asks for zero or more")


@dataclass(frozen=True, slots=True)
class ActionCost:
    """What an action is expected to cost (minor units; None where nothing is known), and whether and why it may be
    taken. An action that may not be taken has its cost all the same, for comparison.
    """

    action: Action
    expected_cost_minor: float | None
    available: bool
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with a claim, and what it was weighed against.

    `action_changes_at` holds the nearest abuse probabilities, below and above, at which another action would be the
    cheapest one available (None where there is none). `authority` is the one used: set exactly where the merchant is
    charged. With `pre_payment_compensation` the platform pays, and recovers from the merchant later.
    """

    action: Action
    cause: Literal["least_cost", "human_requested", "degraded"]
    costs: tuple[ActionCost, ...]
    runner_up: Action | None
    action_changes_at: tuple[float | None, float | None]
    authority: Authority | None
    charged_to: Literal["merchant", "platform"] | None
    recovery_probability: float
    recovery_source: Literal["policy_default", "model"]
    degraded: bool


def find_authority(facts: ClaimFacts, policy: Policy) -> Authority | None:
    """What entitles the platform to charge the merchant for this claim without asking, or None.

    A recorded authority counts if the policy takes its kind. Otherwise a return within the statutory window from
    delivery has the law itself (Consumer Protection Law, article 25), if the policy takes that. The law counts whole
    days from the day after delivery; counting from the minute of delivery is never longer than that.
    """
    kinds = policy.authorities.kinds
    if facts.authority is not None and facts.authority.kind in kinds:
        return Authority(facts.authority.kind, facts.authority.reference)
    if "statutory_right" not in kinds or facts.claim_type != "return_refund" or facts.order_delivered_at_ms is None:
        return None
    elapsed_ms = facts.as_of_ms - facts.order_delivered_at_ms
    if 0 <= elapsed_ms < policy.authorities.statutory_return_days * MS_PER_DAY:
        return Authority("statutory_right", policy.authorities.statutory_return_reference)
    return None


def expected_costs(
    policy: Policy,
    *,
    amount_minor: int,
    abuse_probability: float,
    recovery_probability: float,
    loss_weight: float,
) -> ActionCosts:
    """The expected cost of each action in minor units: linear in the abuse probability.

    With p = abuse probability, r = recovery probability and A = amount:

        auto_approve              p*A*loss_weight
        pre_payment_compensation  p*A + (1-p)*(1-r)*A + advance_fee
        manual_review             review_cost + capacity_price + (1-p)*delay_cost + p*(1-sensitivity)*A
                                  + (1-p)*(1-specificity)*wrongful_denial_cost

    `loss_weight` is the policy's `merchant_loss_weight` where the merchant pays, and 1 where the platform bears an
    approval: its own money weighs what it is.

    >>> from serving.policy import default_policy_path, read_policy
    >>> costs = expected_costs(read_policy(default_policy_path()), amount_minor=10_000, abuse_probability=0.1,
    ...                        recovery_probability=0.9, loss_weight=1.5)
    >>> {action: round(cost) for action, cost in costs.items()}
    {'manual_review': 892, 'pre_payment_compensation': 1950, 'auto_approve': 1500}
    """
    costs, review = policy.costs, policy.review
    amount, abusive, honest = amount_minor, abuse_probability, 1 - abuse_probability
    return {
        "manual_review": costs.review_cost_minor
        + review.capacity_price_minor
        + honest * costs.delay_cost_minor
        + abusive * (1 - review.sensitivity) * amount
        + honest * (1 - review.specificity) * costs.wrongful_denial_cost_minor,
        "pre_payment_compensation": abusive * amount
        + honest * (1 - recovery_probability) * amount
        + costs.advance_fee_minor,
        "auto_approve": abusive * amount * loss_weight,
    }


def decide(
    facts: ClaimFacts,
    abuse_probability: float | None,
    policy: Policy,
    recovery_probability: float | None = None,
) -> Decision:
    """Choose the action for a claim.

    Args:
        facts: the claim.
        abuse_probability: calibrated, 0 to 1; None where the service couldn't tell, which leads to a person and
            never to an approval.
        policy: the amounts and rules.
        recovery_probability: calibrated, 0 to 1; None for the policy's default.

    Raises:
        ValueError: a probability is NaN or outside 0 to 1.
    """
    for probability in (abuse_probability, recovery_probability):
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"a probability is {probability}; it must be from 0 to 1")
    authority = find_authority(facts, policy)
    standing = _standing(facts, abuse_probability, policy, authority)
    available = tuple(action for action in PREFERENCE if standing[action][0])
    recovery = policy.recovery.default_probability if recovery_probability is None else recovery_probability
    costs_at = _cost_lines(facts, policy, authority, recovery)
    costs = None if abuse_probability is None else costs_at(abuse_probability)
    action = "manual_review" if costs is None else _cheapest(costs, available)
    others = tuple(other for other in available if other != action)
    return Decision(
        action=action,
        cause=_cause(facts, abuse_probability),
        costs=tuple(ActionCost(each, costs[each] if costs else None, *standing[each]) for each in PREFERENCE),
        runner_up=_cheapest(costs, others) if costs and others else None,
        action_changes_at=_nearest_changes(costs_at, available, abuse_probability),
        authority=authority if action == "auto_approve" else None,
        charged_to=_charged_to(action, authority),
        recovery_probability=recovery,
        recovery_source="policy_default" if recovery_probability is None else "model",
        degraded=abuse_probability is None,
    )


def _standing(
    facts: ClaimFacts, abuse_probability: float | None, policy: Policy, authority: Authority | None
) -> dict[Action, tuple[bool, Why]]:
    """Whether each action may be taken, and why or why not."""
    auto: tuple[bool, Why]
    advance: tuple[bool, Why]
    if facts.human_requested:
        auto = advance = (False, "forced_human_requested")
    elif abuse_probability is None:
        auto = advance = (False, "no_probability")
    elif authority is not None:
        auto, advance = (True, "authority_on_record"), (False, "authority_on_record")
    elif _platform_bears(facts, policy, authority):
        auto, advance = (True, "platform_bears"), (True, "no_authority")
    else:
        auto, advance = (False, "no_authority"), (True, "no_authority")
    return {"manual_review": (True, "always_available"), "pre_payment_compensation": advance, "auto_approve": auto}


def _platform_bears(facts: ClaimFacts, policy: Policy, authority: Authority | None) -> bool:
    return authority is None and 0 < policy.platform_bears.up_to_minor >= facts.amount_minor


def _cost_lines(
    facts: ClaimFacts, policy: Policy, authority: Authority | None, recovery_probability: float
) -> CostLines:
    """The expected costs of this claim as a function of its abuse probability."""
    borne = _platform_bears(facts, policy, authority)
    return lambda abuse_probability: expected_costs(
        policy,
        amount_minor=facts.amount_minor,
        abuse_probability=abuse_probability,
        recovery_probability=recovery_probability,
        loss_weight=1.0 if borne else policy.costs.merchant_loss_weight,
    )


def _cheapest(costs: ActionCosts, available: tuple[Action, ...]) -> Action:
    # `available` is in order of preference, and `min` takes the first of equals.
    return min(available, key=lambda action: costs[action])


def _cause(facts: ClaimFacts, abuse_probability: float | None) -> Literal["least_cost", "human_requested", "degraded"]:
    if facts.human_requested:
        return "human_requested"
    return "degraded" if abuse_probability is None else "least_cost"


def _charged_to(action: Action, authority: Authority | None) -> Literal["merchant", "platform"] | None:
    if action == "manual_review":
        return None
    return "merchant" if action == "auto_approve" and authority is not None else "platform"


def _nearest_changes(
    costs_at: CostLines, available: tuple[Action, ...], abuse_probability: float | None
) -> tuple[float | None, float | None]:
    """The nearest abuse probabilities, below and above, at which the cheapest available action changes."""
    if abuse_probability is None:
        return None, None
    here = _cheapest(costs_at(abuse_probability), available)
    below: float | None = None
    above: float | None = None
    for change, before, after in _changes(costs_at, available):
        # At a change itself two actions cost the same, and only one of its sides is another action than here.
        if change < abuse_probability or (change == abuse_probability and before != here):
            below = change
        if above is None and (change > abuse_probability or (change == abuse_probability and after != here)):
            above = change
    return below, above


def _changes(costs_at: CostLines, available: tuple[Action, ...]) -> Iterator[tuple[float, Action, Action]]:
    """Where the cheapest action changes as the abuse probability goes from 0 to 1, with those before and after.

    Costs are straight lines, so it can change only where two of them cross: between crossings it stays what it is in
    the middle.
    """
    at_0, at_1 = costs_at(0.0), costs_at(1.0)
    cuts = {0.0, 1.0}
    for one, other in combinations(available, 2):
        gap_0, gap_1 = at_0[one] - at_0[other], at_1[one] - at_1[other]
        if gap_0 * gap_1 < 0:
            cuts.add(gap_0 / (gap_0 - gap_1))
    ordered = sorted(cuts)
    middles = [(left + right) / 2 for left, right in pairwise(ordered)]
    cheapest = [_cheapest(costs_at(probability), available) for probability in (0.0, *middles, 1.0)]
    for cut, (before, after) in zip(ordered, pairwise(cheapest), strict=True):
        if before != after:
            yield cut, before, after
