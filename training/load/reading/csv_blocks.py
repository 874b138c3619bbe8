"""A CSV file cut into blocks that end where a row ends, each with the byte at which it begins.

Cutting by bytes lets a second run go on in the middle of a file without parsing what it has. A row ends at a line
break that no quotes enclose; as in Arrow's parser, a quote opens only at the beginning of a cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

BLOCK_BYTES: Final = 16 << 20
_QUOTE, _COMMA, _LINE_FEED, _RETURN = b'",\n\r'

_Bytes = npt.NDArray[np.uint8]


def blocks(file: BinaryIO, begin: int, size: int = BLOCK_BYTES) -> Iterator[tuple[bytes, int]]:
    """Whole rows from a byte on, about `size` bytes at a time, and the byte after each block.

    A row that is longer than `size` makes its block longer.
    """
    file.seek(begin)
    rest = b""
    while True:
        wanted = size - len(rest) % size  # so that blocks are the same from wherever reading began
        read = file.read(wanted)
        rest += read
        end = len(rest) if len(read) < wanted else rows_end(rest)
        if end:
            begin += end
            yield rest[:end], begin
            rest = rest[end:]
        if len(read) < wanted:
            return


def rows_end(block: bytes, *, first: bool = False) -> int:
    r"""The byte after the last row (or the first) that ends within a block which begins with a row; 0 if none does.

    >>> rows_end(b'a,"b\nc"\nd,"e')
    8
    >>> rows_end(b'a,5" wide\nb,2\n', first=True)
    10
    """
    content = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(content == _LINE_FEED)
    quotes = _quotes_that_count(content)
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return 0 if len(outside) == 0 else int(outside[0 if first else -1]) + 1


def _quotes_that_count(content: _Bytes) -> npt.NDArray[np.int64]:
    """Where quotes open and close cells, in turn."""
    quotes = np.flatnonzero(content == _QUOTE)
    if len(quotes) == 0:
        return quotes
    before = np.where(quotes == 0, _LINE_FEED, content[quotes - 1])
    opens = np.isin(before, [_COMMA, _LINE_FEED, _RETURN])
    # the second of a doubled quote follows its twin at once, and opens again what that one closed
    if (opens | (before == _QUOTE))[::2].all():
        return quotes
    return _by_turns(quotes.tolist(), opens.tolist())


def _by_turns(quotes: list[int], opens: list[bool]) -> npt.NDArray[np.int64]:
    """The same where some quote stands amid an unquoted cell, as inches do: those are text."""
    counted: list[int] = []
    inside = False
    closed = -2
    for position, opening in zip(quotes, opens, strict=True):
        if inside:
            inside, closed = False, position
            counted.append(position)
        elif opening or position == closed + 1:
            inside = True
            counted.append(position)
    return np.array(counted, dtype=np.int64)
