"""A claim judged: what rules ask for, and the decision. The service, the simulator and every comparison of policies
judge through this one function, so that they can't differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.arrays import Floats
from serving.decision.choosing import Decision, decide
from serving.decision.effects import NO_EFFECTS
from serving.decision.facts import ClaimFacts
from serving.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a policy judges a claim by.

    Attributes:
        facts: the claim and its order.
        vector: the catalogue's columns as the service logs them, float64, shape (columns,), NaN for missing; None where
            the history couldn't be asked.
        abuse_probability: calibrated; None where nobody could tell, which leads to a person.
        recovery_probability: calibrated; None for the policy's default.
        capacity_price_minor: what a place in the reviewers' queue costs at the moment; None for the policy's lowest.
        lists: names of the policy's lists that the claim's buyer, merchant or pictures are on.
    """

    facts: ClaimFacts
    vector: Floats | None
    abuse_probability: float | None
    recovery_probability: float | None = None
    capacity_price_minor: float | None = None
    lists: frozenset[str] = frozenset()


def judge(case: Case, policy: Policy) -> Decision:
    """The decision of a policy on a case.

    Raises:
        ValueError: a probability is NaN or outside 0 to 1.
    """
    return decide(
        case.facts,
        case.abuse_probability,
        policy,
        case.recovery_probability,
        capacity_price_minor=case.capacity_price_minor,
        effects=NO_EFFECTS,
    )
