"""How unequally slices are treated by what the policy decides on the model's probabilities.

Two burdens are compared: honest claims that are kept waiting for a person, and abusive ones that are let through.
The slices with the highest and the lowest figure are those of the test itself; the interval is of the difference
between these two. As they were picked for it, a gap is above 0 even where slices differ by chance alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from training.evaluation.evaluation import FairnessGap
from training.evaluation.intervals import Drawn
from training.evaluation.slices import Slice

BURDENS: Final = ("reviewed_honest_share", "missed_abusive_share")


def find_gaps(drawn: Mapping[Slice, Mapping[str, Drawn]]) -> tuple[FairnessGap, ...]:
    """The gap of each burden in each slicing of which at least two slices can be told.

    Args:
        drawn: figures by slice, from the same draws; only slices with enough claims.
    """
    slicings = dict.fromkeys(each.slicing for each in drawn)
    found = []
    for slicing in slicings:
        for burden in BURDENS:
            told = {
                of.value: figures[burden]
                for of, figures in drawn.items()
                if of.slicing == slicing and burden in figures
            }
            if len(told) < 2:
                continue
            highest, lowest = (pick(told, key=lambda value: told[value].value) for pick in (max, min))
            gap = told[highest].less(told[lowest]).interval()
            found.append(FairnessGap(slicing, burden, highest, lowest, gap))
    return tuple(found)
