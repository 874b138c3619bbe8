"""How rare a value is among the claims of the time that the model's training knew last.

A bundle keeps counts of each column over bins, not values, so what is said is a part of the claims that is surely less
or more: "more than 90 % of claims". The written form is that of `training.drift.reference`; a test holds them together.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pydantic import JsonValue

FORMAT: Final = 1
Place: TypeAlias = Literal["high", "low", "usual", "missing"]
MOST: Final = 0.5  # what most claims lie below is high


@dataclass(frozen=True, slots=True)
class Unusual:
    """Where a value lies among claims; the three shares sum to 1.

    Attributes:
        less: the share of claims that surely have less.
        alike: the share in the same bin (of a missing value: that miss it too).
        more: the share that surely have more.
        is_missing: whether nothing is known; then `less` is the share of claims where something is.
    """

    less: float
    alike: float
    more: float
    is_missing: bool = False

    @property
    def place(self) -> Place:
        """In one word."""
        if self.is_missing:
            return "missing"
        if self.less >= MOST:
            return "high"
        return "low" if self.more >= MOST else "usual"

    @property
    def percent(self) -> int:
        """What the word rests on: the percentage of claims that have less, more, or about the same."""
        share = {"high": self.less, "low": self.more, "usual": self.alike, "missing": self.alike}[self.place]
        return round(100 * share)


def unusual(training: Mapping[str, JsonValue], column: str, value: float | None) -> Unusual | None:
    """Where a column's value lies; None if the bundle remembers nothing of the column that can be read.

    Args:
        training: what a bundle says of its training.
        column: its name.
        value: None where missing.
    """
    reference = training.get("reference")
    if not isinstance(reference, dict) or reference.get("format") != FORMAT:
        return None
    columns = reference.get("columns")
    line = columns.get(column) if isinstance(columns, dict) else None
    try:
        edges, counts = ([float(word) for word in part.split()] for part in str(line).split("|")[:2])
    except ValueError:
        return None
    if len(counts) != len(edges) + 2 or sum(counts) <= 0:
        return None
    return _place(edges, counts, value)


def _place(edges: list[float], counts: list[float], value: float | None) -> Unusual | None:
    *known, missing = counts
    if value is None or math.isnan(value):
        total = sum(counts)
        return Unusual(sum(known) / total, missing / total, 0.0, is_missing=True)
    total = sum(known)
    if total <= 0:
        return None
    own = bisect_left(edges, value)
    return Unusual(sum(known[:own]) / total, known[own] / total, sum(known[own + 1 :]) / total)
