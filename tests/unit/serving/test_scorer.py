"""Scores are the model's, calibrated; explanations add up to them."""

import math
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from features.plan import Plan
from serving.bundle import Bundle, BundleContents, BundleError, ModelColumn
from serving.model import Model
from serving.scorer import Scored, Scorer
from serving.text.columns import text_values

Rows = NDArray[np.float64]


@pytest.fixture
def scorer(bundle: Bundle) -> Scorer:
    return Scorer(bundle)


def test_score_is_the_models_raw_score_calibrated(
    scorer: Scorer, bundle: Bundle, trained_model: lightgbm.Booster, claim_rows: Rows
) -> None:
    """The probability is the calibration of what LightGBM gives, nothing else."""
    for row, raw_score in zip(claim_rows, trained_model.predict(claim_rows, raw_score=True).tolist(), strict=True):
        assert scorer.score(row) == Scored(bundle.contents.calibration.probability(raw_score), raw_score)


def test_score_many_equals_score_of_each_bit_for_bit(scorer: Scorer, claim_rows: Rows) -> None:
    """What training evaluates is what the service answers."""
    assert scorer.score_many(claim_rows).tolist() == [scorer.score(row).abuse_probability for row in claim_rows]


def test_recovery_probability_is_the_recovery_models_raw_score_calibrated(
    scorer: Scorer, bundle: Bundle, recovery_model: lightgbm.Booster, claim_rows: Rows
) -> None:
    """The second model answers beside the first, from the same vector."""
    head = bundle.contents.recovery
    assert head is not None
    raw_scores = recovery_model.predict(claim_rows, raw_score=True)
    expected = [head.calibration.probability(raw_score) for raw_score in raw_scores.tolist()]
    assert [scorer.recovery_probability(row) for row in claim_rows] == expected
    assert len(set(expected)) > 10


def test_recovery_probabilities_equal_those_of_each_bit_for_bit(scorer: Scorer, claim_rows: Rows) -> None:
    """A claim alone and in a row get the same answer."""
    together = scorer.recovery_probabilities(claim_rows)
    assert together is not None
    assert together.tolist() == [scorer.recovery_probability(row) for row in claim_rows]


def test_bundle_without_a_recovery_model_gives_no_recovery_probability(bundle: Bundle, claim_rows: Rows) -> None:
    """What isn't known is left to the policy."""
    scorer = Scorer(replace(bundle, contents=replace(bundle.contents, recovery=None)))
    assert scorer.recovery_probability(claim_rows[0]) is None
    assert scorer.recovery_probabilities(claim_rows) is None


def test_explanation_sums_to_the_raw_score(scorer: Scorer, claim_rows: Rows) -> None:
    """Nothing that moved the score is left out."""
    for row in claim_rows[:200]:
        explanation = scorer.explain(row)
        total = explanation.bias_raw_score + sum(each.raw_score_change for each in explanation.contributions)
        assert total == pytest.approx(scorer.score(row).raw_score, rel=1e-9, abs=1e-12)


def test_explanation_sums_columns_per_reason_code(
    scorer: Scorer, bundle: Bundle, trained_model: lightgbm.Booster, claim_rows: Rows
) -> None:
    """Each code carries the contributions of its own columns, each code once."""
    parts = trained_model.predict(claim_rows[:1], pred_contrib=True)[0]
    expected: dict[str, float] = {}
    for column, part in zip(bundle.contents.columns, parts, strict=False):
        expected[column.reason] = expected.get(column.reason, 0.0) + part
    found = {each.code: each.raw_score_change for each in scorer.explain(claim_rows[0]).contributions}
    assert found == pytest.approx(expected, rel=1e-12)
    assert scorer.explain(claim_rows[0]).bias_raw_score == parts[-1]


def test_explanation_puts_the_largest_change_first(scorer: Scorer, claim_rows: Rows) -> None:
    """A reader who stops after the first reason has read the one that mattered most."""
    for row in claim_rows[:50]:
        sizes = [abs(each.raw_score_change) for each in scorer.explain(row).contributions]
        assert sizes == sorted(sizes, reverse=True)


def test_explanation_names_the_column_that_moved_most_the_reasons_way(
    scorer: Scorer, bundle: Bundle, trained_model: lightgbm.Booster, claim_rows: Rows
) -> None:
    """The evidence beside a reason is the strongest that points where the reason points, with the value it held."""
    all_parts = trained_model.predict(claim_rows[:50], pred_contrib=True)
    names = [column.name for column in bundle.contents.columns]
    for row, parts in zip(claim_rows, all_parts, strict=False):
        for each in scorer.explain(row).contributions:
            mine = [index for index, column in enumerate(bundle.contents.columns) if column.reason == each.code]
            sign = 1 if each.raw_score_change >= 0 else -1
            assert sign * parts[names.index(each.column)] == max(sign * parts[index] for index in mine)
            held = row[names.index(each.column)]
            assert each.value == (None if math.isnan(held) else held)


