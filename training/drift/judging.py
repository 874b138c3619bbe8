"""What follows from a comparison: nothing, watch, or retrain, each with its reason.

Outcomes come first: that probabilities don't hold, or that abuse is found worse, calls for a retraining. Columns that
moved are a reason only as far as the model gains from them, and call for a retraining by themselves only while there
are too few outcomes to tell. What a retraining would not mend (values that have gone missing, claims that no longer
come) calls for somebody to look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from training.drift.comparing import Comparison
from training.drift.outcomes import OutcomeFigures
from training.drift.resampling import Estimate
from training.drift.stability import FAR, LEAST_CLAIMS, SOME

SURE: Final = 1.96  # standard errors, for one figure
SURE_OF_PARTS: Final = 2.58  # for each of five parts
OFF: Final = 0.2  # of what was given: from there on, probabilities that don't hold cost money
LOST: Final = 0.1  # of the average precision
WATCHED_GAIN: Final = 0.1  # of the model's gain, in columns that moved
RETRAINED_GAIN: Final = 0.3  # in columns that moved far
FEED_GAIN: Final = 0.01  # of a column, before its missing values matter
SLOWER: Final = 1.5  # times as long


class Advice(IntEnum):
    """What to do, the more urgent the higher."""

    NONE = 0
    WATCH = 1
    RETRAIN = 2

    @property
    def word(self) -> str:
        """As it is printed."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found on one topic, in a sentence, and what it calls for."""

    topic: str
    advice: Advice
    sentence: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """All findings, and the advice of the most urgent."""

    findings: tuple[Finding, ...]

    @property
    def advice(self) -> Advice:
        """The most urgent."""
        return max(finding.advice for finding in self.findings)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences that call for it; for no advice, that of the first."""
        called = tuple(finding.sentence for finding in self.findings if finding.advice is self.advice)
        return called if self.advice is not Advice.NONE else called[:1]


def judge(comparison: Comparison) -> Judgement:
    """Judge each topic by itself."""
    return Judgement(
        (
            _calibration(comparison),
            _ranking(comparison),
            _columns(comparison),
            _probability(comparison),
            *_missing(comparison),
            _delays(comparison),
            _actions(comparison),
            *_claims(comparison),
        )
    )


def _claims(comparison: Comparison) -> list[Finding]:
    later, findings = comparison.later, []
    if len(later) == 0:
        source = "no vector was logged" if later.logged else "no claim was filed"
        told = f"claims: {source} in the period; see that the service gets claims and logs them"
        findings.append(Finding("claims", Advice.WATCH, told))
    if later.unknown:
        findings.append(
            Finding(
                "claims", Advice.WATCH,
                f"claims: {later.unknown:,} vectors were logged for claims that the event log doesn't have; "
                "run 'clearclaim-train parity'",
            )
        )  # fmt: skip
    return findings


def _calibration(comparison: Comparison) -> Finding:
    topic, figures, then = "calibration", comparison.labelled.figures, comparison.reference.outcomes
    if figures is None or not figures.tell_calibration:
        return Finding(topic, Advice.NONE, f"calibration: can't be told yet; {_too_few(comparison)}")
    found = figures.found
    told = (
        f"calibration: {_percent(figures.given)} given, {_percent(found.value)} found "
        f"({_percent(found.low, '')} to {_percent(found.high, '')}) over {figures.claims:,} mature claims; "
        f"at the training {_percent(then.given)} and {_percent(then.found.value)}"
    )
    off = abs(found.value - figures.given) / max(figures.given, 1e-9)
    if not found.low <= figures.given <= found.high:
        if _as_far_off(figures, then):  # what the training missed already, another on like data will miss too
            return Finding(
                topic, Advice.WATCH if off >= OFF else Advice.NONE, f"{told}: no further off than it was then"
            )
        return Finding(topic, Advice.RETRAIN if off >= OFF else Advice.WATCH, told)
    if (part := _part_off(comparison)) is not None:
        return Finding(topic, Advice.WATCH, f"{told}; but {part}")
    return Finding(topic, Advice.NONE, told)


def _as_far_off(now: OutcomeFigures, then: OutcomeFigures) -> bool:
    """Whether the training's own test missed as large a share of what was given, on the same side, but for chance."""
    if not then.tell_calibration or then.found.low <= then.given <= then.found.high:
        return False  # whether it was off then can't be told for sure
    missed, missed_then = now.found.value / now.given - 1, then.found.value / then.given - 1
    error = math.hypot(now.found.error / now.given, then.found.error / then.given)
    return bool(missed * missed_then > 0 and abs(missed) - abs(missed_then) <= SURE * error)


def _part_off(comparison: Comparison) -> str | None:
    curve = comparison.labelled.curve
    if curve is None:
        return None
    for given, found, error in zip(curve.given, curve.found, curve.error, strict=True):
        if abs(found - given) > max(SURE_OF_PARTS * error, OFF * given):
            return f"where it gives about {_percent(given)}, {_percent(found)} were found (± {_percent(2 * error)})"
    return None


