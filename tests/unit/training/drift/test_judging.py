"""What follows from a comparison, world by world, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.drift.comparing import Comparison
from training.drift.judging import Advice, Judgement, judge
from training.drift.resampling import Estimate
from training.drift.stability import Counted, Shift


def finding(judgement: Judgement, topic: str):
    return next(found for found in judgement.findings if found.topic == topic)


def with_figures(comparison: Comparison, **changed: object) -> Comparison:
    """The comparison, had the outcomes been others."""
    figures = replace(comparison.labelled.figures, **changed)
    return replace(comparison, labelled=replace(comparison.labelled, figures=figures, curve=None))


def with_columns(comparison: Comparison, *, moved: str, index: float) -> Comparison:
    """The comparison, had one column moved and no other."""
    columns = [
        replace(column, shift=Shift(index if column.name == moved else 0.0, 0.05)) for column in comparison.columns
    ]
    return replace(comparison, columns=tuple(sorted(columns, key=lambda column: -column.shift.index)))


def around(value: float, error: float) -> Estimate:
    return Estimate(value, error, value - 2 * error, value + 2 * error)


def test_world_that_goes_on_calls_for_nothing(compared):
    """Though seventy columns moved, amounts and dates among them: the model gains next to nothing from them."""
    judgement = judge(compared("unchanged"))
    assert judgement.advice is Advice.NONE
    columns = finding(judgement, "columns")
    assert sum(column.shift.is_far for column in compared("unchanged").columns) > 30
    assert columns.advice is Advice.NONE
    assert "the model has" in columns.sentence
    assert "calibration" in judgement.reasons[0]


def test_calibration_that_was_as_far_off_at_the_training_is_no_news(compared):
    """A retraining on like data would miss as much; a miss that grew is news."""
    base = compared("unchanged")
    then = replace(base.reference.outcomes, given=0.10, found=around(0.08, 0.004))
    was_off = replace(base, reference=replace(base.reference, outcomes=then))
    for found, advice in ((0.082, Advice.NONE), (0.076, Advice.WATCH), (0.05, Advice.RETRAIN), (0.125, Advice.RETRAIN)):
        calibration = finding(judge(with_figures(was_off, given=0.10, found=around(found, 0.004))), "calibration")
        assert calibration.advice is advice
        assert ("no further off than it was then" in calibration.sentence) is (advice < Advice.RETRAIN)


def test_world_with_more_abuse_than_was_given_calls_for_a_retraining(compared):
    """The reason has what was given, what was found, between what it lies, and over how many claims."""
    judgement = judge(compared("all abusive"))
    assert judgement.advice is Advice.RETRAIN
    (reason,) = judgement.reasons
    assert "% given, 100.0 % found" in reason
    assert "mature claims" in reason


def test_world_without_verdicts_says_that_calibration_cannot_be_told(compared):
    """No label is no proof that all is well, and none that anything is wrong."""
    judgement = judge(compared("no verdicts"))
    assert judgement.advice < Advice.RETRAIN
    for topic in ("calibration", "ranking"):
        assert "can't be told yet; no mature claim has a label" in finding(judgement, topic).sentence


def test_world_in_which_the_models_own_columns_moved_calls_for_a_retraining_while_nothing_else_tells(compared):
    """The model lives on the type of claim; with outcomes that hold it would be watched."""
    judgement = judge(compared("refund only"))
    assert judgement.advice is Advice.RETRAIN
    assert "claim_type_is_refund_only" in judgement.reasons[0]
    told = replace(compared("refund only"), labelled=compared("unchanged").labelled)
    assert finding(judge(told), "columns").advice is Advice.WATCH


def test_world_without_claims_is_watched(compared):
    """Nothing can be told, and a feed may have stopped."""
    judgement = judge(compared("nothing"))
    assert judgement.advice is Advice.WATCH
    assert "no claim was filed" in judgement.reasons[0]


@pytest.mark.parametrize("index", [0.3, 30.0])
def test_column_without_gain_calls_for_nothing_however_far_it_moved(compared, index):
    """High is not important."""
    base = compared("unchanged")
    useless = next(column.name for column in base.columns if column.gain_share == 0)
    assert finding(judge(with_columns(base, moved=useless, index=index)), "columns").advice is Advice.NONE
    useful = max(base.columns, key=lambda column: column.gain_share).name
    assert finding(judge(with_columns(base, moved=useful, index=index)), "columns").advice is Advice.WATCH
    assert finding(judge(with_columns(base, moved=useful, index=0.09)), "columns").advice is Advice.NONE


@pytest.mark.parametrize(
    ("given", "found", "error", "advice"),
    [
        (0.041, 0.069, 0.006, Advice.RETRAIN),
        (0.041, 0.069, 0.020, Advice.NONE),
        (0.041, 0.047, 0.002, Advice.WATCH),
        (0.069, 0.041, 0.006, Advice.RETRAIN),
    ],
    ids=["far and sure", "far, not sure", "near and sure", "far below"],
)
def test_calibration_calls_for_a_retraining_only_if_it_is_off_far_and_for_sure(compared, given, found, error, advice):
    """Sure: what was given lies outside the interval. Far: by a fifth of it."""
    comparison = with_figures(compared("unchanged"), given=given, found=around(found, error))
    calibration = finding(judge(comparison), "calibration")
    assert calibration.advice is advice
    assert f"{given:.1%}".replace("%", " % given") in calibration.sentence


@pytest.mark.parametrize(
    ("precision", "auc", "advice"),
    [
        (around(0.4, 0.03), around(0.7, 0.02), Advice.RETRAIN),
        (around(0.4, 0.03), around(0.95, 0.02), Advice.WATCH),
        (around(0.4, 0.5), around(0.7, 0.2), Advice.NONE),
        (around(0.89, 0.01), around(0.94, 0.01), Advice.NONE),
    ],
    ids=["both fell", "only with the share of abuse", "not sure", "as before"],
)
def test_ranking_calls_for_a_retraining_if_average_precision_and_auc_fell(compared, precision, auc, advice):
    """Average precision alone falls where abuse becomes rarer: that is watched."""
    comparison = with_figures(compared("unchanged"), average_precision=precision, auc=auc)
    assert finding(judge(comparison), "ranking").advice is advice


def test_values_that_go_missing_send_somebody_to_the_feed(compared):
    """A retraining would learn from the fault: it is watched, and said before what."""
    base = compared("unchanged")
    useful = max(base.columns, key=lambda column: column.gain_share)
    gone = useful.now.counts.copy()
    gone[-1], gone[:-1] = gone.sum(), 0
    columns = [replace(c, now=Counted(gone, 1.0)) if c.name == useful.name else c for c in base.columns]
    missing = finding(judge(replace(base, columns=tuple(columns))), "missing")
    assert missing.advice is Advice.WATCH
    assert f"{useful.name} is missing for 100.0 % of claims, then 0.0 %" in missing.sentence
    assert "before you retrain" in missing.sentence


def test_labels_that_take_much_longer_are_watched(compared):
    """Half as long again, and more than a day."""
    base = compared("unchanged")
    then = replace(base.reference.delays, days95=10.0)
    for days, advice in ((12.0, Advice.NONE), (16.0, Advice.WATCH), (np.nan, Advice.NONE)):
        now = replace(base.reference.delays, days95=days)
        comparison = replace(
            base, reference=replace(base.reference, delays=then), labelled=replace(base.labelled, delays=now)
        )
        assert finding(judge(comparison), "delays").advice is advice


def test_vectors_without_their_claim_are_told(compared):
    """They are a matter for the parity check."""
    base = compared("unchanged")
    judgement = judge(replace(base, later=replace(base.later, unknown=3)))
    assert judgement.advice is Advice.WATCH
    assert "3 vectors were logged for claims that the event log doesn't have" in judgement.reasons[0]
