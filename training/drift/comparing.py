"""The reference of a model beside the claims that came later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import lightgbm
import numpy as np
from scipy.stats import norm

from features.arrays import Floats
from features.columns import Column
from features.definition.window import MS_PER_DAY
from features.plan import Plan
from serving.bundle import Bundle
from serving.text.columns import TEXT_COLUMNS
from training.dataset.building import filing_weights
from training.dataset.config import LABELS, PROXY
from training.drift.later import LaterClaims
from training.drift.outcomes import OutcomeCurve, OutcomeFigures, outcome_curve, outcome_figures
from training.drift.pace import Delays, Weeks, delays_of, weeks_of
from training.drift.reference import PROBABILITY, Reference, Spread
from training.drift.remembering import evenly, groupings
from training.drift.stability import ALPHA, LEAST_CLAIMS, Counted, Shift, count, shift
from training.labels import high_refund_labels
from training.labels.drawing import Drawn, draw_labels

MISSING_MOVED: Final = 0.1  # a change of the missing share from which on a feed may have changed


@dataclass(frozen=True, slots=True)
class ColumnShift:
    """How one column moved, with its meaning in English and its share of the model's gain."""

    name: str
    meaning: str
    gain_share: float
    then: Spread
    now: Counted
    shift: Shift
    columns: int

    @property
    def pull(self) -> float:
        """How much the shift may matter to the model: the index times the share of gain."""
        return self.shift.index * self.gain_share if np.isfinite(self.shift.index) else 0.0

    @property
    def missing_moved(self) -> bool:
        """Whether values are missing much more or less often than then, by more than chance."""
        one, other = self.then.counted, self.now
        if min(one.claims, other.claims) < LEAST_CLAIMS or abs(one.missing - other.missing) < MISSING_MOVED:
            return False
        pooled = (one.counts[-1] + other.counts[-1]) / (one.claims + other.claims)
        chance = one.design_effect / one.claims + other.design_effect / other.claims
        error = float(np.sqrt(max(pooled * (1 - pooled), 1e-9) * chance))
        return bool(abs(one.missing - other.missing) > error * norm.isf(ALPHA / self.columns / 2))


@dataclass(frozen=True, slots=True)
class Labelled:
    """What came to be known of the later claims.

    Attributes:
        kind: of label, as the training used it.
        mature_days: how long labels were waited for.
        known: claims with a label, young ones included.
        mature: claims that are old enough for theirs.
        figures: on the mature ones with a label, None where there is none.
        curve: of the same, None where the figures tell nothing.
        delays: of first verdicts; None for labels that come from no verdicts.
    """

    kind: str
    mature_days: float
    known: int
    mature: int
    figures: OutcomeFigures | None
    curve: OutcomeCurve | None
    delays: Delays | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was compared. `columns` come worst first: those with a shift that is seen, by their pull."""

    model_version: str
    reference: Reference
    later: LaterClaims
    columns: tuple[ColumnShift, ...]
    probability: ColumnShift
    labelled: Labelled
    weeks: Weeks


def compare(bundle: Bundle, reference: Reference, later: LaterClaims, plan: Plan) -> Comparison:
    """Lay the later claims beside the reference.

    Args:
        bundle: the model.
        reference: its own.
        later: the claims, scored by it.
        plan: the features, for the columns' words.
    """
    return Comparison(
        bundle.model_version,
        reference,
        later,
        *_shifts(bundle, reference, later, {column.name: column for column in (*plan.columns, *TEXT_COLUMNS)}),
        _label(bundle, later),
        weeks_of(later.events, later.rows, later.known_by_ms),
    )


def _shifts(
    bundle: Bundle, reference: Reference, later: LaterClaims, words: dict[str, Column]
) -> tuple[tuple[ColumnShift, ...], ColumnShift]:
    names = [column.name for column in bundle.contents.columns]
    gains = _gain_shares(bundle)
    chosen = evenly(len(later))
    vectors, given = later.vectors[chosen], later.probabilities[chosen]
    groups = groupings(later.events, later.rows[chosen])

    def moved(name: str, meaning: str, gain: float, then: Spread, values: Floats, columns: int) -> ColumnShift:
        now = count(then.bins.of(values), then.bins.number, groups)
        return ColumnShift(name, meaning, gain, then, now, shift(then.counted, now, columns), columns)

    shifts = [
        moved(name, words[name].meaning.en, float(gains[at]), reference.columns[name], vectors[:, at], len(names))
        for at, name in enumerate(names)
    ]
    shifts.sort(key=lambda each: (not each.shift.is_seen, -each.pull, each.name))
    meaning = "the abuse probability that the model gives"
    probability = moved(PROBABILITY, meaning, 1.0, reference.probability, given, 1)
    return tuple(shifts), probability


def _gain_shares(bundle: Bundle) -> Floats:
    booster = lightgbm.Booster(model_str=bundle.contents.model_text)
    gains = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    return gains / (gains.sum() or 1.0)


def _label(bundle: Bundle, later: LaterClaims) -> Labelled:
    """Label the later claims in the way that the training did, with what is known by now."""
    kind = str(bundle.contents.training["label"])
    days = _gap_days(bundle)
    drawn, delays = _draw(kind, later, days), None
    if drawn.ledger is not None:
        delays = delays_of(drawn.ledger.maturity.everything)
        if delays.days95 > days:  # they take longer than they did: wait for them
            days = delays.days95
            drawn = _draw(kind, later, days)
    mature = later.as_of_ms + round(days * MS_PER_DAY) <= later.known_by_ms
    chosen = np.flatnonzero(drawn.labels.is_known & mature)
    known = int(drawn.labels.is_known.sum())
    if len(chosen) == 0:
        return Labelled(kind, days, known, int(mature.sum()), None, None, delays)
    buyers = later.events["buyer_id"][later.rows[chosen]]
    weights = filing_weights(buyers, later.as_of_ms[chosen])
    if LABELS[kind].weighted and drawn.ledger is not None:
        weights = weights * drawn.ledger.weights(chosen).values
    abusive, given = drawn.labels.abusive[chosen], later.probabilities[chosen]
    figures = outcome_figures(abusive, given, weights, buyers)
    curve = outcome_curve(abusive, given, weights) if figures.tell_calibration else None
    return Labelled(kind, days, known, int(mature.sum()), figures, curve, delays)


def _draw(kind: str, later: LaterClaims, days: float) -> Drawn:
    if kind == PROXY:
        return Drawn(high_refund_labels(later.events, later.rows, later.known_by_ms, LABELS[PROXY].days))
    return draw_labels(later.events, later.rows, later.known_by_ms, days, silence=LABELS[kind].silence)


def _gap_days(bundle: Bundle) -> float:
    labelling = bundle.contents.training.get("labelling")
    days = labelling.get("gap_days") if isinstance(labelling, dict) else None
    return float(days) if isinstance(days, int | float) else LABELS[str(bundle.contents.training["label"])].days
