"""Claims made by hand, for what comes after them: a person each, on an order each."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.arrays import Ints
from features.event_table import code_of
from features.spans import HOUR_MS
from training.simulate.claims import Claims
from training.simulate.config import DEFAULT_END_MS
from training.simulate.deciding import Answers
from training.simulate.orders import Orders
from training.simulate.stories import story_code

FILED_MS = DEFAULT_END_MS - 10 * 24 * HOUR_MS


def hand_made_orders(merchant: Ints) -> Orders:
    """An order of each merchant named, in turn, paid a week before its claim."""
    nothing = np.zeros(len(merchant), dtype=np.int64)
    paid_at_ms = nothing + FILED_MS - 7 * 24 * HOUR_MS
    return Orders(
        person=np.arange(len(merchant)), merchant=merchant, product=nothing, paid_at_ms=paid_at_ms,
        promised_at_ms=paid_at_ms + 5 * 24 * HOUR_MS, day=nothing.astype(np.float64), quantity=nothing + 1,
        amount_minor=nothing + 10_000,
    )  # fmt: skip


def hand_made_claims(story: str | list[str], *, careful: Any = False, claim_type: str = "refund_only",
                     amount_minor: Any = 10_000, count: int | None = None) -> Claims:  # fmt: skip
    """Claims of one story, `count` of them, or one of each story named."""
    names = [story] * (count or 1) if isinstance(story, str) else story
    nothing = np.zeros(len(names), dtype=np.int64)
    codes = {name: story_code(name) for name in set(names)}
    return Claims(
        order=np.arange(len(names)), person=np.arange(len(names)), story=np.array([codes[name] for name in names]),
        careful=np.broadcast_to(np.asarray(careful), len(names)), abuse_probability=nothing + 0.5,
        filed_at_ms=nothing + FILED_MS, delivered_at_ms=nothing + FILED_MS - 48 * HOUR_MS,
        amount_minor=nothing + np.asarray(amount_minor), quantity=nothing + 1,
        claim_type=nothing + code_of("claim_type", claim_type),
        claim_reason=nothing + code_of("claim_reason", "damaged"), evidence_count=nothing,
    )  # fmt: skip


def hand_made_answers(
    claims: Claims, action: str | list[str], *, audit_ppm: int = -1, charges_merchant: bool = True
) -> Answers:
    """The same answer to all, or one for each, ten seconds after the filing. Merchants pay for approvals, or nobody."""
    words = [action] * len(claims) if isinstance(action, str) else action
    codes = np.array([code_of("action", word) for word in words], dtype=np.int64)
    at_ms = claims.filed_at_ms + 10_000
    approved = codes == code_of("action", "auto_approve")
    return Answers(codes, at_ms, at_ms, np.full(len(claims), audit_ppm), approved & charges_merchant)
