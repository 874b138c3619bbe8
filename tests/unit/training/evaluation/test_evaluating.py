"""An evaluation: every figure of every model with its interval, gains from the same draws, slices, gaps, and money."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.serving.policies import policy_with
from training.dataset import cut_dataset
from training.evaluation.config import EvaluationConfig
from training.evaluation.evaluating import SLICE_FIGURES, Sample, evaluate
from training.evaluation.evaluation import BASE_RATE
from training.evaluation.metrics import probability_metrics, rank_metrics
from training.evaluation.money import PER, make_docket
from training.evaluation.storing import as_json, from_json
from training.evaluation.text import evaluation_markdown, lines

ORDER = {"average_precision", "auc", "recall_at_1_fpr", "recall_at_5_fpr", "precision_at_capacity"}
PROBABILITY = {"calibration_error", "log_loss", "saved_minor_per_1000"}
CONFIG = EvaluationConfig(replicates=30)
POLICY = policy_with()


@pytest.fixture(scope="module")
def dataset(gathered, quick):
    """The shop with its training period for a test, which has the most claims; each has two weights."""
    cut = cut_dataset(gathered, quick.split)
    random = np.random.default_rng(4)
    labels_count, of_filing = random.uniform(0.5, 2.0, (2, len(cut.train)))
    weights = labels_count * of_filing
    weights *= len(weights) / weights.sum()
    return replace(cut, test=replace(cut.train, label_weights=labels_count, weights=weights))


@pytest.fixture(scope="module")
def rankings(dataset):
    random = np.random.default_rng(8)
    said = random.beta(0.6, 2, (2, len(dataset.test))) * 0.5 + 0.4 * dataset.test.abusive
    return {"model": said[0], "logistic_regression": said[1], "past_refund_rate": random.integers(0, 9, len(said[0]))}


@pytest.fixture(scope="module")
def evaluation(dataset, rankings, gathered):
    return evaluate(dataset, rankings, gathered=gathered, policy=POLICY, config=CONFIG)


def test_figures_are_the_plain_ones_and_lie_in_their_intervals(evaluation, dataset, rankings):
    """With each claim's weight, as scikit-learn has them."""
    test = dataset.test
    for name, figures in evaluation.figures.items():
        plain = rank_metrics(test.abusive, rankings[name], test.weights)
        assert figures["average_precision"].value == pytest.approx(plain.average_precision)
        assert figures["auc"].value == pytest.approx(plain.auc)
        assert all(each.low <= each.value <= each.high for each in figures.values())
    plain = probability_metrics(test.abusive, rankings["model"], test.weights)
    assert evaluation.figures["model"]["log_loss"].value == pytest.approx(plain.log_loss)
    assert evaluation.figures["model"]["calibration_error"].value == pytest.approx(plain.calibration_error)


def test_ranks_that_are_no_probabilities_have_figures_of_order_only(evaluation):
    """Nobody can say what a rank promises, or decide by it."""
    assert set(evaluation.figures["model"]) == set(evaluation.figures["logistic_regression"]) == ORDER | PROBABILITY
    assert set(evaluation.figures["past_refund_rate"]) == set(evaluation.gains["past_refund_rate"]) == ORDER
    assert set(evaluation.gains) == {"logistic_regression", "past_refund_rate"}


def test_gain_over_an_equal_model_is_exactly_zero(dataset, rankings, gathered):
    """Both see the same draws, so nothing is left between them."""
    twins = {"model": rankings["model"], "twin": rankings["model"].copy()}
    gains = evaluate(dataset, twins, gathered=gathered, policy=POLICY, config=CONFIG).gains["twin"]
    assert {name: gain.as_json() for name, gain in gains.items()} == {name: [0, 0, 0] for name in ORDER | PROBABILITY}


def test_money_saved_is_what_the_base_rate_costs_less_what_the_model_costs(evaluation, dataset, rankings, gathered):
    """Per 1,000 claims, each counting for what its label stands for."""
    weights = dataset.test.label_weights
    docket = make_docket(gathered, dataset.test, weights, POLICY)
    constant = np.full(len(weights), dataset.train.abusive_share)
    model, base = (docket.decide(each).cost_minor for each in (rankings["model"], constant))
    expected = PER * np.average(base - model, weights=weights)
    assert evaluation.figures["model"]["saved_minor_per_1000"].value == pytest.approx(expected)
    curves = evaluation.cost_curves
    assert set(curves) == {"model", "logistic_regression", BASE_RATE}
    assert curves[BASE_RATE].policy_cost_minor - curves["model"].policy_cost_minor == pytest.approx(expected)


def test_slices_with_too_few_claims_keep_their_row_without_figures(dataset, rankings, gathered):
    """A figure from ten claims would be read as if it meant something."""
    found = evaluate(
        dataset, rankings, gathered=gathered, policy=POLICY, config=replace(CONFIG, least_filings=len(dataset.test))
    )
    whole = [each for each in found.slices if each.filings == pytest.approx(dataset.test.filings)]
    parts = [each for each in found.slices if each not in whole]
    assert {each.slicing for each in parts} == {"amount", "buyer"}
    for of, unknown in ((whole, False), (parts, True)):
        for each in of:
            assert tuple(each.figures) == SLICE_FIGURES
            assert {np.isnan(figure.value) for figure in each.figures.values()} == {unknown}
    assert found.gaps == ()


