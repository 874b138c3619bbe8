"""The rows of one kind as checked columns: what was bought or given back, by whom, when, and for how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.events import LARGEST_AMOUNT
from training.load.columns import MONEY_SCALE, Column, ids, scaled_money, text, times_ms, whole_numbers
from training.load.errors import LoadError
from training.load.mapping import Given, GivenWord, Mapping
from training.load.source import Sheet


@dataclass(frozen=True, slots=True)
class Lines:
    """Orders, or returns, in the order of the file; every column has shape (n,).

    Quantities and amounts are positive in returns too. `line` is unique, `reference` is order and line in one.
    """

    position: Ints
    line: pa.Array
    reference: pa.Array
    buyer: pa.Array
    merchant: pa.Array
    product: pa.Array
    time_ms: Ints
    quantity: Ints
    amount_minor: Ints

    def __len__(self) -> int:
        return len(self.position)


def read_lines(sheet: Sheet, mapping: Mapping, positions: Ints, sign: Literal["negative", "positive"]) -> Lines:
    """Read the rows at the given positions.

    Args:
        sheet: the file.
        mapping: which column is what.
        positions: rows, from 0.
        sign: the sign that quantities (or line totals) carry in these rows.

    Raises:
        LoadError: naming the first row and column that is missing, out of range or of the wrong sign.
    """
    columns = mapping.columns
    line = _line_ids(sheet, columns.line, positions)
    reference = pc.binary_join_element_wise(ids(sheet.column(columns.order, positions)), line, "/")
    buyers = pa.nulls(len(positions), pa.string())
    if columns.buyer is not None:
        buyers = ids(sheet.column(columns.buyer, positions), required=False)
    quantity = _quantity(sheet.column(columns.quantity, positions), -1 if sign == "negative" else 1)
    return Lines(
        position=positions,
        line=line,
        reference=ids(Column(sheet.file, columns.order, reference, positions + 1)),
        buyer=buyers,
        merchant=_given(sheet, mapping.merchant, positions),
        product=ids(sheet.column(columns.product, positions)),
        time_ms=times_ms(sheet.column(mapping.time.column, positions), mapping.time.zone, mapping.time.format),
        quantity=quantity,
        amount_minor=_amount_minor(sheet, mapping, positions, quantity, sign),
    )


def read_words(sheet: Sheet, given: GivenWord, positions: Ints, key: str, accepted: tuple[str, ...]) -> pa.Array:
    """The word of a fixed list that each row carries, translated where the mapping says so.

    Raises:
        LoadError: naming the first row whose word is neither accepted nor translated.
    """
    if given.column is None:
        return pa.repeat(given.constant, len(positions))
    column = sheet.column(given.column, positions)
    said = text(column)
    meanings = {word: word for word in accepted} | given.words
    chosen = pc.index_in(said, value_set=pa.array(list(meanings)))
    what = key.rpartition(".")[2].replace("_", " ")
    column.refuse_where(
        np.asarray(chosen.is_null(), dtype=np.bool_),
        f"unknown {what}; use one of {', '.join(accepted)}, or translate it under the mapping's {key}.words",
    )
    return pa.array(list(meanings.values())).take(chosen)


def _line_ids(sheet: Sheet, name: str | None, positions: Ints) -> pa.Array:
    if name is None:
        return pa.array(positions + 1).cast(pa.string())
    column = sheet.column(name, positions)
    line = ids(column)
    codes = np.asarray(line.dictionary_encode().indices)
    order = np.argsort(codes, kind="stable")
    repeats = np.flatnonzero(codes[order][1:] == codes[order][:-1])
    if column.complaints is not None:
        again = np.zeros(len(line), dtype=np.bool_)
        again[order[1:][repeats]] = True
        column.refuse_where(again, "an earlier line has that id; give each line its own")
    elif len(repeats):
        first, second = order[repeats[0]], order[repeats[0] + 1]
        raise LoadError(
            f"{sheet.file}: rows {positions[first] + 1} and {positions[second] + 1}, column {name!r}: both are "
            f"{line[int(first)].as_py()!r}, and event ids are made from it; give each line its own"
        )
    return line


def _given(sheet: Sheet, given: Given, positions: Ints) -> pa.Array:
    if given.column is None:
        return pa.repeat(given.constant, len(positions))
    return ids(sheet.column(given.column, positions))


def _quantity(column: Column, sign: int) -> Ints:
    quantity = whole_numbers(column) * sign
    side = "1 or more" if sign == 1 else "-1 or less in a return"
    column.refuse_where(quantity <= 0, f"a quantity is {side}; correct it, or leave such rows out by a leave_out rule")
    return quantity


def _amount_minor(
    sheet: Sheet, mapping: Mapping, positions: Ints, quantity: Ints, sign: Literal["negative", "positive"]
) -> Ints:
    """Amounts in minor units, half a unit rounded up: exact, since it is all integers until the last division."""
    money = mapping.money
    column = sheet.column(money.unit_price or str(money.line_total), positions)
    scaled = scaled_money(column)
    if money.line_total is not None and sign == "negative":
        scaled = -scaled
    column.refuse_where(
        scaled < 0, "an amount can't be negative; correct it, or leave such rows out by a leave_out rule"
    )
    times = quantity if money.unit_price is not None else np.ones_like(quantity)
    rough = scaled / MONEY_SCALE * times * money.minor_per_unit
    column.refuse_where(rough > LARGEST_AMOUNT, f"the line comes to more than {LARGEST_AMOUNT} minor units; correct it")
    return (scaled * times * money.minor_per_unit + MONEY_SCALE // 2) // MONEY_SCALE
