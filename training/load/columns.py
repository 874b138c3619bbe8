"""One column's cells turned into text, whole numbers, money or times, each checked, none guessed.

A wrong cell is refused: an error names the first one. Where a column carries `Complaints`, wrong cells are gathered
there instead and `marked`, and what is returned in their place means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.events import EARLIEST_MS, LATEST_MS, LONGEST_ID
from training.load.complaints import Complaints
from training.load.errors import LoadError, first_line

MONEY_SCALE: Final = 10_000  # money is read to a ten-thousandth of the column's unit, the finest that price lists use
LARGEST_NUMBER: Final = 10**12  # a float64 holds this many ten-thousandths without error
ID_PREFIX_LENGTH: Final = len("decided-")  # what `assemble` puts before a line's id
_NO_TIME: Final = "must be a time; correct it, or give the mapping a time.format"

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """Cells of one column, shape (n,), with the row of the file that each came from."""

    file: str
    name: str
    values: pa.Array
    rows: Ints
    complaints: Complaints | None = None
    marked: Bools = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "marked", np.zeros(len(self.rows) if self.complaints else 0, dtype=np.bool_))

    def refuse_where(self, wrong: Bools, why: str) -> None:
        """Raise for the first row where `wrong` is true, if any; `why` completes "is <value>; ...".

        With complaints, gather all those that weren't wrong before.
        """
        if self.complaints is None:
            if wrong.any():
                index = int(np.argmax(wrong))
                raise LoadError(
                    f"{self.file}: row {self.rows[index]}, column {self.name!r}: {self._shown(index)}; {why}"
                )
            return
        fresh = np.flatnonzero(wrong & ~self.marked)
        if len(fresh):
            self.marked[fresh] = True
            rows = self.rows[fresh].tolist()
            places = dict(zip(rows, fresh.tolist(), strict=True))
            self.complaints.add(self.file, self.name, why, rows, lambda row: f"row {row} {self._shown(places[row])}")

    def _shown(self, index: int) -> str:
        value = self.values[index].as_py()
        return "is missing" if value is None else f"is {value if isinstance(value, float) else str(value)!r:.60}"

    def refuse_type(self, wanted: str) -> NoReturn:
        """Raise because the whole column has a type that can't be what the mapping takes it for."""
        raise LoadError(
            f"{self.file}: column {self.name!r} has type {self.values.type}; {wanted}; "
            "name another column, or convert it"
        )

    def is_missing(self) -> Bools:
        """Where a cell is empty: no value, or text of no length."""
        missing = np.asarray(self.values.is_null(nan_is_null=True), dtype=np.bool_)
        if is_text(self.values.type):
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
    elif not (is_text(values.type) or pa.types.is_integer(values.type) or pa.types.is_boolean(values.type)):
        column.refuse_type("it must be text or whole numbers")
    return pc.if_else(pa.array(column.is_missing()), pa.scalar(None, pa.string()), values.cast(pa.string()))


def ids(column: Column, *, required: bool = True, longest: int = LONGEST_ID - ID_PREFIX_LENGTH) -> pa.Array:
    """The cells as ids: 1 to `longest` printable characters, or null where `required` is false.

    Raises:
        LoadError: naming the first row whose cell is no id.
    """
    words = text(column)
    if required:
        column.refuse_where(column.is_missing(), "every order and return needs it; fill it in, or leave such rows out")
    fine = pc.and_(pc.less_equal(pc.utf8_length(words), longest), pc.utf8_is_printable(words))
    column.refuse_where(
        ~np.asarray(pc.fill_null(fine, True), dtype=np.bool_),
        f"an id is 1 to {longest} printable characters; correct it",
    )
    return words


def numbers(column: Column, largest: float = LARGEST_NUMBER) -> Floats:
    """The cells as float64, NaN where empty.

    Raises:
        LoadError: if the column is neither numbers nor text, or naming the first row whose text is no number.
    """
    values = column.values
    if is_text(values.type):
        found = _parsed(values)
    elif pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        found = np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    else:
        column.refuse_type("it must be numbers")
    wrong = (~np.isfinite(found) & ~column.is_missing()) | (np.abs(found) > largest)
    column.refuse_where(wrong, f"must be a number up to {largest:.0f}; correct it")
    return np.where(wrong, np.nan, found)


def _parsed(values: pa.Array) -> Floats:
    try:
        cells = values.cast(pa.float64())
    except pa.ArrowInvalid:  # some text is no number: a slower way says which
        texts = pd.Series(values.to_numpy(zero_copy_only=False), dtype=object)
        return pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.float64)


