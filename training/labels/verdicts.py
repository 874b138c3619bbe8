"""Labels from votes: what people found, where they agree and where not.

- Where all votes on a claim agree, that is its label.
- Where they disagree, the more probable class is: P(abusive) by who voted how, and how far each can be relied on.
- A ruling of the second instance (`training.labels.sources.SECOND_INSTANCE`) has the earlier findings before it, on the
  same claim and mostly by the same evidence. Those that its last word contradicts are void: were both counted as
  looks of their own, two confident findings would outvote the ruling that set them right. Those that it upholds count
  on: they change no label, though they make P(abusive) surer than it should be.
- The label became known with the last vote that counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.event_table import code_of
from training.labels.adjudications import Adjudications
from training.labels.dawid_skene import Votes, probabilities, sums
from training.labels.labels import Labels, blank_labels
from training.labels.reliability import Reliability
from training.labels.sources import second_instance_codes


def verdict_labels(rulings: Adjudications, reliability: Reliability) -> Labels:
    """The labels of the n claims that the rulings are about; a claim without a vote stays unknown."""
    labels = blank_labels(rulings.claims, "verdict")
    votes = standing_votes(rulings.votes())
    if len(votes) == 0:
        return labels
    claims, first, case = np.unique(votes.claim, return_index=True, return_inverse=True)
    abusive = (votes.verdict == code_of("verdict", "abusive")).astype(np.int64)
    voter = reliability.voter(votes)
    cases = Votes(case, voter, abusive, voter[first], np.ones(len(claims)))
    found = probabilities(cases, reliability.rates, reliability.shares)
    labels.probability[claims] = found
    labels.abusive[claims] = _decide(sums(case, abusive, len(claims)), np.bincount(case), found)
    np.maximum.at(labels.known_at_ms, votes.claim, votes.known_at_ms)
    return labels


def standing_votes(votes: Adjudications) -> Adjudications:
    """The votes that no later ruling of the second instance contradicts."""
    hears = np.flatnonzero(np.isin(votes.source, second_instance_codes()))
    last = np.full(votes.claims, -1)
    last[votes.claim[hears]] = hears  # votes are ordered by moment within a claim, so the last one stays
    ruling = last[votes.claim]
    later = (ruling >= 0) & (votes.known_at_ms < votes.known_at_ms[ruling])
    return votes.pick(np.flatnonzero(~(later & (votes.verdict != votes.verdict[ruling]))))


def _decide(abusive: Floats, votes: Ints, probability: Floats) -> npt.NDArray[np.int8]:
    return np.where(abusive == votes, 1, np.where(abusive == 0, 0, probability > 0.5)).astype(np.int8)
