"""Window totals and a claim's facts in, the model's columns out: the last step of every engine.

It is the only place where integers become floats, so engines that agree on the totals agree on the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan, sqrt

import numpy as np

from features.arrays import Floats, Ints
from features.columns import columns_of
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimGap,
    ClaimShare,
    FeatureGroup,
    Link,
    LinkGroup,
    Prior,
    Rate,
    RateGroup,
    RecencyGroup,
    RelativeGroup,
    SpreadGroup,
    TotalGroup,
    UsualGroup,
    Window,
)
from features.definition.quantity import SQUARE_BITS
from features.definition.window import MS_PER_HOUR, MS_PER_SECOND
from features.event_table import MISSING
from features.events import EVENT_FIELDS
from features.facts import AS_OF, FACT_FIELDS
from features.plan import Plan, WindowTotals


@dataclass(frozen=True, slots=True)
class _Rate:
    """Where the two totals of a rate lie, and its prior."""

    of: int
    per: int
    prior: Prior


class _Steps:
    """Which source fills which column, sorted by how. Each list holds (column, source ...) rows."""

    def __init__(self) -> None:
        self.totals: list[tuple[int, int]] = []
        self.rates: list[tuple[int, _Rate]] = []
        self.relative: list[tuple[int, _Rate, _Rate]] = []
        self.usual: list[tuple[int, int, _Rate]] = []
        self.spread: list[tuple[int, int, int, int, int]] = []
        self.recency: list[tuple[int, int]] = []
        self.numbers: list[tuple[int, int]] = []
        self.times: list[tuple[int, int, int]] = []
        self.shares: list[tuple[int, int, int]] = []
        self.categories: list[tuple[int, int, int]] = []


class Assembler:
    """Makes feature vectors for one plan. The index arrays are laid out once, so that one claim costs microseconds."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        steps = _Steps()
        column = 0
        for group in plan.catalog:
            _add_steps(steps, plan, group, column)
            column += len(columns_of(group))
        rates = [rate for _, rate in steps.rates]
        relative, to = [rate for _, rate, _ in steps.relative], [rate for _, _, rate in steps.relative]
        usual = [rate for _, _, rate in steps.usual]
        self._sizes = np.cumsum([0, len(rates), len(relative), len(to), len(usual)]).tolist()
        every = [*rates, *relative, *to, *usual]
        self._of, self._per = _index([(rate.of, rate.per) for rate in every], 2)
        prior = np.array([(rate.prior.rate, rate.prior.strength) for rate in every], np.float64).reshape(-1, 2)
        self._above, self._below = prior[:, 0] * prior[:, 1], prior[:, 1]
        self._totals = _index([row[1:] for row in steps.totals], 1)[0]
        self._usual = _index([(field,) for _, field, _ in steps.usual], 1)[0]
        self._spread = _index([row[1:] for row in steps.spread], 4).ravel()
        recent = [(len(FACT_FIELDS) + len(Link) + place, AS_OF) for _, place in steps.recency]
        self._start, self._end = _index([*recent, *(row[1:] for row in steps.times)], 2)
        self._unit_ms = np.array([MS_PER_SECOND] * len(recent) + [MS_PER_HOUR] * len(steps.times), dtype=np.float64)
        self._numbers = _index([row[1:] for row in steps.numbers], 1)[0]
        self._part, self._whole = _index([row[1:] for row in steps.shares], 2)
        self._category, self._code = _index([row[1:] for row in steps.categories], 2)
        # the parts of a vector come in this order; each column then takes its place
        parts = (
            steps.totals, steps.rates, steps.relative, steps.usual, steps.spread,
            steps.recency, steps.times, steps.numbers, steps.shares, steps.categories,
        )  # fmt: skip
        self._place = np.argsort([row[0] for part in parts for row in part])

    def assemble(self, window: WindowTotals, facts: Ints) -> Floats:
        """Return the feature vectors, shape (n, number of columns), NaN where something is missing.

        Args:
            window: what an engine found for n claims.
            facts: the n claims' own facts, shape (n, len(FACT_FIELDS)).
        """
        totals = window.totals
        # times are far below 2**53, so floats hold them exactly
        numbers = _float(np.concatenate([facts, window.linked, window.last_rise_ms], axis=1))
        rates = (totals.take(self._of, axis=1) + self._above) / (totals.take(self._per, axis=1) + self._below)
        own, relative, to, usual = (rates[:, begin:end] for begin, end in pairwise(self._sizes))
        shares = _over(numbers.take(self._part, axis=1), numbers.take(self._whole, axis=1))
        parts = [
            totals.take(self._totals, axis=1).astype(np.float64),
            own,
            relative / to,
            numbers.take(self._usual, axis=1) / usual,
            _spreads(totals.take(self._spread, axis=1)),
            (numbers.take(self._end, axis=1) - numbers.take(self._start, axis=1)) / self._unit_ms,
            numbers.take(self._numbers, axis=1),
            shares,
            (numbers.take(self._category, axis=1) == self._code).astype(np.float64),
        ]
        return np.concatenate(parts, axis=1).take(self._place, axis=1)


