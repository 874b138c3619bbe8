"""What weights are worth where labels are selective: only what was reviewed or audited has one.

A policy with a dear reviewer runs a marketplace for months: it sends the risky and the dear claims to a person,
approves the others, and audits a few of these. Three models learn from that time: from the truth about all its claims,
from the labels that came to light, and from these weighted by the inverse of their chance. All are tried on all claims
of a later time, against the truth. Two more learn from the same claims as if nobody had erred on them: they tell what
the errors of those who find cost, and what the weights are worth without them.
"""

from __future__ import annotations

import statistics
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.metrics import average_precision_score

from features.definition.window import MS_PER_DAY
from features.engines.batch import feature_vectors
from features.event_table import from_arrow
from features.events import EventKind
from features.plan import default_plan
from figures import Figure
from serving.bundle import Bundle, write_bundle
from serving.policy import Policy, default_policy_path
from training.dataset import Period
from training.labels import draw_ledger
from training.model.gradient_boosting import fit
from training.model.parameters import BoostingConfig
from training.simulate import SimulationConfig, World, simulate
from training.simulate.closed_loop import LoopConfig, policy_decider
from training.train import TrainingConfig, train

SEEDS: Final = (1, 2, 3, 4, 5)
ORDERS, DAYS = 100_000, 360
POLICY_FROM, TRAIN_UNTIL, CUT_OFF = 120, 270, 300  # days; what is filed after the cut-off is the test
REVIEW_COST_MINOR: Final = 2_500  # several times the usual: few claims are worth a look
AUDIT_RATE: Final = 0.05
SOURCES: Final = ("reviewer", "appeal", "audit")  # no inspections: they would label most returns at random
T_OF_FOUR: Final = 2.776  # Student's t, 95 %, four degrees of freedom


@dataclass(frozen=True)
class Tried:
    """Average precision on later claims by what was learned from, and the share of claims with a label."""

    full: float
    unweighted: float
    weighted: float
    unweighted_if_right: float
    weighted_if_right: float
    labelled: float


def run() -> list[Figure]:
    """How much of the full labels' average precision each way recovers, over the seeds."""
    policy, plan = _policy(), default_plan()
    with tempfile.TemporaryDirectory() as folder:
        first = simulate(SimulationConfig(orders=ORDERS, days=DAYS, seed=1000))
        bundle = write_bundle(Path(folder) / "bundle", train(first.events, plan, TrainingConfig()).bundle)
        tried = [_try(seed, policy, bundle) for seed in SEEDS]
    full = [each.full for each in tried]
    return [
        _gain("learning/weights_gain", [(each.weighted - each.unweighted) / each.full for each in tried], {
            "full": full,
            "recovered_unweighted": [each.unweighted / each.full for each in tried],
            "recovered_weighted": [each.weighted / each.full for each in tried],
            "labelled_share": [each.labelled for each in tried],
        }),
        _gain(
            "learning/weights_gain_if_right",
            [(each.weighted_if_right - each.unweighted_if_right) / each.full for each in tried],
            {
                "recovered_unweighted": [each.unweighted_if_right / each.full for each in tried],
                "recovered_weighted": [each.weighted_if_right / each.full for each in tried],
            },
        ),
    ]  # fmt: skip


def _gain(name: str, gains: list[float], detail: dict[str, object]) -> Figure:
    """The mean gain as a share of the full labels' precision; it holds if its interval lies above zero."""
    middle, half = statistics.mean(gains), T_OF_FOUR * statistics.stdev(gains) / len(gains) ** 0.5
    interval = [middle - half, middle + half]
    return Figure(name, middle, "share", 0.0, interval[0] > 0, {"interval": interval, "gains": gains, **detail})


def _policy() -> Policy:
    content = tomllib.loads(default_policy_path().read_text())
    content["costs"]["review_cost_minor"] = REVIEW_COST_MINOR
    return Policy.model_validate(content)


def _try(seed: int, policy: Policy, bundle: Bundle) -> Tried:
    config = SimulationConfig(orders=ORDERS, days=DAYS, seed=seed)
    loop = LoopConfig(from_day=POLICY_FROM, audit_rate=AUDIT_RATE)
    with policy_decider(config, loop, policy, bundle, default_plan()) as decider:
        world = simulate(config, decider=decider)
    return learn(config, world)


def learn(config: SimulationConfig, world: World) -> Tried:
    """Learn from one world in three ways, and try each on its later claims."""
    plan = default_plan()
    table = from_arrow(_visible(world.events))
    rows = table.rows_of(EventKind.CLAIM_FILED)
    vectors = feature_vectors(plan, table, rows)
    as_of = table["known_at_ms"][rows]
    day = (as_of - config.start_ms) / MS_PER_DAY
    place = pc.index_in(table.ids["claim_id"].take(pa.array(table["claim_id"][rows])), world.truth["claim_id"])
    truth = np.asarray(world.truth["abusive"].take(place)).astype(np.int8)
    ledger = draw_ledger(table, rows, config.start_ms + CUT_OFF * MS_PER_DAY)
    in_time = (day >= POLICY_FROM) & (day < TRAIN_UNTIL)
    labelled, test = in_time & ledger.weighable, day >= CUT_OFF

    def precision(chosen: np.ndarray, abusive: np.ndarray, weights: np.ndarray) -> float:
        period = Period("train", vectors[chosen], abusive[chosen], weights, as_of[chosen])
        earlier = len(period) * 4 // 5
        parts = period.part(slice(None, earlier)), period.part(slice(earlier, None))
        booster = fit(*parts, plan.columns, BoostingConfig()).booster
        return float(average_precision_score(truth[test], booster.predict(vectors[test])))

    equal, weights = np.ones(int(labelled.sum())), ledger.weights(labelled, fitting=True).values
    return Tried(
        full=precision(in_time, truth, np.ones(int(in_time.sum()))),
        unweighted=precision(labelled, ledger.labels.abusive, equal),
        weighted=precision(labelled, ledger.labels.abusive, weights),
        unweighted_if_right=precision(labelled, truth, equal),
        weighted_if_right=precision(labelled, truth, weights),
        labelled=float(labelled.sum() / in_time.sum()),
    )


def _visible(events: pa.Table) -> pa.Table:
    """The events without verdicts of sources that don't select."""
    other = pc.is_in(events["verdict_source"], value_set=pa.array(SOURCES))
    ruled = pc.equal(events["kind"], str(EventKind.CLAIM_ADJUDICATED))
    return events.filter(pc.or_(pc.invert(ruled), pc.fill_null(other, False)))
