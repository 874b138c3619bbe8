"""Events as NumPy columns: what the engines compute on.

Ids become integer codes, categories become the index of their word, numbers stay int64. A missing id or word is
-1; a missing number is `MISSING`, the smallest int64, which no amount or time can be. A picture's hash is its 64 bits,
read as an int64.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.events import EVENT_FIELDS, EventKind, FieldType

MISSING: Final = int(np.iinfo(np.int64).min)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of all events, m of them: the row that each belongs to, ascending, and its hash. Shape (m,)."""

    row: Ints
    hash: Ints


@dataclass(frozen=True, slots=True)
class EventTable:
    """Columns of events, each of shape (n,) and dtype int64, in the order in which they were given.

    `ids` holds the words behind the codes of each id field; `pictures` what `evidence_hashes` holds.
    """

    columns: dict[str, Ints]
    ids: dict[str, pa.Array]
    pictures: Pictures

    def __len__(self) -> int:
        return len(self.columns["known_at_ms"])

    def __getitem__(self, name: str) -> Ints:
        return self.columns[name]

    def rows_of(self, kind: EventKind) -> Ints:
        """Indexes of the events of a kind, ascending."""
        return np.flatnonzero(self.columns["kind"] == code_of("kind", kind))


def code_of(field: str, word: str) -> int:
    """The integer that stands for a word of a category field.

    >>> code_of("claim_type", "return_refund")
    1
    """
    return EVENT_FIELDS[field].values.index(word)


def from_arrow(table: pa.Table) -> EventTable:
    """Turn checked events (`features.event_file.check_events`) into NumPy columns. `claim_text` stays behind.

    Of some columns only, it makes those.
    """
    given = [name for name in EVENT_FIELDS if name in table.column_names]
    pictures = Pictures(np.zeros(0, np.int64), np.zeros(0, np.int64))
    columns: dict[str, Ints] = {}
    ids: dict[str, pa.Array] = {}
    for name in given:
        column, spec = table[name], EVENT_FIELDS[name]
        match spec.type:
            case FieldType.ID:
                encoded = column.combine_chunks().dictionary_encode()
                columns[name] = _ints(encoded.indices, -1)
                ids[name] = encoded.dictionary
            case FieldType.CATEGORY:
                columns[name] = _ints(pc.index_in(column, value_set=pa.array(spec.values)), -1)
            case FieldType.FLAG:
                columns[name] = _ints(column.cast(pa.int8()), -1)
            case FieldType.TIME | FieldType.MONEY | FieldType.COUNT | FieldType.RATING:
                columns[name] = _ints(column, MISSING)
            case FieldType.HASHES:
                pictures = _pictures(column.combine_chunks())
            case FieldType.TEXT:
                pass
    return EventTable(columns, ids, pictures)


def hash_bits(words: Iterable[str]) -> Ints:
    """Perceptual hashes, 16 hex digits each, as int64. Shape (number of words,).

    >>> hash_bits(["00000000000000ff", "ffffffffffffffff"])
    array([255,  -1])
    """
    return np.frombuffer(bytes.fromhex("".join(words)), dtype=">i8").astype(np.int64)


def hash_words(bits: Ints) -> list[str]:
    """The other way: int64 to 16 hex digits each."""
    digits = bits.astype(">i8").tobytes().hex()
    return [digits[start : start + 16] for start in range(0, len(digits), 16)]


def _pictures(lists: pa.ListArray) -> Pictures:
    row = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    return Pictures(row, hash_bits(pc.list_flatten(lists).to_pylist()))


def _ints(column: pa.Array | pa.ChunkedArray, missing: int) -> Ints:
    return np.asarray(pc.fill_null(column.cast(pa.int64()), missing), dtype=np.int64)
