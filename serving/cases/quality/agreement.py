"""How far people agree: Krippendorff's alpha for names, and the plain share, with intervals.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): alpha is 1 where all agree and 0 where they agree
as often as chance would have it. Any number of people may have rated a case; one that a single person rated tells
nothing of agreement. The plain share counts pairs of ratings of a case, each case as much as any other.

Intervals come from drawing cases anew. Where nobody disagreed, every draw would agree too and the interval would be a
point; so alpha's lower bound is at least as low as the plain share's own interval makes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats
from serving.cases.quality.chance import SHARE, Figure, share, untold

TARGET: Final = 0.85  # of consistent decisions
LEAST_CASES: Final = 10  # below, alpha is not told
REPLICATES: Final = 500
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of some cases: alpha, the plain share, and how many of them two people or more rated."""

    alpha: Figure
    share: Figure
    cases: int


def agreement(cases: Iterable[Sequence[Hashable | None]]) -> Agreement:
    """Agreement over cases, each with the ratings that people gave it; None stands for a missing one."""
    rated = [[value for value in values if value is not None] for values in cases]
    rated = [values for values in rated if len(values) > 1]
    names = {value: place for place, value in enumerate(dict.fromkeys(value for values in rated for value in values))}
    patterns = Counter(_counts(values, names) for values in rated)
    if not patterns:
        return Agreement(untold(), untold(), 0)
    counts = np.array(list(patterns), dtype=np.float64)
    times = np.array(list(patterns.values()), dtype=np.float64)
    agreeing = _pair_shares(counts)
    plain = float(times @ agreeing / times.sum())
    # a case of three counts as one that agrees by parts; Jeffreys' interval is taken at the nearest whole number
    bounds = share(round(plain * len(rated)), len(rated))
    told = Figure(plain, min(bounds.low, plain), max(bounds.high, plain), len(rated))
    return Agreement(_alpha_figure(counts, times, told), told, len(rated))


def krippendorff_alpha(cases: Iterable[Sequence[Hashable | None]]) -> float:
    """Alpha for names; NaN where nothing can be compared, or all ratings are the same one.

    >>> round(krippendorff_alpha([[1, 1], [2, 2], [1, 2], [2, 2]]), 3)
    0.533
    """
    return agreement(cases).alpha.value


def _counts(values: Sequence[Hashable], names: dict[Hashable, int]) -> tuple[int, ...]:
    row = [0] * len(names)
    for value in values:
        row[names[value]] += 1
    return tuple(row)


def _pair_shares(counts: Floats) -> Floats:
    """Of each pattern, the share of its pairs of ratings that are the same."""
    size = counts.sum(axis=1)
    return np.asarray((counts * (counts - 1)).sum(axis=1) / (size * (size - 1)), dtype=np.float64)


def _alphas(counts: Floats, times: Floats) -> Floats:
    """Alpha of several sets of cases: `counts` (patterns, names), `times` (sets, patterns); NaN if it says nothing."""
    size = counts.sum(axis=1)
    disagreeing = times @ ((size**2 - (counts**2).sum(axis=1)) / (size - 1))
    of_name = times @ counts
    all_of = of_name.sum(axis=1)
    expected = all_of**2 - (of_name**2).sum(axis=1)
    found = np.full(len(times), np.nan)
    np.divide((all_of - 1) * disagreeing, expected, out=found, where=expected > 0)
    return 1 - found


def _alpha_figure(counts: Floats, times: Floats, plain: Figure) -> Figure:
    cases = round(float(times.sum()))
    value = float(_alphas(counts, times[np.newaxis])[0])
    if not np.isfinite(value):
        return untold(cases)
    if cases < LEAST_CASES:
        return Figure(value, float("nan"), float("nan"), cases)
    # equal cases are one pattern, so drawing cases anew is one draw of how often each pattern comes
    drawn = np.random.default_rng(_SEED).multinomial(cases, times / times.sum(), REPLICATES).astype(np.float64)
    alphas = _alphas(counts, drawn)
    low, high = np.quantile(alphas[np.isfinite(alphas)], [(1 - SHARE) / 2, (1 + SHARE) / 2])
    by_chance = (1 - plain.value) / (1 - value) if value < 1 else _expected_disagreement(counts, times)
    at_least = 1 - (1 - plain.low) / by_chance
    return Figure(value, float(min(low, at_least)), float(max(high, value)), cases)


def _expected_disagreement(counts: Floats, times: Floats) -> float:
    of_name = times @ counts
    total = of_name.sum()
    return float((total**2 - (of_name**2).sum()) / (total * (total - 1)))
