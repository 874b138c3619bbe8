"""Columns of all kinds of event, put under each other and in order, then turned into Arrow at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.event_file import EVENT_SCHEMA
from features.event_table import MISSING, hash_words
from features.events import EVENT_FIELDS, EventKind, FieldType
from training.simulate.book import NTH, NUMBER, Columns
from training.simulate.config import SimulationConfig
from training.simulate.goods import CATEGORIES
from training.simulate.pictures import PictureBook

ID_DIGITS: Final = 9
MOST_NTH: Final = 8
FIRST_WAREHOUSE: Final = 100_000  # reviewers' numbers from here on are warehouses'
_NUMBERS: Final = frozenset({FieldType.TIME, FieldType.MONEY, FieldType.COUNT, FieldType.RATING})
_SORTS: Final = {
    "merchant_id": "merchant",
    "product_id": "product",
    "buyer_id": "account",
    "device_id": "device",
    "address_id": "address",
    "payment_id": "payment",
}
_SHUFFLED: Final = frozenset({"buyer_id", "device_id", "address_id", "payment_id"})


class Names:
    """Ids from numbers, such as `buyer-000000042`. Those of people and what they use are in no order."""

    def __init__(self, config: SimulationConfig, counts: Mapping[str, int]) -> None:
        rng = config.stream("names")
        self._every = {"category_id": pa.array([one.name for one in CATEGORIES])}
        for field, sort in _SORTS.items():
            numbers = np.arange(counts[sort])
            if field in _SHUFFLED:
                numbers = rng.permutation(numbers)
            self._every[field] = _named(field.removesuffix("_id"), numbers)

    def of(self, field: str, numbers: Ints) -> pa.Array:
        """The ids of a field; null where the number is -1."""
        missing = numbers < 0
        if field in self._every:
            return self._every[field].take(pa.array(numbers, mask=missing))
        named = _reviewers(numbers) if field == "reviewer_id" else _named(field.removesuffix("_id"), numbers)
        return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), named)


def event_table(parts: Sequence[Columns], names: Names, pictures: PictureBook, texts: pa.Array) -> pa.Table:
    """The events in `EVENT_SCHEMA`, by `known_at_ms`, then kind, then number.

    Args:
        parts: columns of a kind of event each.
        names: what ids are made by.
        pictures: of all claims so far.
        texts: of the claims that are filed, in the order in which `parts` has them.
    """
    columns = _stack(parts)
    rows = np.lexsort((columns[NTH], columns[NUMBER], columns["kind"], columns["known_at_ms"]))
    place = np.cumsum(columns["kind"] == _FILED) - 1
    place = np.where(columns["kind"] == _FILED, place, -1)[rows]
    columns = {name: column[rows] for name, column in columns.items()}
    arrays = {name: _column(names, name, numbers) for name, numbers in columns.items() if name in EVENT_FIELDS}
    arrays["event_id"] = _event_ids(arrays["kind"], columns[NUMBER], columns[NTH])
    arrays["evidence_hashes"] = _hashes(columns["claim_id"], pictures)
    arrays["claim_text"] = texts.take(pa.array(place, mask=place < 0))
    count = len(rows)
    return pa.table(
        [arrays[field.name] if field.name in arrays else pa.nulls(count, field.type) for field in EVENT_SCHEMA],
        schema=EVENT_SCHEMA,
    )


_FILED: Final = EVENT_FIELDS["kind"].values.index(EventKind.CLAIM_FILED)


def _named(word: str, numbers: Ints) -> pa.Array:
    return pc.binary_join_element_wise(word, _padded(numbers), "-")


def _reviewers(numbers: Ints) -> pa.Array:
    at_warehouse = numbers >= FIRST_WAREHOUSE
    people, places = _named("reviewer", numbers), _named("warehouse", numbers - FIRST_WAREHOUSE)
    return pc.if_else(pa.array(at_warehouse), places, people)


def _event_ids(kinds: pa.Array, numbers: Ints, nth: Ints) -> pa.Array:
    """Such as `claim_decided-000000042`, and with `-1` and so on where there are several of one kind about a claim."""
    suffix = pa.array(["", *(f"-{number}" for number in range(1, MOST_NTH))]).take(pa.array(nth))
    return pc.binary_join_element_wise(pc.binary_join_element_wise(kinds, _padded(numbers), "-"), suffix, "")


def _padded(numbers: Ints) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), ID_DIGITS, "0")


def _stack(parts: Sequence[Columns]) -> Columns:
    """Put the kinds' columns under each other; what a kind lacks is missing."""
    stacked: Columns = {}
    for name in dict.fromkeys((NTH, "claim_id", *(name for part in parts for name in part))):
        missing = MISSING if name in EVENT_FIELDS and EVENT_FIELDS[name].type in _NUMBERS else -1
        missing = 0 if name == NTH else missing
        blank = np.int64(missing)
        stacked[name] = np.concatenate(
            [part[name].astype(np.int64) if name in part else np.full(len(part["kind"]), blank) for part in parts]
            or [np.zeros(0, dtype=np.int64)]
        )
    return stacked


def _column(names: Names, name: str, numbers: Ints) -> pa.Array:
    spec = EVENT_FIELDS[name]
    match spec.type:
        case FieldType.ID:
            return names.of(name, numbers)
        case FieldType.CATEGORY:
            return pa.array(spec.values).take(pa.array(numbers, mask=numbers < 0))
        case FieldType.FLAG:
            return pa.array(numbers == 1, mask=numbers < 0)
        case _:
            return pa.array(numbers, mask=numbers == MISSING)


def _hashes(claim: Ints, pictures: PictureBook) -> pa.Array:
    """The hashes of each event's claim, a list per event; null where the claim has none, or there is no claim."""
    found = pictures.of(claim)
    counts = np.bincount(found.row, minlength=len(claim)) if len(claim) else np.zeros(0, dtype=np.int64)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), type=pa.int32())
    words = pa.array(hash_words(found.hash), type=pa.string())
    return pa.ListArray.from_arrays(offsets, words, mask=pa.array(counts == 0))
