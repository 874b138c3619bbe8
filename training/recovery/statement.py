"""What came of the recovery model: in words for card and terminal, in numbers for manifest and MLflow."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from training.recovery.fitting import LOOKED_AT, Recovery, RecoveryConfig
from training.recovery.settling import SHARE


def card_lines(recovery: Recovery) -> list[str]:
    """The card's section on the recovery model as lines of Markdown."""
    return [
        "**Recovery model**, for the share of an advance that comes back from the merchant if the claim is honest.",
        *([] if recovery.why_not is None else [f"There is none: {recovery.why_not}. The policy's default is used."]),
        *_examples_lines(recovery),
        *_figures_lines(recovery),
        "",
    ]


def summary_lines(recovery: Recovery) -> list[str]:
    """What the terminal says of it after a training."""
    examples, figures = recovery.advances.examples, recovery.figures
    if recovery.why_not is not None:
        back = f"; {examples.came_back:.0%} came back of {len(examples):,}" if len(examples) else ""
        return [f"recovery model: none, the policy's default is used: {recovery.why_not}{back}"]
    tested = (
        f"rehearsed on {figures['test_examples']:,.0f} later ones: log loss {figures['test_log_loss']:.4f} "
        f"({figures['test_constant_log_loss']:.4f} by a constant), "
        f"calibration error {figures['test_calibration_error']:.4f}, AUC {figures['test_auc']:.3f}"
        if "test_log_loss" in figures
        else "too few to rehearse it in the past"
    )
    learned = (
        f"learned from {len(examples):,} of {examples.advances:,} advances, of which {examples.came_back:.0%} came back"
    )
    return [f"recovery model: {learned}", f"  {tested}"]


def recovery_metrics(recovery: Recovery) -> dict[str, float]:
    """All figures under names for MLflow, each with the prefix `recovery_`."""
    examples = recovery.advances.examples
    named = {
        "model": float(recovery.head is not None),
        "advances": float(examples.advances),
        "examples": float(len(examples)),
        "settling_days": examples.settling.days,
        **({"came_back": examples.came_back} if len(examples) else {}),
        **recovery.figures,
    }
    return {f"recovery_{name}": value for name, value in named.items()}


def recovery_facts(recovery: Recovery, config: RecoveryConfig) -> dict[str, Any]:
    """How the recovery model came about, as JSON."""
    examples = recovery.advances.examples
    return {
        "why_not": recovery.why_not,
        "reason_codes": sorted(LOOKED_AT),
        "config": asdict(config),
        "advances": examples.advances,
        "examples": len(examples),
        "too_young": examples.too_young,
        "found_abusive": examples.found_abusive,
        "still_open": examples.still_open,
        "settling_days": examples.settling.days,
        "settling_told": examples.settling.told,
        "came_back": examples.came_back if len(examples) else None,
    }


def _examples_lines(recovery: Recovery) -> list[str]:
    examples = recovery.advances.examples
    if examples.advances == 0:
        return []
    how = (
        f"{SHARE:.0%} of either kind, repaid or not, are settled by then" if examples.settling.told else "a fixed time"
    )
    back = f"; {examples.came_back:.2%} of them came back" if len(examples) else ""
    return [
        f"Of {examples.advances:,} advances {len(examples):,} teach{back}.",
        f"Left out: {examples.too_young:,} younger than {examples.settling.days:.1f} days ({how}), and",
        f"{examples.found_abusive:,} on claims that a verdict found abusive. Still open, and lost as far as is known:",
        f"{examples.still_open:,} of those that teach.",
    ]


def _figures_lines(recovery: Recovery) -> list[str]:
    figures, rehearsal = recovery.figures, recovery.advances.rehearsal
    if rehearsal is None or "test_log_loss" not in figures:
        return [] if recovery.head is None else ["Too few advances lie far enough in the past to rehearse and test it."]
    when = datetime.fromtimestamp(rehearsal.known_by_ms / 1000, UTC).date().isoformat()
    return [
        f"The figures are those of a rehearsal: a model made in the same way from the {len(rehearsal):,} advances that",
        f"could teach on {when}, on the {figures['test_examples']:,.0f} after them, beside a constant share.",
        "",
        "| figure | model | constant |",
        "|---|---|---|",
        f"| log loss | {figures['test_log_loss']:.4f} | {figures['test_constant_log_loss']:.4f} |",
        f"| Brier score | {figures['test_brier']:.4f} | {figures['test_constant_brier']:.4f} |",
        f"| calibration error | {figures['test_calibration_error']:.4f} | |",
        f"| AUC | {figures['test_auc']:.4f} | 0.5 |",
    ]
