"""Components, each drawn to what is usual, and the score from 1 to 5 that they make.

    score = 1 + 4 * sum over components of (weight * points)

points: the share of merchants that the merchant is better than, by how merchants differ (the prior that was estimated
from all). Without any case it is a half, so that who is unknown stands in the middle; and the fewer cases there are,
the closer to it. Components are held to be independent: the score's variance is the sum of (4 * weight)^2 times that of
the points, whose standard deviation is the width of their 95 % interval by 2 * 1.96.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.merchants.counting import MerchantTallies
from serving.insight.merchants.settings import Component, MerchantSettings
from serving.insight.rates import Z95, Shrunk, shrink_means, shrink_ratios, shrink_shares

WORST, BEST, MIDDLE = 1.0, 5.0, 3.0
SCORE_FORMULA: Final = (
    "1 + 4 x the sum of weight x points over the components that are known, whose weights are made to be 1 together. "
    "Points: the share of merchants that it is better than; 0.5 without any case. Interval: components held to be "
    "independent."
)
_HIGH_IS_GOOD: Final[frozenset[Component]] = frozenset({"response", "rating"})
_FORMULAS: Final[Mapping[Component, str]] = {
    "quality": (
        "claims whose reason speaks of the goods or the merchant, by those expected at the rates of its categories: "
        "(k + claims) / (k + expected), as median of its gamma posterior"
    ),
    "response": (
        "claims answered within {hours} hours of their filing, of those answered or timed out: beta posterior's median"
    ),
    "fault": "verdicts that find the merchant at fault, of verdicts that say: beta posterior's median",
    "delivery": "deliveries after the promised moment, of those with a promise: beta posterior's median",
    "rating": "mean of the ratings of the whole on its claims: (sum + k * usual) / (ratings + k)",
    "dispute": (
        "claims that it refused or appealed against and lost, of those ruled on: beta posterior's median. Refused and "
        "found at fault is lost; an appeal is lost where the buyer gets something after it"
    ),
}


@dataclass(frozen=True, slots=True)
class ComponentFigures:
    """One component of all merchants.

    Attributes:
        cases: that each figure is made of; shape (merchants,).
        raw: as counted; NaN without cases. Shape (merchants,).
        shrunk: the figures.
        points: low, middle and high, 0 to 1; shape (3, merchants).
        weight: in each merchant's score, 0 without cases; shape (merchants,).
    """

    cases: Ints
    raw: Floats
    shrunk: Shrunk
    points: Floats
    weight: Floats
    formula: str


@dataclass(frozen=True, slots=True)
class Scores:
    """Components by name, and scores with their 95 % intervals; NaN where nothing is known. Shape (merchants,)."""

    components: Mapping[Component, ComponentFigures]
    value: Floats
    low: Floats
    high: Floats


def score_all(tallies: MerchantTallies, settings: MerchantSettings) -> Scores:
    """The components and scores of all merchants."""
    found = {name: each for name, each in _measured(tallies).items() if settings.weights.get(name, 0) > 0}
    known = {name: settings.weights[name] * (cases > 0) for name, (cases, _, _) in found.items()}
    total = np.sum(list(known.values()), axis=0)
    components = {
        name: ComponentFigures(
            cases=cases,
            raw=raw,
            shrunk=shrunk,
            points=_points(name, shrunk),
            weight=np.divide(known[name], total, out=np.zeros(len(cases)), where=total > 0),
            formula=_FORMULAS[name].format(hours=settings.answer_hours),
        )
        for name, (cases, raw, shrunk) in found.items()
    }
    parts = components.values()
    middle = np.sum([each.weight * each.points[1] for each in parts], axis=0)
    variance = np.sum([(each.weight * (each.points[2] - each.points[0]) / (2 * Z95)) ** 2 for each in parts], axis=0)
    value = np.where(total > 0, WORST + (BEST - WORST) * middle, np.nan)
    spread = (BEST - WORST) * Z95 * np.sqrt(variance)
    return Scores(components, value, np.maximum(value - spread, WORST), np.minimum(value + spread, BEST))


def _measured(tallies: MerchantTallies) -> dict[Component, tuple[Ints, Floats, Shrunk]]:
    """Cases, raw figures and shrunk ones."""
    quality, answers = tallies.quality_claims, tallies.answers
    deliveries, ratings = tallies.deliveries, tallies.ratings
    asked = answers.answered + answers.timed_out
    return {
        "quality": (
            np.where(quality.expected > 0, quality.orders, 0),
            _share(quality.claims, quality.expected),
            shrink_ratios(quality.claims, quality.expected),
        ),
        "response": _of_shares(answers.in_time, asked),
        "fault": _of_shares(answers.at_fault, answers.rulings),
        "delivery": _of_shares(deliveries.late, deliveries.delivered),
        "rating": (
            ratings.count,
            _share(ratings.total, ratings.count),
            shrink_means(ratings.total, ratings.squares, ratings.count),
        ),
        "dispute": _of_shares(answers.lost, answers.disputed),
    }


def _of_shares(hits: Ints, tries: Ints) -> tuple[Ints, Floats, Shrunk]:
    return tries, _share(hits, tries), shrink_shares(hits, tries)


def _share(hits: Ints | Floats, tries: Ints | Floats) -> Floats:
    return np.asarray(hits / np.where(tries > 0, tries, np.nan), dtype=np.float64)


def _points(name: Component, shrunk: Shrunk) -> Floats:
    return shrunk.standing if name in _HIGH_IS_GOOD else (1 - shrunk.standing)[::-1]
