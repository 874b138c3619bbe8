"""Columns of all kinds of event, put under each other and in order, then turned into Arrow at once."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.event_file import EVENT_SCHEMA
from features.event_table import MISSING, Pictures, hash_words
from features.events import EVENT_FIELDS, FieldType
from training.simulate.config import SimulationConfig
from training.simulate.event_rows import NUMBER, Columns, History, event_columns
from training.simulate.market import CATEGORIES

ID_DIGITS: Final = {
    "order_id": 9,
    "claim_id": 9,
    "buyer_id": 5,
    "merchant_id": 4,
    "product_id": 5,
    "device_id": 6,
    "address_id": 6,
    "payment_id": 6,
}
_NUMBERS: Final = frozenset({FieldType.TIME, FieldType.MONEY, FieldType.COUNT, FieldType.RATING})


def event_table(config: SimulationConfig, history: History) -> pa.Table:
    """The events known before the period's end in `EVENT_SCHEMA`, by `known_at_ms`, then kind, then number."""
    columns = _stack(event_columns(history))
    known = np.flatnonzero(columns["known_at_ms"] < config.end_ms)
    keys = (columns[NUMBER][known], columns["kind"][known], columns["known_at_ms"][known])
    rows = known[np.lexsort(keys)]
    return _to_arrow({name: column[rows] for name, column in columns.items()}, history.pictures)


def names(field: str, numbers: Ints) -> pa.Array:
    """Ids of a field from numbers, such as `buyer-00042`; null where the number is -1.

    >>> names("buyer_id", np.array([42, -1])).to_pylist()
    ['buyer-00042', None]
    """
    if field == "category_id":
        every = pa.array([one.name for one in CATEGORIES])
    else:
        every = _numbered(field.removesuffix("_id"), int(numbers.max(initial=-1)) + 1, ID_DIGITS[field])
    return every.take(pa.array(numbers, mask=numbers < 0))


def _numbered(word: str, count: int, digits: int) -> pa.Array:
    return pc.binary_join_element_wise(word, _padded(np.arange(count), digits), "-")


def _padded(numbers: Ints, digits: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), digits, "0")


def _stack(parts: list[Columns]) -> Columns:
    """Put the kinds' columns under each other; what a kind lacks is missing."""
    stacked = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        missing = MISSING if name == NUMBER or EVENT_FIELDS[name].type in _NUMBERS else -1
        stacked[name] = np.concatenate(
            [part.get(name, np.full(len(part["kind"]), missing, dtype=np.int64)) for part in parts]
        )
    return stacked


def _to_arrow(columns: Columns, pictures: Pictures) -> pa.Table:
    arrays = {name: _column(name, numbers) for name, numbers in columns.items() if name != NUMBER}
    arrays["event_id"] = pc.binary_join_element_wise(arrays["kind"], _padded(columns[NUMBER], 9), "-")
    arrays["evidence_hashes"] = _hashes(columns["claim_id"], pictures)
    count = len(columns[NUMBER])
    return pa.table(
        [arrays[field.name] if field.name in arrays else pa.nulls(count, field.type) for field in EVENT_SCHEMA],
        schema=EVENT_SCHEMA,
    )


def _column(name: str, numbers: Ints) -> pa.Array:
    spec = EVENT_FIELDS[name]
    match spec.type:
        case FieldType.ID:
            return names(name, numbers)
        case FieldType.CATEGORY:
            return pa.array(spec.values).take(pa.array(numbers, mask=numbers < 0))
        case FieldType.FLAG:
            return pa.array(numbers == 1, mask=numbers < 0)
        case _:
            return pa.array(numbers, mask=numbers == MISSING)


def _hashes(claim: Ints, pictures: Pictures) -> pa.Array:
    """The hashes of each event's claim, a list per event; null where the claim has none, or there is no claim."""
    first = np.searchsorted(pictures.row, claim, side="left")
    counts = np.searchsorted(pictures.row, claim, side="right") - first
    ends = np.cumsum(counts)
    # The place of each listed picture: its event's first one, and how far it is into the list.
    places = np.repeat(first - (ends - counts), counts) + np.arange(int(ends[-1]) if len(ends) else 0)
    words = pa.array(hash_words(pictures.hash), type=pa.string()).take(pa.array(places, type=pa.int64()))
    offsets = pa.array(np.concatenate([[0], ends]), type=pa.int32())
    return pa.ListArray.from_arrays(offsets, words, mask=pa.array(counts == 0))
