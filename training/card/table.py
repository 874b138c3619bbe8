"""Markdown tables of numbers and of names that somebody else chose."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from training.evaluation.evaluation import Interval

UNTOLD: Final = "–"  # where a figure can't be told
# what Markdown would take for more than text; an underscore between letters it leaves alone
_MEANS_SOMETHING: Final = re.compile(r"([\\`*\[\]<>|&!~]|(?<![^\W_])_|_(?![^\W_]))")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> list[str]:
    """A table as lines; the first `words` columns stand left, the others, numbers, right."""
    rule = ["---" if number < words else "---:" for number in range(len(head))]
    return [_line(head), _line(rule), *(_line(row) for row in rows), ""]


def name(text: str) -> str:
    """A name out of the data as plain text in a cell: nothing in it is taken for Markdown or HTML."""
    return _MEANS_SOMETHING.sub(r"\\\1", " ".join(text.split()))


def words(identifier: str) -> str:
    """`past_refund_rate` in words, as plain text."""
    return name(identifier.replace("_", " "))


def number(value: float, figure: str = "") -> str:
    """A figure's value: money in whole minor units, anything else to four places."""
    if not math.isfinite(value):
        return UNTOLD
    return f"{value:,.0f}" if "_minor" in figure else f"{value:.4f}"


def interval(given: Interval, figure: str = "") -> str:
    """A figure's value, and between what it lies with 95 % confidence if that can be told."""
    if not (math.isfinite(given.low) and math.isfinite(given.high)):
        return number(given.value, figure)
    return f"{number(given.value, figure)} ({number(given.low, figure)} to {number(given.high, figure)})"


def day(moment_ms: int) -> str:
    """The day of a moment, UTC."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date().isoformat()


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
