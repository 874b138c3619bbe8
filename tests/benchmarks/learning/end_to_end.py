"""How long a whole training takes, events to bundle, against `lightgbm.train` alone on the ready matrix.

Whole is what `clearclaim-train train --folds 1` does without MLflow: read and check events, make features, draw labels,
check for leakage, learn to read texts, find the number of trees, fit, calibrate, run the baselines, evaluate with
intervals and money, and write the bundle. Alone is one call on the matrix that came out of it, with the same parameters
and the number of trees that was found: it is given what the other had to search for. What finding the number alone
would take is told beside it, and what the three folds of the command's default take. Each runs in a process of its own,
and the time is told by that process, without its imports.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

from figures import Figure, no_more_than, told
from training.simulate import SimulationConfig, write_world

ORDERS, DAYS = 1_250_000, 400  # some 200,000 claims
RUNS: Final = 3
FOLDS: Final = 3
MOST: Final = 3.0
FOLDER: Final = Path("build/benchmarks")
WHOLE: Final = """
import json, sys, tempfile, time
from pathlib import Path
import numpy as np
from features.plan import default_plan
from serving.bundle import write_bundle
from training.model.weighing import weighed_for_fitting
from training.source import events_from
from training.train import TrainingConfig, train

events, folder = sys.argv[1], Path(sys.argv[2])
began = time.perf_counter()
trained = train(events_from(events), default_plan(), TrainingConfig(folds=int(sys.argv[3])))
with tempfile.TemporaryDirectory() as name:
    write_bundle(Path(name) / "bundle", trained.bundle)
seconds = time.perf_counter() - began
ready = trained.latest.dataset.train, weighed_for_fitting(trained.latest.dataset.calibration)
names = "vectors", "abusive", "weights"
both = {name: np.concatenate([getattr(period, name) for period in ready]) for name in names}
np.savez(folder / "ready.npz", **both, earlier=len(ready[0]))
(folder / "columns.json").write_text(json.dumps(trained.latest.dataset.columns))
print(json.dumps([seconds, trained.latest.dataset.claims, trained.latest.fitted.rounds]))
"""
ALONE: Final = """
import json, sys, time
from pathlib import Path
import lightgbm, numpy as np
from features.plan import default_plan
from serving.text.columns import TEXT_COLUMNS
from training.model.gradient_boosting import BoostingConfig, boosting_parameters

folder, rounds, searched = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "search"
names = json.loads((folder / "columns.json").read_text())
with np.load(folder / "ready.npz") as ready:
    vectors, abusive, weights, earlier = ready["vectors"], ready["abusive"], ready["weights"], int(ready["earlier"])
plan, config = default_plan(), BoostingConfig()
added = TEXT_COLUMNS if len(names) > len(plan.columns) else ()
parameters = boosting_parameters((*plan.columns, *added), config)
head = earlier if searched else len(vectors)
began = time.perf_counter()
data = lightgbm.Dataset(vectors[:head], abusive[:head], weight=weights[:head], params=parameters)
if searched:
    later = lightgbm.Dataset(vectors[head:], abusive[head:], weight=weights[head:], reference=data)
    stop = lightgbm.early_stopping(config.patience, verbose=False)
    lightgbm.train(parameters, data, config.rounds, valid_sets=[later], callbacks=[stop])
else:
    lightgbm.train(parameters, data, rounds)
print(json.dumps([time.perf_counter() - began, len(vectors), rounds]))
"""


def run(orders: int = ORDERS, runs: int = RUNS) -> list[Figure]:
    """The time of a whole training over that of one call."""
    folder = FOLDER / f"end-to-end-{orders}"
    events = folder / "events.parquet"
    if not events.is_file():
        write_world(SimulationConfig(orders=orders, days=DAYS), folder)
    whole = [_run(WHOLE, events, folder, 1) for _ in range(runs)]
    claims, rounds = int(whole[0][1]), int(whole[0][2])
    alone, searching = ([_run(ALONE, folder, rounds, how) for _ in range(runs)] for how in ("fit", "search"))
    times = {
        name: statistics.median(seconds for seconds, *_ in found)
        for name, found in (("whole", whole), ("alone", alone), ("searching", searching))
    }
    in_folds = _run(WHOLE, events, folder, FOLDS)[0]
    detail = {"claims": claims, "fitted_on": int(alone[0][1]), "trees": rounds, "runs": runs, "seconds": times}
    return [
        no_more_than("learning/end_to_end", times["whole"] / times["alone"], "ratio", MOST, **detail),
        told("learning/end_to_end_in_folds", in_folds / times["alone"], "ratio", folds=FOLDS),
        told(
            "learning/end_to_end_with_search", times["whole"] / (times["alone"] + times["searching"]), "ratio", **detail
        ),
    ]


def _run(script: str, *arguments: object) -> list[float]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    found: list[float] = json.loads(done.stdout)
    return found
