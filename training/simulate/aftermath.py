"""What follows on a claim: the merchant's answer, goods that come back, an advance that is settled, a buyer's rating.

Each depends on the truth as far as those involved would sense it, and on the traits of the merchant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import code_of
from features.events import BEST_RATING, MERCHANT_RESPONSES, WORST_RATING
from training.simulate.claims import Claims
from training.simulate.config import DAY_MS, HOUR_MS, MINUTE_MS, SimulationConfig, draw_lognormal
from training.simulate.market import Market
from training.simulate.orders import Orders, has_declined
from training.simulate.rulings import Decisions

ASKED_OF_AUTOMATIC_SHARE: Final = 0.3  # the merchant is asked about every other claim
REPLY_MEDIAN_HOURS: Final = 9.0
PATIENCE_HOURS: Final = 48.0  # after which the platform stops waiting
DECLINED_REPLY_FACTOR: Final = 2.5
GOODWILL_TO_ABUSE: Final = 0.6  # merchants sense some of it
PARTLY_AGREED_SHARE: Final = 0.35  # of the answers short of a yes

REPAYMENT_TO_ABUSE: Final = 0.5
REPAYMENT_AFTER: Final = {"agreed": 1.1, "partly_agreed": 0.95, "refused": 0.6, "timed_out": 0.7}
DECLINED_REPAYMENT: Final = 0.6
REPAID_IN_PART_SHARE: Final = 0.2
SETTLING_MEDIAN_DAYS: Final = 9.0
WRITE_OFF_DAYS: Final = (45.0, 75.0)

RATED_SHARE: Final = (0.22, 0.45)  # of granted and of refused claims
RATING_MEAN: Final = (4.7, 1.9)
RATING_PER_DAY: Final = -0.35  # of waiting


@dataclass(frozen=True, slots=True)
class Responses:
    """A row per claim about which the merchant was asked, shape (n,): when it answered or the wait ended, and what."""

    claim: Ints
    responded_at_ms: Ints
    response: Ints


@dataclass(frozen=True, slots=True)
class Settlements:
    """A row per advance that has been settled, shape (n,); money in fen, of which `recovered_minor` came back."""

    claim: Ints
    settled_at_ms: Ints
    advanced_minor: Ints
    recovered_minor: Ints


@dataclass(frozen=True, slots=True)
class Feedback:
    """A row per rating that a buyer gave, shape (n,)."""

    claim: Ints
    given_at_ms: Ints
    rating: Ints


def make_responses(
    config: SimulationConfig, market: Market, orders: Orders, claims: Claims, decisions: Decisions
) -> Responses:
    """Ask merchants about the claims that no rule pays at once, and about some others; each answers at its own pace."""
    rng = config.stream("responses")
    automatic = decisions.action == code_of("action", "auto_approve")
    claim = np.flatnonzero(~automatic | (rng.random(len(claims)) < ASKED_OF_AUTOMATIC_SHARE))
    merchant = orders.merchant[claims.order[claim]]
    pace = market.merchants.reply_factor[merchant] * _if_declined(market, orders, claims, DECLINED_REPLY_FACTOR)[claim]
    hours = np.maximum(pace * draw_lognormal(rng, median=REPLY_MEDIAN_HOURS, sigma=0.9, size=len(claim)), 0.1)
    agrees = market.merchants.goodwill[merchant] * np.where(claims.abusive[claim], GOODWILL_TO_ABUSE, 1.0)
    chance = rng.random(len(claim))
    agreed, partly, refused, timed_out = (code_of("merchant_response", word) for word in MERCHANT_RESPONSES)
    answer = np.where(chance < agrees + (1.0 - agrees) * PARTLY_AGREED_SHARE, partly, refused)
    answer = np.where(chance < agrees, agreed, answer)
    return Responses(
        claim=claim,
        responded_at_ms=claims.filed_at_ms[claim] + (np.minimum(hours, PATIENCE_HOURS) * HOUR_MS).astype(np.int64),
        response=np.where(hours >= PATIENCE_HOURS, timed_out, answer).astype(np.int64),
    )


def make_settlements(
    config: SimulationConfig,
    market: Market,
    orders: Orders,
    claims: Claims,
    decisions: Decisions,
    responses: Responses,
) -> Settlements:
    """Settle every advance: paid back in full or in part after some weeks, or written off after some months."""
    rng = config.stream("settlements")
    claim = np.flatnonzero(decisions.action == code_of("action", "pre_payment_compensation"))
    merchant = orders.merchant[claims.order[claim]]
    repays = market.merchants.repayment[merchant] * _repayment_factor(market, orders, claims, responses)[claim]
    repaid = rng.random(len(claim)) < repays
    in_part = rng.random(len(claim)) < REPAID_IN_PART_SHARE
    part = np.where(repaid, np.where(in_part, rng.uniform(0.2, 0.9, size=len(claim)), 1.0), 0.0)
    days = draw_lognormal(rng, median=SETTLING_MEDIAN_DAYS, sigma=0.6, size=len(claim))
    days *= market.merchants.reply_factor[merchant]
    days = np.where(repaid, days, rng.uniform(*WRITE_OFF_DAYS, size=len(claim)))
    advanced_minor = decisions.refunded_minor[claim]
    return Settlements(
        claim=claim,
        settled_at_ms=decisions.decided_at_ms[claim] + (np.maximum(days, 1.0) * DAY_MS).astype(np.int64),
        advanced_minor=advanced_minor,
        recovered_minor=np.floor(advanced_minor * part).astype(np.int64),
    )


def make_feedback(config: SimulationConfig, claims: Claims, decisions: Decisions) -> Feedback:
    """Let some buyers rate how their claim was handled: by what they got, how long it took, and their temper."""
    rng = config.stream("feedback")
    refused = decisions.refused
    claim = np.flatnonzero(rng.random(len(claims)) < np.where(refused, RATED_SHARE[1], RATED_SHARE[0]))
    waited_days = (decisions.decided_at_ms[claim] - claims.filed_at_ms[claim]) / DAY_MS
    mean = np.where(refused[claim], RATING_MEAN[1], RATING_MEAN[0]) + RATING_PER_DAY * waited_days
    rating = np.clip(np.rint(mean + 0.8 * rng.standard_normal(len(claim))), WORST_RATING, BEST_RATING)
    delay_ms = MINUTE_MS + (draw_lognormal(rng, median=18.0, sigma=1.2, size=len(claim)) * HOUR_MS).astype(np.int64)
    return Feedback(claim, decisions.decided_at_ms[claim] + delay_ms, rating.astype(np.int64))


def _repayment_factor(market: Market, orders: Orders, claims: Claims, responses: Responses) -> Floats:
    """What multiplies the merchant's will to pay back, per claim, shape (n,)."""
    answered = np.ones(len(claims))
    answered[responses.claim] = np.array([REPAYMENT_AFTER[word] for word in MERCHANT_RESPONSES])[responses.response]
    lied_to = np.where(claims.abusive, REPAYMENT_TO_ABUSE, 1.0)
    return answered * lied_to * _if_declined(market, orders, claims, DECLINED_REPAYMENT)


def _if_declined(market: Market, orders: Orders, claims: Claims, factor: float) -> Floats:
    return np.where(has_declined(market, orders)[claims.order], factor, 1.0)
