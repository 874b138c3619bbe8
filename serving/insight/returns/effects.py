"""Before and after a change of policy: whole weeks on each side, next to the change. It is no experiment.

Each figure is a ratio of sums, of the claims filed in a week. Its variance is that of the weeks around it (linearised,
by k / (k - 1) for few weeks), so that days which are alike count for less than days by dice would; and the difference's
interval is Student's, by Welch's degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.returns.bearing import parts_of, platform_cost
from serving.insight.returns.columns import Seen
from serving.insight.returns.figures import Bounded, ChangeEffect, Effect, PolicyChange

LEAST_DAYS: Final = 14
MOST_DAYS: Final = 28
_UNANSWERED_DAYS: Final = 3  # the youngest claims of a record may still wait for a person
_WEEK: Final = 7
_T: Final = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447}  # 97.5 %, by degrees of freedom


@dataclass(frozen=True, slots=True)
class _Week:
    """A figure's numerator and denominator in each week of one side, shapes (weeks,)."""

    above: Floats
    below: Floats

    @property
    def value(self) -> float:
        return float(self.above.sum() / self.below.sum())

    @property
    def variance(self) -> float:
        """Of the ratio, by how its weeks scatter around it."""
        number = len(self.above)
        rest = self.above - self.value * self.below
        return float(number / (number - 1) * (rest**2).sum() / self.below.sum() ** 2)


def effects_of(seen: Seen, changes: Sequence[PolicyChange]) -> tuple[ChangeEffect, ...]:
    """What was seen around each change, oldest first.

    Args:
        seen: claims of as many days as there are.
        changes: of the policy.
    """
    ordered = sorted(changes, key=lambda change: change.at_ms)
    places = [int(place) for place in seen.days.number(np.array([change.at_ms for change in ordered], dtype=np.int64))]
    edges = [_first_whole(seen) - 1, *places, _last_whole(seen) + 1]
    sums = _daily_sums(seen) if ordered else {}
    found = []
    for at, change in enumerate(ordered, 1):
        before = edges[at] - max(edges[at - 1], -1) - 1
        after = min(edges[at + 1], len(seen.days)) - edges[at] - 1
        days = min(before, after, MOST_DAYS) // _WEEK * _WEEK
        found.append(_effect(change, edges[at], days if days >= LEAST_DAYS else 0, sums))
    return tuple(found)


def _first_whole(seen: Seen) -> int:
    return int(seen.days.begins_ms[0] < seen.from_ms)


def _last_whole(seen: Seen) -> int:
    """The last day whose claims have had their time for an answer."""
    return len(seen.days) - 1 - int(seen.days.begins_ms[-1] > seen.until_ms) - _UNANSWERED_DAYS


def _daily_sums(seen: Seen) -> dict[str, tuple[Floats, Floats]]:
    """Each figure's numerator and denominator by day, shapes (days,)."""
    number, day = len(seen.days), seen.claim_day
    parts = parts_of(seen)
    cost = platform_cost(parts) + _expected_loss(parts)

    def by_day(values: Iterable[float]) -> Floats:
        weights = np.asarray(values, dtype=np.float64)
        return np.asarray(np.bincount(day, weights=weights, minlength=number), dtype=np.float64)

    claims, decided = by_day(np.ones(len(day))), by_day(~seen.action.are(""))
    return {
        "approved_share": (by_day(seen.action.are("auto_approve")), decided),
        "reviewed_share": (by_day(seen.action.are("manual_review")), decided),
        "refunded_minor": (by_day(seen.refunded_minor), claims),
        "cost_minor": (by_day(cost), claims),
    }


def _expected_loss(parts: Mapping[str, Ints]) -> Floats:
    """What advances that aren't settled yet may lose, by those that are: else the newest days would look cheap."""
    lost, back = int(parts["advances_lost"].sum()), int(parts["advances_recovered"].sum())
    share = lost / (lost + back) if lost + back else 0.0
    return np.asarray(parts["advances_open"] * share, dtype=np.float64)


def _effect(change: PolicyChange, at: int, days: int, sums: Mapping[str, tuple[Floats, Floats]]) -> ChangeEffect:
    if not days:
        return ChangeEffect(change, 0, 0, 0, ())
    before, after = slice(at - days, at), slice(at + 1, at + 1 + days)
    claims = sums["refunded_minor"][1]
    effects = (_compare(name, _weeks(both, before), _weeks(both, after)) for name, both in sums.items())
    return ChangeEffect(
        change=change,
        days=days,
        claims_before=int(claims[before].sum()),
        claims_after=int(claims[after].sum()),
        effects=tuple(each for each in effects if each is not None),
    )


def _weeks(both: tuple[Floats, Floats], days: slice) -> _Week:
    above, below = (values[days].reshape(-1, _WEEK).sum(axis=1) for values in both)
    return _Week(above, below)


def _compare(name: str, before: _Week, after: _Week) -> Effect | None:
    """The difference with its interval; None where a side has no claims."""
    if not before.below.sum() or not after.below.sum():
        return None
    value, variances = after.value - before.value, (before.variance, after.variance)
    reach = _T[_freedom(variances, len(before.above))] * math.sqrt(sum(variances))
    return Effect(name, before.value, after.value, Bounded(value, value - reach, value + reach))


def _freedom(variances: tuple[float, float], weeks: int) -> int:
    """Welch's degrees of freedom for two sides of as many weeks, rounded down."""
    squares = sum(variance**2 for variance in variances)
    if not squares:
        return 2 * (weeks - 1)
    return max(1, int((weeks - 1) * sum(variances) ** 2 / squares + 1e-9))
