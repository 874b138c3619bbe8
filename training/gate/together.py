"""Intervals of many differences that hold for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.evaluation.evaluation import Interval
from training.evaluation.intervals import SHARE, UNKNOWN, Drawn


def intervals_together(differences: Sequence[Drawn]) -> tuple[Interval, ...]:
    """An interval each, from the same draws; that all hold their truth has 95 % confidence.

    Looked at one by one, a dozen slices would show a harm by chance every few comparisons. So the width is told by the
    draws' largest deviation, in standard deviations of each (the max-t bootstrap). A difference that some draw can't
    tell has no bounds, and widens nobody else's.
    """
    told = [each for each in differences if np.isfinite(each.value) and np.isfinite(each.draws).all()]
    spreads = [float(each.draws.std(ddof=1)) for each in told]
    away = [np.abs(each.draws - each.value) / spread for each, spread in zip(told, spreads, strict=True) if spread > 0]
    times = float(np.quantile(np.max(away, axis=0), SHARE)) if away else 0.0
    bounds = {id(each): times * spread for each, spread in zip(told, spreads, strict=True)}
    return tuple(
        Interval(each.value, each.value - bounds[id(each)], each.value + bounds[id(each)])
        if id(each) in bounds
        else UNKNOWN
        for each in differences
    )
