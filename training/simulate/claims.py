"""Claims as the platform sees them: when they are filed, what they ask for and why, drawn from each one's story."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import MISSING, code_of
from features.events import CLAIM_TYPES
from training.simulate.config import HOUR_MS, MINUTE_MS, Flags, SimulationConfig, draw_lognormal
from training.simulate.orders import Deliveries, Orders
from training.simulate.stories import STORIES, Clock, Story

LEAST_DELAY_MS: Final = 10 * MINUTE_MS
LONGEST_DELAY_MS: Final = 45 * 24 * HOUR_MS
CHEAP_MINOR: Final = 10_000.0  # where half of the step from cheap to dear is made
MOST_EVIDENCE: Final = 9


@dataclass(frozen=True, slots=True)
class Claims:
    """A row per claim, shape (n,), by time of filing. Money in fen; type and reason as category codes.

    `order` and `story` are indexes of the order and of the truth behind the claim.
    """

    order: Ints
    story: Ints
    filed_at_ms: Ints
    delivered_at_ms: Ints
    amount_minor: Ints
    quantity: Ints
    claim_type: Ints
    claim_reason: Ints
    evidence_count: Ints

    def __len__(self) -> int:
        return len(self.order)

    @property
    def abusive(self) -> Flags:
        """Whether each claim is a lie: the truth, shape (n,)."""
        return np.array([story.abusive for story in STORIES], dtype=np.bool_)[self.story]


def make_claims(config: SimulationConfig, orders: Orders, deliveries: Deliveries, story_of: Ints) -> Claims:
    """Draw a claim for each order that has a story, and keep those filed before the end of the period."""
    parts = [
        _claims_of(config.stream(f"claims of {story.name}"), code, np.flatnonzero(story_of == code), orders, deliveries)
        for code, story in enumerate(STORIES)
    ]
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Claims)}
    in_time = np.flatnonzero(columns["filed_at_ms"] < config.end_ms)
    by_time = in_time[np.lexsort((columns["order"][in_time], columns["filed_at_ms"][in_time]))]
    return Claims(**{name: column[by_time] for name, column in columns.items()})


def _claims_of(rng: np.random.Generator, code: int, order: Ints, orders: Orders, deliveries: Deliveries) -> Claims:
    story = STORIES[code]
    count = len(order)
    filed_at_ms = _filed_at_ms(rng, story, order, orders, deliveries)
    # The platform takes a parcel as delivered once it has heard so.
    delivered = ~deliveries.lost[order] & (deliveries.known_at_ms[order] < filed_at_ms)
    asked = np.where(rng.random(count) < story.partial_share, rng.uniform(0.2, 0.9, size=count), 1.0)
    reasons = [code_of("claim_reason", reason) for reason in story.reasons]
    frequencies = np.array(list(story.reasons.values()))
    evidence = rng.poisson(story.evidence_mean * rng.gamma(2.0, 0.5, size=count))
    return Claims(
        order=order,
        story=np.full(count, code, dtype=np.int64),
        filed_at_ms=filed_at_ms,
        delivered_at_ms=np.where(delivered, deliveries.delivered_at_ms[order], MISSING),
        amount_minor=np.ceil(orders.amount_minor[order] * asked).astype(np.int64),
        quantity=np.ceil(orders.quantity[order] * asked).astype(np.int64),
        claim_type=_claim_type(rng, story, orders.amount_minor[order].astype(np.float64)),
        claim_reason=rng.choice(reasons, size=count, p=frequencies / frequencies.sum()).astype(np.int64),
        evidence_count=np.minimum(evidence, MOST_EVIDENCE).astype(np.int64),
    )


def _filed_at_ms(rng: np.random.Generator, story: Story, order: Ints, orders: Orders, deliveries: Deliveries) -> Ints:
    hours = draw_lognormal(rng, median=story.delay_median_hours, sigma=story.delay_sigma, size=len(order))
    delay_ms = np.clip(hours * HOUR_MS, LEAST_DELAY_MS, LONGEST_DELAY_MS).astype(np.int64)
    from_ms = {
        Clock.PAYMENT: orders.paid_at_ms,
        Clock.PROMISE: orders.promised_at_ms,
        Clock.DELIVERY: deliveries.known_at_ms,
    }[story.clock]
    return np.asarray(from_ms[order] + delay_ms, dtype=np.int64)


def _claim_type(rng: np.random.Generator, story: Story, amount_minor: Floats) -> Ints:
    count = len(amount_minor)
    cheapness = 1.0 / (1.0 + (amount_minor / CHEAP_MINOR) ** 1.5)
    refund_only_share = story.refund_only_dear + (story.refund_only_cheap - story.refund_only_dear) * cheapness
    refund_only, return_refund, exchange, repair = (code_of("claim_type", word) for word in CLAIM_TYPES)
    swapped = np.where(rng.random(count) < 0.6, exchange, repair)
    kept = np.where(rng.random(count) < story.swap_share, swapped, return_refund)
    return np.where(rng.random(count) < refund_only_share, refund_only, kept).astype(np.int64)
