"""What a training leaves behind: one MLflow run with all that made it, and a model that can be used."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from features.plan import default_plan
from serving.bundle import check_catalog, read_bundle
from serving.scorer import Scorer
from training.dataset import SplitConfig, build_dataset
from training.source import events_from
from training.text.appended import append_texts
from training.text.fitting import ReaderConfig

PLOTS = {f"plots/{name}.png" for name in ("precision_recall", "calibration", "importance", "shap_summary", "maturity")}


@pytest.fixture(scope="module")
def dataset(week):
    """The data of both trainings, made again in this process."""
    built = build_dataset(events_from(str(week.workshop.events)), default_plan(), SplitConfig())
    return append_texts(built, ReaderConfig()).dataset


@pytest.fixture(scope="module")
def run(week, using_mlflow, tmp_path_factory):
    """The first training's run, with its artifacts fetched."""
    with using_mlflow(week.workshop.tracking_uri) as mlflow:
        version = mlflow.MlflowClient().get_model_version("clearclaim-abuse", "1")
        run = mlflow.MlflowClient().get_run(version.run_id)
        target = str(tmp_path_factory.mktemp("run"))
        folder = mlflow.artifacts.download_artifacts(f"runs:/{version.run_id}/", dst_path=target)
        return SimpleNamespace(**run.data.to_dictionary(), status=run.info.status, folder=folder, run_id=version.run_id)


@pytest.fixture(scope="module")
def bundle(week):
    """The champion in BentoML's model store."""
    return read_bundle(week.workshop.champion)


def files_in(folder):
    return {str(path.relative_to(folder)): path for path in Path(folder).rglob("*") if path.is_file()}


def test_run_has_every_parameter_and_finished(run, dataset):
    """Whoever looks at a run can train it again."""
    assert run.status == "FINISHED"
    assert run.params["boosting_rounds"] == "80"
    assert run.params["boosting_seed"] == "7"
    assert run.params["split_label"] == "verdict"
    for period in dataset.periods:
        assert run.params[f"claims_{period.name}"] == str(len(period))


def test_run_has_metrics_of_the_model_and_its_baselines(run):
    """A model stands beside what it must beat."""
    for name in ("model", "logistic_regression", "past_refund_rate"):
        assert 0 < run.metrics[f"{name}_average_precision"] < 1
        assert 0 < run.metrics[f"{name}_auc"] < 1
    assert 0 < run.metrics["model_calibration_error"] < run.metrics["model_log_loss"]
    assert 1 <= run.metrics["rounds"] <= 80


def test_run_and_bundle_state_what_came_of_the_recovery_model(run, bundle, dataset, week):
    """Figures under a prefix of their own; a model in the bundle, or the reason why there is none."""
    stated = json.loads((bundle.path / "manifest.json").read_text())["training"]["recovery"]
    assert run.metrics["recovery_advances"] == stated["advances"] == dataset.advances.examples.advances > 300
    assert run.metrics["recovery_examples"] == stated["examples"] == len(dataset.advances.examples)
    assert 0 < run.metrics["recovery_came_back"] < 1
    assert run.params["recovery_rounds"] == "80"
    assert run.metrics["recovery_model"] == float(bundle.contents.recovery is not None)
    assert (stated["why_not"] is None) == (bundle.contents.recovery is not None)
    assert "**Recovery model**" in (bundle.path / "card.md").read_text()
    assert "recovery model: " in week.printed["first training"]


def test_champion_tells_of_recovery_alone_as_in_a_row(bundle, dataset):
    """The second model answers for the same vectors, or not at all."""
    with Scorer(bundle) as scorer:
        together = scorer.recovery_probabilities(dataset.test.vectors)
        alone = [scorer.recovery_probability(vector) for vector in dataset.test.vectors]
    expected = [None] * len(alone) if bundle.contents.recovery is None else together.tolist()
    assert alone == expected


def test_run_and_bundle_state_how_far_the_labels_are_known(run, dataset, bundle):
    """Sources with their rates, how long labels were waited for, the clip and what the weights leave."""
    stated = json.loads((bundle.path / "manifest.json").read_text())["training"]["labelling"]
    assert run.metrics["label_gap_days"] == stated["gap_days"] == dataset.labelling.gap.days
    for period, weights in stated["weights"].items():
        assert run.metrics[f"label_{period}_effective"] == pytest.approx(weights["effective"])
        assert weights["labels"] == int(run.params[f"claims_{period}"])
        assert weights["effective"] <= weights["labels"]
    for word, source in stated["sources"].items():
        assert run.metrics[f"label_{word}_sensitivity"] == pytest.approx(source["sensitivity"])
    assert "**Labels.** Waited for" in (bundle.path / "card.md").read_text()


