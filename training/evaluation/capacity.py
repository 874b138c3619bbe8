"""Of the claims that reviewers have time for each day, taken from the top of a ranking, the share that is abusive.

Only labelled claims are seen, so a day's capacity is taken as a share of its claims: with 200 reviews for 1,000 claims,
those labelled claims that stand for the day's first 200 per thousand. Each counts for the claims that it stands for
(`Period.label_weights`), and of equal ranks, or of a claim that stands for more than what is left, a part is taken. On
a day with few labels this is coarse: one claim may stand for all that could be reviewed.

Where there is time for every claim, all are taken and the figure is the share abusive, whatever the ranking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints

Outcomes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much of each labelled claim's day can be reviewed.

    Attributes:
        day: a number for each labelled claim's calendar day, from 0, shape (claims,).
        share: of the claims filed on each day, the share that can be reviewed, shape (days,).
        whole: the same of all claims filed in the period.
    """

    day: Ints
    share: Floats
    whole: float


def capacity_of(as_of_ms: Ints, filed_ms: Ints, per_day: int, zone: ZoneInfo) -> Capacity:
    """The share of claims that can be reviewed, by day.

    Args:
        as_of_ms: of the labelled claims.
        filed_ms: of all claims filed in the period, labelled or not, or of the labelled ones if no others are known.
        per_day: reviews.
        zone: in which days begin and end.
    """
    days, day = np.unique(_days(as_of_ms, zone), return_inverse=True)
    filed_days, filed = np.unique(_days(filed_ms, zone), return_counts=True)
    of_day = dict(zip(filed_days.tolist(), filed.tolist(), strict=True))
    shares = np.array([min(1.0, per_day / max(of_day.get(each, 1), 1)) for each in days.tolist()])
    fitting = np.minimum(filed, per_day).sum() / max(filed.sum(), 1)
    return Capacity(day.astype(np.int64), shares, float(fitting))


def _days(moments_ms: Ints, zone: ZoneInfo) -> Ints:
    days = [datetime.fromtimestamp(moment / 1000, zone).toordinal() for moment in moments_ms.tolist()]
    return np.array(days, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class PrecisionAtCapacity:
    """The figure `precision_at_capacity` of one ranking.

    Attributes:
        buyer: of the claims by day and then by falling rank, shape (claims,).
        weight, abusive: their weights, and the same with 0 for honest claims.
        starts: the first places of equal ranks of a day, shape (groups,).
        first: the groups with which days begin, shape (days,).
        day: of each group.
        share: that can be reviewed, by day.
    """

    buyer: Ints
    weight: Floats
    abusive: Floats
    starts: Ints
    first: Ints
    day: Ints
    share: Floats

    @classmethod
    def of(
        cls, abusive: Outcomes, ranking: Floats, weights: Floats, buyer: Ints, capacity: Capacity
    ) -> PrecisionAtCapacity:
        """Sort the claims, each array of shape (claims,); weights count claims, not filings."""
        order = np.lexsort((-ranking, capacity.day))
        day, ranked, counted = capacity.day[order], ranking[order], weights[order]
        new = np.append(True, (np.diff(ranked) != 0) | (np.diff(day) != 0))
        starts = np.flatnonzero(new[: len(order)])
        first = np.searchsorted(day[starts], np.arange(len(capacity.share)))
        return cls(buyer[order], counted, counted * abusive[order], starts, first, day[starts], capacity.share)

    def __call__(self, counts: Floats) -> dict[str, Floats]:
        """The figure, shape (draws,); NaN where no claim counts."""
        times = counts[:, self.buyer]
        weight = np.add.reduceat(times * self.weight, self.starts, axis=1)
        abusive = np.add.reduceat(times * self.abusive, self.starts, axis=1)
        of_day = np.add.reduceat(weight, self.first, axis=1)
        before = np.cumsum(weight, axis=1) - weight
        before -= before[:, self.first][:, self.day]
        taken = np.clip((of_day * self.share)[:, self.day] - before, 0, weight)
        part = np.divide(taken, weight, out=np.zeros_like(taken), where=weight > 0)
        all_taken = taken.sum(axis=1)
        found = (part * abusive).sum(axis=1)
        told = np.where(all_taken > 0, all_taken, np.nan)
        return {"precision_at_capacity": found / told}
