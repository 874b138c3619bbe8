"""Whether reasons help: accuracy on gold cases, time and agreement, for each arm in which reasons were shown or not.

Cases come to arms by chance, so a difference between arms is the reasons' own effect, as far as its interval leaves
zero out. Of few cases it rarely does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from serving.cases.quality.agreement import Agreement, agreement
from serving.cases.quality.chance import Figure, median, share, untold
from serving.cases.quality.ratings import DoubledReview, GoldRuling
from serving.cases.words import ReasonsArm

ARMS: Final[tuple[ReasonsArm, ...]] = get_args(ReasonsArm)


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm: accuracy on gold cases, how long people took for them (ms), and agreement of reviews and doubles.

    `gain` is by how much accuracy lies above that of the arm without reasons.
    """

    arm: ReasonsArm
    accuracy: Figure
    gain: Figure
    taken_ms: Figure
    agreement: Agreement


def arm_figures(golds: Iterable[GoldRuling], doubled: Iterable[DoubledReview]) -> list[ArmFigures]:
    """The figures of each arm, in the order of the arms."""
    gold_cases, doubles = list(golds), list(doubled)
    accuracy = {arm: _accuracy([each for each in gold_cases if each.arm == arm]) for arm in ARMS}
    return [
        ArmFigures(
            arm=arm,
            accuracy=accuracy[arm],
            gain=untold() if arm == "never" else difference(accuracy[arm], accuracy["never"]),
            taken_ms=median([each.taken_ms for each in gold_cases if each.arm == arm and each.taken_ms is not None]),
            agreement=agreement(each.rulings for each in doubles if each.arm == arm),
        )
        for arm in ARMS
    ]


def difference(one: Figure, other: Figure) -> Figure:
    """The difference of two shares, with Newcombe's interval from those of the two (R. G. Newcombe, 1998)."""
    if not (one.is_told and other.is_told):
        return untold()
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Figure(value, max(low, -1.0), min(high, 1.0), one.count + other.count)


def _accuracy(golds: Sequence[GoldRuling]) -> Figure:
    return share(sum(each.is_right for each in golds), len(golds))
