"""How long verdicts take, told from claims that have one already.

A claim filed a week ago can only show verdicts that took less than a week. Among the claims ruled on so far the short
delays are therefore over-represented: the data are truncated on the right, each claim at its own age. Looked at
backwards in time the truncation becomes the ordinary late entry of survival analysis, and the product-limit estimator
of the reverse hazard is unbiased (D. Lynden-Bell, 1971; S. Lagakos, L. Barraj and V. De Gruttola, Biometrika 75, 1988):

    share of verdicts that take at most t  =  product over delays u > t of (1 - ruled at u / ruled within u and older)

It tells shares among the verdicts that come within `horizon_days`, the longest delay that enough claims were old enough
to show; whatever comes later still is invisible to any method.

A claim is brought to light by its first ruling. Delays are of first rulings, whatever they found, per claim type
(returns wait for the parcel, refund-only claims don't) and per source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.event_table import EventTable, code_of
from features.events import CLAIM_TYPES, VERDICT_SOURCES
from training.labels.adjudications import Adjudications

SHARE: Final = 0.95  # a claim is mature once so much of the verdicts that would come has come
LEAST_VERDICTS: Final = 50  # before a delay is told from them
OLD_SHARE: Final = 0.2  # of the claims with a verdict, those that are older than the longest delay looked at
LEAST_OLD: Final = 25  # and at least so many
SHORTEST_DAYS: Final = 7.0
LONGEST_DAYS: Final = 90.0
FALLBACK_DAYS: Final = 45.0
MINOR_SOURCE_SHARE: Final = 0.05  # a source that opens fewer of the rulings is not waited for


@dataclass(frozen=True, slots=True)
class MaturityCurve:
    """Of the verdicts that come within the horizon, the share that takes at most so many days.

    Attributes:
        days: delays that occurred, ascending, shape (k,).
        share: of verdicts that take at most so long, ascending to 1, shape (k,).
        verdicts: how many there are, those beyond the horizon included.
        horizon_days: the longest delay that could be told.
    """

    days: Floats
    share: Floats
    verdicts: int
    horizon_days: float

    def mature_after_days(self, share: float = SHARE) -> float:
        """The days after which a share of the verdicts is there; NaN where there are too few to tell."""
        if self.verdicts < LEAST_VERDICTS or len(self.days) == 0:
            return float("nan")
        return float(self.days[np.searchsorted(self.share, min(share, 1.0), side="left")])


def maturity_curve(delay_ms: Ints, age_ms: Ints) -> MaturityCurve:
    """The curve of delays that are seen only where they are shorter than the claim is old.

    Args:
        delay_ms: from filing to verdict, shape (n,); all less than `age_ms`.
        age_ms: from filing to the moment of asking, shape (n,).
    """
    horizon_ms = _horizon_ms(age_ms)
    seen = delay_ms <= horizon_ms
    delay, age = np.sort(delay_ms[seen]), np.sort(age_ms[seen])
    moments, ruled = np.unique(delay, return_counts=True)
    at_risk = np.searchsorted(delay, moments, side="right") - np.searchsorted(age, moments, side="right")
    stays = 1 - ruled / np.maximum(at_risk, ruled)
    share = np.append(np.cumprod(stays[::-1])[::-1][1:], 1.0)[: len(moments)]
    return MaturityCurve(moments / MS_PER_DAY, share, len(delay_ms), horizon_ms / MS_PER_DAY)


def _horizon_ms(age_ms: Ints) -> int:
    """The age that enough claims have passed; all of them young, there is nothing to tell."""
    old = max(LEAST_OLD, round(OLD_SHARE * len(age_ms)))
    return int(np.sort(age_ms)[-old]) if len(age_ms) >= old else 0


@dataclass(frozen=True, slots=True)
class Maturity:
    """When verdicts have come, per claim type and source.

    Attributes:
        curves: by (claim type, source) as they first rule, for all pairs that occur.
        overall: of first rulings by claim type, whoever ruled.
        everything: of all first rulings.
    """

    curves: dict[tuple[str, str], MaturityCurve]
    overall: dict[str, MaturityCurve]
    everything: MaturityCurve

    def gap_days(self) -> float:
        """How long labels take to be known: the slowest claim type's, within bounds; a fixed time where few tell."""
        return _longest([*self.overall.values(), self.everything])

    def silence_days(self, claim_type: str) -> float:
        """How old a claim of a type must be before having no ruling counts for something.

        The longest of the sources that open at least `MINOR_SOURCE_SHARE` of the type's rulings: appeals and such only
        come where there was a ruling before. Bounded, and a fixed time where data don't tell.
        """
        opening = {source: curve for (kind, source), curve in self.curves.items() if kind == claim_type}
        total = sum(curve.verdicts for curve in opening.values())
        return _longest([curve for curve in opening.values() if curve.verdicts >= MINOR_SOURCE_SHARE * total])


def _longest(curves: list[MaturityCurve]) -> float:
    """The longest time to maturity, within bounds; a curve that its horizon may cut off counts for the fixed time."""
    told = [SHORTEST_DAYS]
    for curve in curves:
        days = curve.mature_after_days()
        if not np.isnan(days):
            told.append(days if days <= curve.horizon_days / 2 else max(days, FALLBACK_DAYS))
    return min(max(told), LONGEST_DAYS) if len(told) > 1 else FALLBACK_DAYS


def estimate_maturity(events: EventTable, claim_rows: Ints, rulings: Adjudications, known_by_ms: int) -> Maturity:
    """Curves of the delays from filing to first ruling, as known before a moment.

    Args:
        events: all events.
        claim_rows: the claims that the rulings are about, shape (n,).
        rulings: what was ruled on them (`training.labels.adjudications`) before `known_by_ms`.
        known_by_ms: the moment.
    """
    first = np.unique(rulings.claim, return_index=True)[1]
    filed_ms = events["known_at_ms"][claim_rows][rulings.claim[first]]
    delay_ms = np.maximum(rulings.known_at_ms[first] - filed_ms, 0)
    age_ms = known_by_ms - filed_ms
    kind, source = events["claim_type"][claim_rows][rulings.claim[first]], rulings.source[first]

    def of(chosen: Ints) -> MaturityCurve:
        return maturity_curve(delay_ms[chosen], age_ms[chosen])

    curves, overall = {}, {}
    for word in CLAIM_TYPES:
        of_kind = kind == code_of("claim_type", word)
        if of_kind.any():
            overall[word] = of(np.flatnonzero(of_kind))
        for code, name in enumerate(VERDICT_SOURCES):
            if (of_kind & (source == code)).any():
                curves[word, name] = of(np.flatnonzero(of_kind & (source == code)))
    return Maturity(curves, overall, of(np.arange(len(first))))
