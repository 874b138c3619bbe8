"""An evaluation drawn by hand: every figure can be told from here."""

from __future__ import annotations

import math

from training.evaluation.evaluation import Evaluation, FairnessGap, Interval, SliceFigures

UNTOLD = Interval(math.nan, math.nan, math.nan)


def around(value: float, half: float = 0.02) -> Interval:
    return Interval(value, value - half, value + half)


def drawn_evaluation(average_precision: float = 0.61) -> Evaluation:
    """A model that beats one baseline for certain and another perhaps, with slices by two things and two gaps."""
    return Evaluation(
        figures={
            "model": {
                "average_precision": around(average_precision),
                "auc": around(0.9),
                "saved_minor_per_1000": around(123_456.0, 9_000.0),
            },
            "logistic_regression": {"average_precision": around(0.55), "auc": around(0.88)},
            "past_refund_rate": {"average_precision": around(0.2), "auc": UNTOLD},
        },
        gains={
            "logistic_regression": {"average_precision": Interval(0.06, -0.01, 0.13)},
            "past_refund_rate": {"average_precision": Interval(0.41, 0.35, 0.47)},
        },
        slices=(
            SliceFigures(
                "category",
                "women's|wear <b>",
                812.0,
                {"average_precision": around(0.58), "reviewed_honest_share": around(0.11), "auc": around(0.87)},
            ),
            SliceFigures("buyer", "new", 95.5, {"average_precision": UNTOLD, "reviewed_honest_share": around(0.2)}),
        ),
        gaps=(
            FairnessGap("buyer", "reviewed_honest_share", "new", "known", Interval(0.09, 0.03, 0.15)),
            FairnessGap("category", "reviewed_honest_share", "phones", "toys", Interval(0.01, -0.02, 0.04)),
        ),
        from_ms=1_700_000_000_000,
        to_ms=1_705_000_000_000,
        claims=1_234,
        filings=1_200,
        policy_version="0123456789abcdef",
    )
