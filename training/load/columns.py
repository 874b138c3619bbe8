"""One column's cells turned into text, whole numbers, money or times, each checked, none guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.events import EARLIEST_MS, LATEST_MS, LONGEST_ID
from training.load.errors import LoadError, first_line

MONEY_SCALE: Final = 10_000  # money is read to a ten-thousandth of the column's unit, the finest that price lists use
LARGEST_NUMBER: Final = 10**12  # a float64 holds this many ten-thousandths without error
ID_PREFIX_LENGTH: Final = len("decided-")  # what `assemble` puts before a line's id

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """Cells of one column, shape (n,), with the row of the file that each came from."""

    file: str
    name: str
    values: pa.Array
    rows: Ints

    def refuse_where(self, wrong: Bools, why: str) -> None:
        """Raise for the first row where `wrong` is true, if any; `why` completes "is <value>; ..."."""
        if wrong.any():
            index = int(np.argmax(wrong))
            value = self.values[index].as_py()
            shown = "is missing" if value is None else f"is {value if isinstance(value, float) else str(value)!r:.60}"
            raise LoadError(f"{self.file}: row {self.rows[index]}, column {self.name!r}: {shown}; {why}")

    def refuse_type(self, wanted: str) -> NoReturn:
        """Raise because the whole column has a type that can't be what the mapping takes it for."""
        raise LoadError(
            f"{self.file}: column {self.name!r} has type {self.values.type}; {wanted}; "
            "name another column, or convert it"
        )

    def is_missing(self) -> Bools:
        """Where a cell is empty: no value, or text of no length."""
        missing = np.asarray(self.values.is_null(nan_is_null=True), dtype=np.bool_)
        if _is_text(self.values.type):
            missing |= np.asarray(pc.fill_null(pc.equal(self.values, ""), True), dtype=np.bool_)
        return missing


def text(column: Column) -> pa.Array:
    """The cells as text, empty ones as null. Whole numbers are written without a fraction, whatever their type.

    Raises:
        LoadError: if the column holds fractions, times, or anything else that has no one way of writing it.
    """
    values = column.values
    if pa.types.is_floating(values.type):
        values = pa.array(_whole(column, numbers(column)), mask=column.is_missing())
    elif not (_is_text(values.type) or pa.types.is_integer(values.type) or pa.types.is_boolean(values.type)):
        column.refuse_type("it must be text or whole numbers")
    return pc.if_else(pa.array(column.is_missing()), pa.scalar(None, pa.string()), values.cast(pa.string()))


def ids(column: Column, *, required: bool = True) -> pa.Array:
    """The cells as ids: 1 to 120 printable characters, or null where `required` is false.

    Raises:
        LoadError: naming the first row whose cell is no id.
    """
    words = text(column)
    if required:
        column.refuse_where(column.is_missing(), "every order and return needs it; fill it in, or leave such rows out")
    longest = LONGEST_ID - ID_PREFIX_LENGTH
    fine = pc.and_(pc.less_equal(pc.utf8_length(words), longest), pc.utf8_is_printable(words))
    column.refuse_where(
        ~np.asarray(pc.fill_null(fine, True), dtype=np.bool_),
        f"an id is 1 to {longest} printable characters; correct it",
    )
    return words


def numbers(column: Column) -> Floats:
    """The cells as float64, NaN where empty.

    Raises:
        LoadError: if the column is neither numbers nor text, or naming the first row whose text is no number.
    """
    values = column.values
    if _is_text(values.type):
        parsed = pd.to_numeric(pd.Series(values.to_numpy(zero_copy_only=False), dtype=object), errors="coerce")
        found = parsed.to_numpy(dtype=np.float64)
    elif pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        found = np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    else:
        column.refuse_type("it must be numbers")
    wrong = ~np.isfinite(found) & ~column.is_missing()
    column.refuse_where(
        wrong | (np.abs(found) > LARGEST_NUMBER), f"must be a number up to {LARGEST_NUMBER}; correct it"
    )
    return found


def whole_numbers(column: Column) -> Ints:
    """The cells as int64.

    Raises:
        LoadError: naming the first row that is empty or no whole number.
    """
    found = numbers(column)
    column.refuse_where(np.isnan(found), "every order and return needs it; fill it in, or leave such rows out")
    return _whole(column, found)


def scaled_money(column: Column) -> Ints:
    """The cells as int64 in ten-thousandths of the column's unit, rounded to the nearest.

    Raises:
        LoadError: naming the first row that is empty or no number.
    """
    found = numbers(column)
    column.refuse_where(np.isnan(found), "every order and return needs it; fill it in, or leave such rows out")
    return np.rint(found * MONEY_SCALE).astype(np.int64)


def times_ms(column: Column, zone: str | None, format_: str | None) -> Ints:
    """The cells as int64 milliseconds since 1970 UTC.

    An hour that a change to winter time repeats is taken as its first passing, still in summer time.

    Args:
        column: times, or text (ISO 8601, or of the given format).
        zone: where times without an offset are local; None if the times carry offsets.
        format_: how text is written, in `strptime` codes.

    Raises:
        LoadError: for a wrong type or zone, or naming the first row that is empty or no time.
    """
    if len(column.rows) == 0:  # without a cell there is no telling whether times have an offset
        return np.empty(0, dtype=np.int64)
    stamps = _stamps(column, format_)
    column.refuse_where(np.asarray(stamps.isna()), "must be a time; correct it, or give the mapping a time.format")
    if stamps.tz is None:
        if zone is None:
            raise LoadError(f"{column.file}: column {column.name!r} has times without an offset; give time.zone")
        stamps = stamps.tz_localize(zone, ambiguous=np.ones(len(stamps), dtype=np.bool_), nonexistent="NaT")
        column.refuse_where(np.asarray(stamps.isna()), f"{zone} skipped that hour; correct it, or the time.zone")
    elif zone is not None:
        raise LoadError(f"{column.file}: column {column.name!r} has times with an offset; remove time.zone")
    found = stamps.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ms]").astype(np.int64)
    column.refuse_where((found < EARLIEST_MS) | (found >= LATEST_MS), "a time is from 1990 to 2099; correct it")
    return found


def _stamps(column: Column, format_: str | None) -> pd.DatetimeIndex:
    if pa.types.is_timestamp(column.values.type):
        return pd.DatetimeIndex(column.values.to_pandas())
    if not _is_text(column.values.type):
        column.refuse_type("it must be times, or text that says a time")
    cells: Any = column.values.to_numpy(zero_copy_only=False)
    try:
        return pd.DatetimeIndex(pd.to_datetime(cells, format=format_ or "ISO8601", errors="coerce"))
    except ValueError as error:
        raise LoadError(f"{column.file}: column {column.name!r}: {first_line(error)}; write all times alike") from error


def _whole(column: Column, found: Floats) -> Ints:
    column.refuse_where(np.isfinite(found) & (found != np.rint(found)), "must be a whole number; correct it")
    return np.nan_to_num(found).astype(np.int64)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
