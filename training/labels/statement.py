"""How the labels of a training came about, in words for the model's card and in numbers for its manifest and MLflow."""

from __future__ import annotations

import math
from typing import Any

from features.events import VERDICT_SOURCES
from training.labels.drawing import Labelling
from training.labels.ledger import LabelLedger
from training.labels.maturity import SHARE
from training.labels.propensity import WORTH_IN_FITTING


def card_lines(labelling: Labelling | None) -> list[str]:
    """The card's section on labels as lines of Markdown; none where labels come from no verdicts."""
    if labelling is None or labelling.final.ledger is None:
        return []
    ledger = labelling.final.ledger
    gap = labelling.gap
    return [
        f"**Labels.** Waited for {gap.days:.1f} days before the test and after it ({_told_by(gap.told_by)}).",
        *_reliability_lines(ledger),
        "",
        "| source | rulings | open | beside another's | sensitivity | specificity |",
        "|---|---|---|---|---|---|",
        *_source_rows(ledger),
        "",
        f"{_silence_line(labelling)}",
        *_measured_lines(labelling),
        *_weight_lines(labelling),
        "",
    ]


def facts(labelling: Labelling | None) -> dict[str, Any]:
    """All that the card says of labels, as JSON; what no data tell is None."""
    if labelling is None:
        return {}
    stated: dict[str, Any] = {"gap_days": labelling.gap.days, "gap_told_by": labelling.gap.told_by}
    ledger = labelling.final.ledger
    if ledger is None:
        return stated
    reliability = ledger.reliability
    stated["sources"] = {
        word: {
            "rulings": int(reliability.votes[code] + reliability.undetermined[code]),
            "undetermined": int(reliability.undetermined[code]),
            "compared": int(reliability.compared[code]),
            "sensitivity": float(reliability.rates[code, 0]),
            "specificity": float(reliability.rates[code, 1]),
            "sensitivity_error": _number(reliability.errors[code, 0]),
            "specificity_error": _number(reliability.errors[code, 1]),
            "estimated": bool(reliability.estimated[code]),
        }
        for code, word in _ruling(ledger)
    }
    stated["reviewers"] = len(reliability.reviewer_ids)
    if labelling.reviewers is not None:
        stated["reviewers_measured"] = len(labelling.reviewers.rates)
        stated["reviewers_hash"] = labelling.reviewers.digest
    stated["mature_after_days"] = {
        word: _number(curve.mature_after_days()) for word, curve in ledger.maturity.overall.items()
    }
    stated["silent_share"] = labelling.final.silent_share
    stated["audits_found_share"] = ledger.propensities.found if ledger.propensities.logged.any() else None
    stated["weights"] = {
        period: {
            "labels": len(weights.values),
            "effective": weights.effective,
            "clip": weights.clip,
            "clipped_share": weights.clipped_share,
            "weight_lost": weights.weight_lost,
        }
        for period, weights in labelling.weights.items()
    }
    return stated


def label_metrics(labelling: Labelling | None) -> dict[str, float]:
    """The figures on labels under names for MLflow; those that no data tell are left out."""
    stated = facts(labelling)
    if not stated:
        return {}
    named: dict[str, float | None] = {"label_gap_days": stated["gap_days"]}
    for word, source in stated.get("sources", {}).items():
        named |= {
            f"label_{word}_{name}": source[name] for name in ("rulings", "compared", "sensitivity", "specificity")
        }
    for word, days in stated.get("mature_after_days", {}).items():
        named[f"label_{word}_mature_after_days"] = days
    for period, weights in stated.get("weights", {}).items():
        named |= {
            f"label_{period}_{name}": weights[name] for name in ("effective", "clip", "clipped_share", "weight_lost")
        }
    if "silent_share" in stated:
        named["label_silent_share"] = stated["silent_share"]
    return {name: float(value) for name, value in named.items() if value is not None}


