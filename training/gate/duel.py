"""Two models on the same claims, as arrays: all that a comparison is made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from serving.decision.outcomes import REVIEW

Flags = npt.NDArray[np.bool_]


class GateError(ValueError):
    """Models that can't be compared: one line says why and what to do."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one model makes of n claims, each of shape (n,).

    Attributes:
        name: what the model is called, such as "challenger".
        version: of its bundle.
        probability: the abuse probability.
        action: code of the action that the policy takes with it (`serving.decision.outcomes.CODES`).
        cost_minor: what the action cost, by the label; 0 where there is none.
    """

    name: str
    version: str
    probability: Floats
    action: Ints
    cost_minor: Floats

    @property
    def reviewed(self) -> Flags:
        """Which claims go to a person."""
        return np.equal(self.action, REVIEW)


@dataclass(frozen=True, slots=True)
class Slicing:
    """One way to tell claims apart: its name, the values in order, and the place of each claim's, shape (n,)."""

    name: str
    values: tuple[str, ...]
    code: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """Two models on n claims in the order in which they were filed.

    Attributes:
        challenger: the model that would be put in force.
        champion: the one in force.
        abusive: 1 and 0 by labels, NaN without one, shape (n,).
        weight: what a label counts for where claims of one filing share 1, 0 without a label, shape (n,).
        claim_weight: the same where each claim counts for itself, shape (n,).
        buyer: a number for each claim's buyer, from 0, shape (n,).
        as_of_ms: when each claim was filed, shape (n,).
        slicings: ways to tell the claims apart.
        label: what the labels are, a key of `training.dataset.LABELS`.
        policy_version: of the policy that both decide by.
        currency: of the money.
    """

    challenger: Side
    champion: Side
    abusive: Floats
    weight: Floats
    claim_weight: Floats
    buyer: Ints
    as_of_ms: Ints
    slicings: tuple[Slicing, ...] = ()
    label: str = "verdict"
    policy_version: str = ""
    currency: str = ""

    def __len__(self) -> int:
        return len(self.abusive)

    @property
    def labelled(self) -> Flags:
        """Which claims have a label that counts."""
        return np.isfinite(self.abusive) & (self.weight > 0)