def _add_steps(steps: _Steps, plan: Plan, group: FeatureGroup, first: int) -> None:
    match group:
        case TotalGroup():
            keys = [(measure, window) for measure in group.measures for window in group.windows]
            steps.totals += [
                (first + index, plan.cut_index(group.entity, measure, window))
                for index, (measure, window) in enumerate(keys)
            ]
        case RecencyGroup():
            steps.recency += [
                (first + index, plan.recent_index(group.entity, measure))
                for index, measure in enumerate(group.measures)
            ]
        case LinkGroup():
            steps.numbers.append((first, len(FACT_FIELDS) + list(Link).index(group.link)))
        case RateGroup() | RelativeGroup() | UsualGroup() | SpreadGroup():
            for index, window in enumerate(group.windows):
                _add_windowed(steps, plan, group, window, first + index)
        case _:
            _add_claim_steps(steps, group, first)


def _add_claim_steps(
    steps: _Steps, group: ClaimAmount | ClaimElapsed | ClaimGap | ClaimShare | ClaimCategory, first: int
) -> None:
    match group:
        case ClaimAmount():
            steps.numbers.append((first, FACT_FIELDS.index(group.field)))
        case ClaimElapsed():
            steps.times.append((first, FACT_FIELDS.index(group.since), AS_OF))
        case ClaimGap():
            steps.times.append((first, FACT_FIELDS.index(group.start), FACT_FIELDS.index(group.end)))
        case ClaimShare():
            steps.shares.append((first, FACT_FIELDS.index(group.part), FACT_FIELDS.index(group.whole)))
        case ClaimCategory():
            field = FACT_FIELDS.index(group.field)
            steps.categories += [(first + code, field, code) for code in range(len(EVENT_FIELDS[group.field].values))]


def _add_windowed(
    steps: _Steps, plan: Plan, group: RateGroup | RelativeGroup | UsualGroup | SpreadGroup, window: Window, column: int
) -> None:
    def cut(rate: Rate | RateGroup) -> _Rate:
        of, per = plan.cut_index(rate.entity, rate.of, window), plan.cut_index(rate.entity, rate.per, window)
        return _Rate(of, per, rate.prior)

    match group:
        case RateGroup():
            steps.rates.append((column, cut(group)))
        case RelativeGroup():
            steps.relative.append((column, cut(group.rate), cut(group.to)))
        case UsualGroup():
            steps.usual.append((column, FACT_FIELDS.index(group.field), cut(group.usual)))
        case SpreadGroup():
            count, summed, high, low = (
                plan.cut_index(group.entity, measure, window) for measure in (group.count, group.sum, *group.squares)
            )
            steps.spread.append((column, count, summed, high, low))


def _index(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    """Rows of indexes as columns, each of which lies in one piece. Shape (width, rows)."""
    return np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(-1, width).T)


def _spreads(totals: Ints) -> Floats:
    """Standard deviations from counts, sums and both words of the squares, shape (n, 4 times the columns).

    NaN below two numbers. Squares outgrow int64 and floats would cancel, so these are Python's integers.
    """
    numbers = iter(totals.reshape(len(totals), 4, totals.shape[1] // 4).swapaxes(1, 2).reshape(-1).tolist())
    spreads = [
        sqrt(count * ((high << SQUARE_BITS) + low) - summed * summed) / count if count >= 2 else nan
        for count, summed, high, low in zip(numbers, numbers, numbers, numbers, strict=True)
    ]
    return np.array(spreads, dtype=np.float64).reshape(len(totals), totals.shape[1] // 4)


def _float(values: Ints) -> Floats:
    floats = values.astype(np.float64)
    floats[values == MISSING] = np.nan
    return floats


def _over(part: Floats, whole: Floats) -> Floats:
    whole[whole == 0] = np.nan
    return part / whole
