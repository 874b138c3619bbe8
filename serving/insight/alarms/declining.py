"""Merchants in decline: by several signs at once, each too weak to say it alone.

On each day of the record, every week of the last half year is tried as the one from which on a merchant serves worse.
Of each sign the odds are worked out as for rises in claims (`evidence`), with no rise at all as one of the cases, and
the logarithms are added up. No sign counts for more than `SIGN_ODDS`, and the limit is above that: one sign alone, such
as a carrier's bad month, is no alarm however strong it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.alarms.alarm import SIGNS, AlarmSign, SignName
from serving.insight.alarms.counting import Counted
from serving.insight.alarms.detecting import Raised
from serving.insight.alarms.evidence import log_odds
from serving.insight.alarms.settings import (
    DECLINE_KEEPING_WEEKS,
    DECLINE_ODDS,
    DECLINE_WEEKS,
    KEEPING_ODDS,
    QUIET_DAYS,
    SIGN_ODDS,
    SIGN_RISES,
    SIGN_SHAPES,
)
from serving.insight.alarms.signs import Cases, goods_claims, late_parcels, slow_answers
from serving.insight.alarms.usual import Usual
from serving.insight.record import Record

_WEEK_DAYS: Final = 7
_LEARNING_DAYS: Final = 20  # of a record, before the first alarm


@dataclass(frozen=True, slots=True)
class DeclineRule:
    """When it is an alarm: odds from `odds` on, of which no sign gives more than `most`, by these signs."""

    odds: float = DECLINE_ODDS
    most: float = SIGN_ODDS
    signs: tuple[SignName, ...] = SIGNS
    weeks: int = DECLINE_WEEKS


@dataclass(frozen=True, slots=True)
class Declined:
    """An alarm: the merchant's place in `Counted.merchants`, its days, and its signs as of its last day."""

    merchant: int
    raised: Raised
    signs: list[AlarmSign]


def find_declines(
    record: Record, orders: Counted, usual: Usual, left_out_from: Ints, rule: DeclineRule | None = None
) -> list[Declined]:
    """The alarms over a record, each with what was known on its day.

    Args:
        record: orders and claims.
        orders: of the record.
        usual: claims of these.
        left_out_from: by order, the day from which it plays no part in claims, as its product has an alarm; `NEVER`.
        rule: when it is an alarm; default: the one in use.
    """
    rule = rule or DeclineRule()
    sums = {name: _Sums.of(orders) for name in SIGNS}
    parcels, answers = late_parcels(record, orders), slow_answers(record, orders)
    last: dict[int, Declined] = {}
    found: dict[tuple[int, int], Declined] = {}
    claims = goods_claims(orders, usual, left_out_from)
    for today, of_goods in zip(range(orders.first_day, orders.last_day + 1), claims, strict=True):
        sums["goods"].add(of_goods)
        sums["late"].add(_of_day(parcels, today))
        sums["slow"].add(_of_day(answers, today))
        day = today - orders.first_day
        if day < _LEARNING_DAYS:
            continue
        odds = _odds(sums, day // _WEEK_DAYS, rule)
        first_week = max(0, day // _WEEK_DAYS + 1 - rule.weeks)
        for merchant in np.flatnonzero(odds.max(axis=1) >= math.log(KEEPING_ODDS)).tolist():
            before = last.get(merchant)
            start = _start(odds[merchant], first_week, before, today, orders.first_day, rule)
            if start is None:
                continue
            if before is not None and start == before.raised.start_day:
                raised = replace(before.raised, last_day=today)
            else:
                raised = Raised(start, today, today)
            week = (start - orders.first_day) // _WEEK_DAYS
            last[merchant] = Declined(merchant, raised, _told(sums, merchant, week))
            found[merchant, raised.opened_day] = last[merchant]
    return [each for _, each in sorted(found.items())]


def _start(
    odds: Floats, first_week: int, before: Declined | None, today: int, first_day: int, rule: DeclineRule
) -> int | None:
    """The day since which a merchant has declined: that of its open alarm if this goes on, None if it is no alarm."""
    if before is not None and today - before.raised.last_day <= QUIET_DAYS:
        since = (before.raised.start_day - first_day) // _WEEK_DAYS - first_week
        late = odds[max(since, len(odds) - DECLINE_KEEPING_WEEKS, 0) :]
        return before.raised.start_day if late.max() >= math.log(KEEPING_ODDS) else None
    since = 0 if before is None else max(0, (before.raised.last_day - first_day) // _WEEK_DAYS + 1 - first_week)
    if since >= len(odds) or odds[since:].max() < math.log(rule.odds):
        return None
    return first_day + _WEEK_DAYS * (first_week + since + int(np.argmax(odds[since:])))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Bad cases and usual ones by merchant and the week in which they began, shape (merchants, weeks)."""

    bad: Floats
    usual: Floats
    first_day: int

    @classmethod
    def of(cls, orders: Counted) -> _Sums:
        weeks = (orders.last_day - orders.first_day) // _WEEK_DAYS + 1
        shape = (len(orders.merchants), max(weeks, 1))
        return cls(np.zeros(shape), np.zeros(shape), orders.first_day)

    def add(self, cases: Cases) -> None:
        known = cases.merchant >= 0
        place = (cases.merchant[known], (cases.day[known] - self.first_day) // _WEEK_DAYS)
        np.add.at(self.bad, place, cases.bad[known])
        np.add.at(self.usual, place, cases.usual[known])


def _of_day(cases: Cases, day: int) -> Cases:
    """The cases that turned out on a day."""
    some = slice(*np.searchsorted(cases.known_day, [day, day + 1]))
    return Cases(cases.merchant[some], cases.day[some], cases.known_day[some], cases.bad[some], cases.usual[some])


def _odds(sums: Mapping[SignName, _Sums], week: int, rule: DeclineRule) -> Floats:
    """The log-odds that merchants decline since each of the last weeks, shape (merchants, weeks), the oldest first."""
    first = max(0, week + 1 - rule.weeks)
    total = np.zeros((len(sums["goods"].bad), week + 1 - first))
    for name in rule.signs:
        since = [
            np.cumsum(each[:, week::-1], axis=1)[:, ::-1] if week else each[:, :1]
            for each in (sums[name].bad, sums[name].usual)
        ]
        bad, usual = (each[:, first:].ravel() for each in since)
        all_bad, all_usual = (np.repeat(each[:, 0], total.shape[1]) for each in since)
        odds = log_odds(bad, usual, all_bad, all_usual, SIGN_SHAPES[name], SIGN_RISES[name])
        total += np.minimum(odds, math.log(rule.most)).reshape(total.shape)
    return total


def _told(sums: Mapping[SignName, _Sums], merchant: int, week: int) -> list[AlarmSign]:
    """What each sign showed since a week, against the merchant's own earlier weeks, drawn towards all merchants'."""
    told = []
    for name in SIGNS:
        bad, usual, shape = sums[name].bad[merchant], sums[name].usual[merchant], SIGN_SHAPES[name]
        factor = (shape + bad[:week].sum()) / (shape + usual[:week].sum())
        told.append(AlarmSign(name=name, seen=round(float(bad[week:].sum())), usual=float(factor * usual[week:].sum())))
    return told
