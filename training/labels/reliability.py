"""How far each source and each reviewer can be relied on, told from claims on which several ruled.

First the sources, each with one sensitivity and one specificity; then the reviewers, each held to the rates of their
source by a prior worth `REVIEWER_CASES` cases, so that a reviewer with three of them is told by the source. A source
whose claims hardly anybody else ruled on has no rates that data could tell: it keeps those of
`training.labels.sources`, and is said to. Two voters alone, equally good, agree as often as two of another quality
would on other claims: then the errors are wide, and the priors tell more than the data. Whoever rules with the first
finding before him agrees more readily than a second look of its own would, which flatters both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.event_table import code_of
from features.events import VERDICT_SOURCES
from training.labels.adjudications import Adjudications
from training.labels.certainty import rate_errors
from training.labels.dawid_skene import Beliefs, Votes, collapse, estimate, probabilities, sums
from training.labels.sources import default_rates

SOURCE_CASES: Final = 20.0  # what a source's usual rates are worth, in cases of either class
REVIEWER_CASES: Final = 20.0  # what the source's rates are worth for one of its reviewers
REVIEWERS_CLOSE: Final = 1e-5  # their priors hold them anyway, and a million verdicts should take seconds
SHARE_BEFORE: Final = 0.1  # of abusive claims among those ruled on: published rates lie around it
SHARE_CASES: Final = 10.0
LEAST_COMPARED: Final = 20  # votes of a source beside another's before its rates are told from them


@dataclass(frozen=True, slots=True)
class Reliability:
    """Rates of k voters: all sources in the order of `VERDICT_SOURCES`, then each reviewer of each source.

    Attributes:
        source: code of the voter's source, shape (k,).
        reviewer: position in the adjudications' `reviewer_ids`, -1 for the source as a whole, shape (k,).
        rates: sensitivity and specificity, shape (k, 2).
        errors: their standard errors; infinite where data tell nothing, shape (k, 2).
        votes: rulings that found something, shape (k,).
        undetermined: rulings that found nothing, shape (k,).
        compared: votes on claims on which another voted too, shape (k,).
        cases: effective number of abusive and of other claims that the rates were told from, shape (k, 2).
        shares: of abuse among the claims on which each voter ruled first, shape (k,).
        estimated: which sources' rates are told from data, shape (sources,).
        reviewer_ids: the reviewers' names.
    """

    source: Ints
    reviewer: Ints
    rates: Floats
    errors: Floats
    votes: Ints
    undetermined: Ints
    compared: Ints
    cases: Floats
    shares: Floats
    estimated: npt.NDArray[np.bool_]
    reviewer_ids: tuple[str, ...]

    def voter(self, rulings: Adjudications) -> Ints:
        """Which of the k voters gave each ruling, shape (m,)."""
        return _voters(rulings, self.source, self.reviewer)

    @property
    def defaults(self) -> tuple[str, ...]:
        """The sources with votes whose rates are assumed, not told from data."""
        return tuple(word for code, word in enumerate(VERDICT_SOURCES) if self.votes[code] and not self.estimated[code])


def estimate_reliability(rulings: Adjudications) -> Reliability:
    """Tell the rates of sources and reviewers from their rulings (`training.labels.adjudications`)."""
    votes = rulings.votes()
    sources = len(VERDICT_SOURCES)
    source, reviewer = _all_voters(rulings)
    compared = _with_others(votes)
    estimated = np.bincount(votes.source[compared], minlength=sources) >= LEAST_COMPARED

    coarse = collapse(_as_votes(votes, votes.source))
    before = Beliefs(
        default_rates(),
        np.full(sources, SHARE_BEFORE),
        np.where(estimated[:, np.newaxis], SOURCE_CASES, np.inf) * np.ones(2),
        np.full(sources, SHARE_CASES),
    )
    by_source = estimate(coarse, before) if len(votes) else before

    voter = _voters(votes, source, reviewer)
    named = np.arange(len(source)) >= sources
    fine = _as_votes(votes, voter)
    each = Beliefs(
        by_source.rates[source],
        by_source.shares[source],
        np.where((named & estimated[source])[:, np.newaxis], REVIEWER_CASES, np.inf) * np.ones(2),
        np.where(named, REVIEWER_CASES, np.inf),
    )
    by_voter = estimate(collapse(fine), each, REVIEWERS_CLOSE) if len(votes) else each

    cases = _effective_cases(fine, by_voter, voter, compared, sources, source)
    of_source = rate_errors(coarse, by_source, before)
    own = by_voter.rates * (1 - by_voter.rates) / (cases + REVIEWER_CASES)
    errors = np.sqrt(own + of_source[source] ** 2)  # a reviewer is told beside others, whose rates may be off
    errors[:sources] = of_source
    open_ = rulings.pick(np.flatnonzero(rulings.verdict == code_of("verdict", "undetermined")))
    return Reliability(
        source,
        reviewer,
        by_voter.rates,
        np.where(estimated[source][:, np.newaxis], errors, np.inf),
        _counts(voter, votes.source, len(source), sources),
        _counts(_voters(open_, source, reviewer), open_.source, len(source), sources),
        _counts(voter[compared], votes.source[compared], len(source), sources),
        cases,
        by_voter.shares,
        estimated,
        rulings.reviewer_ids,
    )


def _all_voters(rulings: Adjudications) -> tuple[Ints, Ints]:
    named = rulings.reviewer >= 0
    pairs = np.unique(np.stack([rulings.source[named], rulings.reviewer[named]], axis=1), axis=0)
    sources = np.arange(len(VERDICT_SOURCES))
    return np.concatenate([sources, pairs[:, 0]]), np.concatenate([np.full(len(sources), -1), pairs[:, 1]])


def _voters(rulings: Adjudications, source: Ints, reviewer: Ints) -> Ints:
    """The place of each ruling's voter; rulings that name nobody belong to the source itself."""
    span = int(reviewer.max(initial=-1)) + 1
    keys = source[len(VERDICT_SOURCES) :] * span + reviewer[len(VERDICT_SOURCES) :]
    place = np.searchsorted(keys, rulings.source * span + rulings.reviewer) + len(VERDICT_SOURCES)
    return np.where(rulings.reviewer >= 0, place, rulings.source).astype(np.int64)


