"""A logistic regression over the service's own n-grams, turned into the service's reader: weights in whole numbers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from features.arrays import Floats, Ints
from features.events import CLAIM_REASONS
from serving.text.grams import BUCKETS, grams
from serving.text.reader import LARGEST_WEIGHT, TextReader

NEVER: Final = -30.0  # the log-odds of a reason that nobody stated


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """How to fit a reader.

    `strength` is the inverse of how strongly weights are held down. It is set by wordings that no training saw; a part
    of the training's own texts would say the same wordings again, and find the weakest hold best. `least_texts` is in
    how many an n-gram must stand to count; `most_grams` how many to keep, the commonest ones, which bounds the bundle's
    file; `most_texts` how many to learn from.
    """

    strength: float = 0.5
    least_texts: int = 4
    most_grams: int = 40_000
    most_texts: int = 20_000
    iterations: int = 40


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is learned from, m texts: n-grams (1 where a text has one, shape (m, BUCKETS)), what was stated, by whom."""

    grams: csr_matrix
    stated: Ints
    buyers: Ints

    def __len__(self) -> int:
        return len(self.stated)

    def take(self, chosen: npt.NDArray[np.bool_] | Ints) -> Lessons:
        """Some of them, by a mask or by index."""
        return Lessons(self.grams[chosen], self.stated[chosen], self.buyers[chosen])


def lessons_of(texts: Sequence[str], stated: Ints, buyers: Ints) -> Lessons:
    """Texts as the service's code takes them apart."""
    numbers = [grams(text) for text in texts]
    ends = np.cumsum([0, *(len(each) for each in numbers)])
    found = np.concatenate([np.zeros(0, dtype=np.int64), *numbers])
    ones = np.ones(len(found), dtype=np.float64)
    return Lessons(csr_matrix((ones, found, ends), shape=(len(texts), BUCKETS)), stated, buyers)


def fit_reader(lessons: Lessons, config: ReaderConfig) -> TextReader:
    """Fit a reader. Every reason weighs the same, so that one which few state is heard too.

    A column weighs by how rare its n-gram is (the root of the log of its inverse frequency); the weights that come out
    are multiplied back, so the reader needs to know nothing of it.
    """
    in_texts = np.asarray(lessons.grams.sum(axis=0)).ravel()
    buckets = _commonest(in_texts, config)
    rarity = np.sqrt(np.log1p(len(lessons) / in_texts[buckets]))
    model = LogisticRegression(C=config.strength, max_iter=config.iterations, tol=1e-3, class_weight="balanced")
    # several threads would wait for one another, and sum in an order of their own
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # to stop early holds weights down too
        model.fit(_scaled(lessons.grams, buckets, rarity), lessons.stated)
    return _to_reader(model, buckets, rarity)


def _commonest(in_texts: Floats, config: ReaderConfig) -> Ints:
    often = np.flatnonzero(in_texts >= min(config.least_texts, in_texts.max()))
    return np.sort(often[np.argsort(-in_texts[often], kind="stable")[: config.most_grams]])


def _scaled(grams_of: csr_matrix, buckets: Ints, scale: Floats) -> csr_matrix:
    sizes = np.maximum(np.asarray(grams_of.sum(axis=1)), 1)
    return csr_matrix(grams_of[:, buckets].multiply(scale).multiply(1 / np.sqrt(sizes)))


def _to_reader(model: LogisticRegression, buckets: Ints, scale: Floats) -> TextReader:
    coefficients, intercepts = model.coef_ * scale, model.intercept_
    if len(model.classes_) == 2:  # of two reasons, scikit-learn gives the log-odds of the second against the first
        coefficients, intercepts = (np.concatenate([-each / 2, each / 2]) for each in (coefficients, intercepts))
    weights = np.zeros((len(buckets), len(CLAIM_REASONS)))
    odds = np.full(len(CLAIM_REASONS), NEVER)
    weights[:, model.classes_] = coefficients.T
    odds[model.classes_] = intercepts
    step = max(float(np.abs(weights).max()), 1e-6) / LARGEST_WEIGHT
    return TextReader(buckets.astype(np.int32), np.rint(weights / step).astype(np.int16), step, odds)


def log_odds(reader: TextReader, lessons: Lessons) -> Floats:
    """The log-odds of each reason for many texts at once, to judge a reader by. Shape (m, reasons)."""
    scaled = _scaled(lessons.grams, reader.buckets.astype(np.int64), np.full(len(reader.buckets), reader.step))
    return np.asarray(scaled @ reader.weights.astype(np.float64) + reader.intercepts, dtype=np.float64)