def test_slice_figures_are_those_of_its_claims_alone(evaluation, dataset, rankings, gathered):
    """By amount, the lowest quarter of the claims."""
    test, weights = dataset.test, dataset.test.label_weights
    amounts = test.vectors[:, dataset.columns.index("claim_amount_minor")]
    few = amounts <= np.quantile(amounts, 0.25, method="inverted_cdf")
    (figures,) = [each.figures for each in evaluation.slices if each.value.startswith("up to")]
    reviewed = make_docket(gathered, test, weights, POLICY).decide(rankings["model"]).reviewed
    honest, abusive = (few & (test.abusive == kind) for kind in (0, 1))
    plain = rank_metrics(test.abusive[few], rankings["model"][few], test.weights[few])
    assert {name: interval.value for name, interval in figures.items() if name != "saved_minor_per_1000"} == {
        "abusive_share": pytest.approx(np.average(test.abusive[few], weights=test.weights[few])),
        "average_precision": pytest.approx(plain.average_precision),
        "calibration_error": pytest.approx(
            probability_metrics(test.abusive[few], rankings["model"][few], test.weights[few]).calibration_error
        ),
        "reviewed_honest_share": pytest.approx(np.average(reviewed[honest], weights=weights[honest])),
        "missed_abusive_share": pytest.approx(np.average(1 - reviewed[abusive], weights=weights[abusive])),
    }


def test_gaps_name_the_slices_with_the_highest_and_the_lowest_burden(evaluation):
    """The gap is the difference of their figures."""
    told = {(each.slicing, each.value): each.figures for each in evaluation.slices}
    assert {gap.figure for gap in evaluation.gaps} == {"reviewed_honest_share", "missed_abusive_share"}
    for gap in evaluation.gaps:
        shares = [told[gap.slicing, value][gap.figure].value for value in (gap.highest, gap.lowest)]
        assert gap.gap.value == pytest.approx(shares[0] - shares[1])
        assert gap.gap.value >= 0


@pytest.mark.parametrize(("per_day", "share"), [(1, 0.5), (2, 1.0), (None, np.nan)])
def test_capacity_is_a_share_of_all_claims_filed_in_the_test_labelled_or_not(gathered, quick, per_day, share):
    """Two claims come a day, of which half can be reviewed, though not all of them have a label."""
    cut = cut_dataset(gathered, quick.split)
    test = cut.test
    labelled = np.flatnonzero(np.arange(len(test)) % 4)
    names = ("vectors", "abusive", "weights", "as_of_ms", "label_weights", "rows", "buyers")
    fewer = replace(cut, test=replace(test, **{name: getattr(test, name)[labelled] for name in names}, texts=None))
    policy = policy_with(review={**POLICY.review.model_dump(), "capacity_per_day": per_day})
    perfect = {"model": fewer.test.abusive * 0.9}
    found = evaluate(fewer, perfect, gathered=gathered, policy=policy, config=CONFIG)
    assert found.capacity_share == pytest.approx(share, abs=0.01, nan_ok=True)
    figures, abusive = found.figures["model"], np.average(fewer.test.abusive, weights=fewer.test.label_weights)
    assert ("precision_at_capacity" in figures) == (per_day is not None)
    if per_day == 2:
        assert figures["precision_at_capacity"].value == pytest.approx(abusive)
    if per_day == 1:
        assert figures["precision_at_capacity"].value > abusive + 0.1


def test_capacity_takes_no_heed_of_claims_filed_before_or_after_the_test(gathered, quick):
    """A rush just before it began or once it was over takes none of its places."""
    cut = cut_dataset(gathered, quick.split)
    start_ms, end_ms = cut.label_drawn_at_ms
    rush = np.repeat([start_ms - 1, end_ms - cut.gap_ms], 500)
    rushed = replace(gathered, spine=replace(gathered.spine, as_of_ms=np.append(gathered.spine.as_of_ms, rush)))
    policy = policy_with(review={**POLICY.review.model_dump(), "capacity_per_day": 1})
    calm, hasty = (
        evaluate(cut, {"model": cut.test.abusive * 0.9}, gathered=each, policy=policy, config=CONFIG)
        for each in (gathered, rushed)
    )
    assert hasty.capacity_share == calm.capacity_share
    assert hasty.figures == calm.figures


@pytest.mark.parametrize("given", ["no events", "no policy"])
def test_evaluation_without_events_or_policy_counts_no_money(dataset, rankings, gathered, given):
    """All that needs none is there all the same."""
    arguments = {"gathered": gathered} if given == "no policy" else {"policy": POLICY}
    found = evaluate(dataset, rankings, **arguments, config=CONFIG)
    assert "saved_minor_per_1000" not in found.figures["model"]
    assert found.policy_version is None
    assert found.cost_curves == {}
    assert found.gaps == ()
    assert ("precision_at_capacity" in found.figures["model"]) == (given == "no events")
    assert found.slices


