"""Window totals and a claim's facts in, the model's columns out: the last step of every engine.

It is the only place where integers become floats, so engines that agree on the totals agree on the columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimShare,
    FeatureGroup,
    RateGroup,
    RecencyGroup,
    TotalGroup,
)
from features.definition.window import MS_PER_HOUR, MS_PER_SECOND
from features.event_table import MISSING
from features.events import EVENT_FIELDS
from features.facts import AS_OF, FACT_FIELDS
from features.plan import Plan, WindowTotals, columns_of


@dataclass(slots=True)
class _Steps:
    """Which source fills which column, sorted by how: each list holds (column, source ...) rows."""

    totals: list[tuple[int, int]]
    rates: list[tuple[int, int, int, float, float]]
    recency: list[tuple[int, int]]
    amounts: list[tuple[int, int]]
    elapsed: list[tuple[int, int]]
    shares: list[tuple[int, int, int]]
    categories: list[tuple[int, int, int]]


class Assembler:
    """Makes feature vectors for one plan. The index arrays are laid out once, so that one claim costs microseconds."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        steps = _Steps([], [], [], [], [], [], [])
        column = 0
        for group in plan.catalog:
            _add_steps(steps, plan, group, column)
            column += len(columns_of(group))
        self._width = column
        self._totals = _index(steps.totals, 2)
        self._rates = _index([row[:3] for row in steps.rates], 3)
        prior = np.array([row[3:] for row in steps.rates], dtype=np.float64).reshape(-1, 2)
        self._prior_count, self._prior_strength = prior[:, 0] * prior[:, 1], prior[:, 1]
        self._recency = _index(steps.recency, 2)
        self._amounts = _index(steps.amounts, 2)
        self._elapsed = _index(steps.elapsed, 2)
        self._shares = _index(steps.shares, 3)
        self._categories = _index(steps.categories, 3)

    def assemble(self, window: WindowTotals, facts: Ints) -> Floats:
        """Return the feature vectors, shape (n, number of columns), NaN where something is missing.

        Args:
            window: what an engine found for n claims.
            facts: the n claims' own facts, shape (n, len(FACT_FIELDS)).
        """
        out = np.empty((len(facts), self._width), dtype=np.float64)
        as_of = facts[:, AS_OF : AS_OF + 1]

        target, source = self._totals
        out[:, target] = window.totals[:, source]

        target, of, per = self._rates
        out[:, target] = (window.totals[:, of] + self._prior_count) / (window.totals[:, per] + self._prior_strength)

        target, source = self._recency
        out[:, target] = _since(as_of, window.last_rise_ms[:, source], MS_PER_SECOND)

        target, source = self._amounts
        out[:, target] = _float(facts[:, source])

        target, source = self._elapsed
        out[:, target] = _since(as_of, facts[:, source], MS_PER_HOUR)

        target, part, whole = self._shares
        divisor = _float(facts[:, whole])
        divisor[divisor == 0] = np.nan
        out[:, target] = _float(facts[:, part]) / divisor

        target, source, code = self._categories
        out[:, target] = facts[:, source] == code
        return out


def _add_steps(steps: _Steps, plan: Plan, group: FeatureGroup, first: int) -> None:
    match group:
        case TotalGroup():
            keys = [(measure, window) for measure in group.measures for window in group.windows]
            steps.totals += [
                (first + index, plan.cut_index(group.entity, measure, window))
                for index, (measure, window) in enumerate(keys)
            ]
        case RateGroup():
            steps.rates += [
                (
                    first + index,
                    plan.cut_index(group.entity, group.of, window),
                    plan.cut_index(group.entity, group.per, window),
                    group.prior.rate,
                    group.prior.strength,
                )
                for index, window in enumerate(group.windows)
            ]
        case RecencyGroup():
            steps.recency += [
                (first + index, plan.recent_index(group.entity, measure))
                for index, measure in enumerate(group.measures)
            ]
        case ClaimAmount():
            steps.amounts.append((first, FACT_FIELDS.index(group.field)))
        case ClaimElapsed():
            steps.elapsed.append((first, FACT_FIELDS.index(group.since)))
        case ClaimShare():
            steps.shares.append((first, FACT_FIELDS.index(group.part), FACT_FIELDS.index(group.whole)))
        case ClaimCategory():
            field = FACT_FIELDS.index(group.field)
            steps.categories += [(first + code, field, code) for code in range(len(EVENT_FIELDS[group.field].values))]


def _index(rows: list[tuple[int, ...]] | list[tuple[int, int]] | list[tuple[int, int, int]], width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, width).T


def _float(values: Ints) -> Floats:
    floats = values.astype(np.float64)
    floats[values == MISSING] = np.nan
    return floats


def _since(as_of: Ints, then: Ints, unit_ms: int) -> Floats:
    # as_of - MISSING would overflow: subtract where there is something to subtract
    known = then != MISSING
    elapsed = np.where(known, as_of - np.where(known, then, as_of), 0) / unit_ms
    elapsed[~known] = np.nan
    return elapsed
