"""The dates between which the orders were paid that the claims are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.alarms.detecting import Raised, Rule, Sales
from serving.insight.alarms.evidence import log_odds
from serving.insight.alarms.settings import LOOK_BACK_DAYS, QUIET_DAYS
from serving.insight.alarms.usual import Usual

_MOST_DAYS: Final = 120  # with claimed orders, of which pairs are tried
_SLACK: Final = 0.5  # by how much the log-odds may fall before an end of the interval is one too far


@dataclass(frozen=True, slots=True)
class Batch:
    """The first and the last day of payment, and the day as of which that is told."""

    from_day: int
    to_day: int
    as_of_day: int


@dataclass(frozen=True, slots=True)
class _Days:
    """The days on which something was paid: `day`, and claims and usual claims before each of them and before the end
    (so one more each).
    """

    day: Ints
    claims: Floats
    usual: Floats
    rule: Rule

    def odds(self, first: Ints, last: Ints) -> Floats:
        """The log-odds that claims rose for what was paid between days, by their places, last included."""
        claims, usual = (each[last + 1] - each[first] for each in (self.claims, self.usual))
        return log_odds(claims, usual, self.claims[-1], self.usual[-1], self.rule.shape, self.rule.rises)


def name_batch(sales: Sales, usual: Usual, rule: Rule, raised: Raised, today: int) -> Batch:
    """The days between which an alarm's orders were paid: those with the highest odds of all pairs of days.

    Claims alone give the days of the first and of the last claimed order. Orders on either side that just weren't
    claimed may be of the same batch, so each end moves outwards as long as that costs next to no odds.
    """
    as_of = min(today, raised.last_day + QUIET_DAYS)
    plays = sales.day <= as_of
    day, claimed = sales.day[plays], sales.claim_day[plays] <= as_of
    day_of, place = np.unique(day, return_inverse=True)
    expected = usual.expected(as_of, sales.category[plays], as_of - day)
    claims, usuals = (np.append(0.0, np.cumsum(np.bincount(place, each, len(day_of)))) for each in (claimed, expected))
    days = _Days(day_of, claims, usuals, rule)
    first, last = _likeliest(days, np.unique(place[claimed]), raised)
    ends = np.arange(last, len(day_of))
    begins = np.arange(first, -1, -1)
    last = int(ends[_near(days.odds(np.full(len(ends), first), ends))])
    first = int(begins[_near(days.odds(begins, np.full(len(begins), last)))])
    return Batch(int(day_of[first]), int(day_of[last]), as_of)


def _likeliest(days: _Days, claimed: Ints, raised: Raised) -> tuple[int, int]:
    """The pair of places with claimed orders that has the highest odds and takes in days since the alarm's start."""
    day = days.day[claimed]
    may = (day >= raised.start_day - LOOK_BACK_DAYS // 3) & (day <= raised.last_day)
    tried = claimed[may][-_MOST_DAYS:]
    first, last = (each.ravel() for each in np.meshgrid(tried, tried, indexing="ij"))
    is_pair = (first <= last) & (days.day[last] >= raised.start_day)
    first, last = first[is_pair], last[is_pair]
    best = int(np.argmax(days.odds(first, last)))
    return int(first[best]), int(last[best])


def _near(odds: Floats) -> int:
    """How far one can go from the first of these before the odds are too low."""
    far = np.flatnonzero(odds < odds[0] - _SLACK)
    return int(far[0]) - 1 if len(far) else len(odds) - 1
