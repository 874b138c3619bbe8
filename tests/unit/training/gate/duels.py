"""Duels drawn by a rule, without any training: claims whose true probability is known, and what a model makes of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from features.arrays import Floats
from serving.decision.outcomes import APPROVE, REVIEW
from training.gate.comparing import Comparison, compare
from training.gate.duel import Duel, Side, Slicing

CLAIMS = 3_000
BUYERS = 1_200
AMOUNT = 10_000
REVIEW_COST = 400
THRESHOLD = REVIEW_COST / AMOUNT  # of the probability, above which a look costs less than it saves
ROUNDS = 80


def truth_of(seed: int = 3, claims: int = CLAIMS) -> Floats:
    """The claims' true probabilities: 15 % on average, most of them low."""
    return np.random.default_rng(seed).beta(0.6, 3.4, claims).clip(0.004, 0.99)


def side_of(duel: Duel, probability: Floats, name: str = "challenger", **changed: Any) -> Side:
    """What a model with these probabilities does: a review finds all abuse, an approval pays it."""
    action = np.where(probability > THRESHOLD, REVIEW, APPROVE)
    cost = np.where(action == REVIEW, REVIEW_COST, duel.abusive * AMOUNT)
    return replace(Side(name, f"{name}-1", probability, action, cost.astype(np.float64)), **changed)


@cache
def drawn_duel(seed: int = 3, claims: int = CLAIMS) -> Duel:
    """A champion that knows the true probabilities, and the same model as its challenger."""
    random = np.random.default_rng(seed + 100)
    truth = truth_of(seed, claims)
    blank = Side("", "", truth, np.zeros(claims, dtype=np.int64), np.zeros(claims))
    duel = Duel(
        challenger=blank,
        champion=blank,
        abusive=(random.random(claims) < truth).astype(np.float64),
        weight=np.ones(claims),
        claim_weight=np.ones(claims),
        buyer=random.integers(0, BUYERS, claims),
        as_of_ms=np.arange(claims, dtype=np.int64),
        slicings=(
            Slicing("category", ("wide", "narrow", "rare"), np.digitize(random.random(claims), [0.9, 0.995])),
            Slicing("buyer", ("new", "known"), random.integers(0, 2, claims)),
        ),
        currency="EUR",
    )
    champion = side_of(duel, truth, "champion")
    return replace(duel, champion=champion, challenger=replace(champion, name="challenger", version="challenger-1"))


def challenged(duel: Duel, probability: Floats, **changed: Any) -> Duel:
    """The same claims with another challenger."""
    return replace(duel, challenger=side_of(duel, probability, **changed))


def compared(duel: Duel) -> Comparison:
    """Both side by side, with fewer draws than are usual."""
    return compare(duel, ROUNDS)
