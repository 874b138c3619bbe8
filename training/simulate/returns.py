"""Goods that come back: when they are sent, and what the warehouse says of them.

An inspection that led to a verdict says the same as the verdict; a miss or a false alarm is in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import MISSING, code_of
from features.events import INSPECTIONS
from training.simulate.claims import Claims
from training.simulate.config import HOUR_MS, Flags, SimulationConfig
from training.simulate.rulings import INSPECTION, Decisions, Verdicts, finding_delay_ms
from training.simulate.stories import STORIES

SWAPS_INSPECTED_SHARE: Final = 0.6  # of goods sent in for an exchange or a repair
LONGEST_LEAD_MS: Final = 24 * HOUR_MS  # from the inspection to the verdict that follows from it

# What the warehouse says, in the order of `INSPECTIONS` (as_sent, used, damaged, swapped, empty), where it finds
# abuse, by the story; where it finds none; and where it can't tell.
FOUND: Final = {
    "wardrobing": (0.0, 0.85, 0.15, 0.0, 0.0),
    "empty_or_swapped_return": (0.0, 0.08, 0.02, 0.50, 0.40),
}
FOUND_OTHERWISE: Final = (0.0, 0.50, 0.20, 0.18, 0.12)
FOUND_NOTHING: Final = (0.90, 0.04, 0.06, 0.0, 0.0)
CANNOT_TELL: Final = (0.30, 0.30, 0.32, 0.08, 0.0)


@dataclass(frozen=True, slots=True)
class Returns:
    """A row per claim whose goods were sent back, shape (n,).

    `inspected_at_ms` is `MISSING` and `inspection` -1 where nobody looked.
    """

    claim: Ints
    shipped_at_ms: Ints
    inspected_at_ms: Ints
    inspection: Ints


def make_returns(config: SimulationConfig, claims: Claims, decisions: Decisions, verdicts: Verdicts) -> Returns:
    """Send back what was claimed as a return, an exchange or a repair unless it was refused, and inspect most of it."""
    rng = config.stream("returns")
    count = len(claims)
    returned = claims.claim_type == code_of("claim_type", "return_refund")
    swapped = np.isin(claims.claim_type, [code_of("claim_type", word) for word in ("exchange", "repair")])
    verdict, ruled_at_ms = _verdicts_by_inspection(count, verdicts)
    looked_at = np.where(returned, verdict >= 0, swapped & (rng.random(count) < SWAPS_INSPECTED_SHARE))
    claim = np.flatnonzero((returned | swapped) & ((verdict >= 0) | ~decisions.refused))
    guess_ms = claims.filed_at_ms + finding_delay_ms(rng, INSPECTION, count)
    span_ms = (np.where(verdict >= 0, ruled_at_ms, guess_ms) - claims.filed_at_ms)[claim]
    inspected_ms = span_ms - (np.minimum(span_ms // 4, LONGEST_LEAD_MS) * rng.random(len(claim))).astype(np.int64)
    shipped_ms = (inspected_ms * rng.uniform(0.1, 0.6, size=len(claim))).astype(np.int64)
    filed_at_ms, looked = claims.filed_at_ms[claim], looked_at[claim]
    said = _what_is_said(rng, claims, verdict)[claim]
    return Returns(
        claim=claim,
        shipped_at_ms=filed_at_ms + shipped_ms,
        inspected_at_ms=np.where(looked, filed_at_ms + inspected_ms, MISSING),
        inspection=np.where(looked, said, -1),
    )


def _verdicts_by_inspection(count: int, verdicts: Verdicts) -> tuple[Ints, Ints]:
    """Per claim, the verdict that an inspection led to, or -1, and when. Shape (count,) each."""
    verdict, ruled_at_ms = np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    inspected = verdicts.source == code_of("verdict_source", INSPECTION.source)
    verdict[verdicts.claim[inspected]] = verdicts.verdict[inspected]
    ruled_at_ms[verdicts.claim[inspected]] = verdicts.adjudicated_at_ms[inspected]
    return verdict, ruled_at_ms


def _what_is_said(rng: np.random.Generator, claims: Claims, verdict: Ints) -> Ints:
    """The code of what an inspection of each claim's goods says, shape (n,)."""
    count = len(claims)
    sees_abuse = rng.random(count) < np.where(claims.abusive, 1.0 - INSPECTION.miss_rate, INSPECTION.false_alarm_rate)
    sees_abuse = np.where(verdict >= 0, verdict == code_of("verdict", "abusive"), sees_abuse)
    shares = np.where(sees_abuse[:, np.newaxis], _found_shares()[claims.story], np.array(FOUND_NOTHING))
    unsure: Flags = verdict == code_of("verdict", "undetermined")
    shares = np.where(unsure[:, np.newaxis], np.array(CANNOT_TELL), shares)
    said = (rng.random((count, 1)) >= np.cumsum(shares, axis=1)).sum(axis=1)
    return np.asarray(np.minimum(said, len(INSPECTIONS) - 1), dtype=np.int64)


def _found_shares() -> Floats:
    """A row per story."""
    return np.array([FOUND.get(story.name, FOUND_OTHERWISE) for story in STORIES])
