"""Which row of a file is an order, which a return, and which is left out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from training.load.columns import Bools, numbers, text
from training.load.errors import LoadError
from training.load.mapping import Condition, Mapping
from training.load.source import Sheet

NO_RULE: Final = "neither order nor return by any rule"


@dataclass(frozen=True, slots=True)
class RowKinds:
    """Positions (from 0, ascending) of the rows of each kind, and how many rows each cause left out."""

    orders: Ints
    returns: Ints
    left_out: dict[str, int]


def sort_rows(sheet: Sheet, mapping: Mapping) -> RowKinds:
    """Decide what each row is: left out by the first rule that it meets, else an order or a return.

    Raises:
        LoadError: naming the first row that is both an order and a return, or a cell that a condition can't read.
    """
    kept = np.ones(len(sheet), dtype=np.bool_)
    left_out: dict[str, int] = {}
    for rule in mapping.leave_out:
        leaving = kept & all_hold(sheet, rule.when)
        left_out[rule.cause] = left_out.get(rule.cause, 0) + int(leaving.sum())
        kept &= ~leaving
    orders, returns = kept & all_hold(sheet, mapping.orders.when), kept & all_hold(sheet, mapping.returns.when)
    both = orders & returns
    if both.any():
        _refuse_both(sheet, np.flatnonzero(both) + 1)
        orders, returns = orders & ~both, returns & ~both
    left_out[NO_RULE] = int((kept & ~orders & ~returns & ~both).sum())
    return RowKinds(np.flatnonzero(orders), np.flatnonzero(returns), left_out)


def _refuse_both(sheet: Sheet, rows: Ints) -> None:
    what = "meets orders.when and returns.when; make one of them narrower"
    if sheet.complaints is None:
        raise LoadError(f"{sheet.file}: row {rows[0]}: {what}")
    sheet.complaints.add(sheet.file, "", what, rows.tolist(), lambda row: f"row {row}")


def all_hold(sheet: Sheet, conditions: tuple[Condition, ...]) -> Bools:
    """In which rows every condition holds. Shape (rows,)."""
    holding = np.ones(len(sheet), dtype=np.bool_)
    for condition in conditions:
        holding &= _holds(sheet, condition)
    return holding


def _holds(sheet: Sheet, condition: Condition) -> Bools:
    column = sheet.column(condition.column)
    match condition.op:
        case "missing":
            return column.is_missing()
        case "positive":
            return np.asarray(numbers(column) > 0)
        case "negative":
            return np.asarray(numbers(column) < 0)
        case "zero":
            return np.asarray(numbers(column) == 0)
        case "starts_with":
            found = pc.starts_with(text(column), condition.value)
        case "equals":
            found = pc.equal(text(column), condition.value)
        case "matches":
            found = pc.match_substring_regex(text(column), condition.value)
        case "in":
            found = pc.is_in(text(column), value_set=pa.array(condition.values))
    return np.asarray(pc.fill_null(found, False), dtype=np.bool_)
