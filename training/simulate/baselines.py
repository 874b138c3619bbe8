"""What a policy must beat, each within the same places: judges that know less, or reckon worse, and one that knows all.

A claim that a judge sends to no person gets the machine's answer: an approval where there is an authority to charge the
merchant or the platform bears it, and an advance elsewhere. Whom only a person may decide goes to one, whoever judges.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from serving.decision import ClaimFacts, Decision, Queue, decide, gain_of
from serving.decision.economics import cheapest
from serving.policy import Policy
from training.simulate.auditing import UNKNOWN
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.day import Day
from training.simulate.in_turn import FiledClaims
from training.simulate.sight import NO_SCORES, Sight

NEVER_REVIEWED: Final = 0.0  # the probability at which the machine's answer is an approval wherever it may be


class ApproveAll:
    """Sends nobody to a person who needn't go to one."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def watch(self, day: Day, claims: Claims, consents: Flags) -> None:
        """It learns nothing."""

    def begin(self, events: pa.Table, filed: FiledClaims) -> None:
        """It looks at nothing."""

    def judge(self, row: int, facts: ClaimFacts, queue: Queue) -> Decision:  # noqa: ARG002 - all alike
        """The machine's answer."""
        return sent(decide(facts, NEVER_REVIEWED, self._policy), to_a_person=False)

    def earlier_claims(self, row: int) -> float:  # noqa: ARG002 - it never looks
        """It can't tell."""
        return UNKNOWN


class ReviewRandom(ApproveAll):
    """Sends a random share of the claims to a person."""

    def __init__(self, policy: Policy, config: SimulationConfig, share: float) -> None:
        super().__init__(policy)
        self._dice, self._share = config.dice("random reviews"), share
        self._chosen: Flags = np.zeros(0, dtype=np.bool_)

    def begin(self, events: pa.Table, filed: FiledClaims) -> None:  # noqa: ARG002 - whatever they are
        """Draw lots."""
        self._chosen = self._dice.happens("reviewed", filed.truth.order, self._share)

    def judge(self, row: int, facts: ClaimFacts, queue: Queue) -> Decision:  # noqa: ARG002 - blindly
        """A person if the lot fell so."""
        return sent(decide(facts, NEVER_REVIEWED, self._policy), to_a_person=bool(self._chosen[row]))


class _Scored(ApproveAll):
    """Judges by the abuse probabilities of a model."""

    def __init__(self, policy: Policy, seen: Sight) -> None:
        super().__init__(policy)
        self._sight = seen
        self._scores = NO_SCORES

    def watch(self, day: Day, claims: Claims, consents: Flags) -> None:  # noqa: ARG002 - events will do
        """Keep the day for its history."""
        self._sight.look_on(day)

    def begin(self, events: pa.Table, filed: FiledClaims) -> None:
        """Score the day's claims."""
        self._sight.keep(events)
        self._scores = self._sight.see(filed.events)


class SingleThreshold(_Scored):
    """Sends to a person whose abuse probability reaches a threshold, and no others."""

    def __init__(self, policy: Policy, seen: Sight, threshold: float) -> None:
        super().__init__(policy, seen)
        self._threshold = threshold

    def judge(self, row: int, facts: ClaimFacts, queue: Queue) -> Decision:  # noqa: ARG002 - full or not
        """A person from the threshold on."""
        abuse, _ = self._scores.of(row)
        return sent(decide(facts, NEVER_REVIEWED, self._policy), to_a_person=abuse >= self._threshold)


class MinimumRisk(_Scored):
    """The least expected cost of each claim by itself, as if reviewers had no end (Bayes minimum risk)."""

    def judge(self, row: int, facts: ClaimFacts, queue: Queue) -> Decision:  # noqa: ARG002 - full or not
        """The policy's decision at no price."""
        abuse, recovery = self._scores.of(row)
        return decide(facts, abuse, self._policy, recovery, capacity_price_minor=0.0)


class Oracle(ApproveAll):
    """Sees the truth, and the whole day before it begins: the day's places go to what gains most by them.

    Reviewers err for it as for others, and it believes of them, and of advances that come back, what the policy does.
    The policy's day must be the simulation's, which is UTC's.

    Raises:
        ValueError: if it isn't.
    """

    def __init__(self, policy: Policy) -> None:
        if policy.time_zone != "UTC":
            raise ValueError(f"time_zone is {policy.time_zone!r}; the oracle's day is the simulation's: use 'UTC'")
        super().__init__(policy)
        self._decisions: list[Decision] = []

    def begin(self, events: pa.Table, filed: FiledClaims) -> None:  # noqa: ARG002 - it sees what is behind them
        """Give the day's places to the claims that gain most."""
        known = zip(filed.facts, filed.truth.abusive.tolist(), strict=True)
        decisions = [decide(facts, float(abusive), self._policy, capacity_price_minor=0.0) for facts, abusive in known]
        gains = np.array([gain_of(decision) for decision in decisions])
        places = self._policy.review.capacity_per_day or len(gains)
        chosen = np.zeros(len(gains), dtype=np.bool_)
        chosen[np.argsort(-gains, kind="stable")[:places]] = True
        self._decisions = [
            sent(decision, to_a_person=bool(may) and gain >= 0)
            for decision, may, gain in zip(decisions, chosen, gains, strict=True)
        ]

    def judge(self, row: int, facts: ClaimFacts, queue: Queue) -> Decision:  # noqa: ARG002 - decided already
        """What was decided as the day began."""
        return self._decisions[row]


def sent(decision: Decision, *, to_a_person: bool) -> Decision:
    """The same decision with a review in the place of its action, or with the cheapest other action in its place.

    Where nothing but a person is left, it stays with one.
    """
    available = tuple(cost.action for cost in decision.costs if cost.available)
    costs = {cost.action: cost.expected_cost_minor or 0.0 for cost in decision.costs}
    machine = tuple(action for action in available if action != "manual_review")
    if not machine:
        return decision
    other = cheapest(costs, machine)
    if to_a_person and "manual_review" in available:
        return replace(decision, action="manual_review", runner_up=other)
    return replace(decision, action=other, runner_up=None)
