"""The reasons against a promotion, each with its figure and its limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import JsonValue

from features.parity import Parity
from training.gate.chance import tolerated_error
from training.gate.comparing import COST, PER, REVIEWED, Comparison, SlicePair
from training.gate.config import GateConfig
from training.gate.duel import Duel
from training.gate.report import cost_change
from training.gate.speed import Speed

Check: TypeAlias = Literal["comparable", "gain", "calibration", "slice", "parity", "latency", "size"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: what was checked, the figure, the limit that it breaks, and all of it in one line."""

    check: Check
    figure: float
    limit: float
    says: str

    def __str__(self) -> str:
        return f"{self.check}: {self.says}"


def refusals_of_gain(comparison: Comparison, config: GateConfig, currency: str) -> Iterator[Refusal]:
    """Money: what the challenger may cost more, at the upper end of the interval, against what is allowed."""
    cost = comparison.figures[COST]
    more, better = cost.difference, config.demand == "better"
    allowed = 0.0 if better else config.money_margin * cost.champion.value
    if more.high < 0 or (more.high <= allowed and not better):
        return
    found = "it loses money" if more.low > 0 else "it isn't shown to be better" if better else "a loss isn't ruled out"
    limit = "below 0" if better else f"at most {allowed / 100:+,.2f}, {config.money_margin:.1%} of the champion's cost"
    yield Refusal(
        "gain",
        more.high,
        allowed,
        f"the challenger's decisions cost {cost_change(comparison, currency)}; the upper end must be {limit}: {found}",
    )


def refusals_of_calibration(
    duel: Duel, comparison: Comparison, config: GateConfig, *, beside_champion: bool
) -> Iterator[Refusal]:
    """Probabilities that don't mean what they say."""
    error = comparison.figures["calibration_error"]
    shown = error.challenger.value
    tolerated = tolerated_error(duel, duel.challenger, config.calibration_limit)
    if shown > tolerated:
        yield Refusal(
            "calibration",
            shown,
            tolerated,
            f"the calibration error is {shown:.4f}; a model that is off by {config.calibration_limit:.4f} shows at "
            f"most {tolerated:.4f} on these labels",
        )
    if beside_champion and error.difference.low > config.calibration_margin:
        worse = error.difference
        yield Refusal(
            "calibration",
            worse.low,
            config.calibration_margin,
            f"the calibration error is {worse.value:.4f} above the champion's ({worse.low:.4f} to {worse.high:.4f}); "
            f"the interval must reach below {config.calibration_margin:.4f}",
        )


def refusals_of_slices(comparison: Comparison, config: GateConfig, currency: str) -> Iterator[Refusal]:
    """Slices in which the challenger does clearly worse than the champion."""
    for each in comparison.slices:
        if each.figures:
            yield from _refusals_of_slice(each, config, currency)


def _refusals_of_slice(each: SlicePair, config: GateConfig, currency: str) -> Iterator[Refusal]:
    cost, reviewed = each.figures[COST], each.figures[REVIEWED]
    allowed = config.slice_money_margin * cost.champion.value
    more = cost.difference
    if more.low > max(allowed, 0.0):
        yield Refusal(
            "slice",
            more.low,
            allowed,
            f"{each.slicing} {each.value}: costs {more.value / 100:,.2f} {currency} more per {PER:,} claims "
            f"({more.low / 100:,.2f} to {more.high / 100:,.2f}); the interval must reach below {allowed / 100:,.2f}, "
            f"{config.slice_money_margin:.1%} of what the champion costs there",
        )
    burden = reviewed.difference
    if burden.low > config.slice_review_margin:
        yield Refusal(
            "slice",
            burden.low,
            config.slice_review_margin,
            f"{each.slicing} {each.value}: {burden.value:.2%} more of the honest claims go to a person "
            f"({burden.low:.2%} to {burden.high:.2%}); the interval must reach below {config.slice_review_margin:.2%}",
        )


def refusals_of_parity(parity: Parity | None, trained: JsonValue = None) -> Iterator[Refusal]:
    """Vectors that the service served and the event log doesn't give: now, and when the model was trained.

    Args:
        parity: of the store that the models are compared on; None where that is none.
        trained: what the bundle says of the store that it learned from, likewise.
    """
    if parity is not None and not parity.holds:
        worst = sorted(parity.mismatches.items(), key=lambda item: -item[1])[:3]
        columns = "".join(f", {count:,} in {name}" for name, count in worst)
        missing = f", {len(parity.missing_claims):,} claims without their event" if parity.missing_claims else ""
        yield Refusal(
            "parity",
            float(parity.differing + len(parity.missing_claims)),
            0.0,
            f"{parity.differing:,} of {parity.values:,} values that the service served differ from what the event log "
            f"gives{columns}{missing}; the limit is 0: run 'clearclaim-train parity'",
        )
    wrong = [trained.get(name) for name in ("differing", "missing_claims")] if isinstance(trained, dict) else []
    if count := sum(each for each in wrong if isinstance(each, int)):
        yield Refusal(
            "parity",
            float(count),
            0.0,
            f"{count:,} values or claims that the service had served differed from the event log that the model "
            "learned from; the limit is 0: mend that, and train again",
        )


def refusals_of_speed(speed: Speed, config: GateConfig) -> Iterator[Refusal]:
    """A model that takes too long for a claim, or too much memory."""
    for what, taken, budget in (
        ("scoring", speed.score_ms, config.score_ms),
        ("explaining", speed.explain_ms, config.explain_ms),
    ):
        if taken > budget:
            yield Refusal(
                "latency",
                taken,
                budget,
                f"{what} a claim takes {taken:.3f} ms here (median); the budget is {budget:g} ms",
            )
    if speed.leaves > config.leaves:
        yield Refusal(
            "size",
            speed.leaves,
            config.leaves,
            f"{speed.trees:,} trees have {speed.leaves:,} leaves in all; the budget is {config.leaves:,}",
        )
