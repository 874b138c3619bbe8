"""How long a model takes for one claim, measured here and now, and how large it is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from features.arrays import Floats
from serving.bundle import Bundle
from serving.probes import stand_in_rows
from serving.scorer import Scorer

SCORES: Final = 400
EXPLANATIONS: Final = 60
NS_PER_MS: Final = 1_000_000
_LEAVES = re.compile(r"^num_leaves=(\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Speed:
    """Median milliseconds for scoring a claim and for explaining it; trees and leaves of all models of a bundle."""

    score_ms: float
    explain_ms: float
    trees: int
    leaves: int


def measure_speed(bundle: Bundle, scorer: Scorer, clock: Callable[[], int] = time.perf_counter_ns) -> Speed:
    """Score and explain the bundle's probes one by one, as the service does with claims.

    The median leaves out what other processes on a shared machine take now and then.

    Args:
        bundle: of the model.
        scorer: of the same bundle.
        clock: gives nanoseconds.
    """
    probes = bundle.contents.probes
    rows = stand_in_rows(len(bundle.contents.columns)) if probes is None else probes.matrix
    leaves = [int(each) for text in _texts(bundle) for each in _LEAVES.findall(text)]

    def score(row: Floats) -> None:
        scorer.score(row)
        scorer.recovery_probability(row)

    def explain(row: Floats) -> None:
        scorer.explain(row)

    return Speed(
        _median_ms(score, rows, SCORES, clock), _median_ms(explain, rows, EXPLANATIONS, clock), len(leaves), sum(leaves)
    )


def _median_ms(call: Callable[[Floats], None], rows: Floats, times: int, clock: Callable[[], int]) -> float:
    taken = []
    for number in range(times):
        row = rows[number % len(rows)]
        before = clock()
        call(row)
        taken.append(clock() - before)
    return median(taken) / NS_PER_MS


def _texts(bundle: Bundle) -> tuple[str, ...]:
    recovery = bundle.contents.recovery
    return (bundle.contents.model_text,) if recovery is None else (bundle.contents.model_text, recovery.model_text)
