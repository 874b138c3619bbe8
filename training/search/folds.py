"""The training period, cut into parts to learn from and later parts to judge by, with a gap between."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from training.dataset import Period

LEAST_OF_EACH: Final = 10  # labels of either kind, in either part


class SearchError(ValueError):
    """A search that can't be made: the message says what is lacking and what to do."""


@dataclass(frozen=True, slots=True)
class InnerFold:
    """Claims to learn from, and later ones to judge by."""

    learned: Period
    judged: Period


def inner_folds(train: Period, gap_ms: int, folds: int) -> tuple[InnerFold, ...]:
    """Cut a training period so that the judged parts follow one another, each of an equal share of the claims.

    The first of `folds` + 2 shares is learned from at least twice: one share more than the judged ones are.

    Args:
        train: the claims, by time.
        gap_ms: how long before a judged part learning ends, as labels would have taken so long.
        folds: how many judged parts.

    Raises:
        SearchError: a part has too few claims of either kind.
    """
    cuts = [len(train) * (fold + 2) // (folds + 2) for fold in range(folds + 1)]
    return tuple(_cut(train, start, stop, gap_ms) for start, stop in pairwise(cuts))


def _cut(train: Period, start: int, stop: int, gap_ms: int) -> InnerFold:
    end_ms = int(train.as_of_ms[min(start, len(train) - 1)]) - gap_ms
    learned = train.part(slice(0, int(np.searchsorted(train.as_of_ms, end_ms))))
    judged = train.part(slice(start, stop))
    for name, part in (("learn from", learned), ("judge by", judged)):
        abusive = int(part.abusive.sum())
        if min(abusive, len(part) - abusive) < LEAST_OF_EACH:
            raise SearchError(
                f"an inner fold of the training period has {abusive} abusive and {len(part) - abusive} other claims "
                f"to {name}; it needs {LEAST_OF_EACH} of each: ask for fewer --folds, or bring more history"
            )
    return InnerFold(learned, judged)
