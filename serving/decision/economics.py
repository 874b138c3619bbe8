"""What each action is expected to cost, and where the cheapest one changes: straight lines over the probability."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Final, TypeAlias

from serving.policy import Policy
from serving.words import Action

ActionCosts: TypeAlias = dict[Action, float]
CostLines: TypeAlias = Callable[[float], ActionCosts]
# Of equal costs the first wins: towards a person, and towards the platform's money rather than the merchant's.
PREFERENCE: Final[tuple[Action, ...]] = ("manual_review", "pre_payment_compensation", "auto_approve")


def expected_costs(
    policy: Policy,
    *,
    amount_minor: int,
    abuse_probability: float,
    recovery_probability: float,
    loss_weight: float,
    capacity_price_minor: float = 0.0,
) -> ActionCosts:
    """The expected cost of each action in minor units: linear in the abuse probability.

    With p = abuse probability, r = recovery probability and A = amount:

        auto_approve              p*A*loss_weight
        pre_payment_compensation  p*A + (1-p)*(1-r)*A + advance_fee
        manual_review             review_cost + capacity_price + (1-p)*delay_cost + p*(1-sensitivity)*A
                                  + (1-p)*(1-specificity)*wrongful_denial_cost

    `loss_weight` is the policy's `merchant_loss_weight` where the merchant pays, and 1 where the platform bears an
    approval: its own money weighs what it is. `capacity_price_minor` is what a place in the reviewers' queue costs now
    (`serving.decision.capacity`).

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
        + capacity_price_minor
        + honest * costs.delay_cost_minor
        + abusive * (1 - review.sensitivity) * amount
        + honest * (1 - review.specificity) * costs.wrongful_denial_cost_minor,
        "pre_payment_compensation": abusive * amount
        + honest * (1 - recovery_probability) * amount
        + costs.advance_fee_minor,
        "auto_approve": abusive * amount * loss_weight,
    }


def cheapest(costs: ActionCosts, available: tuple[Action, ...]) -> Action:
    """The action that costs least among those available, which are given in the order of `PREFERENCE`."""
    # `available` is in order of preference, and `min` takes the first of equals.
    return min(available, key=lambda action: costs[action])


def nearest_changes(
    costs_at: CostLines, available: tuple[Action, ...], abuse_probability: float | None
) -> tuple[float | None, float | None]:
    """The nearest abuse probabilities, below and above, at which the cheapest available action changes."""
    if abuse_probability is None:
        return None, None
    here = cheapest(costs_at(abuse_probability), available)
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
    winners = [cheapest(costs_at(probability), available) for probability in (0.0, *middles, 1.0)]
    for cut, (before, after) in zip(ordered, pairwise(winners), strict=True):
        if before != after:
            yield cut, before, after
