"""The search: many random settings, then ever closer ones around the best, then back to what was wherever that does
no harm. The same seed finds the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from features.progress import Progress
from serving.policy import Policy
from training.tuning.claims import TuningClaims
from training.tuning.knobs import Knob, TuningError, setting, with_settings
from training.tuning.limits import Limit
from training.tuning.many import Capacity
from training.tuning.measuring import Measured, measure


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """How to search: so many random settings, then so many rounds of so many around the best, ever closer."""

    seed: int = 7
    random: int = 300
    rounds: int = 6
    of_round: int = 40
    widest: float = 0.2
    narrowing: float = 0.6

    @property
    def settings(self) -> int:
        """How many settings are measured, but for the last step."""
        return self.random + self.rounds * self.of_round


@dataclass(frozen=True, slots=True)
class Candidate:
    """Settings that were tried, as places of the knobs from 0 to 1, and what they came to."""

    places: Floats
    settings: dict[str, float]
    measured: Measured
    rank: tuple[float, float, float]


def search(
    claims: TuningClaims,
    policy: Policy,
    knobs: tuple[Knob, ...],
    limits: tuple[Limit, ...],
    capacity: Capacity,
    config: SearchConfig,
    progress: Progress | None = None,
) -> dict[str, float]:
    """The settings that cost least while all limits hold, by key; empty where the given policy is best.

    Of settings that cost the same, those nearest to the policy's own win.

    Args:
        claims: of the period to learn from.
        policy: the given policy; it says what outcomes cost.
        knobs: what to change.
        limits: what must hold.
        capacity: as of `decide_many`.
        config: how long to search.
        progress: called with (done, total, what is being done).

    Raises:
        TuningError: nothing that was tried keeps all limits.
    """
    own = np.array([knob.place(setting(policy, knob.key)) for knob in knobs])
    random, tried = np.random.default_rng(config.seed), 0

    def attempt(places: Floats | None) -> Candidate:
        """Measure settings at these places; the policy's own for None."""
        nonlocal tried
        tried += 1
        if progress is not None:
            progress(min(tried, config.settings), config.settings, "settings tried")
        found = {} if places is None else {k.key: k.value(float(p)) for k, p in zip(knobs, places, strict=True)}
        return _candidate(claims, policy, own if places is None else places, own, found, limits, capacity)

    best = attempt(None)
    for _ in range(config.random):
        best = min(best, attempt(random.random(len(knobs))), key=lambda each: each.rank)
    width = config.widest
    for _ in range(config.rounds):
        centre = best.places
        for _ in range(config.of_round):
            # some knobs stay where they are: the best settings mostly differ in few
            moved = np.where(random.random(len(knobs)) < 0.6, random.normal(0, width, len(knobs)), 0.0)
            best = min(best, attempt(np.clip(centre + moved, 0, 1)), key=lambda each: each.rank)
        width *= config.narrowing
    if best.rank[0] > 0:
        raise TuningError(_nothing_holds(best, limits))
    return _back_where_harmless(
        best, policy, lambda found: _candidate(claims, policy, own, own, found, limits, capacity)
    )


def _candidate(
    claims: TuningClaims,
    policy: Policy,
    places: Floats,
    own: Floats,
    settings: dict[str, float],
    limits: tuple[Limit, ...],
    capacity: Capacity,
) -> Candidate:
    measured = measure(claims, with_settings(policy, settings), policy, capacity)
    rank = (measured.excess(limits), round(measured.cost_minor, 6), float(np.abs(places - own).sum()))
    return Candidate(places, settings, measured, rank)


def _back_where_harmless(
    best: Candidate, policy: Policy, attempt: Callable[[dict[str, float]], Candidate]
) -> dict[str, float]:
    """The settings without those that gain nothing: who reads them looks for a reason in each."""
    settings = {key: value for key, value in best.settings.items() if value != setting(policy, key)}
    for key in list(settings):
        without = {other: value for other, value in settings.items() if other != key}
        if attempt(without).rank[:2] <= best.rank[:2]:
            settings = without
    return settings


def _nothing_holds(best: Candidate, limits: tuple[Limit, ...]) -> str:
    broken = [limit for limit in limits if limit.excess(best.measured.measures[limit.measure]) > 0]
    shown = ", ".join(f"{limit} (nearest {best.measured.measures[limit.measure]:.4g})" for limit in broken)
    return f"no settings keep all limits on the training period: {shown}; widen --search, or loosen the limits"
