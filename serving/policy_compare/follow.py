"""The queue's price found anew: what a place would have cost, had this policy decided all along."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from serving.decision import Decision, Demand, Price, Queue, RecentClaims, gain_of, judge, recent_since_ms
from serving.decision.capacity import MS_PER_HOUR, day_began_ms
from serving.policy import Policy
from serving.policy_compare.past import PastCase

LOOKED_AT_EVERY_MS: Final = MS_PER_HOUR  # the recent claims; the price itself is asked for each claim


class FollowedPrice:
    """Judges past claims in the order in which they came, each at the price that those before it lead to.

    Reviews above a day's capacity wait, and take places of the days after. Judging begins with no recent claims, so the
    price of the first days is found on few.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._at_ms: list[int] = []
        self._gains: list[float] = []
        self._demand: Demand | None = None
        self._price: Price | None = None
        self._day_ms = self._looked_ms = -1
        self._claims_today = self._reviews_today = self._waiting = 0

    def judge(self, past: PastCase) -> Decision:
        """The decision on the next claim."""
        now_ms = past.case.facts.as_of_ms
        self._begin_day(now_ms)
        queue = Queue(claims_today=self._claims_today, reviews_today=self._reviews_today, waiting=self._waiting)
        self._price = self._demand_at(now_ms).price(self._policy, queue, now_ms, self._price)
        decision = judge(replace(past.case, capacity_price_minor=self._price.price_minor), self._policy)
        self._at_ms.append(now_ms)
        self._gains.append(gain_of(decision))
        self._claims_today += 1
        self._reviews_today += decision.action == "manual_review"
        return decision

    def _begin_day(self, now_ms: int) -> None:
        day_ms = day_began_ms(self._policy, now_ms)
        if day_ms <= self._day_ms:
            return
        capacity = self._policy.review.capacity_per_day
        days = 1 if self._day_ms < 0 else max(round((day_ms - self._day_ms) / (24 * MS_PER_HOUR)), 1)
        if capacity is not None:
            self._waiting = max(self._waiting + self._reviews_today - days * capacity, 0)
        self._day_ms, self._claims_today, self._reviews_today = day_ms, 0, 0
        since_ms = recent_since_ms(self._policy, now_ms)
        recent = next((place for place, at_ms in enumerate(self._at_ms) if at_ms >= since_ms), len(self._at_ms))
        del self._at_ms[:recent], self._gains[:recent]

    def _demand_at(self, now_ms: int) -> Demand:
        if self._demand is None or now_ms - self._looked_ms >= LOOKED_AT_EVERY_MS:
            recent = RecentClaims(np.array(self._at_ms, dtype=np.int64), np.array(self._gains, dtype=np.float64))
            self._demand, self._looked_ms = Demand.of(recent, self._policy, now_ms), now_ms
        return self._demand
