"""Satisfaction by group, and where it falls: each group against all other claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from features.arrays import Ints
from serving.insight.feedback.answered import WAITS, Answered
from serving.insight.feedback.satisfaction import rated
from serving.insight.rates import difference_interval, wilson_of

GROUPINGS: Final = ("outcome", "wait", "claim_type", "claim_reason", "category_id")
FEWEST_RATED: Final = 20  # on either side of a comparison
_ERROR: Final = 0.05


@dataclass(frozen=True, slots=True)
class Group:
    """A group of answered claims and what its ratings say; shares are of the satisfied.

    Attributes:
        key: the word that its claims share.
        claims: answered; `count` of them were rated, `satisfied` with 4 or 5.
        mean, low, high: as in `Rated`.
        drop, drop_low, drop_high: by how much the share lies below that of all other rated claims (0.1 for ten
            points), with an interval that holds for all comparisons at once; None where one side has too few.
    """

    key: str
    claims: int
    count: int
    satisfied: int
    mean: float | None
    low: float | None
    high: float | None
    drop: float | None = None
    drop_low: float | None = None
    drop_high: float | None = None

    @property
    def share(self) -> float | None:
        """The share of the satisfied; None without ratings."""
        return self.satisfied / self.count if self.count else None

    @property
    def falls(self) -> bool:
        """Whether satisfaction is surely lower here than elsewhere."""
        return self.drop_low is not None and self.drop_low > 0


def by_group(answered: Answered) -> Mapping[str, list[Group]]:
    """The groups of every grouping, those with the most claims first, waits by how long they are.

    All comparisons, over all groupings, share one chance of error of 5 % (Bonferroni).
    """
    plain = {name: _groups(answered, name) for name in GROUPINGS}
    plain["wait"].sort(key=lambda group: list(WAITS).index(group.key))
    every = rated(answered.rating[answered.is_rated])
    comparable = sum(
        min(group.count, every.count - group.count) >= FEWEST_RATED for groups in plain.values() for group in groups
    )
    z = NormalDist().inv_cdf(1 - _ERROR / (2 * max(comparable, 1)))
    return {
        name: [compared(group, every.count, every.satisfied, z) for group in groups] for name, groups in plain.items()
    }


def by_month(answered: Answered) -> list[Group]:
    """The months in which claims were answered, in their order; not compared."""
    return sorted(_groups(answered, "month"), key=lambda group: group.key)


def compared(group: Group, count: int, satisfied: int, z: float) -> Group:
    """The group with its distance from all others of `count` ratings, `satisfied` of which are 4 or 5.

    The interval is Newcombe's, from Wilson's intervals of both shares.
    """
    others, others_satisfied = count - group.count, satisfied - group.satisfied
    if min(group.count, others) < FEWEST_RATED:
        return group
    here, there = group.satisfied / group.count, others_satisfied / others
    own, other = wilson_of(group.satisfied, group.count, z), wilson_of(others_satisfied, others, z)
    drop_low, drop_high = difference_interval(there, other, here, own)
    return Group(
        group.key, group.claims, group.count, group.satisfied, group.mean, group.low, group.high,
        drop=there - here, drop_low=drop_low, drop_high=drop_high,
    )  # fmt: skip


def falling(groups: Mapping[str, list[Group]]) -> list[tuple[str, Group]]:
    """Where satisfaction surely falls, with the grouping; the most dissatisfied claims first."""
    found = [(name, group) for name, each in groups.items() for group in each if group.falls]
    return sorted(found, key=lambda pair: -(pair[1].drop or 0.0) * pair[1].claims)


def _groups(answered: Answered, name: str) -> list[Group]:
    words, place = np.unique(answered.words[name].astype(str), return_inverse=True)
    claims = np.bincount(place, minlength=len(words))
    groups = [_group(str(word), int(claims[at]), answered.rating[place == at]) for at, word in enumerate(words)]
    return sorted((group for group in groups if group.key), key=lambda group: (-group.claims, group.key))


def _group(key: str, claims: int, rating: Ints) -> Group:
    found = rated(rating[rating > 0])
    return Group(key, claims, found.count, found.satisfied, found.mean, found.low, found.high)