def test_explanation_of_equal_changes_is_in_order_of_code(bundle: Bundle, claim_rows: Rows) -> None:
    """Ties are settled the same way every time: by code, and within a code by the order of columns."""
    random = np.random.default_rng(2)
    data = lightgbm.Dataset(np.zeros((40, 12)), random.integers(0, 2, 40), feature_name=list(_names(bundle)))
    flat = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 1)
    contents = replace(bundle.contents, model_text=flat.model_to_string())
    contributions = Scorer(replace(bundle, contents=contents)).explain(claim_rows[0]).contributions
    assert [each.code for each in contributions] == sorted({column.reason for column in contents.columns})
    assert [each.column for each in contributions] == ["feature_0", "feature_1", "feature_2", "feature_3"]


def _names(bundle: Bundle) -> tuple[str, ...]:
    return tuple(column.name for column in bundle.contents.columns)


def test_explanation_with_one_code_for_all_columns_is_one_contribution(bundle: Bundle, claim_rows: Rows) -> None:
    """Reason codes group columns as coarsely as a bundle likes."""
    columns = tuple(ModelColumn(column.name, "all") for column in bundle.contents.columns)
    scorer = Scorer(replace(bundle, contents=replace(bundle.contents, columns=columns)))
    (only,) = scorer.explain(claim_rows[0]).contributions
    assert only.code == "all"


def test_column_with_a_direction_never_counts_for_less_as_its_value_rises(scorer: Scorer, claim_rows: Rows) -> None:
    """Neither in the probability nor in what is told of it; its lowest value never raises, its highest never lowers."""
    values = np.nanquantile(claim_rows[:, 0], np.linspace(0, 1, 12))
    for row in claim_rows[:40]:
        raised = np.repeat(row[np.newaxis], len(values), axis=0)
        raised[:, 0] = values
        assert (np.diff(scorer.score_many(raised)) >= 0).all()
        changes = [scorer.column_changes(each)[0] for each in raised]
        assert changes == sorted(changes)
        assert changes[0] < 0 < changes[-1]


def test_scorer_knows_its_model_version(scorer: Scorer, bundle: Bundle) -> None:
    """An answer can name the model that gave it."""
    assert scorer.model_version == bundle.model_version


def test_vector_of_another_length_is_refused(scorer: Scorer) -> None:
    """A vector is never stretched or cut to fit."""
    with pytest.raises(BundleError, match="the model takes"):
        scorer.score(np.zeros(3))
    with pytest.raises(BundleError, match="the model takes"):
        scorer.explain(np.zeros(3))
    with pytest.raises(BundleError, match="a row of shape"):
        scorer.recovery_probability(np.zeros(3))


def test_closed_scorer_refuses_calls(bundle: Bundle, claim_rows: Rows) -> None:
    """After the model is freed a call is an error and never a crash."""
    with Scorer(bundle) as scorer:
        pass
    with pytest.raises(BundleError, match="closed"):
        scorer.score(claim_rows[0])


def test_scorer_of_a_broken_model_names_the_file(bundle_contents: BundleContents) -> None:
    """Whoever skips `read_bundle` still gets told which file to mend."""
    broken = Bundle(Path("somewhere"), "0" * 12, replace(bundle_contents, model_text="tree\n"))
    with pytest.raises(BundleError, match=r"somewhere: abuse\.txt: "):
        Scorer(broken)


# --- with texts


def test_vector_is_completed_by_what_the_text_says(champion_that_reads: Model, plan: Plan) -> None:
    """The model takes the catalogue's columns and then the text's; missing ones where there is no text."""
    scorer, reader = champion_that_reads.scorer, champion_that_reads.bundle.contents.reader
    assert reader is not None
    vector = np.arange(len(plan.columns), dtype=np.float64)
    whole = scorer.complete(vector, "it is fake", "damaged")
    assert whole[: len(vector)].tolist() == vector.tolist()
    assert whole[len(vector) :].tolist() == text_values(reader, "it is fake", "damaged").tolist()
    assert np.isnan(scorer.complete(vector, None, "damaged")[len(vector) :]).all()


def test_text_of_a_claim_moves_its_probability_and_says_so(champion_that_reads: Model, plan: Plan) -> None:
    """A text against the stated reason raises the probability, under a code of its own."""
    scorer = champion_that_reads.scorer
    vector = np.zeros(len(plan.columns))
    agreeing, against = (scorer.complete(vector, "it is broken", stated) for stated in ("damaged", "expired"))
    assert scorer.score(against).abuse_probability > scorer.score(agreeing).abuse_probability + 0.1
    first = scorer.explain(against).contributions[0]
    assert (first.code, first.column) == ("claim_text", "claim_text_disagreement")


def test_model_that_reads_no_texts_takes_the_vector_as_it_is(champion: Model, plan: Plan) -> None:
    """A text is no reason to fail, and changes nothing."""
    vector = np.arange(len(plan.columns), dtype=np.float64)
    assert champion.scorer.complete(vector, "it is fake", "damaged").tolist() == vector.tolist()


def test_vector_to_complete_of_another_length_is_refused(champion: Model, champion_that_reads: Model) -> None:
    """A vector that already has the text's columns isn't completed twice."""
    for model in (champion, champion_that_reads):
        with pytest.raises(BundleError, match="the catalogue has"):
            model.scorer.complete(np.zeros(3), None, "damaged")