def summary_lines(labelling: Labelling | None) -> list[str]:
    """What the terminal says of labels after a training."""
    if labelling is None or labelling.final.ledger is None:
        return []
    sizes = ", ".join(
        f"{period} {weights.effective:,.0f} of {len(weights.values):,}" for period, weights in labelling.weights.items()
    )
    lines = [f"labels waited for {labelling.gap.days:.1f} days ({_told_by(labelling.gap.told_by)})"]
    lines += [f"effective labels after weighting: {sizes}"] if sizes else []
    return lines


def _told_by(told_by: str) -> str:
    return {
        "delays": f"{SHARE:.0%} of the verdicts that come have come by then, as told before the test",
        "given": "as it was set",
        "too few verdicts": "a fixed time: too few verdicts tell of their delays",
    }[told_by]


def _ruling(ledger: LabelLedger) -> list[tuple[int, str]]:
    reliability = ledger.reliability
    rulings = reliability.votes + reliability.undetermined
    return [(code, word) for code, word in enumerate(VERDICT_SOURCES) if rulings[code]]


def _reliability_lines(ledger: LabelLedger) -> list[str]:
    reliability = ledger.reliability
    if not reliability.estimated.any():
        return [
            "Too few claims were ruled on by several to tell how far a source can be relied on: the rates below are",
            "assumed, and a claim's label is what was found.",
        ]
    lines = [
        "How far each source can be relied on is told from claims on which several ruled before the test's labels were",
        "drawn (Dawid and Skene; two standard errors beside each rate),",
        f"and of {len(reliability.reviewer_ids):,} reviewers likewise.",
    ]
    assumed = ", ".join(reliability.defaults)
    return (
        [*lines, f"Too few of their claims were ruled on by others: {assumed}; their rates are assumed."]
        if assumed
        else lines
    )


def _source_rows(ledger: LabelLedger) -> list[str]:
    reliability = ledger.reliability
    return [
        f"| {word} | {reliability.votes[code] + reliability.undetermined[code]:,} | {reliability.undetermined[code]:,} "
        f"| {reliability.compared[code]:,} | {_rate(ledger, code, 0)} | {_rate(ledger, code, 1)} |"
        for code, word in _ruling(ledger)
    ]


def _rate(ledger: LabelLedger, code: int, which: int) -> str:
    rate, error = ledger.reliability.rates[code, which], ledger.reliability.errors[code, which]
    return f"{rate:.3f} ± {2 * error:.3f}" if math.isfinite(error) else f"{rate:.3f} (assumed)"


def _silence_line(labelling: Labelling) -> str:
    if labelling.final.silent_share:
        return (
            f"Silence was taken for clean in {labelling.development.silent_share:.1%} of the labels known before the "
            f"test, and {labelling.final.silent_share:.1%} of those known at the end."
        )
    return "Silence was taken for nothing."


def _measured_lines(labelling: Labelling) -> list[str]:
    if labelling.reviewers is None:
        return []
    known = labelling.reviewers
    return [
        f"Rates of {len(known.rates):,} reviewers were measured on gold cases (file {known.digest}).",
        "In training and calibration, labels of the less reliable count less beside others of the same class; in the",
        "test they count as ever.",
    ]


def _weight_lines(labelling: Labelling) -> list[str]:
    if not labelling.weights:
        return ["Each label counts the same."]
    return [
        "Each label counts by the inverse of its chance: the logged one of an audit, and otherwise the share of claims",
        "of its action, type and amount that got one. No label stands for more claims than the clip says; for fitting",
        f"it is lowered until the labels are worth {WORTH_IN_FITTING:.0%} of their number. The effective number is",
        "that of equal labels which would tell as much.",
        "",
        "| period | labels | effective | clip | cut | weight cut off |",
        "|---|---|---|---|---|---|",
        *(
            f"| {period} | {len(weights.values):,} | {weights.effective:,.0f} | {weights.clip:.1f} "
            f"| {weights.clipped_share:.2%} | {weights.weight_lost:.2%} |"
            for period, weights in labelling.weights.items()
        ),
    ]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
