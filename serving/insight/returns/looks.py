"""The looks at goods, money, buyers and the trend: what each compares, and how often chance alone would do as much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow.compute as pc

from features.arrays import Floats
from serving.insight.returns.chance import p_of_count, p_of_ratio, p_of_shares, p_of_z, ratio
from serving.insight.returns.columns import Flags, Seen, Words, amounts, counted
from serving.insight.returns.figures import Finding
from serving.insight.returns.frequency import expected_with, of_buyers
from serving.insight.returns.seasons import daily, usual_days, weekly_scatter

_LEAST_CLAIMS: Final = 50  # of a category that is compared
_LEAST_ORDERS: Final = 200
_LEAST_OF_REASON: Final = 10
_TIMES_REASON: Final = 1.5
_TIMES_CLAIMED: Final = 1.25
_TIMES_DAMAGED: Final = 1.5
_OFTEN: Final = 3  # claims of a buyer in the period
_TREND_DAYS: Final = 90
_LEAST_TREND_DAYS: Final = 28
_TREND: Final = 1.1


@dataclass(frozen=True, slots=True)
class Look:
    """A finding if it is sure enough, and whether it would matter."""

    finding: Finding
    is_material: bool


def looks_at_goods(seen: Seen) -> list[Look]:
    """Reasons that a category has more than others, categories claimed more than others, and what came back worse."""
    return [
        look
        for at, name in enumerate(seen.category.names)
        if name
        for look in (*_reasons_of(seen, name, seen.category.code == at), *_claimed_of(seen, name))
    ] + _came_back(seen)


def _reasons_of(seen: Seen, category: str, own: Flags) -> list[Look]:
    own_claims, others = int(own.sum()), int((~own).sum())
    if min(own_claims, others) < _LEAST_CLAIMS:
        return []
    looks = []
    for at, reason in enumerate(seen.reason.names):
        of_reason = seen.reason.code == at
        count, elsewhere = int((own & of_reason).sum()), int((~own & of_reason).sum())
        if count < _LEAST_OF_REASON:
            continue
        share, usual = count / own_claims, elsewhere / others
        mean = int(seen.refunded_minor[own & of_reason].sum()) / count
        finding = Finding(
            "category_reason",
            round(max(count - usual * own_claims, 0) * mean),
            {"category": category, "reason": reason, "share": share, "usual": usual},
            _p_of_reason(count, own_claims, elsewhere, others),
        )
        looks.append(Look(finding, is_material=share >= _TIMES_REASON * usual))
    return looks


def _p_of_reason(count: int, of: int, elsewhere: int, others: int) -> float:
    """The larger of the normal test's and Poisson's: the normal one takes rare reasons for surer than they are."""
    expected = of * (count + elsewhere) / (of + others)
    return max(p_of_shares(count, of, elsewhere, others), min(1.0, 2 * p_of_count(count, expected)))


def _claimed_of(seen: Seen, category: str) -> list[Look]:
    own, claimed = seen.order_category.are(category), seen.order_claims > 0
    orders, others = int(own.sum()), int((~own).sum())
    if min(orders, others) < _LEAST_ORDERS:
        return []
    count, elsewhere = int((own & claimed).sum()), int((~own & claimed).sum())
    share, usual = count / orders, elsewhere / others
    refunds = seen.refunded_minor[seen.category.are(category)]
    mean = float(refunds.mean()) if len(refunds) else 0.0
    finding = Finding(
        "category_claimed",
        round(max(count - usual * orders, 0) * mean),
        {"category": category, "share": share, "usual": usual, "orders": orders},
        p_of_shares(count, orders, elsewhere, others, _scatter_of(seen, usual_days(seen))),
    )
    return [Look(finding, is_material=share >= _TIMES_CLAIMED * usual)]


def _came_back(seen: Seen) -> list[Look]:
    """Categories whose returned goods are found used, damaged, swapped or missing more than others'."""
    inspection = Words.of(seen.claims["inspection"])
    looked, worse = ~inspection.are(""), inspection.are("used", "damaged", "swapped", "empty")
    looks = []
    for category in filter(None, seen.category.names):
        own = seen.category.are(category)
        of, others = int((looked & own).sum()), int((looked & ~own).sum())
        if min(of, others) < _LEAST_CLAIMS:
            continue
        count, elsewhere = int((worse & own).sum()), int((worse & ~own).sum())
        share, usual = count / of, elsewhere / others
        finding = Finding(
            "goods_worse",
            int(seen.refunded_minor[worse & own].sum()),
            {"category": category, "share": share, "usual": usual, "returns": of},
            p_of_shares(count, of, elsewhere, others),
        )
        looks.append(Look(finding, is_material=count >= _LEAST_OF_REASON and share >= _TIMES_DAMAGED * usual))
    return looks


