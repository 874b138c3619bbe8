"""How claims look: drawn from their stories, and how likely each story would have looked like that.

All stories are drawn at once: what differs between them are numbers in tables, a row per story.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import code_of
from features.events import CLAIM_REASONS
from features.spans import DAY_MS, HOUR_MS, MINUTE_MS
from training.simulate.config import Flags
from training.simulate.dice import Dice
from training.simulate.orders import Deliveries, Orders
from training.simulate.stories import HONEST, STORIES, Clock, story_code

LEAST_DELAY_MS: Final = 10 * MINUTE_MS
LONGEST_DELAY_MS: Final = 45 * DAY_MS
CHEAP_MINOR: Final = 10_000.0  # where half of the step from cheap to dear is made
MOST_EVIDENCE: Final = 9
EVIDENCE_SHAPE: Final = 2.0  # of the gamma by which people differ in how many pictures they send
EXCHANGE_SHARE: Final = 0.6  # of swaps; the others are repairs
PART_ASKED: Final = (0.2, 0.9)
CLOCKS: Final = tuple(Clock)


@dataclass(frozen=True, slots=True)
class Tables:
    """The stories' numbers, a row per story."""

    reasons: Floats
    clock: Ints
    median_hours: Floats
    sigma: Floats
    refund_only_cheap: Floats
    refund_only_dear: Floats
    swap_share: Floats
    partial_share: Floats
    evidence_mean: Floats
    merchant_at_fault: Floats
    miss_rate: Floats
    imitates: Ints


@cache
def tables() -> Tables:
    """The numbers of all stories; shape (stories,), of `reasons` (stories, reasons)."""

    def column(name: str) -> Floats:
        return np.array([getattr(story, name) for story in STORIES], dtype=np.float64)

    reasons = np.array([[story.reasons.get(word, 0.0) for word in CLAIM_REASONS] for story in STORIES])
    return Tables(
        reasons=reasons / reasons.sum(axis=1, keepdims=True),
        clock=np.array([CLOCKS.index(story.clock) for story in STORIES]),
        median_hours=column("delay_median_hours"),
        sigma=column("delay_sigma"),
        refund_only_cheap=column("refund_only_cheap"),
        refund_only_dear=column("refund_only_dear"),
        swap_share=column("swap_share"),
        partial_share=column("partial_share"),
        evidence_mean=column("evidence_mean"),
        merchant_at_fault=column("merchant_at_fault"),
        miss_rate=column("miss_rate"),
        imitates=np.array([story_code(story.imitates) if story.imitates else NOT_IMITATING for story in STORIES]),
    )


NOT_IMITATING: Final = -1


def looks_of(story: Ints, careful: Flags) -> Ints:
    """The story whose looks each claim has: its own, or the one it imitates where its teller is careful."""
    imitated = tables().imitates[story]
    return np.where(careful & (imitated != NOT_IMITATING), imitated, story)


def filing_times(dice: Dice, order: Ints, looks: Ints, orders: Orders, deliveries: Deliveries) -> Ints:
    """When each claim is filed, milliseconds UTC, shape (n,)."""
    table = tables()
    hours = dice.lognormal("delay", order, table.median_hours[looks], table.sigma[looks])
    delay_ms = np.clip(hours * HOUR_MS, LEAST_DELAY_MS, LONGEST_DELAY_MS).astype(np.int64)
    return _clock_ms(order, looks, orders, deliveries) + delay_ms


def reasons_of(dice: Dice, order: Ints, looks: Ints) -> Ints:
    """The reason that each claim states, as a code, shape (n,)."""
    return dice.pick("reason", order, tables().reasons[looks])


def types_of(dice: Dice, order: Ints, looks: Ints, order_amount_minor: Ints) -> Ints:
    """What each claim asks for, as a code, shape (n,)."""
    return dice.pick("type", order, _type_shares(looks, order_amount_minor))


