"""Which claims a model sees alike: the share of its trees in which two claims fall in the same leaf.

The leaves of n claims take 2 n bytes a tree, a tree's leaves beside each other: 60 MB for 100,000 claims and 300 trees.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.arrays import Floats, Ints

FIRST_ROOM = 1_024


class LeafSpace:
    """The leaves of the newest claims that were put in, up to a number; a row holds one claim.

    Not for several threads at once.

    Args:
        trees: of the model.
        most: claims; from there on a new one takes the place of the oldest.
    """

    def __init__(self, trees: int, most: int) -> None:
        self._most = most
        self._leaves = np.zeros((trees, min(FIRST_ROOM, most)), dtype=np.uint16)
        self._put = 0

    def __len__(self) -> int:
        """How many claims there are."""
        return min(self._put, self._most)

    @property
    def size_bytes(self) -> int:
        """How much memory the leaves take."""
        return self._leaves.nbytes

    def put(self, leaves: NDArray[np.uint16]) -> Ints:
        """Put claims in; return their rows. Shape of `leaves`: (n, trees), n no more than what fits."""
        places = np.arange(self._put, self._put + len(leaves), dtype=np.int64) % self._most
        need = min(self._put + len(leaves), self._most)
        while need > (room := self._leaves.shape[1]):
            more = np.zeros((self._leaves.shape[0], min(room, self._most - room)), dtype=np.uint16)
            self._leaves = np.concatenate([self._leaves, more], axis=1)
        self._leaves[:, places] = leaves.T
        self._put += len(leaves)
        return places

    def alike(self, own: NDArray[np.uint16]) -> Floats:
        """How alike each claim is to one with these leaves, shape (trees,): shares of trees, shape (claims,)."""
        number = len(self)
        same = np.zeros(number, dtype=np.uint16)
        for leaves, leaf in zip(self._leaves, own, strict=True):
            same += leaves[:number] == leaf
        shares: Floats = same / max(len(own), 1)
        return shares