def test_run_is_tagged_with_its_data_its_catalogue_and_its_version(run, dataset, bundle):
    """The hashes are those of the events and of the catalogue, made again here."""
    assert run.tags["data_hash"] == dataset.data_hash
    assert run.tags["catalog_hash"] == default_plan().catalog_hash
    assert run.tags["label"] == "verdict"
    assert run.tags["model_version"] == bundle.model_version
    manifest = json.loads((bundle.path / "manifest.json").read_text())
    assert run.tags["git_commit"] == manifest["training"]["git_commit"]


def test_run_has_the_plots_as_pictures(run):
    """Each is there and isn't empty."""
    files = files_in(run.folder)
    assert set(files) >= PLOTS
    for name in PLOTS:
        assert files[name].read_bytes().startswith(b"\x89PNG")


def test_run_has_the_bundle_that_was_promoted(run, week):
    """What a service takes from BentoML is, file by file, what the run logged."""
    logged = {name.removeprefix("bundle/"): path for name, path in files_in(run.folder).items() if "bundle/" in name}
    stored = files_in(week.workshop.champion)
    assert set(stored) - {"model.yaml"} == set(logged)  # the one file that BentoML adds
    for name, path in logged.items():
        assert stored[name].read_bytes() == path.read_bytes()


def test_summary_that_was_printed_names_run_version_and_data(run, week):
    """What the terminal said leads to the run."""
    printed = week.printed["first training"]
    assert f"run {run.run_id}, registered as version 1, alias challenger" in printed
    assert f"look at it: mlflow ui --backend-store-uri {week.workshop.tracking_uri}" in printed
    assert run.tags["data_hash"] in printed


def test_registered_challenger_predicts_through_mlflow(week, using_mlflow, dataset):
    """A data scientist can load it in one line, without this package."""
    with using_mlflow(week.workshop.tracking_uri) as mlflow:
        model = mlflow.lightgbm.load_model("models:/clearclaim-abuse@challenger")
        predicted = model.predict(dataset.test.vectors)
    assert predicted.shape == (len(dataset.test),)
    assert ((predicted > 0) & (predicted < 1)).all()
    assert tuple(model.feature_name()) == dataset.columns


def test_champion_in_the_model_store_belongs_to_this_catalogue(bundle):
    """A service of this release takes it."""
    check_catalog(bundle, default_plan().catalog_hash)


def test_champion_scores_bit_for_bit_as_mlflows_model_calibrated(week, using_mlflow, bundle, dataset):
    """Two ways to the same model give the same numbers, to the last bit."""
    with using_mlflow(week.workshop.tracking_uri) as mlflow:
        model = mlflow.lightgbm.load_model("models:/clearclaim-abuse@champion")
    raw_scores = model.predict(dataset.test.vectors, raw_score=True)
    with Scorer(bundle) as scorer:
        scored = [scorer.score(vector) for vector in dataset.test.vectors]
    assert [each.raw_score for each in scored] == raw_scores.tolist()
    expected = bundle.contents.calibration.probabilities(np.asarray(raw_scores))
    assert [each.abuse_probability for each in scored] == expected.tolist()
    assert len(set(expected.tolist())) > 50


def test_second_training_on_the_same_data_makes_the_same_model(week):
    """The same seed and events make the same bundle, though the truth was gone: nothing that learns reads it."""
    first, second = (week.registry["second training"].bundle_versions[version] for version in ("1", "2"))
    assert first == second
    hashes = [
        next(line for line in week.printed[step].splitlines() if line.startswith("data "))
        for step in ("first training", "second training")
    ]
    assert hashes[0] == hashes[1]


def test_manifest_of_the_champion_says_how_it_was_trained(bundle, dataset):
    """The bundle carries its own history, wherever it is copied to."""
    manifest = json.loads((bundle.path / "manifest.json").read_text())
    assert manifest["training"]["data_hash"] == dataset.data_hash
    assert manifest["training"]["boosting"]["seed"] == 7
    assert manifest["metrics"]["model_average_precision"] > 0
