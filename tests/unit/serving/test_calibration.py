"""Calibration is a non-decreasing map that never claims certainty."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.calibration import Calibration

raw_scores = st.floats(-1e6, 1e6)


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    x = sorted(draw(st.lists(raw_scores, min_size=2, max_size=30, unique=True)))
    inner = st.floats(0, 1, exclude_min=True, exclude_max=True)
    return Calibration(x=tuple(x), y=tuple(sorted(draw(st.lists(inner, min_size=len(x), max_size=len(x))))))


def test_probability_between_knots_is_on_the_line() -> None:
    """Halfway between two knots lies halfway between their probabilities."""
    calibration = Calibration(x=(0.0, 1.0, 3.0), y=(0.1, 0.5, 0.9))
    assert calibration.probability(2.0) == pytest.approx(0.7)
    assert calibration.probability(1.0) == 0.5


@pytest.mark.parametrize(("raw_score", "expected"), [(-math.inf, 0.1), (-5.0, 0.1), (5.0, 0.9), (math.inf, 0.9)])
def test_probability_beyond_the_knots_is_that_of_the_last(raw_score: float, expected: float) -> None:
    """Nothing is extrapolated: the model knows no more than its calibration data did."""
    assert Calibration(x=(0.0, 1.0), y=(0.1, 0.9)).probability(raw_score) == expected


@given(calibrations(), st.lists(raw_scores, max_size=50))
def test_probabilities_equal_probability_of_each_bit_for_bit(calibration: Calibration, raws: list[float]) -> None:
    """One claim and a batch of claims get the same numbers, however many knots and claims there are."""
    raws = [*raws, *calibration.x]
    assert calibration.probabilities(np.array(raws)).tolist() == [calibration.probability(raw) for raw in raws]


@given(calibrations(), raw_scores)
def test_probability_stays_within_the_ends(calibration: Calibration, raw: float) -> None:
    """Rounding never carries a probability past the first or last knot's."""
    assert calibration.y[0] <= calibration.probability(raw) <= calibration.y[-1]


@given(calibrations())
def test_calibration_read_back_from_json_is_equal(calibration: Calibration) -> None:
    """Writing as JSON loses no bit."""
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


@pytest.mark.parametrize(
    ("x", "y", "complaint"),
    [
        ((0.0,), (0.5,), "two or more"),
        ((0.0, 1.0), (0.5,), "two or more"),
        ((0.0, 0.0), (0.1, 0.2), "strictly increase"),
        ((1.0, 0.0), (0.1, 0.2), "strictly increase"),
        ((0.0, 1.0), (0.2, 0.1), "decrease"),
        ((0.0, 1.0), (0.0, 0.5), "within"),
        ((0.0, 1.0), (0.5, 1.0), "within"),
        ((0.0, 1.0), (0.5, math.nan), "within"),
        ((0.0, math.inf), (0.1, 0.2), "finite"),
        ((math.nan, 1.0), (0.1, 0.2), "finite"),
    ],
)
def test_knots_that_break_a_rule_are_refused(x: tuple[float, ...], y: tuple[float, ...], complaint: str) -> None:
    """A calibration that isn't one can't be made."""
    with pytest.raises(ValueError, match=complaint):
        Calibration(x=x, y=y)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"x": [0, 1]},
        {"x": [0, 1], "y": [0.1, 0.2], "z": 1},
        {"x": [0, "1"], "y": [0.1, 0.2]},
        {"x": "01", "y": [0.1, 0.2]},
        {"x": [False, True], "y": [0.1, 0.2]},
    ],
)
def test_json_of_another_shape_is_refused(content: object) -> None:
    """Only what `to_json` writes is read."""
    with pytest.raises(ValueError, match="x"):
        Calibration.from_json(content)


def test_raw_score_that_is_nan_is_refused() -> None:
    """A probability is never NaN."""
    calibration = Calibration(x=(0.0, 1.0), y=(0.1, 0.9))
    with pytest.raises(ValueError, match="NaN"):
        calibration.probability(math.nan)
    with pytest.raises(ValueError, match="NaN"):
        calibration.probabilities(np.array([0.0, math.nan]))
