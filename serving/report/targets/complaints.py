"""Complaints: claims about the quality of goods, for each order line that was delivered.

Both are counted in the same days, though a claim may be about goods of the days before: a rate, then, and not a share
of the very lines delivered. Appeals for each decided claim stand beside it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from serving.cases.tables import REVIEW_CASE
from serving.cases.words import APPEAL_KINDS
from serving.insight.record import times
from serving.report.figures import Goal, Named, Said, Sample, Target, share_of, share_target, within
from serving.report.ground import Ground, moments_or

GOAL: Final = Goal("share", 0.05, is_most=True)
QUALITY: Final = (
    "damaged",
    "defective",
    "not_as_described",
    "wrong_item",
    "missing_parts",
    "counterfeit",
    "expired",
)


def complaints(ground: Ground) -> Target:
    """Quality claims per delivered order line."""
    claims, period = ground.record.claims, ground.period
    about_quality = np.asarray(pc.is_in(claims["claim_reason"], value_set=pa.array(QUALITY)))
    delivered_ms = times(ground.record.orders, "delivered_at_ms")
    sample = Sample(ground.filed_ms[about_quality], delivered_ms[delivered_ms >= 0])
    missing = []
    if not within(sample.all, period.span):
        missing.append(Said("complaints_none"))
    beside = []
    decided_ms = moments_or(claims, "decided_at_ms", "known_at_ms")
    decided = within(decided_ms[np.asarray(pc.is_valid(claims["action"]))], period.span)
    if not ground.has(REVIEW_CASE):
        missing.append(Said("complaints_no_appeals"))
    elif decided:
        beside.append(Named("complaints_appeals", share_of(_appeals(ground), decided)))
    return share_target("complaints", GOAL, sample, period, missing=missing, beside=beside)


def _appeals(ground: Ground) -> int:
    """How many appeals and requests for mediation were opened in the quarter."""
    case, span = REVIEW_CASE.c, ground.period.span
    opened = (case.opened_at_ms >= span.from_ms) & (case.opened_at_ms < span.until_ms)
    query = sa.select(sa.func.count()).where(case.kind.in_(APPEAL_KINDS), opened)
    return ground.connection.scalar(query) or 0
