"""The two sorts of numbers that arrays hold here: exact integers, and the floats that a model takes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


def ranges(begin: Ints, number: Ints) -> tuple[Ints, Ints]:
    """Lay out ranges of indexes one after the other: which range each index belongs to, and the index.

    >>> ranges(np.array([10, 20]), np.array([2, 3]))
    (array([0, 0, 1, 1, 1]), array([10, 11, 20, 21, 22]))
    """
    which = np.repeat(np.arange(len(begin)), number)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)
    return which, begin[which] + offset
