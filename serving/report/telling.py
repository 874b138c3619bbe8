"""Figures as words, in the reader's language and the policy's zone and currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from serving.claim import Language
from serving.languages import Texts, read_texts
from serving.policy import Policy
from serving.report.figures import Goal, Said, Target, Unit, Value

_NONE: Final = "–"
_PERCENT: Final[Mapping[Language, str]] = {"en": " %", "zh-CN": "%"}


@cache
def texts_of(language: Language) -> Texts:
    """The report's texts in a language."""
    return Texts(language, read_texts(Path(__file__).with_name("texts"))[language])


@dataclass(frozen=True)
class Telling:
    """Tells figures in one language."""

    text: Texts
    policy: Policy

    def said(self, said: Said) -> str:
        """A text of the targets with its values."""
        return self.text(f"missing.{said.key}", **said.values)

    def value(self, value: Value) -> str:
        """A figure, or a dash where nothing tells it."""
        return _NONE if value.value is None else self._told(value.unit, value.value)

    def goal(self, goal: Goal) -> str:
        """What is to be reached."""
        is_share = goal.unit == "share"
        told = f"{100 * goal.value:.0f}{_PERCENT[self.text.language]}" if is_share else f"{goal.value:,.0f}"
        return self.text("report.goal_under" if goal.is_most else "report.goal_least", goal=told)

    def bounds(self, value: Value) -> str:
        """Where the truth lies in 95 of 100 cases; nothing for a full count."""
        if value.value is None or value.low is None or value.high is None:
            return ""
        return f"{self._told(value.unit, value.low)} – {self._told(value.unit, value.high)}"

    def parts(self, value: Value) -> str:
        """Numerator and denominator."""
        if value.hits is None or not value.count:
            return ""
        return self.text("report.of", hits=f"{value.hits:,}", count=f"{value.count:,}")

    def change(self, target: Target) -> str:
        """How much more or less than in the quarter before, with its interval; a dash where that can't be told."""
        change = target.change
        if change is None or change.value is None or change.low is None or change.high is None:
            return _NONE
        scale, digits = (100, 1) if change.unit == "share" else (1, 0)
        value, low, high = (_signed(scale * part, digits) for part in (change.value, change.low, change.high))
        unit = self.text("report.percentage_points") if change.unit == "share" else ""
        return self.text("report.change", value=f"{value}{unit}", low=low, high=high)

    def money(self, minor: int) -> str:
        """An amount."""
        return f"{self.policy.currency} {minor / 100:,.2f}"

    def day(self, ms: int) -> str:
        """A day in the policy's zone."""
        return dt.datetime.fromtimestamp(ms / 1000, self.policy.zone).strftime("%Y-%m-%d")

    def moment(self, ms: int) -> str:
        """A moment in the policy's zone, to the minute."""
        return dt.datetime.fromtimestamp(ms / 1000, self.policy.zone).strftime("%Y-%m-%d %H:%M")

    def _told(self, unit: Unit, value: float) -> str:
        match unit:
            case "share":
                return percent(value) + _PERCENT[self.text.language]
            case "points":
                return self.text("report.points", points=f"{value:.1f}")
            case "minutes":
                if value < 120:
                    return self.text("report.minutes", minutes=f"{value:,.0f}")
                return self.text("report.hours", hours=f"{value / 60:,.1f}")
            case _:
                return f"{value:,.0f}"


def percent(share: float) -> str:
    """A share as a percentage to one digit. Only all is 100, and only none is 0.

    >>> [percent(share) for share in (0.98765, 1.0, 0.99999, 0.0001, 0.0)]
    ['98.8', '100', '> 99.9', '< 0.1', '0']
    """
    if share in {0.0, 1.0}:
        return f"{100 * share:.0f}"
    told = f"{100 * share:.1f}"
    return {"100.0": "> 99.9", "0.0": "< 0.1"}.get(told, told)


def _signed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:+,.{digits}f}".replace("-", "−")  # never "−0"
