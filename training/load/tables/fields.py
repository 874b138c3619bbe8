"""A field of an event from the cells of a table, checked by what `features.events` says of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.event_file import ARROW_TYPES
from features.events import (
    BEST_RATING,
    EARLIEST_MS,
    EVENT_FIELDS,
    LARGEST_AMOUNT,
    LATEST_MS,
    LONGEST_ID,
    LONGEST_TEXT,
    RULES,
    WORST_RATING,
    FieldSpec,
    FieldType,
    complain,
)
from training.load.columns import (
    MONEY_SCALE,
    Column,
    ids,
    numbers,
    scaled_money,
    text,
    times_ms,
    whole_numbers,
)
from training.load.errors import LoadError
from training.load.source import Sheet
from training.load.tables.mapping import FLAG_WORDS, FieldFrom, TablesMapping

_MS_PER_UNIT: Final = {"s": 1_000.0, "ms": 1.0, "us": 0.001}
_MOST: Final = {unit: LATEST_MS / ms for unit, ms in _MS_PER_UNIT.items()}


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads fields from the rows at some positions of a sheet; counts in `unknown` which words were unknown."""

    sheet: Sheet
    positions: Ints
    mapping: TablesMapping
    unknown: Counter[tuple[str, str]]

    def read(self, name: str, given: FieldFrom, needed_by: str | None) -> pa.Array:
        """The values of a field, null where there is none. Shape (positions,), type as in the event layout.

        Args:
            name: the field.
            given: where its values come from.
            needed_by: the kind of event that can't be without it, None if it can.

        Raises:
            LoadError: naming the first row and column that is wrong, unless the sheet gathers complaints.
        """
        spec = EVENT_FIELDS[name]
        if given.constant is not None:
            return pa.repeat(_constant(name, spec, given.constant), len(self.positions))
        columns = [self.sheet.column(column, self.positions) for column in given.named_columns()]
        if needed_by is not None and "" not in given.words:
            for column in columns:
                column.refuse_where(
                    column.is_missing(), f"{needed_by} needs {name}; fill it in, or leave such rows out by a rule"
                )
        column = columns[0]
        values = self._identifiers(columns, given) if spec.type is FieldType.ID else self._read(column, spec, given)
        absent = np.asarray(values.is_null()) if "" in given.words else column.is_missing()
        marked = np.logical_or.reduce([each.marked for each in columns]) if column.complaints else False
        return pc.if_else(pa.array(absent | marked), None, values).cast(ARROW_TYPES[spec.type])

    def _read(self, column: Column, spec: FieldSpec, given: FieldFrom) -> pa.Array:
        match spec.type:
            case FieldType.TIME:
                return pa.array(self._times(column, given))
            case FieldType.MONEY:
                return pa.array(self._money(column, given))
            case FieldType.COUNT:
                return pa.array(_within(column, whole_numbers(column, required=False), spec, 0, LARGEST_AMOUNT))
            case FieldType.RATING:
                if given.words:
                    return self._words(column, ("1", "2", "3", "4", "5"), given).cast(pa.int64())
                found = whole_numbers(column, required=False)
                return pa.array(_within(column, found, spec, WORST_RATING, BEST_RATING))
            case FieldType.CATEGORY:
                return self._words(column, spec.values, given)
            case FieldType.FLAG:
                return pc.equal(self._words(column, FLAG_WORDS, given), "true")
            case FieldType.HASHES:
                return _hashes(column, spec, given)
            case _:
                return _texts(column, given)

    def _identifiers(self, columns: list[Column], given: FieldFrom) -> pa.Array:
        longest = LONGEST_ID - len(given.prefix)
        parts = [ids(column, required=False, longest=longest) for column in columns]
        joined = pc.binary_join_element_wise(*parts, "/") if len(parts) > 1 else parts[0]
        if len(parts) > 1:
            long = np.asarray(pc.fill_null(pc.greater(pc.utf8_length(joined), longest), False), dtype=np.bool_)
            columns[0].refuse_where(long, f"joined with the other columns it is longer than {longest}; shorten it")
        return pc.binary_join_element_wise(pa.scalar(given.prefix), joined, "") if given.prefix else joined

    def _times(self, column: Column, given: FieldFrom) -> Ints:
        if given.unit is None:
            defaults = self.mapping.time
            zone, format_ = given.zone or defaults.zone, given.format or defaults.format
            return times_ms(column, zone, format_, required=False, offsets=given.zone is None)
        found = np.rint(np.nan_to_num(numbers(column, _MOST[given.unit])) * _MS_PER_UNIT[given.unit]).astype(np.int64)
        wrong = ((found < EARLIEST_MS) | (found >= LATEST_MS)) & ~column.is_missing()
        column.refuse_where(wrong, f"{RULES[FieldType.TIME]}; correct it, or the unit")
        return found

    def _money(self, column: Column, given: FieldFrom) -> Ints:
        scaled, per_unit = scaled_money(column, required=False), self.mapping.money.minor_per_unit(given.unit)
        wrong = (scaled < 0) | (scaled / MONEY_SCALE * per_unit > LARGEST_AMOUNT)
        column.refuse_where(wrong, f"{RULES[FieldType.MONEY]}; correct it, or leave such rows out by a rule")
        return (np.where(wrong, 0, scaled) * per_unit + MONEY_SCALE // 2) // MONEY_SCALE

    def _words(self, column: Column, accepted: tuple[str, ...], given: FieldFrom) -> pa.Array:
        said = text(column)
        if "" in given.words:
            said = pc.fill_null(said, "")
        if accepted == FLAG_WORDS:
            said = pc.utf8_lower(said) if not given.words else said
        meanings = {word: word for word in accepted} | given.words
        chosen = pc.index_in(said, value_set=pa.array(list(meanings)), skip_nulls=True)
        strange = np.asarray(chosen.is_null(), dtype=np.bool_) & np.asarray(said.is_valid(), dtype=np.bool_)
        found = pa.array(list(meanings.values())).take(chosen)
        if given.unknown is None:
            column.refuse_where(
                strange,
                f"unknown word; use one of {', '.join(accepted)}, translate it under the field's 'words', "
                "or give the field an 'unknown'",
            )
            return found
        for word in pc.value_counts(said.filter(pa.array(strange))).to_pylist():
            self.unknown[column.name, word["values"]] += word["counts"]
        return pc.if_else(pa.array(strange), given.unknown, found)


def _constant(name: str, spec: FieldSpec, value: str | bool | int) -> pa.Scalar:
    if complaint := complain(spec, value):
        raise LoadError(f"the mapping's constant of field {name} {complaint}")
    return pa.scalar(value, ARROW_TYPES[spec.type])


def _within(column: Column, found: Ints, spec: FieldSpec, low: int, high: int) -> Ints:
    wrong = ((found < low) | (found > high)) & ~column.is_missing()
    column.refuse_where(wrong, f"{RULES[spec.type]}; correct it")
    return found


def _texts(column: Column, given: FieldFrom) -> pa.Array:
    found = text(column)
    nulls = np.asarray(pc.fill_null(pc.match_substring(found, "\0"), False), dtype=np.bool_)
    column.refuse_where(nulls, RULES[FieldType.TEXT])
    if given.cut:
        return pc.utf8_slice_codeunits(found, 0, LONGEST_TEXT)
    long = np.asarray(pc.fill_null(pc.greater(pc.utf8_length(found), LONGEST_TEXT), False), dtype=np.bool_)
    column.refuse_where(long, f"{RULES[FieldType.TEXT]}; shorten it, or set the field's 'cut'")
    return found


def _hashes(column: Column, spec: FieldSpec, given: FieldFrom) -> pa.Array:
    kind = column.values.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lists = [None if cell is None else tuple(cell) for cell in column.values.to_pylist()]
    else:
        lists = [
            cell and tuple(each.strip() for each in cell.split(given.separator)) for cell in text(column).to_pylist()
        ]
    wrong = np.array([cell is not None and complain(spec, cell) is not None for cell in lists], dtype=np.bool_)
    column.refuse_where(wrong, RULES[FieldType.HASHES])
    fine = [None if bad or not cell else list(cell) for bad, cell in zip(wrong, lists, strict=True)]
    return pa.array(fine, type=ARROW_TYPES[FieldType.HASHES])