def parts_of(dice: Dice, order: Ints, looks: Ints) -> Floats:
    """The share of its order that each claim asks back, shape (n,): mostly all of it."""
    low, high = PART_ASKED
    part = low + (high - low) * dice.uniform("part", order)
    return np.where(dice.happens("partial", order, tables().partial_share[looks]), part, 1.0)


def evidence_of(dice: Dice, order: Ints, looks: Ints) -> Ints:
    """How many pictures or videos each claim comes with, shape (n,): negative binomial, cut at `MOST_EVIDENCE`."""
    return dice.pick("evidence", order, _evidence_table()[looks])


def likelihood(
    order: Ints,
    looks: Ints,
    filed_at_ms: Ints,
    reason: Ints,
    claim_type: Ints,
    part: Floats,
    evidence: Ints,
    orders: Orders,
    deliveries: Deliveries,
) -> Floats:
    """How likely claims of a story's looks are to be like these, up to a factor that is the same for all stories.

    All arguments of shape (n,): the looks to be weighed, and what the claims show.
    """
    table = tables()
    hours = (filed_at_ms - _clock_ms(order, looks, orders, deliveries)) / HOUR_MS
    sigma = table.sigma[looks]
    distance = np.log(np.maximum(hours, 1e-9) / table.median_hours[looks]) / sigma
    density = np.where(hours > 0, np.exp(-0.5 * distance**2) / (sigma * np.maximum(hours, 1e-9)), 0.0)
    rows = np.arange(len(order))
    density *= table.reasons[looks, reason]
    density *= _type_shares(looks, orders.amount_minor[order])[rows, claim_type]
    density *= np.where(part < 1.0, table.partial_share[looks], 1.0 - table.partial_share[looks])
    return np.asarray(density * _evidence_table()[looks, evidence], dtype=np.float64)


def _clock_ms(order: Ints, looks: Ints, orders: Orders, deliveries: Deliveries) -> Ints:
    clock = tables().clock[looks]
    from_ms = [orders.paid_at_ms[order], orders.promised_at_ms[order], deliveries.known_at_ms[order]]
    return np.choose(clock, from_ms).astype(np.int64)


def _type_shares(looks: Ints, order_amount_minor: Ints) -> Floats:
    """How often each type is asked for, shape (n, types)."""
    table = tables()
    cheapness = 1.0 / (1.0 + (order_amount_minor / CHEAP_MINOR) ** 1.5)
    cheap, dear = table.refund_only_cheap[looks], table.refund_only_dear[looks]
    refund_only = dear + (cheap - dear) * cheapness
    swap = (1.0 - refund_only) * table.swap_share[looks]
    shares = np.zeros((len(looks), 4))
    shares[:, code_of("claim_type", "refund_only")] = refund_only
    shares[:, code_of("claim_type", "return_refund")] = 1.0 - refund_only - swap
    shares[:, code_of("claim_type", "exchange")] = swap * EXCHANGE_SHARE
    shares[:, code_of("claim_type", "repair")] = swap * (1.0 - EXCHANGE_SHARE)
    return shares


@cache
def _evidence_table() -> Floats:
    """How often a claim comes with each number of pictures, a row per story: a Poisson number of a gamma mean."""
    mean = np.maximum(tables().evidence_mean, 1e-9)
    table = np.zeros((len(STORIES), MOST_EVIDENCE + 1))
    table[:, 0] = (EVIDENCE_SHAPE / (EVIDENCE_SHAPE + mean)) ** EVIDENCE_SHAPE
    for number in range(1, MOST_EVIDENCE + 1):
        table[:, number] = (
            table[:, number - 1] * (number + EVIDENCE_SHAPE - 1) / number * mean / (EVIDENCE_SHAPE + mean)
        )
    table[:, MOST_EVIDENCE] += 1.0 - table.sum(axis=1)
    return table


def is_abusive(story: Ints) -> Flags:
    """Whether claims of these stories are lies, shape (n,)."""
    return np.asarray(story >= HONEST, dtype=np.bool_)
