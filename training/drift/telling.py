"""A comparison and its judgement, as lines for a terminal and as JSON for a scheduler."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from features.store.check_results import CheckResult
from training.drift.comparing import ColumnShift, Comparison
from training.drift.judging import Judgement
from training.drift.pace import DELAY_DAYS, Delays

FORMAT: Final = 1
MOST_COLUMNS: Final = 10  # in the terminal


def day(moment_ms: int) -> str:
    """The day of a moment, UTC."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date().isoformat()


def lines(comparison: Comparison, judgement: Judgement) -> list[str]:
    """What was compared, what was found, the worst columns, and what follows."""
    later, then = comparison.later, comparison.reference
    shown = [column for column in comparison.columns if column.shift.is_seen][:MOST_COLUMNS]
    return [
        f"model {comparison.model_version}",
        (
            f"{len(later):,} claims of {day(later.from_ms)} to {day(later.to_ms - 1)}, "
            f"{'as the service logged them' if later.logged else 'computed from events'}; "
            f"{then.claims:,} of {day(then.from_ms)} to {day(then.to_ms - 1)}, which the training knew last"
        ),
        "",
        *(f"{finding.advice.word:<8} {finding.sentence}" for finding in judgement.findings),
        *(["", *_table(shown)] if shown else []),
        "",
        f"advice: {judgement.advice.word}",
        *(f"  because of {reason}" for reason in judgement.reasons if judgement.advice),
    ]


def result_of(judgement: Judgement, at_ms: int) -> CheckResult:
    """As it is left in a store: the advice, how many findings call for something, and what the most urgent one says."""
    called_for = [finding for finding in judgement.findings if finding.advice]
    worst = max(called_for, key=lambda finding: finding.advice, default=None)
    says = "nothing calls for anything" if worst is None else worst.sentence
    return CheckResult("drift", at_ms, judgement.advice.word, len(called_for), says)


def _table(shown: list[ColumnShift]) -> list[str]:
    return [
        f"{'columns that moved, worst first':<46} {'index':>7} {'chance':>7} {'gain':>6}  missing then, now",
        *(
            f"{column.name:<46} {column.shift.index:>7.3f} {column.shift.bound:>7.3f} {column.gain_share:>6.1%}  "
            f"{column.then.counted.missing:.1%}, {column.now.missing:.1%}"
            for column in shown
        ),
    ]


def as_json(comparison: Comparison, judgement: Judgement) -> dict[str, JsonValue]:
    """All figures by name; what can't be told is None."""
    later, then, labelled = comparison.later, comparison.reference, comparison.labelled
    return {
        "format": FORMAT,
        "model_version": comparison.model_version,
        "advice": judgement.advice.word,
        "reasons": list(judgement.reasons),
        "findings": [
            {"topic": finding.topic, "advice": finding.advice.word, "sentence": finding.sentence}
            for finding in judgement.findings
        ],
        "later": {
            "from_ms": later.from_ms,
            "to_ms": later.to_ms,
            "claims": len(later),
            "logged": later.logged,
            "vectors_without_claim": later.unknown,
        },
        "reference": {"from_ms": then.from_ms, "to_ms": then.to_ms, "claims": then.claims},
        "columns": [_column(column) for column in comparison.columns],
        "probability": {
            **_column(comparison.probability),
            "mean": float(later.probabilities.mean()) if len(later) else None,
        },
        "outcomes": {
            "label": labelled.kind,
            "mature_days": labelled.mature_days,
            "mature_claims": labelled.mature,
            "labelled_claims": labelled.known,
            "now": None if labelled.figures is None else labelled.figures.as_json(),
            "then": then.outcomes.as_json(),
        },
        "actions": {"now": {**comparison.weeks.shares}, "then": {**then.weeks.shares}},
        "delays": {"now": _delays(labelled.delays), "then": _delays(then.delays)},
    }


def _column(column: ColumnShift) -> dict[str, JsonValue]:
    return {
        "name": column.name,
        "meaning": column.meaning,
        "gain_share": column.gain_share,
        "index": _number(column.shift.index),
        "bound": _number(column.shift.bound),
        "seen": column.shift.is_seen,
        "far": column.shift.is_far,
        "missing_then": _number(column.then.counted.missing),
        "missing_now": _number(column.now.missing),
    }


def _delays(delays: Delays | None) -> JsonValue:
    if delays is None:
        return None
    within: dict[str, JsonValue] = {
        str(days): _number(share) for days, share in zip(DELAY_DAYS, delays.within.tolist(), strict=True)
    }
    return {"verdicts": delays.verdicts, "days95": _number(delays.days95), "within_days": within}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