def looks_at_money(seen: Seen) -> list[Look]:
    """The reason that costs most, and advances that come back less than the policy counts on."""
    return [*_dearest(seen), *_advances(seen)]


def _dearest(seen: Seen) -> list[Look]:
    refunded, number = seen.refunded_minor, len(seen.reason.names)
    sums = np.bincount(seen.reason.code, weights=refunded, minlength=number)
    if number < 2 or not sums.sum():
        return []
    first, second = np.argsort(-sums, kind="stable")[:2]
    # a sum of claims scatters by the sum of their squares
    squares = np.bincount(seen.reason.code, weights=refunded.astype(np.float64) ** 2, minlength=number)
    z = (sums[first] - sums[second]) / math.sqrt(squares[first] + squares[second])
    finding = Finding(
        "reason_dearest",
        int(sums[first]),
        {
            "reason": seen.reason.names[first],
            "share": float(sums[first] / sums.sum()),
            "next": seen.reason.names[second],
            "next_share": float(sums[second] / sums.sum()),
        },
        p_of_z(float(z)),
    )
    return [Look(finding, is_material=True)]


def _advances(seen: Seen) -> list[Look]:
    given = amounts(seen.claims["advanced_minor"])
    settled = np.asarray(pc.is_valid(seen.claims["advanced_minor"].combine_chunks())) & (given > 0)
    if settled.sum() < _LEAST_CLAIMS:
        return []
    advanced, back = given[settled], np.minimum(amounts(seen.claims["recovered_minor"])[settled], given[settled])
    believed = seen.policy.recovery.default_probability
    # what is missing against the belief, claim by claim: its sum scatters by the sum of its squares
    missing = believed * advanced - back
    spread = float(np.sqrt(((missing - missing.mean()) ** 2).sum()))
    value = int(back.sum()) / int(advanced.sum())
    finding = Finding(
        "advances_lost",
        int(advanced.sum() - back.sum()),
        {"share": value, "believed": believed, "advances": int(settled.sum())},
        p_of_z(float(missing.sum()) / spread) if spread else 1.0,
    )
    return [Look(finding, is_material=value < believed)]


def looks_at_buyers(seen: Seen) -> list[Look]:
    """Whether more buyers claim often than their orders' categories explain."""
    if not len(seen.orders) or not len(seen.claims):
        return []
    claimed = counted(seen.order_category.code, len(seen.order_category.names), seen.order_claims > 0)
    orders = counted(seen.order_category.code, len(seen.order_category.names))
    rates = (claimed / np.maximum(orders, 1))[seen.order_category.code]
    claims, expected, refunded = of_buyers(seen, rates)
    # all claims are told by the rates, those on older orders too
    scale = claims.sum() / expected.sum() if expected.sum() else 0.0
    often, by_dice = claims >= _OFTEN, expected_with(_OFTEN, expected * scale)
    count = int(often.sum())
    finding = Finding(
        "buyers_often",
        round(int(refunded[often].sum()) * max(1 - by_dice / count, 0.0)) if count else 0,
        {
            "buyers": count,
            "expected": by_dice,
            "least": _OFTEN,
            "share": float(claims[often].sum() / max(claims.sum(), 1)),
        },
        p_of_count(count, by_dice),
    )
    return [Look(finding, is_material=count >= _LEAST_OF_REASON and count >= 1.5 * by_dice)]


def looks_at_trend(seen: Seen) -> list[Look]:
    """Whether orders are claimed more or less than before: the newest 90 days that are ripe against the 90 before."""
    counts, usual = daily(seen), usual_days(seen)
    ripe = np.flatnonzero(usual & (counts.ripe > 0))
    length = min(_TREND_DAYS, len(ripe) // 2)
    if length < _LEAST_TREND_DAYS:
        return []
    late, early = ripe[-length:], ripe[-2 * length : -length]
    orders, before = int(counts.orders[late].sum()), int(counts.orders[early].sum())
    told = ratio(
        int(counts.claimed[late].sum()), orders, int(counts.claimed[early].sum()), before, _scatter_of(seen, usual)
    )
    if told.value is None:
        return []
    mean = int(seen.refunded_minor.sum()) / max(len(seen.claims), 1)
    share, usual_share = counts.claimed[late].sum() / orders, counts.claimed[early].sum() / before
    rose = told.value > 1
    finding = Finding(
        "trend_up" if rose else "trend_down",
        round(abs(float(share - usual_share)) * orders * mean),
        {"share": float(share), "usual": float(usual_share), "days": length},
        p_of_ratio(told),
    )
    return [Look(finding, is_material=max(told.value, 1 / told.value) >= _TREND)]


def _scatter_of(seen: Seen, usual: Flags) -> float:
    counts = daily(seen)
    ripe: Floats = counts.ripe.astype(np.float64)
    return weekly_scatter(counts.claimed, ripe, usual)
