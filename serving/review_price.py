"""The price of a review, live: found on the ledger's recent claims, following the queue, logged where it changes.

The ledger is asked again every few seconds; in between, a service counts its own decisions, so that most claims cost no
statement. Several services on one store read the same ledger and go on from the price that any of them logged last, so
they agree as far as a few seconds allow. Moments are those of claims and never of a clock of its own, so that recorded
claims can be played.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

import sqlalchemy as sa

from features.definition.window import MS_PER_DAY
from serving.decision import NO_LOAD, AuditLoad, Demand, Price, Queue, recent_since_ms
from serving.decision.capacity import day_began_ms
from serving.ledger import REVIEW_PRICE, LedgerEntry, count_open_reviews
from serving.policy import Policy
from serving.recent_decisions import RecentDecisions

# How far several services may disagree, against statements per claim: at ten claims a second, one in fifty asks.
REFRESH_MS: Final = 5_000
# Counting who waits takes a look at each review of a month, and changes slowly.
WAITING_MS: Final = 60_000
# A claim that nobody ruled on for so long isn't in the reviewers' queue any more.
WAITING_DAYS: Final = 30
# Gains of recent claims are sorted anew once they have grown by this share, or after this time.
GROWN_SHARE: Final = 0.02
DEMAND_MS: Final = 10 * 60_000
# A change of price below this share, or below one minor unit, isn't worth a row.
NOTED_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a claim is decided now: what a place in the reviewers' queue costs, and what the audits' budget
    has to last for.
    """

    price_minor: float
    load: AuditLoad


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """The price of a review at the moment, how many wait for one, and the day's places that are left, if they count."""

    price_minor: float
    waiting: int
    places_left: float | None


class ReviewPrice:
    """Follows the price of reviews, and the load of audits, for one service. May be shared between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._recent = RecentDecisions()
        self._queue, self._load = Queue(), NO_LOAD
        self._demand: Demand | None = None
        self._demand_of: tuple[str, int, int, int] = ("", 0, 0, 0)  # policy, day, moment, decisions
        self._refreshed_of: tuple[str, int, int] = ("", 0, 0)  # policy, day, moment
        self._waiting_at_ms: int | None = None
        self._price: Price | None = None
        self._noted: Price | None = None

    def terms(self, connection: sa.Connection, policy: Policy, now_ms: int) -> Terms:
        """The terms for a claim of this moment, within the claim's own transaction."""
        priced, audited = policy.review.capacity_per_day is not None, policy.audit.share > 0
        if not (priced or audited):
            return Terms(float(policy.review.lowest_price_minor), NO_LOAD)
        with self._lock:
            day_ms = day_began_ms(policy, now_ms)
            due = self._refresh_due(policy, day_ms, now_ms)
            if due:
                self._refresh(connection, policy, day_ms, now_ms)
            price = self._demand.price(policy, self._queue, now_ms, self._price) if priced and self._demand else None
            if price is None:
                return Terms(float(policy.review.lowest_price_minor), self._load)
            self._price = price
            if due and _worth_noting(price, self._noted, day_ms):
                self._note(connection, policy, price)
            return Terms(price.price_minor, self._load)

    def figures(self) -> ReviewFigures | None:
        """What was found last, for people; None before there is a price."""
        with self._lock:
            price = self._price
            if price is None:
                return None
            return ReviewFigures(price.price_minor, self._queue.waiting, price.places_left)

    def add(self, entry: LedgerEntry) -> None:
        """Count a decision of one's own, once it is committed."""
        with self._lock:
            reviewed = entry.action == "manual_review"
            self._queue = Queue(
                claims_today=self._queue.claims_today + 1,
                reviews_today=self._queue.reviews_today + reviewed,
                waiting=self._queue.waiting + reviewed,
            )
            self._load = replace(
                self._load, expected_today_ppm=self._load.expected_today_ppm + (entry.audit_propensity_ppm or 0)
            )

    def _refresh_due(self, policy: Policy, day_ms: int, now_ms: int) -> bool:
        version, day, moment = self._refreshed_of
        return (version, day) != (policy.version, day_ms) or abs(now_ms - moment) >= REFRESH_MS

    def _refresh(self, connection: sa.Connection, policy: Policy, day_ms: int, now_ms: int) -> None:
        # the same all day, so that a clock which goes back a little doesn't have all of it read again
        since_ms = min(recent_since_ms(policy, now_ms), day_ms - policy.audit.recent_days * MS_PER_DAY)
        self._recent.refresh(connection, since_ms)
        waiting = self._queue.waiting
        if self._waiting_at_ms is None or abs(now_ms - self._waiting_at_ms) >= WAITING_MS:
            waiting = count_open_reviews(connection, now_ms - WAITING_DAYS * MS_PER_DAY)
            self._waiting_at_ms = now_ms
        self._queue = self._recent.queue(day_ms, waiting)
        self._load = self._recent.audit_load(day_ms, now_ms, policy.audit.recent_days)
        self._look_at_demand(policy, day_ms, now_ms)
        self._follow_others(connection)
        self._refreshed_of = (policy.version, day_ms, now_ms)

    def _look_at_demand(self, policy: Policy, day_ms: int, now_ms: int) -> None:
        version, day, moment, decisions = self._demand_of
        grown = abs(len(self._recent) - decisions) > GROWN_SHARE * decisions
        if (version, day) != (policy.version, day_ms) or grown or abs(now_ms - moment) >= DEMAND_MS:
            self._demand = Demand.of(self._recent.claims(), policy, now_ms)
            self._demand_of = (policy.version, day_ms, now_ms, len(self._recent))

    def _follow_others(self, connection: sa.Connection) -> None:
        """Go on from the price that was logged last, if that is newer than one's own."""
        self._noted = _last_noted(connection)
        if self._noted is not None and (self._price is None or self._noted.at_ms > self._price.at_ms):
            self._price = self._noted

    def _note(self, connection: sa.Connection, policy: Policy, price: Price) -> None:
        self._noted = price
        connection.execute(
            sa.insert(REVIEW_PRICE).values(
                at_ms=price.at_ms,
                price_minor=price.price_minor,
                target_minor=price.target_minor,
                reviews_today=self._queue.reviews_today,
                claims_expected=price.expected_claims,
                waiting=self._queue.waiting,
                capacity=policy.review.capacity_per_day,
            )
        )


def _worth_noting(price: Price, noted: Price | None, day_ms: int) -> bool:
    """Whether a price is the first one, or of the day, or differs from the one that was noted last."""
    if noted is None or noted.at_ms < day_ms:
        return True
    return abs(price.price_minor - noted.price_minor) >= max(1.0, NOTED_SHARE * noted.price_minor)


def _last_noted(connection: sa.Connection) -> Price | None:
    order = (REVIEW_PRICE.c.at_ms.desc(), REVIEW_PRICE.c.number.desc())
    row = connection.execute(sa.select(REVIEW_PRICE).order_by(*order).limit(1)).one_or_none()
    if row is None:
        return None
    return Price(
        at_ms=row.at_ms,
        price_minor=row.price_minor,
        target_minor=row.target_minor,
        places_left=None,
        expected_claims=row.claims_expected,
        expected_reviews=0.0,
        recent_claims=0,
    )
