"""Figures of ranked claims, and how sure they are: buyers are drawn again, with all their claims.

Each draw weighs every buyer by how often it was drawn, instead of copying claims, so that claims are sorted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints

DRAWS: Final = 300
Outcomes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, its standard error, and between what it lies with 95 % confidence. NaN where nothing tells."""

    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """n labelled claims by falling probability, and the last claim of each run of equal ones."""

    abusive: Floats
    weights: Floats
    probabilities: Floats
    buyers: Ints
    ends: Ints


def rank(abusive: Outcomes, probabilities: Floats, weights: Floats, buyers: Ints) -> Ranked:
    """Sort claims once, for any number of figures. All of shape (n,); `buyers` are codes."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))[: len(order)]
    codes = np.unique(buyers[order], return_inverse=True)[1].astype(np.int64)
    return Ranked(abusive[order].astype(np.float64), weights[order], ranked, codes, ends)


def figures(ranked: Ranked, weights: Floats | None = None) -> Floats:
    """Average precision, AUC, mean probability given, share found abusive. Shape (4,); NaN where one class is empty.

    Args:
        ranked: the claims.
        weights: of a draw, shape (n,); by default the claims' own.
    """
    weights = ranked.weights if weights is None else weights
    total, positive = float(weights.sum()), float((weights * ranked.abusive).sum())
    if not 0 < positive < total:
        given = float((weights * ranked.probabilities).sum()) / total if total else float("nan")
        return np.array([np.nan, np.nan, given, positive / total if total else np.nan])
    true = np.cumsum(weights * ranked.abusive)[ranked.ends]
    taken = np.cumsum(weights)[ranked.ends]
    gained = np.diff(true, prepend=0.0)
    precision = np.divide(true, taken, out=np.zeros_like(true), where=taken > 0)
    false = taken - true
    lost = np.diff(false, prepend=0.0)
    auc = float((lost * (true - gained / 2)).sum()) / (positive * (total - positive))
    given = float((weights * ranked.probabilities).sum()) / total
    return np.array([float((gained * precision).sum()) / positive, auc, given, positive / total])


def draw(ranked: Ranked, seed: int, draws: int = DRAWS) -> Floats:
    """The same figures for so many draws of buyers, shape (draws, 4)."""
    random = np.random.default_rng(seed)
    number = int(ranked.buyers.max(initial=-1)) + 1
    chosen = (random.multinomial(number, np.full(number, 1 / number)) for _ in range(draws if number else 0))
    drawn = [figures(ranked, ranked.weights * times[ranked.buyers]) for times in chosen]
    return np.array(drawn).reshape(-1, 4)


def estimate(value: float, drawn: Floats) -> Estimate:
    """A figure with its error by draws of it; those that gave none are left out."""
    known = drawn[np.isfinite(drawn)]
    if len(known) < DRAWS // 10 or not np.isfinite(value):
        return Estimate(value, float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    return Estimate(value, float(known.std(ddof=1)), float(low), float(high))
