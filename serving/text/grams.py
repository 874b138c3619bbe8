"""From a text to the numbers of its character n-grams: the same code in training and in the service.

A text is made plain (compatibility forms, lower case, one mark for all numbers, single spaces), and every short run of
characters becomes a number by a hash that is written here. Words need no finding, so Chinese needs no segmenter, and a
typing mistake spoils only the few n-grams that it lies in. A Chinese character says about as much as half an English
word: runs with one in them are shorter.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Ints

BUCKET_BITS: Final = 20
BUCKETS: Final = 1 << BUCKET_BITS
LONGEST: Final = 5  # characters in a run
LONGEST_WIDE: Final = 2  # in a run with a Chinese, Japanese or Korean character, or an emoji, in it
LONGEST_READ: Final = 2_000  # characters of a text: what an event may hold

_FIRST_WIDE: Final = np.uint64(0x2E80)  # where these scripts begin; what is before has letters
_SPACES: Final = re.compile(r"[\s\x00]+")
_NUMBERS: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_SPREAD: Final = np.uint64(0xD6E8FEB86659FD93)
_FOLD: Final = np.uint64(29)
_TO_BUCKET: Final = np.uint64(64 - BUCKET_BITS)
_PROBE: Final = "Ｐrobe 12.5: The box\tcame 😡 broken！ 盒子破了，退款。"


def plain(text: str) -> str:
    r"""A text as it is read: NFKC, lower case, each number as 0, runs of white space as one space.

    >>> plain("  ＣＡＳＥ\tbroke after 12.5 days！")
    'case broke after 0 days!'
    """
    folded = unicodedata.normalize("NFKC", text[:LONGEST_READ]).lower()
    return _SPACES.sub(" ", _NUMBERS.sub("0", folded)).strip()[:LONGEST_READ]


def grams(text: str) -> Ints:
    """The numbers of a text's n-grams, ascending, each once: at least 0 and below `BUCKETS`. Shape (k,).

    A space stands at either end, so that the beginning of a word and its end can be told from its middle. A text of
    which nothing is left has none. Half a surrogate is a character like any other.

    >>> len(grams("")), len(grams("坏了")), len(grams("坏了坏了"))
    (0, 6, 7)
    """
    shown = plain(text)
    if not shown:
        return np.zeros(0, dtype=np.int64)
    points = np.frombuffer(f" {shown} ".encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    numbers = _numbers_of(points)
    numbers.sort()
    is_first = np.ones(len(numbers), dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
    return numbers[is_first]


@cache
def fingerprint() -> str:
    """16 hex digits that change when n-grams are numbered in another way: a reader belongs to one way of numbering."""
    numbers = grams(_PROBE).astype("<i8").tobytes()
    return hashlib.sha256(numbers + f"{BUCKETS} {LONGEST_READ}".encode()).hexdigest()[:16]


def _numbers_of(points: npt.NDArray[np.uint64]) -> Ints:
    """The numbers of all n-grams, in no order, as often as they stand there."""
    is_wide = points >= _FIRST_WIDE
    wide_before = np.concatenate([[0], is_wide.cumsum()]) if is_wide.any() else None
    characters = points + np.uint64(1)
    running = np.zeros(len(points), dtype=np.uint64)
    found = []
    for length in range(1, min(LONGEST, len(points)) + 1):
        # the run of this length that begins at a place is the shorter one there and the character after it
        running = (running[: len(points) - length + 1] + characters[length - 1 :]) * _FACTOR
        running ^= running >> _FOLD
        if wide_before is None or length <= LONGEST_WIDE:
            found.append(running)
        else:
            found.append(running[wide_before[length:] == wide_before[:-length]])
    return ((np.concatenate(found) * _SPREAD) >> _TO_BUCKET).astype(np.int64)
