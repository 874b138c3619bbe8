"""The table of audits: which automatic approvals are looked at after the fact, how often, and at what expense."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, TypeAlias

from pydantic import Field, model_validator

from serving.policy.parts import Minor, PolicyPart

Factor: TypeAlias = Annotated[float, Field(gt=0, le=1000)]


class Audits(PolicyPart):
    """A random share of automatic approvals is checked after the fact; the buyer never waits for it. Without a share
    nothing is.

    The share is multiplied by a factor for the amount (one more than there are edges; an amount at an edge belongs
    above it), and by one for buyers of whom little is known: at most `novel_up_to_claims` claims before this one. Where
    that would make more than `budget_per_day` audits, the shares of all are cut before the draw, never below
    `least_share`: an approval without a chance of an audit stands for nobody, and no weight could make up for it.

    An audit should be answered within `answer_days`.

    `seed` keys the draw: whoever has it can check each one, and whoever has it can foresee each one.
    """

    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    least_share: Annotated[float, Field(ge=1e-6, le=1)] = 0.001
    budget_per_day: Annotated[int, Field(ge=1, le=10_000_000)] = 50
    recent_days: Annotated[int, Field(ge=1, le=90)] = 7
    # A file's list is no tuple, which strict mode would refuse.
    amount_edges_minor: Annotated[tuple[Minor, ...], Field(strict=False, max_length=20)] = ()
    amount_factors: Annotated[tuple[Factor, ...], Field(strict=False, max_length=21)] = (1.0,)
    novel_up_to_claims: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    novel_factor: Factor = 1.0
    answer_days: Annotated[int, Field(ge=1, le=90)] = 7
    seed: Annotated[str, Field(min_length=1, max_length=200)] = "clearclaim"

    @model_validator(mode="after")
    def _fits_together(self) -> Audits:
        if len(self.amount_factors) != len(self.amount_edges_minor) + 1:
            raise ValueError("amount_factors needs one factor more than amount_edges_minor has edges; add or drop one")
        if any(lower >= upper for lower, upper in pairwise(self.amount_edges_minor)):
            raise ValueError("amount_edges_minor must rise from edge to edge; sort them")
        if 0 < self.share < self.least_share:
            raise ValueError("least_share is above share; lower it, or set share to 0 for no audits")
        return self
