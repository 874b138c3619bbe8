"""What an action comes to cost, part by part and by whom it is borne: the terms of `expected_costs`, apart.

Given probabilities these are expectations; given truths (0 and 1), what happened is priced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from serving.decision.economics import PREFERENCE
from serving.policy import Policy
from serving.words import Action

Party: TypeAlias = Literal["buyer", "merchant", "platform", "open"]
REVIEW, ADVANCE, APPROVE = range(len(PREFERENCE))  # an action's code is its place in `PREFERENCE`
CODES: Final[Mapping[Action, int]] = {action: code for code, action in enumerate(PREFERENCE)}

# Who pays for abuse that a reviewer misses depends on how that reviewer rules, so it is nobody's yet.
PARTS: Final[Mapping[str, Party]] = {
    "wrongful_denials": "buyer",
    "waiting": "buyer",
    "abuse_charged": "merchant",
    "abuse_borne": "platform",
    "abuse_advanced": "platform",
    "advances_lost": "platform",
    "advance_fees": "platform",
    "reviews": "platform",
    "abuse_missed": "open",
}
PART_WORDS: Final[Mapping[str, str]] = {
    "wrongful_denials": "honest claims refused",
    "waiting": "waiting for a person",
    "abuse_charged": "abuse charged to merchants",
    "abuse_borne": "abuse paid from its own pocket",
    "abuse_advanced": "abuse paid in advance",
    "advances_lost": "advances that don't come back",
    "advance_fees": "fees of advances",
    "reviews": "reviews",
    "abuse_missed": "abuse that reviews miss",
}


@dataclass(frozen=True, slots=True)
class Goods:
    """The category of each of n claims: distinct ids, and the place of each claim's among them, shape (n,)."""

    categories: tuple[str, ...]
    code: Ints

    @classmethod
    def of(cls, category_ids: Sequence[str]) -> Goods:
        """The categories of claims, "" where none is known."""
        places = {category: place for place, category in enumerate(dict.fromkeys(category_ids))}
        return cls(tuple(places), np.array([places[each] for each in category_ids], dtype=np.int64))

    def each(self, policy: Policy, setting: Callable[[Policy], float]) -> Floats:
        """A setting of the policy as it counts for each claim's category, shape (n,).

        >>> from serving.policy import default_policy_path, read_policy
        >>> policy = read_policy(default_policy_path())
        >>> Goods.of(["", "books", ""]).each(policy, lambda terms: terms.costs.review_cost_minor)
        array([400., 400., 400.])
        """
        values = [setting(policy.for_category(category)) for category in self.categories]
        return np.asarray(np.array(values, dtype=np.float64)[self.code])


def cost_parts(
    policy: Policy,
    *,
    goods: Goods,
    action: Ints,
    charged: npt.NDArray[np.bool_],
    amount_minor: Ints,
    abusive: Floats,
    back: Floats,
) -> dict[str, Floats]:
    """What the actions on n claims cost, by the names of `PARTS`; minor units, each of shape (n,).

    A merchant's money counts as what it is: `weighed` gives it the policy's weight.

    Args:
        policy: whose prices count, those for a claim's category where it has some.
        goods: the claims' categories.
        action: codes, places in `PREFERENCE`.
        charged: whether an approval is charged to the merchant.
        amount_minor: what is asked for.
        abusive: P(the claim is abusive), or 0 and 1 where that is known.
        back: P(an advance on an honest claim comes back).
    """
    review = policy.review
    honest = 1 - abusive
    reviewed, advanced, approved = (np.equal(action, code).astype(np.float64) for code in (REVIEW, ADVANCE, APPROVE))
    lost = abusive * amount_minor
    return {
        "wrongful_denials": reviewed * honest * (1 - review.specificity) * goods.each(policy, _denial),
        "waiting": reviewed * honest * goods.each(policy, _delay),
        "abuse_charged": approved * np.where(charged, lost, 0.0),
        "abuse_borne": approved * np.where(charged, 0.0, lost),
        "abuse_advanced": advanced * lost,
        "advances_lost": advanced * honest * (1 - back) * amount_minor,
        "advance_fees": advanced * goods.each(policy, _fee),
        "reviews": reviewed * goods.each(policy, _review),
        "abuse_missed": reviewed * lost * (1 - review.sensitivity),
    }


def weighed(parts: Mapping[str, Floats], policy: Policy, goods: Goods) -> Floats:
    """The sum of the parts as decisions weigh it: the merchant's part by `merchant_loss_weight`; shape (n,)."""
    weights = {"abuse_charged": goods.each(policy, _weight)}
    return np.asarray(sum(part * weights.get(name, 1.0) for name, part in parts.items()), dtype=np.float64)


def _denial(terms: Policy) -> float:
    return terms.costs.wrongful_denial_cost_minor


def _delay(terms: Policy) -> float:
    return terms.costs.delay_cost_minor


def _fee(terms: Policy) -> float:
    return terms.costs.advance_fee_minor


def _review(terms: Policy) -> float:
    return terms.costs.review_cost_minor


def _weight(terms: Policy) -> float:
    return terms.costs.merchant_loss_weight
