"""What buyers say of how their claims were handled: of the whole, and some of them of its steps.

Each rating follows from what truly happened, so what a platform reads out of ratings can be held against it. The steps
have dice of their own: that they are rated changes nothing else in a world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import MISSING, code_of
from features.events import BEST_RATING, WORST_RATING
from features.spans import DAY_MS, HOUR_MS, MINUTE_MS
from training.simulate.aftermath import Responses
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.deciding import Answers, gives_money
from training.simulate.returns import Returns
from training.simulate.rulings import Rulings

RATED_SHARE: Final = (0.22, 0.45)  # of granted and of refused claims
RATING_MEAN: Final = (4.7, 1.9)
RATING_PER_DAY: Final = -0.35  # of waiting
TEMPER: Final = 0.8  # by how much two buyers differ who lived through the same

STEPS_RATED_SHARE: Final = 0.5  # of those who rate the whole; they leave out some steps
STEP_RATED_SHARE: Final = 0.7
STEP_MEAN: Final = {"filing": 4.6, "answer": 4.7, "return": 4.5, "refund": 4.7, "support": 4.3}
PICTURES_COST: Final = -0.4  # filing, where pictures were taken for it
ANSWER_PER_DAY: Final = -0.6
REFUSED_COST, REFUSED_THOUGH_HONEST_COST = -1.0, -2.2  # answer
RETURN_PER_DAY: Final = -0.12  # from the sending to the inspection
REFUND_PER_DAY: Final = -0.15  # from the filing to the money
SUPPORT_REFUSED_COST: Final = -1.2
MERCHANT_REFUSED_COST: Final = -0.5  # support, where the merchant said no


@dataclass(frozen=True, slots=True)
class Feedback:
    """A row per rating that a buyer gives, shape (n,): on which of the day's claims, when, how many stars, of what.

    `step` is a code of `FEEDBACK_STEPS`, or -1 for the whole.
    """

    row: Ints
    given_at_ms: Ints
    rating: Ints
    step: Ints


class Raters:
    """Buyers who rate."""

    def __init__(self, config: SimulationConfig) -> None:
        self._dice, self._dice_of_steps = config.dice("aftermath"), config.dice("steps of feedback")

    def rate(self, claims: Claims, rulings: Rulings) -> Feedback:
        """Let some buyers rate how their claim was handled: by what they got, how long it took, and their temper."""
        refused: Flags = rulings.refused
        share = np.where(refused, RATED_SHARE[1], RATED_SHARE[0])
        row = np.flatnonzero(self._dice.happens("rates", claims.order, share))
        waited_days = (rulings.settled_at_ms[row] - claims.filed_at_ms[row]) / DAY_MS
        mean = np.where(refused[row], RATING_MEAN[1], RATING_MEAN[0]) + RATING_PER_DAY * waited_days
        order = claims.order[row]
        rating = _stars(mean + TEMPER * self._dice.normal("temper", order))
        delay_ms = MINUTE_MS + (self._dice.lognormal("rating hours", order, 18.0, 1.2) * HOUR_MS).astype(np.int64)
        given_at_ms = np.maximum(rulings.settled_at_ms, rulings.known_at_ms)[row] + delay_ms
        return Feedback(row, given_at_ms, rating, np.full(len(row), -1))

    def rate_steps(
        self, claims: Claims, answers: Answers, responses: Responses, rulings: Rulings, returns: Returns,
        whole: Feedback,
    ) -> Feedback:  # fmt: skip
        """Let some of those who rate the whole rate the steps that they went through, at the earliest as each ends."""
        dice, means = self._dice_of_steps, _means(claims, answers, responses, rulings, returns)
        given_at_ms = np.full(len(claims), MISSING)
        given_at_ms[whole.row] = whole.given_at_ms
        rates = np.zeros(len(claims), dtype=np.bool_)
        rates[whole.row] = dice.happens("rates steps", claims.order[whole.row], STEPS_RATED_SHARE)
        ends_ms = _ends(rulings, returns)
        parts = []
        for step, mean in means.items():
            happens = dice.happens(f"rates {step}", claims.order, STEP_RATED_SHARE)
            row = np.flatnonzero(rates & happens & np.isfinite(mean))
            later_ms = (dice.lognormal(f"{step} hours", claims.order[row], 6.0, 1.0) * HOUR_MS).astype(np.int64)
            at_ms = np.where(ends_ms[step][row] > given_at_ms[row], ends_ms[step][row] + later_ms, given_at_ms[row])
            stars = _stars(mean[row] + TEMPER * dice.normal(f"temper at {step}", claims.order[row]))
            parts.append((row, at_ms, stars, np.full(len(row), code_of("feedback_step", step))))
        return Feedback(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _means(
    claims: Claims, answers: Answers, responses: Responses, rulings: Rulings, returns: Returns
) -> dict[str, Floats]:
    """What each step is worth on average, shape (claims,); NaN where the claim didn't go through it."""
    mean = {step: np.full(len(claims), start) for step, start in STEP_MEAN.items()}
    refused, ends_ms = rulings.refused, _ends(rulings, returns)
    mean["filing"] += PICTURES_COST * (claims.evidence_count > 0)
    mean["answer"] += ANSWER_PER_DAY * (rulings.settled_at_ms - claims.filed_at_ms) / DAY_MS
    mean["answer"] += refused * np.where(claims.abusive, REFUSED_COST, REFUSED_THOUGH_HONEST_COST)
    looked = returns.inspected_at_ms != MISSING
    under_way_ms = np.where(looked, returns.inspected_at_ms, returns.shipped_at_ms) - returns.shipped_at_ms
    mean["return"] = np.full(len(claims), np.nan)
    mean["return"][returns.row] = np.where(looked, STEP_MEAN["return"] + RETURN_PER_DAY * under_way_ms / DAY_MS, np.nan)
    mean["refund"] += REFUND_PER_DAY * (ends_ms["refund"] - claims.filed_at_ms) / DAY_MS
    mean["refund"] = np.where(gives_money(claims) & ~refused, mean["refund"], np.nan)
    said_no = np.zeros(len(claims), dtype=np.bool_)
    said_no[responses.row] = responses.response == code_of("merchant_response", "refused")
    mean["support"] += SUPPORT_REFUSED_COST * refused + MERCHANT_REFUSED_COST * said_no
    by_person = answers.action == code_of("action", "manual_review")
    mean["support"] = np.where(by_person, mean["support"], np.nan)
    return mean


def _ends(rulings: Rulings, returns: Returns) -> dict[str, Ints]:
    """When each step is over, shape (claims,): money comes with the answer, or when the goods have come back."""
    answered_ms = np.maximum(rulings.settled_at_ms, rulings.known_at_ms)
    back_ms = answered_ms.copy()
    looked = returns.inspected_at_ms != MISSING
    back_ms[returns.row] = np.where(looked, returns.inspected_at_ms, returns.shipped_at_ms)
    late = {"return": back_ms, "refund": back_ms}
    return {step: late.get(step, answered_ms) for step in STEP_MEAN}


def _stars(felt: Floats) -> Ints:
    return np.clip(np.rint(felt), WORST_RATING, BEST_RATING).astype(np.int64)
