"""Response: from the filing of a claim to the first answer that stands.

Of a claim that was decided automatically, that is the decision; of one that was left to a person, the first verdict,
which is known once its ruling can't be undone any more. A claim without an answer is counted once its time is over.
Claims of which neither a decision nor a verdict is on record were answered elsewhere, if at all: they are only told of.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow.compute as pc

from features.arrays import Ints
from features.spans import DAY_MS, HOUR_MS
from serving.cases.quality.chance import median
from serving.report.figures import Flags, Goal, Named, Said, Sample, Target, Value, is_within, share_target, within
from serving.report.ground import Ground, moments_or

ALL: Final = Goal("share", 1.0)  # the source documents name a time and no share: every claim counts


def within_hour(ground: Ground) -> Target:
    """Claims that were answered within an hour."""
    return _within("response_hour", ground, HOUR_MS)


def within_day(ground: Ground) -> Target:
    """Claims that were answered within 24 hours."""
    return _within("response_day", ground, DAY_MS)


def _within(name: str, ground: Ground, limit_ms: int) -> Target:
    claims, filed_ms = ground.record.claims, ground.filed_ms
    automatic, answered_ms = _answers(ground)
    on_record = np.asarray(pc.is_valid(claims["action"])) | (answered_ms >= 0)
    due = on_record & (filed_ms + limit_ms <= ground.period.as_of_ms)
    in_time = (answered_ms >= 0) & (answered_ms - filed_ms <= limit_ms)
    span = ground.period.span
    parts = {
        part: Sample.of(filed_ms[due & which], in_time[due & which]).value(span)
        for part, which in (("automatic", automatic), ("reviewed", ~automatic))
    }
    beside = [Named(f"response_{part}", value) for part, value in parts.items() if value.count]
    waited = (answered_ms - filed_ms)[due & ~automatic & (answered_ms >= 0) & is_within(filed_ms, span)]
    if len(waited):
        beside.append(Named("response_median", _minutes(waited)))
    unknown = within(filed_ms[~on_record], span)
    missing = []
    if not due[is_within(filed_ms, span)].any():
        missing.append(Said("response_none"))
    if unknown:
        missing.append(Said("response_unknown", {"count": f"{unknown:,}"}))
    return share_target(
        name, ALL, Sample.of(filed_ms[due], in_time[due]), ground.period, missing=missing, beside=beside
    )


def _answers(ground: Ground) -> tuple[Flags, Ints]:
    """Which claims were decided automatically, and when each was answered (ms; -1 for not at all), shape (claims,)."""
    claims = ground.record.claims
    action = claims["action"]
    automatic = np.asarray(pc.fill_null(pc.not_equal(action, "manual_review"), False))
    ruled = ground.first_ruled_ms
    ruled_ms = np.array([ruled.get(claim_id, -1) for claim_id in claims["claim_id"].to_pylist()], dtype=np.int64)
    decided_ms = moments_or(claims, "decided_at_ms", "known_at_ms")
    return automatic, np.where(automatic, decided_ms, ruled_ms)


def _minutes(waited_ms: Ints) -> Value:
    told = median([float(wait) / 60_000 for wait in waited_ms])
    if not told.is_told:
        return Value("minutes", None, count=len(waited_ms))
    return Value("minutes", told.value, count=len(waited_ms))
