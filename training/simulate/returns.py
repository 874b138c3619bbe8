"""Goods that come back: when they are sent, what the warehouse says of them, and the verdict that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import MISSING, code_of
from features.events import INSPECTIONS
from features.spans import DAY_MS
from training.simulate.claims import Claims
from training.simulate.config import SimulationConfig
from training.simulate.looks import tables
from training.simulate.rulings import Rulings, Verdicts, find_fault
from training.simulate.stories import STORIES

RETURNED_INSPECTED_SHARE: Final = 0.85
SWAPS_INSPECTED_SHARE: Final = 0.6  # of goods sent in for an exchange or a repair
WAREHOUSES: Final = 5
FALSE_ALARM_RATE: Final = 0.012
CANT_TELL_RATE: Final = 0.03
MISSED_OF_CAREFUL: Final = 0.4  # of what would have been found
INSPECTION_NTH: Final = 5

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
    """A row per claim of the day whose goods were sent back, shape (n,), and what was ruled by inspection.

    `row` counts the day's claims. `inspected_at_ms` is `MISSING` and `inspection` -1 where nobody looked.
    """

    row: Ints
    shipped_at_ms: Ints
    inspected_at_ms: Ints
    inspection: Ints
    verdicts: Verdicts


class Warehouse:
    """Takes back and inspects."""

    def __init__(self, config: SimulationConfig) -> None:
        self._dice = config.dice("returns")

    def take_back(self, claims: Claims, rulings: Rulings) -> Returns:
        """Take back what was claimed as a return, an exchange or a repair unless it was refused; inspect most of it."""
        returned = claims.claim_type == code_of("claim_type", "return_refund")
        swapped = np.isin(claims.claim_type, [code_of("claim_type", word) for word in ("exchange", "repair")])
        row = np.flatnonzero((returned | swapped) & ~rulings.refused)
        order = claims.order[row]
        share = np.where(returned[row], RETURNED_INSPECTED_SHARE, SWAPS_INSPECTED_SHARE)
        looked = self._dice.happens("inspected", order, share)
        shipped_at_ms = np.maximum(rulings.settled_at_ms, rulings.known_at_ms)[row] + self._days("to send", order, 1.8)
        inspected_at_ms = shipped_at_ms + self._days("to inspect", order, 5.0)
        verdict = self._verdict(claims, row)
        return Returns(
            row=row,
            shipped_at_ms=shipped_at_ms,
            inspected_at_ms=np.where(looked, inspected_at_ms, MISSING),
            inspection=np.where(looked, self._what_is_said(claims.story[row], order, verdict), -1),
            verdicts=self._rule(claims, row, looked & returned[row], inspected_at_ms, verdict),
        )

    def _days(self, throw: str, order: Ints, median: float) -> Ints:
        return (self._dice.lognormal(throw, order, median, 0.5) * DAY_MS).astype(np.int64)

    def _verdict(self, claims: Claims, row: Ints) -> Ints:
        order = claims.order[row]
        missed = tables().miss_rate[claims.story[row]]
        missed = missed + (1.0 - missed) * MISSED_OF_CAREFUL * claims.careful[row]
        sees = self._dice.happens("sees", order, np.where(claims.abusive[row], 1.0 - missed, FALSE_ALARM_RATE))
        verdict = np.where(sees, code_of("verdict", "abusive"), code_of("verdict", "legitimate"))
        unsure = self._dice.happens("can't tell", order, CANT_TELL_RATE)
        return np.where(unsure, code_of("verdict", "undetermined"), verdict).astype(np.int64)

    def _what_is_said(self, story: Ints, order: Ints, verdict: Ints) -> Ints:
        """The code of what an inspection says, in keeping with the verdict that it leads to, shape (n,)."""
        shares = np.where(
            (verdict == code_of("verdict", "abusive"))[:, np.newaxis], _found_shares()[story], np.array(FOUND_NOTHING)
        )
        unsure = verdict == code_of("verdict", "undetermined")
        shares = np.where(unsure[:, np.newaxis], np.array(CANNOT_TELL), shares)
        return self._dice.pick("said", order, shares)

    def _rule(self, claims: Claims, row: Ints, ruled: Ints, inspected_at_ms: Ints, verdict: Ints) -> Verdicts:
        chosen = np.flatnonzero(ruled)
        row, verdict = row[chosen], verdict[chosen]
        order = claims.order[row]
        lead_ms = (self._dice.uniform("lead", order) * DAY_MS).astype(np.int64)
        return Verdicts(
            row=row,
            known_at_ms=inspected_at_ms[chosen] + lead_ms,
            verdict=verdict,
            source=np.full(len(row), code_of("verdict_source", "inspection")),
            reviewer=self._dice.below("warehouse", order, WAREHOUSES),
            merchant_at_fault=find_fault(self._dice.uniform("fault", order), claims.story[row], verdict),
            nth=np.full(len(row), INSPECTION_NTH),
        )


def _found_shares() -> Floats:
    """A row per story; a column per word of `INSPECTIONS`."""
    shares = np.array([FOUND.get(story.name, FOUND_OTHERWISE) for story in STORIES])
    return shares.reshape(len(STORIES), len(INSPECTIONS))