def _as_votes(votes: Adjudications, voter: Ints) -> Votes:
    """Cases are the claims that have votes; a case's group is who looked first."""
    claims, first, case = np.unique(votes.claim, return_index=True, return_inverse=True)
    abusive = (votes.verdict == code_of("verdict", "abusive")).astype(np.int64)
    return Votes(case.astype(np.int64), voter, abusive, voter[first], np.ones(len(claims)))


def _with_others(votes: Adjudications) -> npt.NDArray[np.bool_]:
    """Which votes are on claims with another vote."""
    return np.asarray(np.bincount(votes.claim, minlength=votes.claims)[votes.claim] > 1)


def _effective_cases(
    fine: Votes,
    found: Beliefs,
    voter: Ints,
    compared: npt.NDArray[np.bool_],
    sources: int,
    source: Ints,
) -> Floats:
    """Expected numbers of abusive and of other claims among a voter's compared ones."""
    abusive = probabilities(fine, found.rates, found.shares)[fine.case][compared]
    each = np.stack([sums(voter[compared], part, len(source)) for part in (abusive, 1 - abusive)], axis=1)
    for code in range(sources):
        each[code] = each[source == code].sum(axis=0)
    return each


def _counts(voter: Ints, source: Ints, voters: int, sources: int) -> Ints:
    """Rulings per voter; those of a source count for it whoever gave them."""
    counts = np.bincount(voter, minlength=voters)
    counts[:sources] = np.bincount(source, minlength=sources)
    return counts.astype(np.int64)
