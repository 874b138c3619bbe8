"""Readers that read a claim without having learned from its buyer, and one that learned from all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from pydantic import JsonValue

from features.arrays import Ints
from features.progress import Progress
from serving.text.reader import TextReader
from training.text.claim_texts import ClaimTexts
from training.text.fitting import Lessons, ReaderConfig, fit_reader, lessons_of, log_odds

FOLDS: Final = 4
LEAST_TEXTS: Final = 200  # fewer teach nothing that a model could lean on


@dataclass(frozen=True, slots=True)
class Readers:
    """`whole` learned from all texts, `folds[k]` from those of buyers who aren't in fold k.

    `agreement` is the share of texts in which the reader that didn't learn from their buyer finds the stated reason.
    """

    whole: TextReader
    folds: tuple[TextReader, ...]
    texts: int
    agreement: float

    def as_dict(self) -> dict[str, JsonValue]:
        """What a manifest says of them."""
        return {
            "texts": self.texts,
            "grams": len(self.whole.buckets),
            "agreement": self.agreement,
        }

    def for_buyer(self, buyer: int) -> TextReader:
        """The reader that learned nothing from this buyer, by the buyer's code."""
        return self.folds[buyer % len(self.folds)]


def fit_readers(teaching: ClaimTexts, config: ReaderConfig, progress: Progress | None = None) -> Readers | None:
    """Fit them on the texts of a training period; None if there are too few texts, or all state one reason.

    Args:
        teaching: the claims of the period, with or without a label.
        config: how to fit.
        progress: called with (done, total, what).
    """
    written = teaching.written()
    if len(written) < LEAST_TEXTS:
        return None
    written = written.take(_spread(len(written), config.most_texts))
    lessons = lessons_of(written.texts.to_pylist(), written.stated, written.buyers)
    parts = [lessons.take(lessons.buyers % FOLDS != fold) for fold in range(FOLDS)]
    if any(len(np.unique(part.stated)) < 2 for part in parts):
        return None
    whole, *folds = _fit_each([lessons, *parts], config, progress)
    return Readers(whole, tuple(folds), len(lessons), _agreement(folds, lessons))


def _fit_each(several: list[Lessons], config: ReaderConfig, progress: Progress | None) -> list[TextReader]:
    readers = []
    for done, lessons in enumerate(several, start=1):
        readers.append(fit_reader(lessons, config))
        if progress is not None:
            progress(done, len(several), "learning to read texts")
    return readers


def _agreement(folds: list[TextReader], lessons: Lessons) -> float:
    of_fold = (lessons.take(lessons.buyers % FOLDS == fold) for fold in range(FOLDS))
    agreed = (
        int((log_odds(reader, held).argmax(axis=1) == held.stated).sum())
        for reader, held in zip(folds, of_fold, strict=True)
        if len(held)
    )
    return sum(agreed) / len(lessons)


def _spread(count: int, most: int) -> Ints:
    """At most so many of `count` indexes, spread evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))
