"""The numbers that choose words: by chance for people, and by the script's number for what one author hands to many."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Ints

Draws: TypeAlias = npt.NDArray[np.uint32]

WORDS: Final = 28  # choices of words that one text may need
SLIPS: Final = 3 * 2  # and of slips: whether, which and where, in each of two rounds
CHANGES: Final = 2  # and of what sets the texts of one script apart
PLACES: Final = WORDS + SLIPS + CHANGES
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)


def draw(rng: np.random.Generator, texts: int) -> Draws:
    """A number for each choice of each text. Shape (texts, PLACES)."""
    return rng.integers(0, 2**32, size=(texts, PLACES), dtype=np.uint32)


def draw_scripts(script: Ints, about: Ints, language: Ints) -> Draws:
    """Choices of words, equal for texts of one script, reason and language, in this call and in any other."""
    of_script, of_reason, of_language = (each.astype(np.uint64) for each in (script, about, language))
    key = (of_script * np.uint64(64) + of_reason) * np.uint64(8) + of_language
    numbers = key[:, np.newaxis] * np.uint64(WORDS) + np.arange(WORDS).astype(np.uint64)
    return (_mix(numbers) >> np.uint64(32)).astype(np.uint32)


def _mix(number: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # splitmix64 (Steele, Lea and Flood 2014): neighbours come out unlike each other
    number = number * _ODD
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return number ^ (number >> np.uint64(31))
