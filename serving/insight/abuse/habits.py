"""What one buyer does again and again: refund-only on cheap goods, denied parcels, worn clothes, empty boxes, parts.

Each habit is a sort of claim. All buyers are looked at; a buyer is found whose number is too unlikely for chance, given
what they bought, and given that people differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Ints
from serving.insight.abuse.chances import unlikely
from serving.insight.abuse.columns import Columns, Flags
from serving.insight.abuse.finding import Finding, Kind, Strength, make_finding
from serving.insight.record import times
from serving.insight.tails import tail

LEAST_CLAIMS: Final = 3  # a habit; two of a kind happen to anybody
LEAST_RETURNS: Final = 2  # of goods: few are sent back, and fewer inspected
_EXPLAIN_DAMAGE: Final = ("damaged", "defective", "expired", "wrong_item", "missing_parts")


@dataclass(frozen=True, slots=True)
class Habit:
    """A sort of claim, and whether it comes out of returns or out of all orders."""

    kind: Kind
    counted: Callable[[Columns], Flags]
    of_returns: bool = False
    least: int = LEAST_CLAIMS


def _serial_refund_only(columns: Columns) -> Flags:
    cheap: Flags = columns.claim_order_amount <= columns.cheap_minor
    return columns.says("claim_type", "refund_only") & cheap & columns.delivered


def _denied_receipt(columns: Columns) -> Flags:
    return columns.says("claim_reason", "not_received") & columns.delivered


def _worn(columns: Columns) -> Flags:
    """Returns that came back used, or damaged though nobody said so, or that were ruled abusive."""
    damaged = columns.says("inspection", "damaged") & ~columns.says("claim_reason", *_EXPLAIN_DAMAGE)
    worn = columns.says("inspection", "used") | damaged | columns.says("verdict", "abusive")
    return columns.says("claim_type", "return_refund") & worn & ~_empty(columns)


def _empty(columns: Columns) -> Flags:
    return columns.says("inspection", "empty", "swapped")


def _part_agreed(columns: Columns) -> Flags:
    asked = times(columns.record.claims, "amount_minor")
    part: Flags = (asked < columns.claim_order_amount) & columns.says("claim_type", "refund_only")
    return part & columns.says("merchant_response", "agreed", "partly_agreed")


HABITS: Final = (
    Habit("serial_refund_only", _serial_refund_only),
    Habit("denied_receipt", _denied_receipt),
    Habit("wardrobing", _worn, of_returns=True, least=LEAST_RETURNS),
    Habit("empty_returns", _empty, of_returns=True, least=LEAST_RETURNS),
    Habit("extortion", _part_agreed),
)


def find_habits(columns: Columns) -> Iterator[Finding]:
    """The findings about single buyers."""
    for habit in HABITS:
        yield from _find(columns, habit)


def _find(columns: Columns, habit: Habit) -> Iterator[Finding]:
    counted = habit.counted(columns) & columns.comparable
    counts = columns.per_buyer(counted)
    sort = "return_refund" if habit.of_returns else "refund_only"
    expected = columns.expected(counted)
    tested, shape = int((expected > 0).sum()), columns.spread(sort)
    several: Ints = np.flatnonzero(counts >= habit.least)
    chances = np.array([tail(int(counts[code]), float(expected[code]), shape) for code in several])
    for place in unlikely(chances, tested):
        code = int(several[place])
        rows = np.flatnonzero(counted & (columns.buyers.claims == code))
        strength = Strength(float(expected[code]), float(chances[place]), tested)
        yield make_finding(columns, habit.kind, [code], rows, strength)
