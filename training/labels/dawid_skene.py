"""Dawid and Skene's model with two classes: how often voters are right, when nobody knows the truth.

A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied
Statistics 28 (1979). Each case is abusive or not; given that, voters err independently, each with a sensitivity and a
specificity of its own. EM goes back and forth between P(abusive) of each case and the rates of each voter.

What keeps it honest:
- Pseudo-counts on all rates: few votes say little, and the start above chance keeps the two classes from swapping.
- The share of abuse is one per group of cases, the group being who looked first. Sources and reviewers get different
  work; one share for all would take a difference in work for a difference in eyes. Whether somebody looks a second
  time may hang on what was found the first time (as in an appeal), but not on anything else that tells of the truth.
- Cases with the same votes are one case with a weight, so that a million cost no more than the patterns among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints

MOST_ROUNDS: Final = 3_000
CLOSE: Final = 1e-7  # the largest change of any rate in a round at which it may end
_LEAST_RATE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes of voters on cases.

    Attributes:
        case: which case each vote is on, shape (m,); not every case needs one.
        voter: who votes, shape (m,).
        abusive: 1 or 0, shape (m,).
        group: the group of each case, shape (cases,).
        weight: how many cases each one stands for, shape (cases,).
    """

    case: Ints
    voter: Ints
    abusive: Ints
    group: Ints
    weight: Floats


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Rates of voters, shape (voters, 2) for sensitivity and specificity, and the share of abuse, shape (groups,).

    As priors they are the means, and `rate_counts` and `share_counts`, of the same shapes, how many cases those are
    worth; where they are infinite, the mean stays as it is.
    """

    rates: Floats
    shares: Floats
    rate_counts: Floats
    share_counts: Floats


def probabilities(votes: Votes, rates: Floats, shares: Floats) -> Floats:
    """P(abusive) of each case, shape (cases,)."""
    return np.asarray(1 / (1 + np.exp(-_log_odds(votes, rates, shares))), dtype=np.float64)


def estimate(votes: Votes, prior: Beliefs, close: float = CLOSE) -> Beliefs:
    """The rates and shares under which the votes are most probable, given the priors, once no rate moves by more."""
    found = prior
    for _ in range(MOST_ROUNDS):
        after = _improve(votes, found, prior)
        change = max(np.abs(after.rates - found.rates).max(), np.abs(after.shares - found.shares).max(initial=0))
        found = after
        if change < close:
            break
    return found


def sums(place: Ints, values: npt.NDArray[np.generic], places: int) -> Floats:
    """The sum of the values at each place, shape (places,)."""
    return np.asarray(np.bincount(place, values, places), dtype=np.float64)


def collapse(votes: Votes) -> Votes:
    """The same votes with equal cases put together: cases of one group with the same votes of the same voters."""
    order = np.lexsort((votes.abusive, votes.voter, votes.case))
    case, word = votes.case[order], 2 * votes.voter[order] + votes.abusive[order]
    count = np.bincount(case, minlength=len(votes.group))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    parts, start = [], 0
    for length in np.unique(count[count > 0]):
        cases = np.flatnonzero(count == length)
        rows = np.column_stack([votes.group[cases], word[first[cases][:, np.newaxis] + np.arange(length)]])
        kept, back = np.unique(rows, axis=0, return_inverse=True)
        weight = np.bincount(back.ravel(), weights=votes.weight[cases])
        words = kept[:, 1:].ravel()
        of_case = np.repeat(np.arange(start, start + len(kept)), length)
        parts.append((of_case, words // 2, words % 2, kept[:, 0], weight))
        start += len(kept)
    if not parts:
        return replace(votes, group=votes.group[:0], weight=votes.weight[:0])
    return Votes(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def log_posterior(votes: Votes, at: Beliefs, prior: Beliefs) -> float:
    """How probable the votes are, and the rates beforehand, up to a constant: what `estimate` makes largest."""
    abusive, clean = _log_likelihoods(votes, at.rates)
    shares = at.shares[votes.group]
    cases = np.logaddexp(np.log(shares) + abusive, np.log1p(-shares) + clean)
    pairs = ((at.rates, prior.rates, prior.rate_counts), (at.shares, prior.shares, prior.share_counts))
    before = 0.0
    for now, mean, counts in pairs:
        free = np.isfinite(counts)
        terms = mean * np.log(now) + (1 - mean) * np.log1p(-now)
        before += float((counts[free] * terms[free]).sum())
    return float((votes.weight * cases).sum()) + before


def _improve(votes: Votes, found: Beliefs, prior: Beliefs) -> Beliefs:
    abusive = probabilities(votes, found.rates, found.shares)
    guilty, clean = votes.weight * abusive, votes.weight * (1 - abusive)
    voters, groups = len(prior.rates), len(prior.shares)
    right = np.stack(
        [
            sums(votes.voter, guilty[votes.case] * votes.abusive, voters),
            sums(votes.voter, clean[votes.case] * (1 - votes.abusive), voters),
        ],
        axis=1,
    )
    all_votes = np.stack(
        [
            sums(votes.voter, guilty[votes.case], voters),
            sums(votes.voter, clean[votes.case], voters),
        ],
        axis=1,
    )
    shares = _mean(
        sums(votes.group, guilty, groups),
        sums(votes.group, votes.weight, groups),
        prior.shares,
        prior.share_counts,
    )
    return replace(found, rates=_mean(right, all_votes, prior.rates, prior.rate_counts), shares=shares)


def _mean(hits: Floats, cases: Floats, prior: Floats, counts: Floats) -> Floats:
    """Share of hits, with a prior worth `counts` cases."""
    free = np.isfinite(counts)
    worth = np.where(free, counts, 1.0)
    return np.where(free, np.clip((hits + worth * prior) / (cases + worth), _LEAST_RATE, 1 - _LEAST_RATE), prior)


def _log_likelihoods(votes: Votes, rates: Floats) -> tuple[Floats, Floats]:
    """The logarithms of P(a case's votes | abusive) and P(... | not), each of shape (cases,)."""
    sensitivity, specificity = rates[votes.voter].T
    cases = len(votes.group)
    if_abusive = np.log(np.where(votes.abusive == 1, sensitivity, 1 - sensitivity))
    if_clean = np.log(np.where(votes.abusive == 1, 1 - specificity, specificity))
    return sums(votes.case, if_abusive, cases), sums(votes.case, if_clean, cases)


def _log_odds(votes: Votes, rates: Floats, shares: Floats) -> Floats:
    abusive, clean = _log_likelihoods(votes, rates)
    share = shares[votes.group]
    return np.asarray(np.log(share) - np.log1p(-share) + abusive - clean, dtype=np.float64)
