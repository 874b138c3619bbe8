"""Labels for a training: how long to wait for them, what they are, and what each counts for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Ints
from features.event_table import EventTable
from training.labels.adjudications import adjudications
from training.labels.labels import Labels
from training.labels.ledger import LabelLedger, draw_ledger
from training.labels.maturity import FALLBACK_DAYS, LEAST_VERDICTS, estimate_maturity
from training.labels.measured import MeasuredReviewers
from training.labels.propensity import Weights


@dataclass(frozen=True, slots=True)
class Gap:
    """How long labels take to be known, and how that is known: "delays", "given", or "too few verdicts"."""

    days: float
    told_by: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """Labels drawn at one moment, with the ledger behind them, None where they come from no verdicts.

    `silent_share` is the share of the claims with a label that have it for being silent.
    """

    labels: Labels
    ledger: LabelLedger | None = None
    silent_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Labelling:
    """How the labels of a training came about; `weights` by period, empty where each counts for 1.

    `reviewers` are those whose rates were measured; what the model learned from counts by them, the test doesn't.
    """

    gap: Gap
    development: Drawn
    final: Drawn
    weights: dict[str, Weights]
    reviewers: MeasuredReviewers | None = None


def find_gap(events: EventTable, claim_rows: Ints, known_by_ms: int | None, given_days: float | None) -> Gap:
    """How long labels take to be known, told from the delays of verdicts known before a moment.

    The moment must lie before the test whatever the gap turns out to be, so that nothing of the test decides where it
    begins. None means that there is no such moment.
    """
    if given_days is not None:
        return Gap(given_days, "given")
    if known_by_ms is None:
        return Gap(FALLBACK_DAYS, "too few verdicts")
    rulings = adjudications(events, claim_rows, known_by_ms)
    maturity = estimate_maturity(events, claim_rows, rulings, known_by_ms)
    told = maturity.everything.verdicts >= LEAST_VERDICTS
    return Gap(maturity.gap_days(), "delays" if told else "too few verdicts")


def draw_labels(
    events: EventTable,
    claim_rows: Ints,
    known_by_ms: int,
    gap_days: float,
    *,
    silence: bool = False,
    reviewers: MeasuredReviewers | None = None,
) -> Drawn:
    """Labels by verdicts known before a moment, and by silence if it is told to count.

    Silence counts once a claim is as old as its kind needs to be, or as the gap is long if that is less.
    """
    ledger = draw_ledger(events, claim_rows, known_by_ms, gap_days, reviewers)
    if not silence:
        return Drawn(ledger.labels, ledger)
    days = np.minimum(ledger.silence_days(), gap_days)
    labels = ledger.with_silence(days)
    return Drawn(labels, ledger, float(ledger.silent(days).sum() / max(int(labels.is_known.sum()), 1)))
