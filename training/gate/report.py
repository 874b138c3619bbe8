"""A comparison of two models, as a page of text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from training.dataset.config import LABELS, PROXY
from training.gate.comparing import COST, LEAST_IN_SLICE, PER, REVIEWED, Comparison, Pair, SlicePair
from training.gate.duel import Duel, Side

_WORDS: Final = {
    "average_precision": "average precision",
    "auc": "AUC",
    "calibration_error": "calibration error",
    "log_loss": "log loss",
    COST: f"cost of {PER:,} claims",
    REVIEWED: "honest claims reviewed",
}


def page(duel: Duel, comparison: Comparison) -> Iterator[str]:
    """The comparison line by line; money in units of the currency."""
    sides = f"challenger {_named(duel.challenger)}, champion {_named(duel.champion)}"
    yield f"{sides}: on claims that neither learned from"
    yield (
        f"{day(comparison.from_ms)} to {day(comparison.to_ms)}: {comparison.claims:,} claims, {comparison.labels:,} "
        f"with a label ({duel.label}{': a PROXY, not abuse' if duel.label == PROXY else ''})"
    )
    yield f"policy {duel.policy_version}, money in {duel.currency}; intervals hold 95 %, by buyer"
    yield ""
    yield f"{'':<24}{'champion':>12}{'challenger':>12}{'difference':>12}  interval"
    for name, pair in comparison.figures.items():
        yield f"{_WORDS[name]:<24}{_cells(name, pair)}"
    yield f"another action on {comparison.other_action_share:.2%} of the claims"
    yield ""
    yield f"by slice; bounds of differences hold for all slices at once{_left_out(comparison)}"
    for name in (COST, REVIEWED):
        yield f"{_WORDS[name]:<38}{'labels':>8}{'champion':>12}{'challenger':>12}{'difference':>12}  interval"
        for each in comparison.slices:
            if each.figures:
                called = f"  {each.slicing} {each.value}"
                yield f"{called:<38.38}{each.labels:>8,}{_cells(name, each.figures[name])}"


def cost_change(comparison: Comparison, currency: str) -> str:
    """What the challenger costs more than the champion, with the interval: less than nothing is saved."""
    more = comparison.figures[COST].difference
    value, low, high = (each / 100 for each in (more.value, more.low, more.high))
    return f"{value:+,.2f} {currency} per {PER:,} claims ({low:+,.2f} to {high:+,.2f})"


def as_json(duel: Duel, comparison: Comparison) -> dict[str, JsonValue]:
    """The same for machines: each figure as value, low, high; money in minor units."""
    return {
        "challenger": duel.challenger.version,
        "champion": duel.champion.version,
        "label": duel.label,
        "label_means": LABELS[duel.label].meaning if duel.label in LABELS else "",
        "policy_version": duel.policy_version,
        "currency": duel.currency,
        "from_ms": comparison.from_ms,
        "to_ms": comparison.to_ms,
        "claims": comparison.claims,
        "labels": comparison.labels,
        "other_action_share": comparison.other_action_share,
        "figures": {name: _pair_json(pair) for name, pair in comparison.figures.items()},
        "slices": [_slice_json(each) for each in comparison.slices],
    }


def day(moment_ms: int) -> str:
    """The UTC day of a moment."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date().isoformat()


def _named(side: Side) -> str:
    return side.version[:12]


def _left_out(comparison: Comparison) -> str:
    few = [f"{each.slicing} {each.value}" for each in comparison.slices if not each.figures]
    return f"; fewer than {LEAST_IN_SLICE} labels: {', '.join(few)}" if few else ""


def _cells(name: str, pair: Pair) -> str:
    width, digits, factor, unit = 12, 4, 1.0, ""
    if name == COST:
        digits, factor = 2, 0.01
    elif name == REVIEWED:
        digits, factor, unit = 2, 100.0, " %"
    champion, challenger = (f"{each.value * factor:,.{digits}f}{unit}" for each in (pair.champion, pair.challenger))
    low, value, high = (
        f"{each * factor:+,.{digits}f}{unit}"
        for each in (pair.difference.low, pair.difference.value, pair.difference.high)
    )
    return f"{champion:>{width}}{challenger:>{width}}{value:>{width}}  {low} to {high}"


def _pair_json(pair: Pair) -> JsonValue:
    return {name: list(each.values()) for name, each in asdict(pair).items()}


def _slice_json(each: SlicePair) -> JsonValue:
    return {
        "slicing": each.slicing,
        "value": each.value,
        "labels": each.labels,
        "figures": {name: _pair_json(pair) for name, pair in each.figures.items()},
    }
