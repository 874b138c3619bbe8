"""Capacity as a price: what a place in the reviewers' queue costs now.

Reviewers have so many places a day. A claim is reviewed when its gain (`Decision.review_gain_minor`: what a review
saves against the cheapest other action) is at least the price of a place. So the price is set such that the reviews
which the rest of the day is expected to ask for fit what is left of the day's places. When claims flood in it rises,
the cheapest mistakes are released first, and the dearest are still reviewed; when few come it falls to its lowest.

    expected claims    from the pace of the recent days over a day, corrected by today's pace
    expected reviews   of these, the share whose gain was at least the price, among the recent claims
    places left        the day's capacity without today's reviews, and without what waits beyond the tolerated queue

Days are those of the policy's time zone. `Demand.of` looks at the recent claims once; `Demand.price` is asked as often
as there are claims, and takes microseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from features.arrays import Floats, Ints
from serving.decision.choosing import Decision
from serving.policy import Policy, Review

MS_PER_HOUR: Final = 3_600_000
MS_PER_MINUTE: Final = 60_000
# Today's pace counts for as much as the recent days' once so many claims, and such a share of a usual day's, are due.
TRUSTED_CLAIMS: Final = 20
TRUSTED_SHARE: Final = 1 / 12
MOST_TIMES_THE_PACE: Final = 10.0  # and at least a tenth of it


@dataclass(frozen=True, slots=True)
class RecentClaims:
    """The claims filed since `recent_since_ms`: when, milliseconds UTC, and the gain of reviewing each, shape (n,).

    Gains are those of `gain_of`.

    Raises:
        ValueError: the two differ in length, or a gain is NaN.
    """

    at_ms: Ints
    gains_minor: Floats

    def __post_init__(self) -> None:
        if self.at_ms.shape != self.gains_minor.shape or self.at_ms.ndim != 1:
            raise ValueError(f"{len(self.at_ms)} moments and {len(self.gains_minor)} gains; give one of each per claim")
        if np.isnan(self.gains_minor).any():
            raise ValueError("a gain is NaN; give those of gain_of")

    def __len__(self) -> int:
        return len(self.at_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The reviewers' queue now: how many claims came today, how many of them were sent to a person, and how many claims
    wait for one, of whatever day. Today is the policy's day.
    """

    claims_today: int = 0
    reviews_today: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a place costs from a moment on, and what it was made from. Money is minor units.

    Attributes:
        at_ms: the moment, milliseconds UTC.
        price_minor: what a place costs.
        target_minor: what it moves towards: the smallest price at which the expected reviews fit.
        places_left: what is left of the day's capacity; None where there is no limit.
        expected_claims: how many claims are expected in the rest of the day.
        expected_reviews: how many of them would be reviewed at the target.
        recent_claims: how many claims it was found on.
    """

    at_ms: int
    price_minor: float
    target_minor: float
    places_left: float | None
    expected_claims: float
    expected_reviews: float
    recent_claims: int


@dataclass(frozen=True, slots=True)
class Demand:
    """How many claims a day brings, when, and what reviewing them gains: from the recent claims. Made by `of`.

    Attributes:
        gains_minor: of all recent claims, in order.
        times_ms: time of day of the claims of whole recent days, in order, milliseconds since midnight.
        days: how many whole days these are.
        pace: claims per millisecond, for as long as there is no whole day.
    """

    gains_minor: Floats
    times_ms: Ints
    days: int
    pace: float

    @classmethod
    def of(cls, recent: RecentClaims, policy: Policy, now_ms: int) -> Demand:
        """The demand of the policy's recent days, and of today until now; what lies outside them doesn't count.

        The first day is left out of the pace where claims began within the recent days, for it was not a whole one.
        """
        midnights = _midnights(policy.zone, now_ms, policy.review.recent_days)
        inside = (recent.at_ms >= midnights[0]) & (recent.at_ms < now_ms)
        at_ms, gains = np.sort(recent.at_ms[inside]), np.sort(recent.gains_minor[inside])
        day = np.searchsorted(midnights, at_ms, side="right") - 1
        today = len(midnights) - 1
        first = int(day[0]) + (day[0] > 0) if len(at_ms) else today
        whole = (day >= first) & (day < today)
        since_ms = now_ms - int(at_ms[0]) if len(at_ms) else 0
        return cls(
            gains_minor=gains,
            times_ms=np.sort((at_ms - midnights[day])[whole]),
            days=max(today - first, 0),
            pace=len(at_ms) / max(since_ms, MS_PER_HOUR),
        )

    def rest_of_day(self, policy: Policy, now_ms: int, claims_today: int) -> float:
        """How many claims are expected from now to midnight."""
        midnight_ms, next_ms = _day_around(policy.zone, now_ms)
        if self.days == 0:
            return self.pace * (next_ms - now_ms)
        so_far = np.searchsorted(self.times_ms, now_ms - midnight_ms, side="left")
        due, rest = so_far / self.days, (len(self.times_ms) - so_far) / self.days
        trusted = TRUSTED_CLAIMS + TRUSTED_SHARE * (due + rest)
        times_the_pace = (claims_today + trusted) / (due + trusted)
        return float(rest * min(max(times_the_pace, 1 / MOST_TIMES_THE_PACE), MOST_TIMES_THE_PACE))

    def expected_reviews(self, price_minor: float, expected_claims: float) -> float:
        """How many of so many claims are expected to gain at least a price."""
        count = len(self.gains_minor)
        reviewed = count - np.searchsorted(self.gains_minor, price_minor, side="left")
        return expected_claims * float(reviewed) / max(count, 1)

    def price(self, policy: Policy, queue: Queue, now_ms: int, before: Price | None = None) -> Price:
        """What a place costs from now on: `fitting_price`, which the price before moves towards (`follow`).

        Args:
            policy: its zone, and `[review]`.
            queue: the queue now.
            now_ms: now; if the clock went back, the price stays where it was.
            before: the price until now. A new day has its places again, so it begins at the price that fits; and when
                they are gone, the highest price holds at once.
        """
        expected = self.rest_of_day(policy, now_ms, queue.claims_today)
        places = places_left(policy.review, queue)
        target = fitting_price(self.gains_minor, expected, places, policy.review)
        price = target
        gone = places is not None and places <= 0
        if before is not None and not gone and before.at_ms >= _day_around(policy.zone, now_ms)[0]:
            price = follow(before.price_minor, target, now_ms - before.at_ms, policy.review)
        return Price(
            at_ms=now_ms,
            price_minor=price,
            target_minor=target,
            places_left=places,
            expected_claims=expected,
            expected_reviews=self.expected_reviews(target, expected),
            recent_claims=len(self.gains_minor),
        )


def gain_of(decision: Decision) -> float:
    """What reviewing a claim gains: without bound where only a person may decide, and none where no person may."""
    if decision.review_gain_minor is not None:
        return decision.review_gain_minor
    return math.inf if decision.action == "manual_review" else -math.inf


def places_left(review: Review, queue: Queue) -> float | None:
    """How many more claims may be sent to a person today; below zero if too many were. None without a capacity.

    What waits beyond the tolerated queue has to be worked off first, and takes its places.
    """
    if review.capacity_per_day is None:
        return None
    too_many = max(queue.waiting - review.tolerated_queue_days * review.capacity_per_day, 0.0)
    return review.capacity_per_day - queue.reviews_today - too_many


def fitting_price(gains_minor: Floats, expected_claims: float, places: float | None, review: Review) -> float:
    """The smallest price within the policy's bounds at which the expected reviews fit the places left.

    Where no place is left it is the highest: what gains more is reviewed all the same, as is what only a person may
    decide. Of claims with equal gains all are reviewed or none.

    Args:
        gains_minor: of recent claims, shape (n,), in order.
        expected_claims: how many more claims are expected today.
        places: how many of them may be reviewed; None for any number.
        review: the policy's bounds.

    >>> from serving.policy import Review
    >>> fitting_price(np.array([100.0, 500.0, 700.0, 900.0]), 8, 4, Review(sensitivity=0.9, specificity=0.9))
    500.00000000000006
    """
    lowest, highest = float(review.lowest_price_minor), float(review.highest_price_minor)
    if places is None:
        return lowest
    if places <= 0:
        return highest
    count = len(gains_minor)
    # Of as many claims as were recent; a hair more, lest rounding shut out the one that just fits.
    fitting = math.inf if expected_claims <= 0 else places * count / expected_claims * (1 + 1e-12)
    if fitting >= count:
        return lowest
    just_above = float(np.nextafter(gains_minor[count - 1 - int(fitting)], np.inf))
    return min(max(just_above, lowest), highest)


def follow(price_minor: float, target_minor: float, elapsed_ms: int, review: Review) -> float:
    """The price that moves from where it was towards a target, half of the way in the policy's half-life.

    Without a half-life it is at once there; a clock that went back moves nothing. It stays within the policy's bounds.

    >>> from serving.policy import Review
    >>> follow(100.0, 300.0, 5 * MS_PER_MINUTE, Review(sensitivity=0.9, specificity=0.9, half_life_minutes=5.0))
    200.0
    """
    half_life_ms = review.half_life_minutes * MS_PER_MINUTE
    left = 0.5 ** (max(elapsed_ms, 0) / half_life_ms) if half_life_ms > 0 else 0.0
    price = target_minor + (price_minor - target_minor) * left
    return min(max(price, float(review.lowest_price_minor)), float(review.highest_price_minor))


def recent_since_ms(policy: Policy, now_ms: int) -> int:
    """From when on claims are recent: the midnight that began the first of the policy's recent days."""
    return int(_midnights(policy.zone, now_ms, policy.review.recent_days)[0])


