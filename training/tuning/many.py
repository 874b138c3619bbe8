"""What a policy does with many claims at once: the same actions as `serving.decision.judge` takes, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from features.arrays import Floats, Ints
from serving.decision.outcomes import ADVANCE, APPROVE, CODES, REVIEW, cost_parts, weighed
from serving.policy import Policy
from training.tuning.claims import Flags, TuningClaims

Capacity: TypeAlias = Literal["price", "first_come", "none"]


@dataclass(frozen=True, slots=True)
class Actions:
    """Of n claims: the action's code, and whether the merchant is charged for an approval; shape (n,)."""

    action: Ints
    charged: Flags


def expected_costs_of(claims: TuningClaims, policy: Policy) -> Floats:
    """Each action's expected cost, shape (actions, n), with a place in the queue at the policy's lowest price.

    The same as `serving.decision.expected_costs` gives claim by claim.
    """
    borne = _borne(claims, policy)
    costs = np.empty((len(CODES), len(claims)))
    for code in CODES.values():
        parts = cost_parts(
            policy,
            goods=claims.goods,
            action=np.full(len(claims), code, dtype=np.int64),
            charged=~borne,
            amount_minor=claims.amount_minor,
            abusive=claims.probability,
            back=np.where(np.isnan(claims.back), policy.recovery.default_probability, claims.back),
        )
        costs[code] = weighed(parts, policy, claims.goods)
    costs[REVIEW] += policy.review.lowest_price_minor
    return costs


def available_to(claims: TuningClaims, policy: Policy) -> Flags:
    """Which actions may be taken, shape (actions, n)."""
    advance_up_to = claims.goods.each(policy, lambda terms: terms.actions.pre_payment_compensation_up_to_minor)
    approve_up_to = claims.goods.each(policy, lambda terms: terms.actions.auto_approve_up_to_minor)
    may = np.empty((len(CODES), len(claims)), dtype=np.bool_)
    may[REVIEW] = True
    may[ADVANCE] = ~claims.authorised & (claims.amount_minor <= advance_up_to)
    may[APPROVE] = (claims.authorised | _borne(claims, policy)) & (claims.amount_minor <= approve_up_to)
    may &= ~claims.forbidden
    for code in CODES.values():
        forced = (claims.forced == code) & may[code]
        may[:, forced] = False
        may[code, forced] = True
    may[:, claims.only_person] = False
    may[REVIEW, claims.only_person] = True
    return may


def decide_many(claims: TuningClaims, policy: Policy, capacity: Capacity = "none") -> Actions:
    """The actions on all claims of a period.

    Args:
        claims: the claims.
        policy: the policy to act by.
        capacity: what happens to more reviews in a day than the policy's capacity. "none": they are reviewed all the
            same. "price": a place costs, each day, what makes the reviews fit, known beforehand; up to the highest
            price, beyond which a claim is reviewed whatever comes. "first_come": who comes later goes without, unless
            only a person may decide.
    """
    instead, gain = weigh_review(claims, policy)
    reviewed = gain >= 0
    places = policy.review.capacity_per_day
    if places is not None and capacity != "none":
        keep = _within_price if capacity == "price" else _first_come
        span = policy.review.highest_price_minor - policy.review.lowest_price_minor
        reviewed = keep(claims.day, reviewed, gain, places, float(span))
    return Actions(np.where(reviewed, REVIEW, instead), claims.authorised)


def weigh_review(claims: TuningClaims, policy: Policy) -> tuple[Ints, Floats]:
    """The best action beside a review, and what a review is expected to save against it; shape (n,) each.

    What it saves is infinite where only a person may decide, and minus infinity where none may.
    """
    costs, may = expected_costs_of(claims, policy), available_to(claims, policy)
    costs = np.where(may, costs, np.inf)
    costs[:, claims.only_person] = np.where(may[:, claims.only_person], 0.0, np.inf)  # of a probability nobody knows
    others = costs[REVIEW + 1 :]
    instead = REVIEW + 1 + np.argmin(others, axis=0)  # of equals the first, which is preferred
    return np.asarray(instead, dtype=np.int64), np.asarray(others.min(axis=0) - costs[REVIEW], dtype=np.float64)


def _within_price(day: Ints, wants: Flags, gain: Floats, places: int, highest: float) -> Flags:
    """Of those that want a review, each day the ones above the price at which the others are released."""
    rows = np.flatnonzero(wants)
    order = rows[np.lexsort((-gain[rows], day[rows]))]
    first_out = np.flatnonzero(_rank(day[order]) == places)
    price = np.full(int(day.max(initial=-1)) + 1, -np.inf)
    price[day[order[first_out]]] = gain[order[first_out]]
    kept = np.zeros_like(wants)
    kept[rows] = (gain[rows] > price[day[rows]]) | (gain[rows] >= highest)
    return kept


def _first_come(day: Ints, wants: Flags, gain: Floats, places: int, highest: float) -> Flags:  # noqa: ARG001
    """Of those that want a review, each day the first; those without another action stay."""
    rows = np.flatnonzero(wants)
    order = rows[np.argsort(day[rows], kind="stable")]
    kept = np.zeros_like(wants)
    kept[order] = (_rank(day[order]) < places) | np.isinf(gain[order])
    return kept


def _rank(day: Ints) -> Ints:
    """Places within the day, from 0, of rows that are ordered by day."""
    first = np.concatenate([[True], np.diff(day) != 0])[: len(day)]
    starts = np.flatnonzero(first)
    return np.asarray(np.arange(len(day)) - np.repeat(starts, np.diff([*starts, len(day)])), dtype=np.int64)


def _borne(claims: TuningClaims, policy: Policy) -> Flags:
    up_to = claims.goods.each(policy, lambda terms: terms.actions.platform_bears_up_to_minor)
    small = (up_to > 0) & (claims.amount_minor <= up_to)
    return np.asarray(~claims.authorised & (claims.borne_by_rule | small), dtype=np.bool_)
