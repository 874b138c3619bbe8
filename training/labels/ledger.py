"""All that is known about what claims were, at one moment: rulings, whom to rely on, delays, chances and labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.event_table import EventTable
from features.events import CLAIM_TYPES
from training.labels.adjudications import Adjudications, adjudications
from training.labels.labels import Labels
from training.labels.maturity import Maturity, estimate_maturity
from training.labels.measured import MeasuredReviewers
from training.labels.propensity import (
    WORTH_IN_FITTING,
    Propensities,
    Weights,
    estimate_propensities,
    inverse_weights,
)
from training.labels.reliability import Reliability, estimate_reliability
from training.labels.verdicts import verdict_labels


@dataclass(frozen=True, slots=True)
class LabelLedger:
    """What was known before `known_by_ms` of n claims, in the order in which they were asked for.

    Nothing in it depends on what was known later. `labels` hold verdicts only; `with_silence` adds the silent claims.
    """

    known_by_ms: int
    filed_at_ms: Ints
    claim_type: Ints
    rulings: Adjudications
    reliability: Reliability
    maturity: Maturity
    propensities: Propensities
    labels: Labels

    @property
    def weighable(self) -> npt.NDArray[np.bool_]:
        """Which labels can be weighed: those of mature claims.

        A young claim's label came early, and claims whose labels come early aren't like the others.
        """
        return self.labels.is_known & self.propensities.mature

    def weights(self, chosen: Ints | npt.NDArray[np.bool_], *, fitting: bool = False) -> Weights:
        """What each of the chosen labels counts for: in figures and for calibration, or in fitting a model."""
        least_worth = WORTH_IN_FITTING if fitting else 0.0
        return inverse_weights(self.propensities.chance[chosen], least_worth=least_worth)

    def silence_days(self) -> Floats:
        """How old each claim must be before having no ruling counts for clean, shape (n,)."""
        days = np.array([self.maturity.silence_days(word) for word in CLAIM_TYPES])
        return np.asarray(days[self.claim_type], dtype=np.float64)

    def silent(self, days: Floats | None = None) -> npt.NDArray[np.bool_]:
        """Which claims nobody ruled on at all, although they are old enough."""
        age_ms = self.known_by_ms - self.filed_at_ms
        waited_ms = np.rint((self.silence_days() if days is None else days) * MS_PER_DAY)
        ruled = np.zeros(len(age_ms), dtype=np.bool_)
        ruled[self.rulings.claim] = True
        return np.asarray(~ruled & (age_ms >= waited_ms), dtype=np.bool_)

    def with_silence(self, days: Floats | None = None) -> Labels:
        """The labels, and clean for claims that stayed silent for so many days each, known when they had.

        An assumption: it holds as far as abuse comes to light by itself in that time, and where claims are approved
        without a look it makes abuse seem rarer than it is. A claim that was only ever found `undetermined` is not
        silent; it stays unknown.
        """
        days = self.silence_days() if days is None else days
        silent = self.silent(days)
        matured_ms = self.filed_at_ms + np.rint(days * MS_PER_DAY).astype(np.int64)
        return replace(
            self.labels,
            abusive=np.where(silent, 0, self.labels.abusive).astype(np.int8),
            known_at_ms=np.where(silent, matured_ms, self.labels.known_at_ms),
            kind="verdict_or_silence",
        )


def draw_ledger(
    events: EventTable,
    claim_rows: Ints,
    known_by_ms: int,
    mature_days: float | None = None,
    reviewers: MeasuredReviewers | None = None,
) -> LabelLedger:
    """Learn from rulings on claims all that was known before a moment.

    Args:
        events: all events; what is known at or after `known_by_ms` plays no part.
        claim_rows: the `claim_filed` rows to label, shape (n,).
        known_by_ms: when the labels are drawn.
        mature_days: from what age on a claim's label is there if it ever is; by default as the delays tell.
        reviewers: whose rates were measured; None tells all of them from the rulings.

    Raises:
        ValueError: if a row is no `claim_filed` event.
    """
    rulings = adjudications(events, claim_rows, known_by_ms)
    reliability = estimate_reliability(rulings)
    if reviewers is not None:
        reliability = reviewers.onto(reliability)
    maturity = estimate_maturity(events, claim_rows, rulings, known_by_ms)
    days = maturity.gap_days() if mature_days is None else mature_days
    return LabelLedger(
        known_by_ms=known_by_ms,
        filed_at_ms=events["known_at_ms"][claim_rows],
        claim_type=events["claim_type"][claim_rows],
        rulings=rulings,
        reliability=reliability,
        maturity=maturity,
        propensities=estimate_propensities(events, claim_rows, rulings, known_by_ms, days),
        labels=verdict_labels(rulings, reliability),
    )
