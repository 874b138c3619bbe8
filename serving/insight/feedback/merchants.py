"""Satisfaction at each merchant, drawn towards that of all as far as few ratings could have come about by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Ints
from serving.cases.quality.chance import beta_interval
from serving.insight.feedback.answered import Answered
from serving.insight.feedback.satisfaction import SATISFIED_FROM

FEWEST_RATED: Final = 10
SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class MerchantRated:
    """A merchant's rated claims, and its share of the satisfied as believed after them, with an interval (95 %)."""

    merchant_id: str
    count: int
    satisfied: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MerchantsRated:
    """The merchants with the lowest and the highest shares, of `compared` with at least 10 ratings; no one is in both.

    `strength` is how many ratings the share of all weighs against a merchant's own.
    """

    compared: int
    strength: float
    lowest: tuple[MerchantRated, ...]
    highest: tuple[MerchantRated, ...]


def rated_merchants(answered: Answered) -> MerchantsRated:
    """Shares by merchant, shrunk: those of all merchants are taken for draws from one beta distribution.

    How wide it is follows from how far shares lie apart beyond what chance alone does (`prior_strength`).
    """
    names, place = np.unique(answered.words["merchant_id"][answered.is_rated].astype(str), return_inverse=True)
    counts = np.bincount(place, minlength=len(names))
    happy = np.bincount(place, answered.rating[answered.is_rated] >= SATISFIED_FROM, len(names)).astype(np.int64)
    if len(names) == 0:
        return MerchantsRated(0, 0.0, (), ())
    overall, strength = float(happy.sum() / counts.sum()), prior_strength(counts, happy)
    found = []
    for name, count, satisfied in zip(names.tolist(), counts.tolist(), happy.tolist(), strict=True):
        if count >= FEWEST_RATED and name:
            above, below = satisfied + strength * overall, count - satisfied + strength * (1 - overall)
            bounds = beta_interval(round(above, 3) or 1e-3, round(below, 3) or 1e-3)
            found.append(MerchantRated(name, count, satisfied, above / (above + below), *bounds))
    found.sort(key=lambda merchant: (merchant.share, merchant.merchant_id))
    half = min(SHOWN, len(found) // 2)
    return MerchantsRated(len(found), strength, tuple(found[:half]), tuple(reversed(found[len(found) - half :])))


def prior_strength(counts: Ints, hits: Ints) -> float:
    """How many cases the shared share weighs, by the method of moments for a beta-binomial (Kleinman, 1973).

    Where shares lie no further apart than by chance, all cases together: no merchant is told from the others.

    >>> round(prior_strength(np.array([100, 100]), np.array([90, 50])), 1)
    1.7
    """
    total = int(counts.sum())
    overall = hits.sum() / total
    chance = overall * (1 - overall)
    spread = float((counts * (hits / counts - overall) ** 2).sum()) - (len(counts) - 1) * chance
    apart = spread / max(total - float((counts**2).sum()) / total, 1e-9)
    return float(min(total, max(chance / apart - 1, 1.0))) if apart > 0 else float(total)
