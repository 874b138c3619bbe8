"""A comparison or a whole gate, from what a command was given."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from features.plan import Plan, default_plan
from features.progress import Progress
from features.whole_file import appearing
from serving.bundle import Bundle, BundleError, check_catalog
from serving.policy import Policy, default_policy_path, read_policy
from serving.scorer import Scorer
from training.bundle_of import bundle_of
from training.consents import read_consents
from training.dataset.config import DatasetError
from training.gate.checks import (
    Refusal,
    refusals_of_calibration,
    refusals_of_gain,
    refusals_of_parity,
    refusals_of_slices,
    refusals_of_speed,
)
from training.gate.comparing import Comparison, compare
from training.gate.config import GateConfig, read_gate
from training.gate.deciding import decide_duel
from training.gate.duel import Duel, GateError
from training.gate.period import Model, draw_period
from training.gate.report import as_json, cost_change, page
from training.gate.speed import Speed, measure_speed
from training.source import events_from, is_store, parity_of

_NO_EVENTS: Final = (
    "there is a champion to compare with: give --events (and --policy), with claims that neither of them learned from"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides beside a model: the policy, and ids of merchants that agreed to be charged."""

    policy: Policy
    consents: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What models are compared on. Without `events` nothing can be; a gate then looks at the model alone."""

    events: str | None
    policy: Path | None = None
    consents: Path | None = None
    gate: Path | None = None
    from_day: datetime | None = None
    to_day: datetime | None = None

    def limits(self) -> GateConfig:
        """What a challenger is held to."""
        return GateConfig() if self.gate is None else read_gate(self.gate)

    def terms(self) -> Terms:
        """The policy that decides, the shipped one by default, and the merchants that agreed to be charged."""
        consents = frozenset[str]() if self.consents is None else read_consents(self.consents)
        return Terms(read_policy(self.policy or default_policy_path()), consents)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate found: reasons against a promotion, what was not looked at, and the figures behind both.

    `duel` and `comparison` are None where nothing could be compared. Without a champion the model stands beside itself.
    """

    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]
    speed: Speed
    duel: Duel | None = None
    comparison: Comparison | None = None
    beside_champion: bool = False

    @property
    def cost_change(self) -> str:
        """What the challenger costs more or less, in a line; "" where it stood beside no other."""
        if self.duel is None or self.comparison is None or not self.beside_champion:
            return ""
        return cost_change(self.comparison, self.duel.currency)


def run_comparison(
    challenger: str, champion: str, evidence: Evidence, json_file: Path | None, progress: Progress
) -> list[str]:
    """Compare two models by folder, alias or number; returns the page, and writes it as JSON where that is asked for.

    Raises:
        GateError, DatasetError, PolicyError, BundleError, EventError, StoreError, TrackingError, OSError: in one line.
    """
    by = evidence.terms()
    with bundle_of(challenger) as first, bundle_of(champion) as second:
        duel = _duel(first, second, default_plan(), evidence, by, progress)
    comparison = compare(duel)
    if json_file is not None:
        with appearing(json_file) as unfinished:
            unfinished.write_text(json.dumps(_told(as_json(duel, comparison)), indent=2) + "\n", encoding="utf-8")
    return list(page(duel, comparison))


def judge_promotion(
    challenger: Bundle, champion: Callable[[], Bundle] | None, plan: Plan, evidence: Evidence, progress: Progress
) -> Judged:
    """Run the gate. Without a champion, only what a model can be held to by itself.

    That nothing can be compared is a reason against a promotion like any other.

    Args:
        challenger: a bundle that passed its own checks, of this catalogue.
        champion: fetches the champion's bundle, or raises BundleError; None where there is no champion.
        plan: the features.
        evidence: what to compare on.
        progress: called with (done, total, what).

    Raises:
        GateError, PolicyError, EventError, StoreError, OSError: what was given can't be read; in one line.
    """
    config, by = evidence.limits(), evidence.terms()
    with Scorer(challenger) as scorer:
        speed = measure_speed(challenger, scorer)
    slow = tuple(refusals_of_speed(speed, config))
    if evidence.events is None:
        if champion is not None:
            return Judged((_incomparable(_NO_EVENTS), *slow), (), speed)
        return Judged(slow, ("calibration and parity weren't looked at: no --events were given",), speed)
    parity = parity_of(evidence.events, progress)
    notes = () if is_store(evidence.events) else ("parity wasn't looked at: a file has no served vectors",)
    always = (*refusals_of_parity(parity, challenger.contents.training.get("parity")), *slow)
    try:
        beside = challenger if champion is None else champion()
        duel = _duel(challenger, beside, plan, evidence, by, progress)
        comparison = compare(duel)
    except (GateError, DatasetError, BundleError) as error:
        return Judged((_incomparable(str(error)), *always), notes, speed)
    refusals = (
        *(() if champion is None else refusals_of_gain(comparison, config, duel.currency)),
        *refusals_of_calibration(duel, comparison, config, beside_champion=champion is not None),
        *(() if champion is None else refusals_of_slices(comparison, config, duel.currency)),
        *always,
    )
    return Judged(refusals, notes, speed, duel, comparison, champion is not None)


def _incomparable(why: str) -> Refusal:
    return Refusal("comparable", math.nan, math.nan, why)


def lines_of(judged: Judged) -> Iterator[str]:
    """The figures that the gate went by."""
    if judged.duel is not None and judged.comparison is not None:
        if not judged.beside_champion:
            yield "there is no champion yet, so the model stands beside itself: read its figures, not the differences"
        yield from page(judged.duel, judged.comparison)
        yield ""
    speed = judged.speed
    yield (
        f"scoring a claim takes {speed.score_ms:.3f} ms, explaining it {speed.explain_ms:.3f} ms; {speed.trees:,} "
        f"trees with {speed.leaves:,} leaves"
    )
    yield from judged.notes


def _duel(challenger: Bundle, champion: Bundle, plan: Plan, evidence: Evidence, by: Terms, progress: Progress) -> Duel:
    if evidence.events is None:
        raise GateError("give --events to compare on")
    with ExitStack() as stack:
        models = []
        for name, bundle in (("challenger", challenger), ("champion", champion)):
            check_catalog(bundle, plan.catalog_hash)
            models.append(Model(name, bundle, stack.enter_context(Scorer(bundle))))
        progress(0, 1, "reading events")
        events = events_from(evidence.events)
        progress(1, 1, "reading events")
        period = draw_period(events, plan, models, _moment_ms(evidence.from_day), _moment_ms(evidence.to_day), progress)
        return decide_duel(period, models[0], models[1], by.policy, by.consents)


def _told(content: JsonValue) -> JsonValue:
    """JSON knows no NaN: what can't be told is null."""
    if isinstance(content, dict):
        return {key: _told(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_told(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _moment_ms(day: datetime | None) -> int | None:
    return None if day is None else int(day.replace(tzinfo=UTC).timestamp() * 1000)
