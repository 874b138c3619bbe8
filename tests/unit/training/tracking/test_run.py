"""A training in MLflow: one run with all that decided it and all that came of it, and a child per fold and baseline."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import mlflow
import pytest

from features.definition.window import MS_PER_DAY
from tests.unit.training.evaluated import drawn_evaluation
from training.labels.measured import MeasuredReviewers
from training.tracking import EXPERIMENT, REGISTERED_MODEL, log_training

pytestmark = pytest.mark.slow  # MLflow makes its database with all its migrations


@pytest.fixture(scope="module")
def evaluated(trained):
    """A training with two folds, each with an evaluation."""
    latest = replace(trained.latest, evaluation=drawn_evaluation(0.61))
    dataset = latest.dataset
    test = replace(dataset.test, as_of_ms=dataset.test.as_of_ms - 100 * MS_PER_DAY)
    earlier = replace(
        latest,
        reading=replace(latest.reading, dataset=replace(dataset, test=test)),
        evaluation=drawn_evaluation(0.55),
        metrics={"model_average_precision": 0.55},
    )
    config = replace(trained.config, reviewers=MeasuredReviewers({"Zaphod": (0.9, 0.98)}, "f00d"))
    return replace(trained, config=config, folds=(latest, earlier))


@pytest.fixture(scope="module")
def logged(evaluated, tmp_path_factory):
    """What MLflow has of it: the run, its children by name, its artifacts, and the registered version."""
    folder = tmp_path_factory.mktemp("mlflow")
    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own, about its own libraries
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        registered = log_training(evaluated, "data/events.parquet")
        client = mlflow.MlflowClient()
        experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
        runs = {run.info.run_id: run for run in client.search_runs([experiment])}
        run = runs.pop(registered.run_id)
        version = client.get_model_version(REGISTERED_MODEL, registered.version)
        signature = mlflow.models.get_model_info(f"models:/{REGISTERED_MODEL}@challenger").signature
        artifacts = Path(mlflow.artifacts.download_artifacts(f"runs:/{registered.run_id}/", dst_path=str(folder)))
    mlflow.set_tracking_uri(before)
    children = {child.info.run_name: child for child in runs.values()}
    return SimpleNamespace(
        run=run, children=children, artifacts=artifacts, version=version, registered=registered, signature=signature
    )


def test_run_has_all_settings_and_the_evaluations_figures(logged, evaluated):
    """Each setting under its part's name, each figure with its ends, and names of before as they were."""
    params, metrics = logged.run.data.params, logged.run.data.metrics
    assert params["boosting_max_bin"] == str(evaluated.config.boosting.max_bin)
    assert params["folds"] == "1"
    assert {name.split("_")[0] for name in params} >= {"boosting", "split", "recovery", "reader", "folds", "claims"}
    assert "policy" not in params  # its version is a tag
    assert metrics["gain_over_logistic_regression_average_precision_low"] == -0.01
    assert metrics["gap/buyer/reviewed_honest_share"] == 0.09
    for name, value in evaluated.latest.metrics.items():
        assert metrics[name] == pytest.approx(value)
    assert metrics["train_claims"] == len(evaluated.latest.dataset.train)


def test_run_and_version_name_the_file_of_reviewers_by_its_hash(logged):
    """Whose labels count less can be looked up by who has the file; their names are on no run."""
    assert logged.run.data.tags["reviewers_hash"] == logged.version.tags["reviewers_hash"] == "f00d"
    assert "Zaphod" not in str(logged.run.data.params) + str(logged.run.data.tags)


