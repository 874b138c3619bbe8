"""A simulation from start to end, as the command runs it: who decides, what is written, what it came to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from features.plan import default_plan
from features.progress import Progress
from serving.policy import default_policy_path, read_policy
from training.bundle_of import bundle_of
from training.simulate.closed_loop import LoopConfig, policy_decider
from training.simulate.config import SimulationConfig
from training.simulate.outcomes import OutcomeTotals, Watcher
from training.simulate.world import Written, write_world

OUTCOMES_FILE = "outcomes.json"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a simulation wrote, and what its answers were worth."""

    written: Written
    outcomes: OutcomeTotals


def run_simulation(
    config: SimulationConfig,
    out: Path,
    *,
    policy: Path | None = None,
    model: str | None = None,
    loop: LoopConfig | None = None,
    progress: Progress | None = None,
) -> Ran:
    """Simulate into a folder: under the old rule, or driven by a policy and a model.

    Args:
        config: what to simulate.
        out: the folder for `events.parquet`, `outcomes.json` and `truth/`.
        policy: a policy file; None for the old rule.
        model: a bundle's folder, or an alias or number of the registered model in MLflow.
        loop: from which day the policy decides; outcomes count from there too, under the old rule as well.
        progress: called with (days done, days, "days").

    Raises:
        ValueError: if there is a policy without a model, or the other way round, or no day is left for outcomes.
        PolicyError, BundleError, TrackingError, OSError: if one of them can't be used.
    """
    if (policy is None) != (model is None):
        raise ValueError("a policy and a model go together: give both, or neither for the platform's old rule")
    loop = loop or LoopConfig()
    if loop.from_day >= config.days:
        raise ValueError(f"from_day is {loop.from_day}, and the period has {config.days} days; use an earlier one")
    read = read_policy(policy or default_policy_path())
    watcher = Watcher(read.costs, loop.from_day)
    if policy is None or model is None:
        written = write_world(config, out, progress, watch=watcher.watch)
    else:
        with (
            bundle_of(model) as bundle,
            policy_decider(config, loop, read, bundle, default_plan()) as decider,
        ):
            written = write_world(config, out, progress, decider, watcher.watch)
    outcomes = watcher.totals()
    (out / OUTCOMES_FILE).write_text(json.dumps(outcomes.as_dict(), indent=1) + "\n")
    return Ran(written, outcomes)
