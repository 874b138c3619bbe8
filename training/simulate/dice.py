"""Chance that belongs to things: the same order, claim or person has the same luck in every world of one seed.

A stream of random numbers gives everyone other luck as soon as one draw more is taken. In a world driven by a policy
that would make two policies differ by luck as much as by merit. Here each throw is a hash of the seed, the throw's name
and the number of the thing that it is about, so two worlds differ only where the policies made them differ.

The hash is the finalizer of SplitMix64 (Steele, Lea and Flood: Fast Splittable Pseudorandom Number Generators, 2014).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints

Words: TypeAlias = npt.NDArray[np.uint64]

_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Dice:
    """Throws for one part of one world. Every method takes the throw's name and the numbers of things, shape (n,)."""

    name: str

    def words(self, throw: str, things: Ints) -> Words:
        """64 random bits for each thing, uint64.

        >>> Dice("7/claims").words("luck", np.array([5])) == Dice("7/claims").words("luck", np.array([4, 5]))[1:]
        array([ True])
        """
        z = things.astype(np.uint64) * _GAMMA + _key(self.name, throw)
        z = (z ^ (z >> np.uint64(30))) * _FIRST
        z = (z ^ (z >> np.uint64(27))) * _SECOND
        return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)

    def draws(self, throw: str, things: Ints, places: int) -> npt.NDArray[np.uint32]:
        """32 random bits for each of some places of each thing, shape (n, places)."""
        numbers = things[:, np.newaxis] * places + np.arange(places)
        return np.asarray(self.words(throw, numbers) >> np.uint64(32), dtype=np.uint32)

    def uniform(self, throw: str, things: Ints) -> Floats:
        """Numbers strictly between 0 and 1."""
        return ((self.words(throw, things) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def normal(self, throw: str, things: Ints) -> Floats:
        """Standard normal numbers, by Box and Muller's transform."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(throw, things)))
        return radius * np.cos(2.0 * np.pi * self.uniform(f"{throw}, angle", things))

    def lognormal(self, throw: str, things: Ints, median: Floats | float, sigma: Floats | float) -> Floats:
        """Positive numbers, half of them under the median, in the median's unit."""
        return np.asarray(median * np.exp(sigma * self.normal(throw, things)), dtype=np.float64)

    def happens(self, throw: str, things: Ints, chance: Floats | float) -> npt.NDArray[np.bool_]:
        """Whether what has this chance happens to each."""
        return np.asarray(self.uniform(throw, things) < chance, dtype=np.bool_)

    def below(self, throw: str, things: Ints, count: Ints | int) -> Ints:
        """Whole numbers from zero to under `count`, all as likely."""
        found = np.minimum((self.uniform(throw, things) * count).astype(np.int64), np.asarray(count) - 1)
        return np.asarray(found, dtype=np.int64)

    def pick(self, throw: str, things: Ints, shares: Floats) -> Ints:
        """Places in `shares`, each as often as its share: of shape (k,) for all, or (n, k) with a row for each."""
        ends = np.cumsum(shares, axis=-1)
        luck = self.uniform(throw, things)
        if ends.ndim == 1:
            place = np.minimum(np.searchsorted(ends, luck * ends[-1], side="right"), len(ends) - 1)
        else:
            place = (luck[:, np.newaxis] * ends[:, -1:] >= ends[:, :-1]).sum(axis=1)
        return np.asarray(place, dtype=np.int64)


@lru_cache(maxsize=4096)
def _key(name: str, throw: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(f"{name}/{throw}".encode(), digest_size=8).digest(), "little"))