def _ranking(comparison: Comparison) -> Finding:
    topic, now, then = "ranking", comparison.labelled.figures, comparison.reference.outcomes
    if now is None or not now.tell_ranking or not then.tell_ranking:
        return Finding(topic, Advice.NONE, f"ranking: can't be told yet; {_too_few(comparison)}")
    told = (
        f"ranking: average precision {_figure(now.average_precision)}, {_figure(then.average_precision)} at the "
        f"training; AUC {_figure(now.auc)}, then {_figure(then.auc)}"
    )
    worse = _fell(now.average_precision, then.average_precision)
    # average precision falls with the share of abuse alone; AUC doesn't
    if worse and _fell(now.auc, then.auc) and _lost(now, then) >= LOST:
        return Finding(topic, Advice.RETRAIN, told)
    return Finding(topic, Advice.WATCH if worse and _lost(now, then) >= LOST else Advice.NONE, told)


def _fell(now: Estimate, then: Estimate) -> bool:
    error = math.hypot(now.error, then.error)
    return then.value - now.value > SURE * error  # False where an error is unknown


def _lost(now: OutcomeFigures, then: OutcomeFigures) -> float:
    return 1 - now.average_precision.value / max(then.average_precision.value, 1e-9)


def _columns(comparison: Comparison) -> Finding:
    topic, seen = "columns", [column for column in comparison.columns if column.shift.is_seen]
    if len(comparison.later) < LEAST_CLAIMS:
        return Finding(topic, Advice.NONE, f"columns: can't be told from {len(comparison.later):,} claims")
    moved = sum(column.gain_share for column in seen)
    far = sum(column.gain_share for column in seen if column.shift.is_far)
    if not seen:
        told = f"columns: none of {len(comparison.columns)} moved by more than chance and {SOME:g}"
        return Finding(topic, Advice.NONE, told)
    told = (
        f"columns: {len(seen)} of {len(comparison.columns)} moved by more than chance and {SOME:g}; the model has "
        f"{moved:.0%} of its gain from them ({far:.0%} from those beyond {FAR:g}), most from {seen[0].name}"
    )
    figures = comparison.labelled.figures
    if far >= RETRAINED_GAIN and (figures is None or not figures.tell_calibration):
        return Finding(topic, Advice.RETRAIN, f"{told}; and there are too few outcomes to tell that it holds")
    return Finding(topic, Advice.WATCH if moved >= WATCHED_GAIN else Advice.NONE, told)


def _probability(comparison: Comparison) -> Finding:
    column = comparison.probability
    if not math.isfinite(column.shift.index):
        return Finding("probability", Advice.NONE, f"probability: can't be told from {len(comparison.later):,} claims")
    mean = f"its mean is {_percent(float(comparison.later.probabilities.mean()))}"
    told = (
        f"probability: stability index {column.shift.index:.3f} (chance alone hardly passes {column.shift.bound:.3f}); "
        f"{mean}"
    )
    return Finding("probability", Advice.WATCH if column.shift.is_seen else Advice.NONE, told)


def _missing(comparison: Comparison) -> list[Finding]:
    moved = [column for column in comparison.columns if column.missing_moved and column.gain_share >= FEED_GAIN]
    if not moved:
        return []
    moved.sort(key=lambda column: -abs(column.then.counted.missing - column.now.missing))
    first = moved[0]
    more = f" (and {len(moved) - 1} more columns)" if len(moved) > 1 else ""
    return [
        Finding(
            "missing", Advice.WATCH,
            f"missing: {first.name} is missing for {_percent(first.now.missing)} of claims, then "
            f"{_percent(first.then.counted.missing)}{more}; see whether a feed has changed before you retrain",
        )
    ]  # fmt: skip


def _delays(comparison: Comparison) -> Finding:
    topic, now, then = "delays", comparison.labelled.delays, comparison.reference.delays
    if now is None or then is None or math.isnan(now.days95) or math.isnan(then.days95):
        return Finding(topic, Advice.NONE, "delays: too few verdicts, or too young, to tell how long they take")
    told = f"delays: 95 % of first verdicts take {now.days95:.1f} days, then {then.days95:.1f}"
    slower = now.days95 > SLOWER * then.days95 and now.days95 - then.days95 > 1
    return Finding(topic, Advice.WATCH if slower else Advice.NONE, told)


def _actions(comparison: Comparison) -> Finding:
    now, then = comparison.weeks.shares, comparison.reference.weeks.shares
    if not now or not then:
        return Finding("actions", Advice.NONE, "actions: no decisions to compare")
    told = ", ".join(f"{word} {_percent(now[word])} (then {_percent(then[word])})" for word in now)
    return Finding("actions", Advice.NONE, f"actions: {told}; they follow the policy and the queue as well")


def _too_few(comparison: Comparison) -> str:
    labelled = comparison.labelled
    if labelled.figures is None:
        return (
            f"no mature claim has a label ({labelled.mature:,} of {len(comparison.later):,} claims are older than "
            f"{labelled.mature_days:.0f} days, {labelled.known:,} have a label)"
        )
    return f"{labelled.figures.abusive:,} abusive of {labelled.figures.claims:,} mature claims are too few"


def _figure(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _percent(share: float, unit: str = " %") -> str:
    return f"{share:.1%}".removesuffix("%") + unit
