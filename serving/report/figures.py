"""Figures of a report: a value with its bounds, how it stands to its target, and how it has come to that.

A share of a sample (doubles, ratings) comes with Jeffreys' interval, and its target is met or missed only where the
whole interval lies on one side. What was counted in full stands for itself.

The change against the quarter before has an interval in both cases, as even full counts go up and down by chance:
R. G. Newcombe's method 10 ("Interval estimation for the difference between independent proportions", 1998), with
Jeffreys' bounds of the two shares in the place of Wilson's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from serving.cases.quality.chance import Figure, share
from serving.insight.rates import Z95, difference_interval
from serving.report.ground import Period
from serving.report.quarter import Span

Unit: TypeAlias = Literal["share", "number", "points", "minutes"]
Standing: TypeAlias = Literal["met", "missed", "unsure", "missing"]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Said:
    """A text by its key, with what it is filled in with."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """One figure. `low` and `high` are None where it was counted in full; `value` is None where nothing tells it.

    `hits` of `count` is what a share comes from.
    """

    unit: Unit
    value: float | None
    low: float | None = None
    high: float | None = None
    hits: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A figure beside the main one, by the key of its text."""

    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of one month or quarter."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be reached: at least or, where `is_most`, at most so much."""

    unit: Unit
    value: float
    is_most: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a report.

    Attributes:
        name: texts about it are `targets.<name>`, `<name>_formula` and `<name>_source`.
        trend: the last months, the earliest first.
        change: this quarter's value less that of the quarter before; None where either can't be told.
        missing: what is lacking, and what to send or switch on; with a value too, where it tells of a part only.
        beside: figures that belong to it.
    """

    name: str
    goal: Goal
    value: Value
    trend: tuple[Point, ...] = ()
    change: Value | None = None
    missing: tuple[Said, ...] = ()
    beside: tuple[Named, ...] = ()

    @property
    def standing(self) -> Standing:
        """Whether it is met; unsure while its interval holds the target."""
        value, goal = self.value, self.goal.value
        if value.value is None:
            return "missing"
        low = value.value if value.low is None else value.low
        high = value.value if value.high is None else value.high
        if self.goal.is_most:  # "under 5 %": the goal itself is over it
            return "met" if high < goal else "missed" if low >= goal else "unsure"
        return "met" if low >= goal else "missed" if high < goal else "unsure"


@dataclass(frozen=True, slots=True)
class Sample:
    """What a share is made of: the moments (ms) of the hits, and of all among which they were counted."""

    hits: Ints
    all: Ints

    @classmethod
    def of(cls, at_ms: Ints, is_hit: Flags) -> Sample:
        """A sample of things with a moment each, of which some are hits."""
        return cls(at_ms[is_hit], at_ms)

    def count(self, span: Span) -> tuple[int, int]:
        """Hits, and all, in a stretch of time."""
        return within(self.hits, span), within(self.all, span)

    def value(self, span: Span, *, is_drawn: bool = False) -> Value:
        """The share in a stretch of time: with an interval if it is a sample that was drawn."""
        return share_of(*self.count(span), is_drawn=is_drawn)


def within(at_ms: Ints, span: Span) -> int:
    """How many moments lie in a stretch of time."""
    return int(np.count_nonzero(is_within(at_ms, span)))


def is_within(at_ms: Ints, span: Span) -> Flags:
    """Which moments lie in a stretch of time, shape (moments,)."""
    return (at_ms >= span.from_ms) & (at_ms < span.until_ms)


def share_of(hits: int, count: int, *, is_drawn: bool = False) -> Value:
    """A share; with an interval if what was counted was drawn from more.

    >>> share_of(9, 10)
    Value(unit='share', value=0.9, low=None, high=None, hits=9, count=10)
    """
    if count == 0:
        return Value("share", None, hits=hits, count=count)
    told = share(min(hits, count), count)
    value = hits / count
    if not is_drawn:
        return Value("share", value, hits=hits, count=count)
    return Value("share", value, min(told.low, value), max(told.high, value), hits, count)


def share_change(now: tuple[int, int], before: tuple[int, int]) -> Value | None:
    """The difference of two shares, each as hits of a count, with its interval; None where there is nothing to compare.

    >>> change = share_change((90, 100), (80, 100))
    >>> [round(part, 2) for part in (change.value, change.low, change.high)]
    [0.1, 0.0, 0.2]
    """
    if now[1] == 0 or before[1] == 0:
        return None
    first, second = _figure(*now), _figure(*before)
    ends = difference_interval(first.value, (first.low, first.high), second.value, (second.low, second.high))
    return Value("share", first.value - second.value, *ends)


def number_change(now: int, before: int) -> Value | None:
    """The difference of two counts of independent things: its interval is the normal one of two Poisson counts."""
    if before == 0:
        return None
    gap, spread = now - before, Z95 * math.sqrt(now + before)
    return Value("number", float(gap), gap - spread, gap + spread)


def share_target(
    name: str,
    goal: Goal,
    sample: Sample,
    period: Period,
    *,
    is_drawn: bool = False,
    missing: Sequence[Said] = (),
    beside: Sequence[Named] = (),
) -> Target:
    """A target that is a share of what happened in the quarter."""
    return Target(
        name,
        goal,
        sample.value(period.span, is_drawn=is_drawn),
        trend=tuple(Point(month.name, sample.value(month, is_drawn=is_drawn)) for month in period.months),
        change=share_change(sample.count(period.span), sample.count(period.before)),
        missing=tuple(missing),
        beside=tuple(beside),
    )


def _figure(hits: int, count: int) -> Figure:
    told = share(min(hits, count), count)
    value = hits / count
    return Figure(value, min(told.low, value), max(told.high, value), count)
