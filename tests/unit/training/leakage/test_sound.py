"""A dataset that is not sound says where: claims twice, periods out of order, numbers that are none, late labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.leakage.sound import find_unsound


def test_find_unsound_in_an_honest_dataset_finds_nothing(dataset, gathered):
    """Whatever its labels come from."""
    assert find_unsound(dataset, gathered.table) == []


def test_find_unsound_in_two_periods_with_the_same_claim_names_both(dataset, gathered):
    """The last claims of train once more at the calibration's beginning."""
    last = np.arange(len(dataset.train) - 3, len(dataset.train))
    calibration = _joined(dataset.train.take(last), dataset.calibration)
    lines = find_unsound(replace(dataset, calibration=calibration), gathered.table)
    assert any(line.startswith("3 claims are in train and in calibration, such as claim claim-") for line in lines)
    assert any(line.startswith("period train reaches to ") and line.endswith("split by time") for line in lines)


def test_find_unsound_in_a_period_with_a_claim_twice_names_it(dataset, gathered):
    """Rows of a join that multiplied."""
    again = dataset.test.take(np.sort(np.append(np.arange(len(dataset.test)), 5)))
    (line,) = find_unsound(replace(dataset, test=again), gathered.table)
    assert line.startswith("1 claims are more than once in test, such as claim claim-")


def test_find_unsound_in_a_test_before_its_training_says_split_by_time(dataset, gathered):
    """Train and test exchanged."""
    exchanged = replace(dataset, train=dataset.test, test=dataset.train)
    assert any("split by time" in line for line in find_unsound(exchanged, gathered.table))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weights": np.nan}, "period test: 1 weights are no finite numbers above 0"),
        ({"weights": -1.0}, "period test: 1 weights are no finite numbers above 0"),
        ({"abusive": -1}, "period test: 1 labels are neither 0 nor 1"),
    ],
)
def test_find_unsound_in_numbers_that_are_none_counts_them(dataset, gathered, change, says):
    """Weights that are no numbers or negative, and claims without a label."""
    ((name, value),) = change.items()
    values = getattr(dataset.test, name).copy()
    values[4] = value
    (line,) = find_unsound(replace(dataset, test=replace(dataset.test, **{name: values})), gathered.table)
    assert line.startswith(says)


def test_find_unsound_in_vectors_as_of_another_moment_names_a_claim(dataset, gathered):
    """A vector as of a day later knows a day more."""
    later = dataset.test.as_of_ms.copy()
    later[2:5] += 86_400_000
    (line,) = find_unsound(replace(dataset, test=replace(dataset.test, as_of_ms=np.sort(later))), gathered.table)
    assert "claims are as of another moment than the one at which they became known" in line


def test_find_unsound_in_labels_that_became_known_later_counts_them(dataset, gathered):
    """The test's verdicts, taken for the training's labels."""
    labelling = replace(dataset.labelling, development=dataset.labelling.final)
    lines = find_unsound(replace(dataset, labelling=labelling), gathered.table)
    assert [line.split(" labels became")[0].split(":")[0] for line in lines] == ["period train", "period calibration"]


def test_find_unsound_in_labels_that_nobody_had_ruled_on_names_a_claim(dataset, gathered):
    """Labels were drawn at a moment at which some of these claims had no verdict yet."""
    start_ms = dataset.label_drawn_at_ms[0] - 60 * 86_400_000
    early = replace(dataset, label_drawn_at_ms=(start_ms, dataset.label_drawn_at_ms[1]))
    lines = find_unsound(early, gathered.table)
    assert any(line.startswith("period calibration: nobody had ruled on ") for line in lines)


def test_find_unsound_in_a_period_without_rows_says_what_is_lacking(dataset, gathered):
    """It leads back to no events, so nothing of it can be checked."""
    with pytest.raises(ValueError, match="the test period has no rows"):
        find_unsound(replace(dataset, test=replace(dataset.test, rows=None)), gathered.table)


def _joined(one, other):
    names = ("vectors", "abusive", "weights", "as_of_ms", "rows", "buyers")
    both = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names}
    return replace(other, texts=None, **both)
