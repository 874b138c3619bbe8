"""The reviewers' places: so many a day, first come, first served, whoever decides.

Reviewers can stretch a day by a tenth, but what they take beyond its places is taken from those of the next. A claim
that is sent to a person when there is no place at all falls to the cheapest thing that a machine may do. Where only a
person may decide, it gets one all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from features.spans import DAY_MS
from serving.decision import Action, ClaimFacts, Decision, Queue, find_authority
from serving.decision.capacity import day_began_ms
from serving.policy import Policy

STRETCHED: Final = 1.1


@dataclass(frozen=True, slots=True)
class Given:
    """What was done with a claim in the end, and whether its merchant is charged for it at once."""

    action: Action
    charges_merchant: bool


class Places:
    """Counts the claims and reviews of the policy's days, and gives places while there are any."""

    def __init__(self, policy: Policy) -> None:
        capacity = policy.review.capacity_per_day
        self._capacity = math.inf if capacity is None else capacity
        self._most = math.floor(STRETCHED * self._capacity) if capacity is not None else math.inf
        self._policy = policy
        self._began_ms: int | None = None
        self._claims = self._taken = 0.0

    def queue(self, now_ms: int) -> Queue:
        """The queue as a claim finds it. The places that the day before took from today's count as taken."""
        began_ms = day_began_ms(self._policy, now_ms)
        if began_ms != self._began_ms:
            days = 1 if self._began_ms is None else max(round((began_ms - self._began_ms) / DAY_MS), 1)
            self._taken = max(self._taken - days * self._capacity, 0)
            self._began_ms, self._claims = began_ms, 0
        return Queue(claims_today=int(self._claims), reviews_today=int(self._taken))

    def give(self, facts: ClaimFacts, decision: Decision) -> Given:
        """Do what was decided if there is a place for it, and else the next cheapest thing."""
        action = decision.action
        if action == "manual_review" and self._taken + 1 > self._most and decision.runner_up is not None:
            action = decision.runner_up
        self._claims += 1
        self._taken += action == "manual_review"
        return Given(action, action == "auto_approve" and find_authority(facts, self._policy) is not None)
