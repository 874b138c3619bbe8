"""Events as Arrow tables in the layout of the `event` table.

It differs from the layout of files (`EVENT_SCHEMA`) in one column: the hashes of an event's pictures are one text, with
commas between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.event_file import EVENT_SCHEMA
from features.events import EVENT_FIELDS, FieldType

_LISTS: Final = [name for name, spec in EVENT_FIELDS.items() if spec.type is FieldType.HASHES]
LOG_SCHEMA: Final = pa.schema([(f.name, pa.string() if f.name in _LISTS else f.type) for f in EVENT_SCHEMA])


def to_log(table: pa.Table) -> pa.Table:
    """From the layout of files into that of the log."""
    for name in _LISTS:
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, pc.binary_join(table[name].combine_chunks(), ","))
    return table.cast(LOG_SCHEMA)


def from_log(table: pa.Table) -> pa.Table:
    """From the layout of the log into that of files."""
    for name in _LISTS:
        table = table.set_column(table.schema.get_field_index(name), name, _split(table[name].combine_chunks()))
    return table.cast(EVENT_SCHEMA)


def rows_to_log(rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Rows of the `event` table, with a value for each field in the order of `EVENT_FIELDS`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(LOG_SCHEMA)
    arrays = [
        pa.array(map(_flag, column) if pa.types.is_boolean(field.type) else column, field.type)
        for column, field in zip(columns, LOG_SCHEMA, strict=True)
    ]
    return pa.table(arrays, schema=LOG_SCHEMA)


def _flag(value: bool | int | None) -> bool | None:
    return None if value is None else bool(value)  # SQLite's flags are 0 and 1


def _split(joined: pa.Array) -> pa.Array:
    """Texts with commas between as lists; an empty text is an empty list, and nothing stays nothing."""
    filled = pc.replace_with_mask(joined, pc.fill_null(pc.equal(joined, ""), False), pa.scalar(None, pa.string()))
    lists = pc.split_pattern(filled, ",")
    lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pc.list_flatten(lists), mask=joined.is_null())
