"""Values as bytes in one way only, and their SHA-256: the same from every kind of database.

A value is its name, one letter for its sort, and its bytes, each part behind its length. What is null is left out, so
that a column which a later clearclaim adds leaves the digests of old rows what they were.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

_LENGTH: Final = struct.Struct(">Q").pack
_DOUBLE: Final = struct.Struct(">d").pack

_BYTES: Final[Mapping[type, Callable[[Any], bytes]]] = {
    bool: lambda value: b"b1" if value else b"b0",
    int: lambda value: b"i%d" % value,
    float: lambda value: b"f" + _DOUBLE(value),
    str: lambda value: b"s" + value.encode("utf-8", "surrogatepass"),
    bytes: lambda value: b"x" + value,
}


class RowDigest:
    """Makes the digests of a table's rows.

    >>> old, new = RowDigest("decision", ["b", "a"]), RowDigest("decision", ["a", "b", "later"])
    >>> old.of([1, "x"]) == new.of(["x", 1, None])
    True
    >>> old.of([1, "x"]) == old.of([1.0, "x"])
    False

    Args:
        table: its name.
        names: of its columns, in the order in which rows have their values.
    """

    def __init__(self, table: str, names: Sequence[str]) -> None:
        self._table = framed([table.encode()])
        self._columns = [(names.index(name), framed([name.encode()])) for name in sorted(names)]

    def of(self, row: Sequence[object]) -> bytes:
        """The SHA-256 of a row: its table's name, and its values by name, in the order of the names.

        Raises:
            TypeError: a value is of none of the sorts that tables hold.
        """
        pieces = [self._table]
        for place, name in self._columns:
            value = row[place]
            if value is None:
                continue
            to_bytes = _BYTES.get(type(value))
            if to_bytes is None:
                raise TypeError(f"no digest of a {type(value).__name__}")
            content = to_bytes(value)
            pieces += (name, _LENGTH(len(content)), content)
        return hashlib.sha256(b"".join(pieces)).digest()


def digest_parts(parts: Iterable[bytes]) -> bytes:
    """The SHA-256 of some parts, each behind its length, so that no two lists of parts give the same bytes."""
    return hashlib.sha256(framed(parts)).digest()


def framed(parts: Iterable[bytes]) -> bytes:
    """Parts as one run of bytes, each behind its length."""
    return b"".join([piece for part in parts for piece in (_LENGTH(len(part)), part)])
