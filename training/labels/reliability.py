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
from typing import Final, TypeVar

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

Numbers = TypeVar("Numbers", Floats, Ints)


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
    open_ = rulings.pick(np.flatnonzero(rulings.verdict == code_of("verdict", "undetermined")))
    source, reviewer = _all_voters(rulings)
    voter = _voters(votes, source, reviewer)
    compared = _with_others(votes)
    estimated = np.bincount(votes.source[compared], minlength=len(VERDICT_SOURCES)) >= LEAST_COMPARED

    by_source, errors = _tell_sources(votes, estimated)
    cases = _as_votes(votes, voter)
    found = _tell_reviewers(cases, by_source, source, reviewer, estimated)
    effective = _effective_cases(cases, found, compared, source)
    own = found.rates * (1 - found.rates) / (effective + REVIEWER_CASES)
    both = np.sqrt(own + errors[source] ** 2)  # a reviewer is told beside others, whose rates may be off
    both[: len(errors)] = errors
    return Reliability(
        source=source,
        reviewer=reviewer,
        rates=found.rates,
        errors=both,
        votes=_counts(voter, source),
        undetermined=_counts(_voters(open_, source, reviewer), source),
        compared=_counts(voter[compared], source),
        cases=effective,
        shares=found.shares,
        estimated=estimated,
        reviewer_ids=rulings.reviewer_ids,
    )


def _tell_sources(votes: Adjudications, estimated: npt.NDArray[np.bool_]) -> tuple[Beliefs, Floats]:
    """Rates and shares of the sources, and the errors of the rates; infinite where a source isn't estimated."""
    sources = len(VERDICT_SOURCES)
    before = Beliefs(
        rates=default_rates(),
        shares=np.full(sources, SHARE_BEFORE),
        rate_counts=np.where(estimated[:, np.newaxis], SOURCE_CASES, np.inf) * np.ones(2),
        share_counts=np.full(sources, SHARE_CASES),
    )
    if len(votes) == 0:
        return before, np.full((sources, 2), np.inf)
    patterns = collapse(_as_votes(votes, votes.source))
    found = estimate(patterns, before)
    return found, rate_errors(patterns, found, before)


def _tell_reviewers(
    cases: Votes, by_source: Beliefs, source: Ints, reviewer: Ints, estimated: npt.NDArray[np.bool_]
) -> Beliefs:
    """Rates and shares of all voters; those of a source as a whole stay as they were told."""
    named = reviewer >= 0
    before = Beliefs(
        rates=by_source.rates[source],
        shares=by_source.shares[source],
        rate_counts=np.where((named & estimated[source])[:, np.newaxis], REVIEWER_CASES, np.inf) * np.ones(2),
        share_counts=np.where(named, REVIEWER_CASES, np.inf),
    )
    return estimate(collapse(cases), before, REVIEWERS_CLOSE) if len(cases.case) else before


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


def _effective_cases(cases: Votes, found: Beliefs, compared: npt.NDArray[np.bool_], source: Ints) -> Floats:
    """Expected numbers of abusive and of other claims among a voter's compared ones; a source's are all of its own."""
    abusive = probabilities(cases, found.rates, found.shares)[cases.case][compared]
    voter = cases.voter[compared]
    each = np.stack([sums(voter, part, len(source)) for part in (abusive, 1 - abusive)], axis=1)
    return _with_totals(each, source)


def _counts(voter: Ints, source: Ints) -> Ints:
    """Rulings per voter; those of a source count for it whoever gave them."""
    return _with_totals(np.bincount(voter, minlength=len(source)).astype(np.int64), source)


def _with_totals(each: Numbers, source: Ints) -> Numbers:
    """The numbers of all voters, with each source's as a whole being the sum over all who rule for it."""
    totals = [each[source == code].sum(axis=0) for code in range(len(VERDICT_SOURCES))]
    each[: len(totals)] = totals
    return each
