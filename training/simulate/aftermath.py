"""What follows on a claim: the merchant's answer, and an advance that is settled.

Each depends on the truth as far as those involved would sense it, and on the traits of the merchant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Ints
from features.event_table import code_of
from features.events import MERCHANT_RESPONSES
from features.spans import DAY_MS, HOUR_MS
from training.simulate.claims import Claims
from training.simulate.config import SimulationConfig
from training.simulate.deciding import Answers
from training.simulate.market import Market
from training.simulate.orders import Orders
from training.simulate.sellers import month_of
from training.simulate.stories import story_code

ASKED_OF_AUTOMATIC_SHARE: Final = 0.3  # the merchant is asked about every other claim
REPLY_MEDIAN_HOURS: Final = 9.0
PATIENCE_HOURS: Final = 48.0  # after which the platform stops waiting
GOODWILL_TO_ABUSE: Final = 0.6  # merchants sense some of it
GOODWILL_OF_LIARS: Final = 0.4
EXTORTED: Final = 0.9  # how often a merchant gives in to a threat
PARTLY_AGREED_SHARE: Final = 0.35  # of the answers short of a yes

REPAYMENT_TO_ABUSE: Final = 0.5
REPAYMENT_AFTER: Final = {"agreed": 1.1, "partly_agreed": 0.95, "refused": 0.6, "timed_out": 0.7}
REPAID_IN_PART_SHARE: Final = 0.2
SETTLING_MEDIAN_DAYS: Final = 9.0
WRITE_OFF_DAYS: Final = (45.0, 75.0)


@dataclass(frozen=True, slots=True)
class Responses:
    """A row per claim of the day about which the merchant was asked, shape (n,): when the wait ended, and what came."""

    row: Ints
    responded_at_ms: Ints
    response: Ints


@dataclass(frozen=True, slots=True)
class Settlements:
    """A row per advance that will be settled, shape (n,); money in fen, of which `recovered_minor` came back."""

    row: Ints
    settled_at_ms: Ints
    advanced_minor: Ints
    recovered_minor: Ints


class Aftermath:
    """Merchants after an answer."""

    def __init__(self, config: SimulationConfig, market: Market, orders: Orders) -> None:
        self._dice = config.dice("aftermath")
        self._config, self._market, self._orders = config, market, orders

    def respond(self, claims: Claims, answers: Answers) -> Responses:
        """Ask merchants about the claims that no rule pays at once, and some others; each answers at its own pace."""
        automatic = answers.action == code_of("action", "auto_approve")
        asked = ~automatic | self._dice.happens("asked", claims.order, ASKED_OF_AUTOMATIC_SHARE)
        row = np.flatnonzero(asked)
        order, merchant, month = self._merchants(claims, row)
        merchants = self._market.merchants
        hours = self._dice.lognormal("reply hours", order, REPLY_MEDIAN_HOURS, 0.9) * merchants.reply[merchant, month]
        agrees = merchants.goodwill[merchant, month] * np.where(claims.abusive[row], GOODWILL_TO_ABUSE, 1.0)
        agrees *= np.where(merchants.lies[merchant], GOODWILL_OF_LIARS, 1.0)
        agrees = np.where(claims.story[row] == story_code("collusion"), 0.97, agrees)
        agrees = np.where(claims.story[row] == story_code("partial_refund_extortion"), EXTORTED, agrees)
        chance = self._dice.uniform("reply", order)
        agreed, partly, refused, timed_out = (code_of("merchant_response", word) for word in MERCHANT_RESPONSES)
        answer = np.where(chance < agrees + (1.0 - agrees) * PARTLY_AGREED_SHARE, partly, refused)
        answer = np.where(chance < agrees, agreed, answer)
        waited = np.clip(hours, 0.1, PATIENCE_HOURS)
        return Responses(
            row=row,
            responded_at_ms=answers.known_at_ms[row] + (waited * HOUR_MS).astype(np.int64),
            response=np.where(hours >= PATIENCE_HOURS, timed_out, answer).astype(np.int64),
        )

    def settle(self, claims: Claims, answers: Answers, responses: Responses) -> Settlements:
        """Settle every advance: paid back in full or in part after some weeks, or written off after some months.

        Where goods are exchanged or repaired, what the platform advanced is their price.
        """
        row = np.flatnonzero(answers.action == code_of("action", "pre_payment_compensation"))
        order, merchant, month = self._merchants(claims, row)
        answered = np.ones(len(claims))
        answered[responses.row] = np.array([REPAYMENT_AFTER[word] for word in MERCHANT_RESPONSES])[responses.response]
        repays = self._market.merchants.solvency[merchant, month] * answered[row]
        repays *= np.where(claims.abusive[row], REPAYMENT_TO_ABUSE, 1.0)
        repaid = self._dice.happens("repaid", order, repays)
        in_part = self._dice.happens("in part", order, REPAID_IN_PART_SHARE)
        part = np.where(in_part, 0.2 + 0.7 * self._dice.uniform("which part", order), 1.0) * repaid
        days = self._dice.lognormal("settling days", order, SETTLING_MEDIAN_DAYS, 0.6)
        days *= self._market.merchants.reply[merchant, month]
        first, last = WRITE_OFF_DAYS
        days = np.where(repaid, days, first + (last - first) * self._dice.uniform("write-off", order))
        return Settlements(
            row=row,
            settled_at_ms=answers.known_at_ms[row] + (np.maximum(days, 1.0) * DAY_MS).astype(np.int64),
            advanced_minor=claims.amount_minor[row],
            recovered_minor=np.floor(claims.amount_minor[row] * part).astype(np.int64),
        )

    def _merchants(self, claims: Claims, row: Ints) -> tuple[Ints, Ints, Ints]:
        order = claims.order[row]
        day = np.minimum((claims.filed_at_ms[row] - self._config.start_ms) // DAY_MS, self._config.days - 1)
        return order, self._orders.merchant[order], month_of(day)
