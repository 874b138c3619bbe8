"""Ordinary least squares with errors that allow for a buyer who rates often and always alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from features.arrays import Floats, Ints

_ROUNDING: Final = 1e-9
_DEPENDENT: Final = 1e-8  # of a column's length: what is left of it beside the others


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much the outcome changes with a column, all others alike: with its standard error and interval (95 %).

    `p` is the chance of at least as much if there were no effect, two-sided.
    """

    value: float
    error: float
    low: float
    high: float
    p: float


def least_squares(columns: Floats, outcome: Floats, cluster: Ints) -> list[Effect | None]:
    """The effect of each column, beside a constant that is added here.

    Args:
        columns: shape (n, k).
        outcome: shape (n,).
        cluster: whose row it is, shape (n,). Errors are robust within it (Liang and Zeger, 1986), with the usual
            correction for few clusters, G/(G-1) * (n-1)/(n-k).

    Returns:
        An effect for each column; None where the column is a mixture of those before it, or too few rows tell.
    """
    kept = independent(columns)
    design = np.column_stack([np.ones(len(columns)), columns[:, kept]])
    rows, width = design.shape
    members = np.unique(cluster, return_inverse=True)[1]
    groups = int(members.max(initial=-1)) + 1
    effects: list[Effect | None] = [None] * columns.shape[1]
    if groups < 2 or rows <= width:
        return effects
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ outcome)
    pulls = np.zeros((groups, width))
    np.add.at(pulls, members, design * (outcome - design @ coefficients)[:, np.newaxis])
    variance = inverse @ (pulls.T @ pulls) @ inverse * (groups / (groups - 1) * (rows - 1) / (rows - width))
    for place, column in enumerate(kept, start=1):
        effects[column] = _effect(float(coefficients[place]), math.sqrt(max(float(variance[place, place]), 0.0)))
    return effects


def independent(columns: Floats) -> list[int]:
    """The columns that aren't a mixture of a constant and those before them (Gram and Schmidt)."""
    basis = np.full((len(columns), 1), 1 / math.sqrt(max(len(columns), 1)))
    kept = []
    for place in range(columns.shape[1]):
        column = columns[:, place]
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)  # once more, since the first time leaves rounding errors
        length = float(np.linalg.norm(rest))
        if length > _DEPENDENT * max(float(np.linalg.norm(column)), 1.0):
            kept.append(place)
            basis = np.column_stack([basis, rest / length])
    return kept


def telling_rows(columns: Floats) -> Floats:
    """How many rows tell the effect of each column beside a constant and the others, shape (k,).

    It is (sum r^2)^2 / sum r^4 of what is left of a column once the others have explained what they can: where two
    columns differ in three rows only, those three tell all, however many rows there are.
    """
    design = np.column_stack([np.ones(len(columns)), columns])
    rest = design @ np.linalg.inv(design.T @ design)[:, 1:]
    squares = rest**2
    return np.asarray(squares.sum(axis=0) ** 2 / (squares**2).sum(axis=0), dtype=np.float64)


def explained(columns: Floats) -> Floats:
    """How much of each column's variance the others explain, from 0 to 1, shape (k,)."""
    centred = columns - columns.mean(axis=0)
    squares = centred.T @ centred
    return np.asarray(1 - 1 / (np.diag(np.linalg.inv(squares)) * np.diag(squares)), dtype=np.float64)


def holm(chances: Sequence[float], error: float = 0.05) -> list[bool]:
    """Which of several effects are surely there, with one chance of error for all (Holm, 1979).

    >>> holm([0.001, 0.04, 0.03])
    [True, False, False]
    """
    order = np.argsort(chances, kind="stable")
    sure = [False] * len(chances)
    for rank, place in enumerate(order.tolist()):
        if chances[place] > error / (len(chances) - rank):
            break
        sure[place] = True
    return sure


def _effect(value: float, error: float) -> Effect:
    half = NormalDist().inv_cdf(0.975) * error
    is_nothing = error == 0 or abs(value) < _ROUNDING  # all outcomes alike: what is left is rounding
    p = 1.0 if is_nothing else math.erfc(abs(value) / error / math.sqrt(2))
    return Effect(value, error, value - half, value + half, p)
