"""What the decision saves of the avoidable cost, in closed loop: scenarios times seeds, each policy in each world.

The avoidable cost is what lies between the best single threshold on the abuse probability, tuned on the training
period, and an oracle that sees the truth, all with the same reviewers and the same places. Costs are priced as the
policy prices them, and by what truly happened.
"""

from __future__ import annotations

import os
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from multiprocessing import get_context
from typing import Final

from decision.worlds import ORACLE, OURS, PLACES_SHARE, RIVALS, Scale, World, run_world
from figures import Figure, at_least, no_more_than

SCENARIOS: Final = ("calm", "festival", "ring_attack")
SEEDS: Final = (1, 2, 3, 4, 5)
PROCESSES: Final = 2
WITHIN: Final = 0.1  # of the capacity
STUDENTS_T: Final = {5: 2.776, 15: 2.145}  # 95 %, by the number of worlds


def run() -> list[Figure]:
    """All worlds; each policy's cost beside ours, the share saved, and how well the capacity was kept."""
    return figures(run_worlds(SCENARIOS, SEEDS, Scale()))


def run_worlds(scenarios: tuple[str, ...], seeds: tuple[int, ...], scale: Scale) -> list[World]:
    """Every scenario with every seed, two worlds at a time, each on one core."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(run_world, scenario, seed, scale) for scenario, seed in product(scenarios, seeds)]
        for done, future in enumerate(as_completed(waiting), start=1):
            world = future.result()
            print(f"world {done} of {len(waiting)}: {world.scenario} {world.seed}, saved {world.saved:.3f}",
                  file=sys.stderr, flush=True)  # fmt: skip
    return [future.result() for future in waiting]


def figures(worlds: list[World]) -> list[Figure]:
    """The family's figures about these worlds. Rivals should cost no less than ours, and the oracle no more."""
    ours = _cost(worlds, OURS)
    within = [_within(reviews, world.capacity) for world in worlds for reviews in world.ran[OURS].reviews]
    return [
        *(at_least(f"decision/{name}", _cost(worlds, name), "1000 CNY", ours, **_detail(worlds, name))
          for name in RIVALS),
        no_more_than("decision/ours", ours, "1000 CNY", _cost(worlds, "single_threshold"), **_detail(worlds, OURS)),
        no_more_than("decision/oracle", _cost(worlds, ORACLE), "1000 CNY", ours, **_detail(worlds, ORACLE)),
        *(_saved(f"saved_{scenario}", [world for world in worlds if world.scenario == scenario])
          for scenario in dict.fromkeys(world.scenario for world in worlds)),
        _saved("saved", worlds),
        at_least("decision/reviews_within_tenth", statistics.mean(within), "of days", 0.95, days=len(within),
                 capacities=[world.capacity for world in worlds],
                 reviews=[world.ran[OURS].reviews for world in worlds]),
    ]  # fmt: skip


def _cost(worlds: list[World], name: str) -> float:
    return sum(world.ran[name].cost_minor for world in worlds) / 1e5


def _saved(name: str, worlds: list[World]) -> Figure:
    """The mean share saved over worlds, and its 95 % interval by Student's t over them."""
    shares = [world.saved for world in worlds]
    middle = statistics.mean(shares)
    half = STUDENTS_T.get(len(shares), 12.7) * statistics.stdev(shares) / len(shares) ** 0.5 if len(shares) > 1 else 0
    threshold = _cost(worlds, "single_threshold")
    of_sums = (threshold - _cost(worlds, OURS)) / (threshold - _cost(worlds, ORACLE))
    return at_least(f"decision/{name}", middle, "share", 0.5, interval=[middle - half, middle + half], shares=shares,
                    of_sums=of_sums)  # fmt: skip


def _detail(worlds: list[World], name: str) -> dict[str, object]:
    return {
        "places_share": PLACES_SHARE,
        "worlds": [
            {"scenario": world.scenario, "seed": world.seed, "threshold": world.threshold,
             "recovery": world.recovery, "capacity": world.capacity, **world.ran[name].outcomes}
            for world in worlds
        ],
    }  # fmt: skip


def _within(reviews: int, capacity: int) -> bool:
    return abs(reviews - capacity) <= WITHIN * capacity
