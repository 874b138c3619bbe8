"""Values as bytes in one way only, and their SHA-256: the same from every kind of database.

A value is its name, one letter for its sort, and its bytes, each part behind its length. What is null is left out, so
that a column which a later clearclaim adds leaves the digests of old rows what they were.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from typing import Final

_LENGTH: Final = struct.Struct(">Q")
_DOUBLE: Final = struct.Struct(">d")


def digest_row(table: str, values: Mapping[str, object]) -> bytes:
    """The SHA-256 of a row: its table's name, and its values by name, in the order of the names.

    >>> digest_row("decision", {"b": 1, "a": "x"}) == digest_row("decision", {"a": "x", "b": 1, "new": None})
    True
    >>> digest_row("decision", {"a": 1}) == digest_row("decision", {"a": 1.0})
    False

    Raises:
        TypeError: a value is of none of the sorts that tables hold.
    """
    parts = [table.encode()]
    for name in sorted(values):
        value = values[name]
        if value is not None:
            parts += [name.encode(), _value_bytes(value)]
    return digest_parts(parts)


def digest_parts(parts: Iterable[bytes]) -> bytes:
    """The SHA-256 of some parts, each behind its length, so that no two lists of parts give the same bytes."""
    return hashlib.sha256(framed(parts)).digest()


def framed(parts: Iterable[bytes]) -> bytes:
    """Parts as one run of bytes, each behind its length."""
    return b"".join([piece for part in parts for piece in (_LENGTH.pack(len(part)), part)])


def _value_bytes(value: object) -> bytes:
    match value:
        case bool():
            return b"b1" if value else b"b0"
        case int():
            return b"i%d" % value
        case float():
            return b"f" + _DOUBLE.pack(value)
        case str():
            return b"s" + value.encode("utf-8", "surrogatepass")
        case bytes():
            return b"x" + value
        case _:
            raise TypeError(f"no digest of a {type(value).__name__}")