def whole_numbers(column: Column, *, required: bool = True) -> Ints:
    """The cells as int64, 0 where empty and not `required`.

    Raises:
        LoadError: naming the first row that is empty or no whole number.
    """
    return _whole(column, _given(column, required))


def scaled_money(column: Column, *, required: bool = True) -> Ints:
    """The cells as int64 in ten-thousandths of the column's unit, rounded to the nearest; 0 where empty.

    Raises:
        LoadError: naming the first row that is empty and `required`, or no number.
    """
    return np.rint(np.nan_to_num(_given(column, required)) * MONEY_SCALE).astype(np.int64)


def _given(column: Column, required: bool) -> Floats:
    found = numbers(column)
    if required:
        column.refuse_where(np.isnan(found), "every order and return needs it; fill it in, or leave such rows out")
    return found


def times_ms(
    column: Column, zone: str | None, format_: str | None, *, required: bool = True, offsets: bool = False
) -> Ints:
    """The cells as int64 milliseconds since 1970 UTC.

    An hour that a change to winter time repeats is taken as its first passing, still in summer time.

    Args:
        column: times, or text (ISO 8601, or of the given format).
        zone: where times without an offset are local; None if the times carry offsets.
        format_: how text is written, in `strptime` codes.
        required: whether an empty cell is wrong; if not, what is returned for it means nothing.
        offsets: whether times that do carry an offset are taken at their word beside a zone, and not refused.

    Raises:
        LoadError: for a wrong type or zone, or naming the first row that is no time.
    """
    missing = column.is_missing()
    if missing.all() and (len(missing) == 0 or not required):  # there is no telling whether times have an offset
        return np.zeros(len(missing), dtype=np.int64)
    found = _plain_times_ms(column, zone, missing) if format_ is None and zone is not None else None
    if found is None:
        found = _any_times_ms(column, zone, format_, missing, offsets)
    if required:
        column.refuse_where(missing, _NO_TIME)
    fine = (found >= EARLIEST_MS) & (found < LATEST_MS)
    column.refuse_where(~fine & (~missing | required), "a time is from 1990 to 2099; correct it")
    return np.where(fine, found, 0)


def _plain_times_ms(column: Column, zone: str, missing: Bools) -> Ints | None:
    """Text such as 2024-01-02 10:00:00 without an offset, read quickly; None if any cell is something else."""
    if not is_text(column.values.type):
        return None
    try:
        stamps = pc.if_else(pa.array(missing), None, column.values).cast(pa.timestamp("us"))
        moments = pc.assume_timezone(stamps, zone, ambiguous="earliest", nonexistent="raise")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return np.asarray(pc.fill_null(moments.cast(pa.int64()), 0)) // 1000


def _any_times_ms(column: Column, zone: str | None, format_: str | None, missing: Bools, offsets: bool) -> Ints:
    stamps = _stamps(column, format_)
    wrong = np.asarray(stamps.isna()) & ~missing
    column.refuse_where(wrong, _NO_TIME)
    if stamps.tz is None:
        if zone is None:
            raise LoadError(f"{column.file}: column {column.name!r} has times without an offset; give time.zone")
        stamps = stamps.tz_localize(zone, ambiguous=np.ones(len(stamps), dtype=np.bool_), nonexistent="NaT")
        skipped = np.asarray(stamps.isna()) & ~missing
        column.refuse_where(skipped, f"{zone} skipped that hour; correct it, or the time.zone")
    elif zone is not None and not offsets:
        raise LoadError(f"{column.file}: column {column.name!r} has times with an offset; remove time.zone")
    moments = stamps.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ms]")
    return np.where(np.isnat(moments), 0, moments.astype(np.int64))


def _stamps(column: Column, format_: str | None) -> pd.DatetimeIndex:
    if pa.types.is_timestamp(column.values.type):
        return pd.DatetimeIndex(column.values.to_pandas())
    if not is_text(column.values.type):
        column.refuse_type("it must be times, or text that says a time")
    cells: Any = column.values.to_numpy(zero_copy_only=False)
    try:
        return pd.DatetimeIndex(pd.to_datetime(cells, format=format_ or "ISO8601", errors="coerce"))
    except ValueError as error:
        raise LoadError(f"{column.file}: column {column.name!r}: {first_line(error)}; write all times alike") from error


def _whole(column: Column, found: Floats) -> Ints:
    column.refuse_where(np.isfinite(found) & (found != np.rint(found)), "must be a whole number; correct it")
    return np.nan_to_num(found).astype(np.int64)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