def day_began_ms(policy: Policy, now_ms: int) -> int:
    """The midnight that began the policy's today, milliseconds UTC."""
    return _day_around(policy.zone, now_ms)[0]


def _day_around(zone: ZoneInfo, now_ms: int) -> tuple[int, int]:
    """The midnights before and after a moment. A day of the clock's change has 23 or 25 hours."""
    return _day_around_minute(zone, now_ms // MS_PER_MINUTE * MS_PER_MINUTE)


@lru_cache(maxsize=64)
def _day_around_minute(zone: ZoneInfo, now_ms: int) -> tuple[int, int]:
    # asked for every claim, and days begin with whole minutes
    today = datetime.fromtimestamp(now_ms // 1000, UTC).astimezone(zone).date()
    return _midnight_ms(zone, today), _midnight_ms(zone, today + timedelta(days=1))


def _midnights(zone: ZoneInfo, now_ms: int, days: int) -> Ints:
    """The midnights that began some days before today, and today."""
    today = datetime.fromtimestamp(now_ms // 1000, UTC).astimezone(zone).date()
    return np.array([_midnight_ms(zone, today - timedelta(days=ago)) for ago in range(days, -1, -1)], dtype=np.int64)


def _midnight_ms(zone: ZoneInfo, day: date) -> int:
    return int(datetime.combine(day, time(), zone).timestamp()) * 1000
