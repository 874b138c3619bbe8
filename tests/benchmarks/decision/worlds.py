"""One world, run by each policy from the same day on: the same people, the same luck, the same places for reviews."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pyarrow.compute as pc

from decision.tuning import Clerk, best_threshold, labelled, measured_recovery
from features.plan import default_plan
from features.spans import DAY_MS
from serving.bundle import Bundle, write_bundle
from serving.policy import Policy, default_policy_path, read_policy
from serving.scorer import Scorer
from training.dataset import SplitConfig
from training.simulate import SimulationConfig, simulate
from training.simulate.baselines import ApproveAll, MinimumRisk, Oracle, ReviewRandom, SingleThreshold
from training.simulate.closed_loop import PolicyJudge
from training.simulate.deciding import Decider
from training.simulate.in_turn import InTurn, Judge, LoopConfig
from training.simulate.outcomes import ReviewsPerDay, Watcher
from training.simulate.sight import Sight, make_past, sight
from training.train import Trained, TrainingConfig, train

Seeing: TypeAlias = Callable[[], AbstractContextManager[Sight]]

OURS: Final = "ours"
RIVALS: Final = ("approve_all", "review_random", "single_threshold", "minimum_risk")
ORACLE: Final = "oracle"
# The capacity was chosen before anything was run: places for a fifth of the claims, of which over half would pay.
PLACES_SHARE: Final = 0.2
COUNTED_DAYS: Final = 28  # before the first day, for what a fifth of the claims is
SPLIT: Final = SplitConfig(test_share=0.08, calibration_share=0.18, gap_days=7.0)


@dataclass(frozen=True)
class Scale:
    """How large a world is, and from which day on policies decide."""

    orders: int = 175_000
    days: int = 160
    from_day: int = 125


@dataclass(frozen=True)
class Ran:
    """What one policy came to in one world: its outcomes by name, and its reviews on each day."""

    outcomes: dict[str, float | None]
    reviews: list[int]

    @property
    def cost_minor(self) -> float:
        """What it all cost."""
        return self.outcomes["cost_minor"] or 0.0


@dataclass(frozen=True)
class World:
    """What every policy came to in one world, by name."""

    scenario: str
    seed: int
    capacity: int
    threshold: float
    recovery: float
    ran: dict[str, Ran]

    @property
    def saved(self) -> float:
        """Of what lies between the best single threshold and the oracle, the share that ours saves."""
        threshold, oracle = self.ran["single_threshold"].cost_minor, self.ran[ORACLE].cost_minor
        return (threshold - self.ran[OURS].cost_minor) / (threshold - oracle)


def run_world(scenario: str, seed: int, scale: Scale) -> World:
    """Let the old rule make a past, learn from it, and let each policy go on from there."""
    config = SimulationConfig(orders=scale.orders, days=scale.days, seed=seed, scenario=scenario)
    first_ms = config.start_ms + scale.from_day * DAY_MS
    shipped = read_policy(default_policy_path())
    clerk = Clerk(shipped)
    events = simulate(config, decider=InTurn(config, LoopConfig(from_day=scale.days), shipped, clerk)).events
    events = events.filter(pc.less(events["known_at_ms"], first_ms))
    counted = sum(first_ms - COUNTED_DAYS * DAY_MS <= at_ms < first_ms for at_ms in clerk.facts) / COUNTED_DAYS
    policy = policy_of(shipped, round(PLACES_SHARE * counted), measured_recovery(events, first_ms))
    plan = default_plan()
    trained = train(events, plan, TrainingConfig(split=SPLIT))
    with tempfile.TemporaryDirectory() as folder:
        bundle = write_bundle(Path(folder) / "bundle", trained.bundle)
        threshold = best_threshold(_labelled(trained, bundle, clerk, policy), PLACES_SHARE)
        see = partial(sight, bundle, plan, make_past(Path(folder) / "past.db", plan, events, first_ms))
        ran = {
            name: _run(config, scale, policy, decider)
            for name, decider in deciders(config, scale, policy, see, threshold).items()
        }
    return World(
        scenario, seed, policy.review.capacity_per_day or 0, threshold, policy.recovery.default_probability, ran
    )


def policy_of(shipped: Policy, capacity: int, recovery: float) -> Policy:
    """The shipped policy, with the simulation's days, a capacity, and what the past says of advances.

    Without its rules, which stand above the costs: they would take places from all in the same way.
    """
    return shipped.model_copy(update={
        "time_zone": "UTC",
        "rules": (),
        "review": shipped.review.model_copy(update={"capacity_per_day": capacity}),
        "recovery": shipped.recovery.model_copy(update={"default_probability": recovery}),
    })  # fmt: skip


def deciders(
    config: SimulationConfig, scale: Scale, policy: Policy, see: Seeing, threshold: float
) -> dict[str, Callable[[], AbstractContextManager[Decider]]]:
    """Each policy by name, as a context in which it decides."""
    loop = LoopConfig(from_day=scale.from_day)

    @contextmanager
    def blind(judge: Judge) -> Iterator[Decider]:
        yield InTurn(config, loop, policy, judge)

    @contextmanager
    def seeing(make: Callable[[Sight], Judge]) -> Iterator[Decider]:
        with see() as seen:
            yield InTurn(config, loop, policy, make(seen))

    return {
        "approve_all": lambda: blind(ApproveAll(policy)),
        "review_random": lambda: blind(ReviewRandom(policy, config, PLACES_SHARE)),
        "single_threshold": lambda: seeing(lambda seen: SingleThreshold(policy, seen, threshold)),
        "minimum_risk": lambda: seeing(lambda seen: MinimumRisk(policy, seen)),
        OURS: lambda: seeing(lambda seen: PolicyJudge(policy, seen, scale.from_day)),
        ORACLE: lambda: blind(Oracle(policy)),
    }


def _run(
    config: SimulationConfig, scale: Scale, policy: Policy, decider: Callable[[], AbstractContextManager[Decider]]
) -> Ran:
    watcher, reviews = Watcher(policy.costs, scale.from_day), ReviewsPerDay(policy, config, scale.from_day)
    with decider() as decides:
        simulate(config, decider=decides, watch=lambda day: (watcher.watch(day), reviews.watch(day)))
    return Ran(watcher.totals().as_dict(), reviews.counts())


def _labelled(trained: Trained, bundle: Bundle, clerk: Clerk, policy: Policy):
    periods = [trained.latest.dataset.calibration, trained.latest.dataset.test]
    with Scorer(bundle) as scorer:
        found = [scorer.score_many(np.ascontiguousarray(period.vectors)) for period in periods]
    return labelled(periods, found, clerk, policy)
