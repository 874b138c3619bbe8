"""Who answers: the rated claims beside all, and what the share would be if all kinds of claim had answered alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from serving.insight.feedback.answered import Answered, Flags
from serving.insight.feedback.satisfaction import SATISFIED_FROM
from serving.insight.rates import Z95

KINDS: Final = ("denied", "by_person", "over_24h", "returned")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of claim (one of `KINDS`): its share of all answered claims, and of the rated ones."""

    name: str
    of_all: float
    of_rated: float


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """How far those who rate stand for all.

    Attributes:
        claims, rated: answered claims, and those of them that were rated.
        kinds: how both differ.
        share, low, high, mean: the share of the satisfied with its interval (95 %), and the mean rating, each cell of
            outcome and wait counted as often as there are claims in it. None without ratings.
        covered: the share of the claims that lie in a cell in which somebody rated.
    """

    claims: int
    rated: int
    kinds: tuple[Kind, ...]
    share: float | None
    low: float | None
    high: float | None
    mean: float | None
    covered: float


def who_answers(answered: Answered) -> WhoAnswers:
    """Weigh the ratings by the inverse of the response rate in each cell of outcome and wait (post-stratification).

    It corrects for who answers as far as outcome and wait explain it. That the angry answer more than the content who
    lived through the same, no figures can tell.
    """
    is_rated = answered.is_rated
    kinds = tuple(
        Kind(name, float(flags.mean()), float(flags[is_rated].mean()))
        for name, flags in _kinds(answered).items()
        if is_rated.any()
    )
    plain = WhoAnswers(len(answered), int(is_rated.sum()), kinds, None, None, None, None, 0.0)
    if not is_rated.any():
        return plain
    cells = np.unique(
        np.char.add(answered.words["outcome"].astype(str), answered.words["wait"].astype(str)), return_inverse=True
    )[1]
    claims, rated = np.bincount(cells), np.bincount(cells, is_rated)
    told = rated > 0
    weight = np.where(told, claims, 0) / claims[told].sum()
    count = np.maximum(rated, 1)
    satisfied = np.bincount(cells, answered.rating >= SATISFIED_FROM)
    share = float((weight * satisfied / count).sum())
    guess = (satisfied + 1) / (count + 2)  # so that a cell in which all say the same is no certainty
    half = Z95 * math.sqrt(float((weight**2 * guess * (1 - guess) / count).sum()))
    return WhoAnswers(
        plain.claims, plain.rated, kinds, share, max(0.0, share - half), min(1.0, share + half),
        mean=float((weight * np.bincount(cells, answered.rating) / count).sum()),
        covered=float(claims[told].sum() / claims.sum()),
    )  # fmt: skip


def _kinds(answered: Answered) -> dict[str, Flags]:
    found: dict[str, Flags] = {
        "denied": answered.denied,
        "by_person": answered.words["action"] == "manual_review",
        "over_24h": answered.hours > 24,
        "returned": answered.returned,
    }
    return {name: found[name] for name in KINDS}
