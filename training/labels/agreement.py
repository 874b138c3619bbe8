"""How often two who ruled on the same claim found the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Ints
from features.events import VERDICT_SOURCES
from training.labels.adjudications import Adjudications


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs of votes on the same claim, by their sources' codes; each of shape (sources, sources), upper half only."""

    pairs: Ints
    agreeing: Ints


def agreement(rulings: Adjudications) -> Agreement:
    """Count the pairs of votes on one claim, and those that agree; two reviewers are a pair of one source."""
    votes = rulings.votes()
    sources = len(VERDICT_SOURCES)
    pairs, agreeing = np.zeros((2, sources * sources), dtype=np.int64)
    for lag in range(1, int(np.bincount(votes.claim).max(initial=0))):
        one = np.flatnonzero(votes.claim[lag:] == votes.claim[:-lag])
        other = one + lag
        low, high = np.sort(np.stack([votes.source[one], votes.source[other]]), axis=0)
        place = low * sources + high
        pairs += np.bincount(place, minlength=sources * sources)
        same = votes.verdict[one] == votes.verdict[other]
        agreeing += np.bincount(place[same], minlength=sources * sources)
    return Agreement(pairs.reshape(sources, sources), agreeing.reshape(sources, sources))