def test_evaluation_with_another_seed_moves_the_ends_and_not_the_figures(evaluation, dataset, rankings, gathered):
    """Chance decides only how far a figure is told to be uncertain."""
    again, other = (
        evaluate(dataset, rankings, gathered=gathered, policy=POLICY, config=replace(CONFIG, seed=seed)).figures
        for seed in (7, 8)
    )
    assert again == evaluation.figures
    for name, figures in other.items():
        for figure, interval in figures.items():
            assert interval.value == again[name][figure].value
    assert other["model"]["auc"].low != again["model"]["auc"].low


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"other": np.zeros(3)}, "no ranking 'model' among other"),
        ({"model": np.zeros(3)}, r"ranking 'model' is of shape \(3,\); the test has"),
    ],
)
def test_evaluation_of_rankings_that_do_not_fit_is_refused(dataset, given, complaint):
    """The message names what is lacking."""
    with pytest.raises(ValueError, match=complaint):
        evaluate(dataset, given)


@pytest.mark.parametrize("setting", ["replicates", "categories"])
def test_config_that_tells_nothing_is_refused(setting):
    """The message names the setting."""
    with pytest.raises(ValueError, match=f"{setting} is 0"):
        EvaluationConfig(**{setting: 0})


def test_sample_has_enough_where_filings_of_either_kind_are_many_enough(dataset):
    """A filing of many lines is one filing."""
    sample = Sample.of(dataset.test)
    abusive = int(sample.abusive.sum())
    assert sample.enough(EvaluationConfig(least_filings=len(sample), least_of_each=abusive))
    assert not sample.enough(EvaluationConfig(least_filings=len(sample) + 1))
    assert not sample.enough(EvaluationConfig(least_of_each=abusive + 1))
    one = replace(dataset.test, as_of_ms=np.zeros(len(sample), np.int64), buyers=np.zeros(len(sample), np.int64))
    assert not Sample.of(one).enough(EvaluationConfig(least_filings=2, least_of_each=1))


def test_evaluation_comes_back_from_json_as_it_was(evaluation, dataset, rankings):
    """Whole, and where half of it is unknown; in JSON that any reader takes."""
    for one in (evaluation, evaluate(dataset, rankings, config=replace(CONFIG, least_filings=10_000))):
        text = as_json(one)
        assert "NaN" not in text
        assert repr(from_json(text)) == repr(one)


def test_json_of_an_older_evaluation_is_read_with_what_it_lacks_unknown(evaluation):
    """A run of before keeps its figures."""
    said = json.loads(as_json(evaluation))
    for name in ("cost_curves", "calibration", "base_rate"):
        del said[name]
    old = from_json(json.dumps(said))
    assert (old.figures, old.cost_curves, old.calibration) == (evaluation.figures, {}, None)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"figures": 3}'])
def test_json_of_something_else_is_refused_in_one_line(text):
    """The message says what to do."""
    with pytest.raises(ValueError, match="evaluate again with this version") as complaint:
        from_json(text)
    assert "\n" not in str(complaint.value)


def test_lines_show_every_model_and_gain_with_its_interval(evaluation):
    """A compact table, with what its numbers mean below it."""
    text = "\n".join(lines(evaluation))
    for name in evaluation.figures:
        assert name.replace("_", " ") in text
    auc = evaluation.figures["model"]["auc"]
    assert f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})" in text
    gain = evaluation.gains["logistic_regression"]["saved_minor_per_1000"]
    assert f"{gain.value / 100:+,.0f} ({gain.low / 100:+,.0f} to {gain.high / 100:+,.0f})" in text
    assert "saved per 1,000 claims, CNY" in text
    assert POLICY.version[:12] in text
    assert "95 % of 30 draws of buyers" in text


def test_markdown_shows_slices_and_gaps_in_tables_that_hold(evaluation):
    """Every row of a table has as many cells as its head, whatever a category is called."""
    odd = replace(evaluation.slices[0], value="a|b <i>\nc")
    text = evaluation_markdown(replace(evaluation, slices=(odd, *evaluation.slices[1:])))
    assert "a\\|b &lt;i> c" in text
    tables = [part.splitlines() for part in text.split("\n\n") if part.startswith("|")]
    assert len(tables) == 4
    for rows in tables:
        assert len({row.replace("\\|", "").count("|") for row in rows}) == 1
    assert len(tables[2]) == 2 + len(evaluation.slices)
    assert len(tables[3]) == 2 + len(evaluation.gaps)


def test_texts_of_an_evaluation_with_nothing_told_say_so_with_a_dash(dataset, rankings):
    """No number stands where nobody knows one."""
    bare = evaluate(dataset, rankings, config=replace(CONFIG, least_filings=10_000))
    assert "nan" not in "\n".join(lines(bare)) + evaluation_markdown(bare)
    assert "| - |" in evaluation_markdown(bare)
