"""What was decided week by week, and how long first verdicts take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.event_table import EventTable
from features.events import ACTIONS
from training.labels.decisions import first_decisions
from training.labels.maturity import MaturityCurve

WEEK_MS: Final = 7 * MS_PER_DAY
_MONDAY_MS: Final = 4 * MS_PER_DAY  # 1970-01-05, the first one
DELAY_DAYS: Final = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90)
UNDECIDED: Final = "undecided"
ANSWERS: Final = (*ACTIONS, UNDECIDED)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Claims by the week (from Monday, UTC) they were filed in, and by the first decision on them.

    `start_ms` has shape (weeks,), `counts` shape (weeks, len(ANSWERS)).
    """

    start_ms: Ints
    counts: Ints

    @property
    def shares(self) -> dict[str, float]:
        """Of all claims that were decided, the share of each action; empty where none was."""
        decided = self.counts[:, : len(ACTIONS)].sum(axis=0)
        total = int(decided.sum())
        return {word: int(number) / total for word, number in zip(ACTIONS, decided, strict=True)} if total else {}


def weeks_of(events: EventTable, rows: Ints, known_by_ms: int) -> Weeks:
    """Count the claims at these rows by week and first decision, as known before a moment."""
    first = first_decisions(events, rows, known_by_ms)
    answer = np.where(first >= 0, events["action"][first], len(ACTIONS))
    week = (events["known_at_ms"][rows] - _MONDAY_MS) // WEEK_MS
    numbers, position = np.unique(week, return_inverse=True)
    cells = np.bincount(position * len(ANSWERS) + answer, minlength=len(numbers) * len(ANSWERS))
    return Weeks(numbers * WEEK_MS + _MONDAY_MS, cells.reshape(-1, len(ANSWERS)).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Delays:
    """How long first verdicts take: of those that come at all, the share within each of `DELAY_DAYS`.

    `horizon_days` is the longest delay that the claims are old enough to show; shares beyond it are NaN. `days95` is
    how long 95 % take, NaN where there are too few `verdicts` to tell, or where the horizon cuts them off.
    """

    verdicts: int
    days95: float
    horizon_days: float
    within: Floats


def delays_of(curve: MaturityCurve) -> Delays:
    """The delays of a curve at fixed days, which can be laid beside another's."""
    days95 = curve.mature_after_days()
    if not math.isnan(days95) and days95 > curve.horizon_days / 2:
        days95 = float("nan")  # as in `Maturity.gap_days`: the horizon may well cut off the longer ones
    place = np.searchsorted(curve.days, DELAY_DAYS, side="right")
    share = np.append(0.0, curve.share)[place] if len(curve.days) else np.full(len(DELAY_DAYS), np.nan)
    within = np.where(np.array(DELAY_DAYS) <= curve.horizon_days, share, np.nan)
    return Delays(curve.verdicts, days95, curve.horizon_days, within)
