"""A policy and a model in the place of the old rule: the closed loop, in which decisions change what comes after them.

It goes by days. A day's events are added to the history of a store, and the claims among them get the scores that a
service would have given them at their moments. Then the claims are decided in the order in which they came, by the
service's own functions, at the price that a place in the reviewers' queue has by then. Buyers get their answers at
once, but these go on record at the close of the day: so no claim is judged on answers of its own day, which a service
that answers one claim after the other would see.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import pyarrow as pa

from features.plan import Plan
from serving.bundle import Bundle
from serving.decision import (
    Case,
    ClaimFacts,
    Decision,
    Demand,
    Price,
    Queue,
    RecentClaims,
    gain_of,
    judge,
    recent_since_ms,
)
from serving.decision.audit import EARLIER_CLAIMS
from serving.decision.capacity import MS_PER_HOUR
from serving.policy import Policy
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.day import Day
from training.simulate.in_turn import FiledClaims, InTurn, LoopConfig, filed_claims
from training.simulate.sight import NO_SCORES, Sight, sight

__all__ = ["LoopConfig", "PolicyJudge", "policy_decider"]

DEMAND_KEPT_MS: Final = MS_PER_HOUR  # after which recent claims are looked at again


class PolicyJudge:
    """Decides by a policy and a model, at the price that a place in the reviewers' queue has.

    During the policy's recent days before its first one it looks on, so that it begins with a price.
    """

    def __init__(self, policy: Policy, seen: Sight, first_day: int) -> None:
        self._policy, self._sight = policy, seen
        self._looks_on_from = first_day - policy.review.recent_days - 1
        self._looked_on: list[FiledClaims] = []
        self._scores = NO_SCORES
        self._earlier_claims_at = seen.names.index(EARLIER_CLAIMS)
        self._at_ms: list[int] = []
        self._gains_minor: list[float] = []
        self._demand: Demand | None = None
        self._demand_at_ms = 0
        self.price: Price | None = None

    def watch(self, day: Day, claims: Claims, consents: Flags) -> None:
        """Keep the day for its history, and the last ones for their claims."""
        self._sight.look_on(day)
        if day.number >= self._looks_on_from:
            self._looked_on.append(filed_claims(day.events(), claims, consents, np.zeros(len(claims), dtype=np.bool_)))

    def begin(self, events: pa.Table, filed: FiledClaims) -> None:
        """Score the day's claims."""
        self._sight.keep(events)
        for earlier in self._looked_on:
            self._scores = self._sight.see(earlier.events)
            for row, facts in enumerate(earlier.facts):
                self._note(facts, self._decide(row, facts, None))
        self._looked_on.clear()
        self._scores = self._sight.see(filed.events)

    def judge(self, row: int, facts: ClaimFacts, queue: Queue) -> Decision:
        """The policy's decision, at the price of this moment."""
        self.price = self._demand_of(facts.as_of_ms).price(self._policy, queue, facts.as_of_ms, self.price)
        decision = self._decide(row, facts, self.price.price_minor)
        self._note(facts, decision)
        return decision

    def earlier_claims(self, row: int) -> float:
        """As the service reads it from the claim's vector."""
        return float(self._scores.vectors[row, self._earlier_claims_at])

    def _decide(self, row: int, facts: ClaimFacts, price_minor: float | None) -> Decision:
        abuse, recovery = self._scores.of(row)
        case = Case(
            facts=facts,
            vector=self._scores.vectors[row],
            abuse_probability=abuse,
            recovery_probability=recovery,
            capacity_price_minor=price_minor,
        )
        return judge(case, self._policy)

    def _note(self, facts: ClaimFacts, decision: Decision) -> None:
        self._at_ms.append(facts.as_of_ms)
        self._gains_minor.append(gain_of(decision))

    def _demand_of(self, now_ms: int) -> Demand:
        if self._demand is None or now_ms >= self._demand_at_ms + DEMAND_KEPT_MS:
            since = int(np.searchsorted(self._at_ms, recent_since_ms(self._policy, now_ms)))
            del self._at_ms[:since], self._gains_minor[:since]
            recent = RecentClaims(np.array(self._at_ms, dtype=np.int64), np.array(self._gains_minor, dtype=np.float64))
            self._demand, self._demand_at_ms = Demand.of(recent, self._policy, now_ms), now_ms
        return self._demand


@contextmanager
def policy_decider(
    config: SimulationConfig, loop: LoopConfig, policy: Policy, bundle: Bundle, plan: Plan
) -> Iterator[InTurn]:
    """A decider with a history of its own, which is forgotten at the end.

    Raises:
        BundleError: if the model was trained on another catalogue of features.
    """
    with sight(bundle, plan) as seen:
        yield InTurn(config, loop, policy, PolicyJudge(policy, seen, loop.from_day))
