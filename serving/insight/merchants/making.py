"""Scorecards of all merchants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.spans import HOUR_MS
from serving.insight.merchants.counting import MerchantTallies, tally
from serving.insight.merchants.expecting import Expected
from serving.insight.merchants.merging import Flags
from serving.insight.merchants.scorecard import (
    ClaimRate,
    MerchantComponent,
    MerchantCounts,
    MerchantMoney,
    MerchantMonth,
    MerchantRange,
    MerchantScorecard,
    MerchantTrend,
    Trend,
)
from serving.insight.merchants.scoring import BEST, SCORE_FORMULA, WORST, Scores, score_all
from serving.insight.merchants.settings import MerchantSettings
from serving.insight.rates import Shrunk, share_interval, shrink_ratios
from serving.insight.record import Record

_DIGITS: Final = 6
_MOST: Final = 1_000.0  # a trend is told as a thousandfold at most, as no claims before make it infinite


def scorecards(
    record: Record,
    quality_reasons: tuple[str, ...],
    appeals: Mapping[str, bool] | None = None,
    settings: MerchantSettings | None = None,
) -> list[MerchantScorecard]:
    """The scorecards of merchants who had an order or a claim in the period, in the order of their ranking.

    They are ranked by score: it is drawn to the middle the more the fewer cases there are, so that a small merchant
    comes neither first nor last by luck, as it would by a raw rate, last by a lower and first by an upper bound. Those
    of fewer than `least_orders` stand behind them without a place, the largest first.

    Args:
        record: of at least the period and the time before it, or as much as there is.
        quality_reasons: of claims that speak of the goods or the merchant.
        appeals: by claim, whether the merchant lost its appeal.
        settings: the period and the weights; default: the usual ones.
    """
    settings = settings or MerchantSettings()
    tallies = tally(record, settings, quality_reasons, appeals or {})
    scores = score_all(tallies, settings)
    orders = tallies.all_claims.orders
    present, ranked = _present_and_ranked(tallies, scores, settings)
    # by score for those ranked, then by orders; equal ones by id, as merchants are sorted by it
    order = sorted(present, key=lambda row: (not ranked[row], -scores.value[row] if ranked[row] else -orders[row], row))
    maker = _Maker(tallies, scores, settings, int(ranked[present].sum()))
    return [maker.make(int(row), place if ranked[row] else None) for place, row in enumerate(order, 1)]


def ids_by_claims(
    record: Record, quality_reasons: tuple[str, ...], settings: MerchantSettings | None = None
) -> list[str]:
    """The merchants that have a scorecard, those ranked first, in either part by claims, the most first."""
    settings = settings or MerchantSettings()
    tallies = tally(record, settings, quality_reasons, {})
    present, ranked = _present_and_ranked(tallies, score_all(tallies, settings), settings)
    names: list[str] = tallies.merchants.to_pylist()
    claims = tallies.answers.claims
    return [names[row] for row in sorted(present, key=lambda row: (not ranked[row], -claims[row], row))]


def _present_and_ranked(tallies: MerchantTallies, scores: Scores, settings: MerchantSettings) -> tuple[Ints, Flags]:
    """The rows of merchants that have a scorecard, and of all whether they are ranked."""
    orders = tallies.all_claims.orders
    present = np.flatnonzero((orders > 0) | (tallies.answers.claims > 0))
    return present, (orders >= settings.least_orders) & ~np.isnan(scores.value)


class _Maker:
    """Makes one scorecard after the other out of what was counted."""

    def __init__(self, tallies: MerchantTallies, scores: Scores, settings: MerchantSettings, ranked: int) -> None:
        self._tallies, self._scores, self._settings, self._ranked = tallies, scores, settings, ranked
        self._names: list[str] = tallies.merchants.to_pylist()
        self._all = shrink_ratios(tallies.all_claims.claims, tallies.all_claims.expected)
        self._quality = shrink_ratios(tallies.quality_claims.claims, tallies.quality_claims.expected)
        self._trend = _trend_ratios(tallies.all_claims, tallies.before)

    def make(self, row: int, place: int | None) -> MerchantScorecard:
        tallies, scores = self._tallies, self._scores
        ratings = tallies.ratings
        return MerchantScorecard(
            merchant_id=self._names[row],
            as_of_ms=tallies.period.until_ms,
            from_ms=tallies.period.from_ms,
            orders_from_ms=tallies.period.from_ms,
            orders_until_ms=tallies.period.orders_until_ms,
            place=place,
            of_ranked=self._ranked,
            least_orders=self._settings.least_orders,
            score=_range(scores.low, scores.value, scores.high, row),
            score_formula=SCORE_FORMULA,
            left_out=[name for name, each in scores.components.items() if not each.cases[row]],
            components=self._components(row),
            all_claims=_rate(tallies.all_claims, self._all, row),
            quality_claims=_rate(tallies.quality_claims, self._quality, row),
            trend=self._trend_of(row),
            counts=self._counts(row),
            median_answer_hours=_hours(tallies.answers.median_ms[row]),
            median_shipping_hours=_hours(tallies.deliveries.median_shipping_ms[row]),
            mean_rating=round(float(ratings.total[row] / ratings.count[row]), 3) if ratings.count[row] else None,
            money=self._money(row),
            months=[
                MerchantMonth(
                    from_ms=month.from_ms,
                    orders=int(month.claims.orders[row]),
                    claims=int(month.claims.claims[row]),
                    expected=_rounded(month.claims.expected[row]),
                )
                for month in tallies.months
            ],
        )

    def _components(self, row: int) -> list[MerchantComponent]:
        made = []
        for name, each in self._scores.components.items():
            if not each.cases[row]:
                continue
            low, middle, high = (float(points) for points in each.points[:, row])
            made.append(
                MerchantComponent(
                    component=name,
                    cases=int(each.cases[row]),
                    raw=_rounded(each.raw[row]),
                    figure=_shrunk_range(each.shrunk, row),
                    usual=_rounded(each.shrunk.middle),
                    points=MerchantRange(value=_rounded(middle), low=_rounded(low), high=_rounded(high)),
                    weight=_rounded(each.weight[row]),
                    moves=_rounded((BEST - WORST) * each.weight[row] * (middle - 0.5)),
                    formula=each.formula,
                )
            )
        return made

    def _counts(self, row: int) -> MerchantCounts:
        answers, deliveries = self._tallies.answers, self._tallies.deliveries
        return MerchantCounts(
            orders=int(self._tallies.all_claims.orders[row]),
            claims=int(answers.claims[row]),
            claims_without_order=int(answers.without_order[row]),
            awaiting_verdict=int(answers.awaiting_verdict[row]),
            answered=int(answers.answered[row]),
            timed_out=int(answers.timed_out[row]),
            answered_in_time=int(answers.in_time[row]),
            rulings_that_say=int(answers.rulings[row]),
            at_fault=int(answers.at_fault[row]),
            disputed=int(answers.disputed[row]),
            disputes_lost=int(answers.lost[row]),
            appeals=int(answers.appeals[row]),
            appeals_lost=int(answers.appeals_lost[row]),
            delivered=int(deliveries.delivered[row]),
            delivered_late=int(deliveries.late[row]),
            undelivered=int(deliveries.undelivered[row]),
            ratings=int(self._tallies.ratings.count[row]),
        )

    def _money(self, row: int) -> MerchantMoney:
        money = self._tallies.money
        advanced, recovered = int(money.advanced_minor[row]), int(money.recovered_minor[row])
        return MerchantMoney(
            advances=int(money.advances[row]),
            advanced_minor=advanced,
            recovered_minor=recovered,
            recovered_share=_rounded(recovered / advanced) if advanced else None,
        )

    def _trend_of(self, row: int) -> MerchantTrend:
        value, low, high = (each[row] for each in self._trend)
        trend: Trend = "worse" if low > 1 else "better" if high < 1 else "unsure"
        before = self._tallies.before
        return MerchantTrend(
            trend=trend,
            ratio=None
            if np.isnan(value)
            else MerchantRange(value=_rounded(value), low=_rounded(low), high=_rounded(high)),
            claims_before=int(before.claims[row]),
            orders_before=int(before.orders[row]),
        )


def _trend_ratios(now: Expected, before: Expected) -> tuple[Floats, Floats, Floats]:
    """Claims by expected claims, now against before, with the exact 95 % interval; NaN where it can't be told.

    Given how many came in both times together, those of now are binomial (Przyborowski and Wilenski 1940).
    """
    told = (now.expected > 0) & (before.expected > 0) & (now.claims + before.claims > 0)
    expected = np.divide(before.expected, now.expected, out=np.ones(len(told)), where=told)
    low, high = share_interval(now.claims, now.claims + before.claims)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = [
            np.where(told, np.clip(odds * expected, 1 / _MOST, _MOST), np.nan)
            for odds in (now.claims / before.claims, low / (1 - low), high / (1 - high))
        ]
    return ratios[0], ratios[1], ratios[2]


def _rate(claims: Expected, shrunk: Shrunk, row: int) -> ClaimRate:
    orders, expected = int(claims.orders[row]), float(claims.expected[row])
    usual = expected / orders if orders else 0.0
    return ClaimRate(
        claims=int(claims.claims[row]),
        rate=_rounded(claims.claims[row] / orders) if orders else None,
        expected=_rounded(expected),
        ratio=_shrunk_range(shrunk, row),
        shrunk_rate=_shrunk_range(shrunk, row, usual) if orders else None,
    )


def _shrunk_range(shrunk: Shrunk, row: int, times: float = 1.0) -> MerchantRange:
    value, low, high = (_rounded(times * each[row]) for each in (shrunk.value, shrunk.low, shrunk.high))
    return MerchantRange(value=value, low=low, high=high)


def _range(low: Floats, value: Floats, high: Floats, row: int) -> MerchantRange | None:
    if np.isnan(value[row]):
        return None
    return MerchantRange(value=_rounded(value[row]), low=_rounded(low[row]), high=_rounded(high[row]))


def _hours(ms: float) -> float | None:
    return None if np.isnan(ms) else round(float(ms) / HOUR_MS, 2)


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)