def test_run_has_a_child_for_each_fold_and_each_baseline(logged, evaluated):
    """Their figures stand under one name, so that a table compares them; each child knows its parent."""
    kinds = [child.data.tags["kind"] for child in logged.children.values()]
    baselines = len(evaluated.latest.rankings) - 1
    assert sorted(kinds) == ["baseline"] * baselines + ["fold", "fold"]
    assert {child.data.tags["mlflow.parentRunId"] for child in logged.children.values()} == {logged.run.info.run_id}
    baseline = logged.children["baseline logistic_regression"].data
    assert baseline.metrics["average_precision"] == evaluated.latest.metrics["logistic_regression_average_precision"]
    assert baseline.metrics["average_precision_low"] == pytest.approx(0.53)
    folds = {name: child.data for name, child in logged.children.items() if name.startswith("fold ")}
    assert sorted(fold.metrics["average_precision"] for fold in folds.values()) == [
        0.55,
        evaluated.latest.metrics["model_average_precision"],
    ]
    for name, fold in folds.items():
        assert name == f"fold {fold.params['test_from']}"
        assert fold.params["test_from"] < fold.params["test_to"]
    assert all(child.info.status == "FINISHED" for child in logged.children.values())


def test_run_has_the_three_periods_as_datasets(logged, evaluated):
    """Each with its context, the hash of the data, and the file that the events came from."""
    inputs = {
        given.tags[0].value: (given.dataset.digest, json.loads(given.dataset.source)["uri"])
        for given in logged.run.inputs.dataset_inputs
        if given.tags
    }
    assert set(inputs) == {"training", "validation", "test"}
    assert {digest for digest, _ in inputs.values()} == {evaluated.latest.dataset.data_hash}
    assert all(source.endswith("/data/events.parquet") for _, source in inputs.values())


def test_run_has_plots_evaluation_card_and_bundle(logged, evaluated):
    """All that a person looks at, and all that a service takes."""
    plots = {path.stem for path in (logged.artifacts / "plots").iterdir()}
    assert plots >= {"precision_recall", "calibration", "importance", "shap_summary", "maturity"}
    stated = json.loads((logged.artifacts / "evaluation/evaluation.json").read_text())
    assert stated["figures"]["model"]["average_precision"]["value"] == 0.61
    assert (logged.artifacts / "bundle/card.html").read_text() == evaluated.bundle.card_html


def test_card_in_the_run_is_the_bundles_with_provenance_and_pictures(logged, evaluated):
    """The same card, and besides who made it, from what, and what it looks like."""
    card, page = ((logged.artifacts / "card" / name).read_text() for name in ("card.md", "card.html"))
    assert card.startswith(evaluated.bundle.card.rstrip("\n"))
    assert f"| MLflow run | {logged.registered.run_id} |" in card
    assert f"| registered as version | {logged.registered.version} |" in card
    assert "| from events | data/events.parquet |" in card
    assert page.count("data:image/png;base64,") >= 2
    assert logged.registered.run_id in page


def test_version_says_what_made_it_and_how_good_it_is(logged, evaluated):
    """In the list of versions, without opening the run: the run's own tags, and a sentence."""
    tags = logged.version.tags
    assert tags["bundle_version"] == tags["model_version"] == logged.registered.model_version
    for name in ("data_hash", "catalog_hash", "policy_version", "git_commit", "label", "clearclaim_version"):
        assert tags[name] == logged.run.data.tags[name]
    assert tags["policy_version"] == "0123456789abcdef"
    assert tags["package_lightgbm"] == evaluated.bundle.versions["lightgbm"]
    expected = f"Average precision {evaluated.latest.metrics['model_average_precision']:.3f} (logistic regression "
    assert logged.version.description.startswith(expected)
    assert logged.version.aliases == ["challenger"]


def test_model_has_a_signature_of_named_columns(logged, evaluated):
    """Whoever calls it by MLflow sends a table."""
    assert logged.signature.inputs.input_names() == list(evaluated.latest.dataset.columns)
    assert {str(kind) for kind in logged.signature.inputs.input_types()} == {"DataType.double"}


def test_lines_say_run_version_alias_and_where_to_look(logged):
    """What `train` ends with."""
    first, second = logged.registered.lines("sqlite:///mlflow.db")
    assert first == f"run {logged.registered.run_id}, registered as version 1, alias challenger"
    assert second == "look at it: mlflow ui --backend-store-uri sqlite:///mlflow.db"
