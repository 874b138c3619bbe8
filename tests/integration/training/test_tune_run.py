"""`clearclaim-train tune` as it is used: it searches, goes on, is in MLflow, and train takes what it wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.integration.training.conftest import Workshop
from training.cli import main
from training.model.parameters import BoostingConfig, boosting_config

EXPERIMENT = "clearclaim-abuse"


@pytest.mark.slow
def test_tune_goes_on_where_it_stopped_and_logs_each_trial_under_one_parent(shop_events, using_mlflow, tmp_path):
    """A second run adds to the first; both are one run of MLflow with a child per trial."""
    out, study = tmp_path / "params.toml", tmp_path / "study.db"
    asked = ("tune", "--events", shop_events, "--gap-days", "45", "--folds", "1", "--study", study, "--out", out)
    workshop = Workshop(tmp_path)
    first, second = (workshop.run(*asked, "--trials", trials) for trials in ("2", "3"))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout.startswith("2 trials, 0 given up early, on 1 inner folds")
    assert second.stdout.startswith("3 trials, 2 of them from before")
    assert "Traceback" not in first.stderr
    assert "[I " not in first.stderr  # Optuna's own log
    assert isinstance(boosting_config(out), BoostingConfig)
    with using_mlflow(workshop.tracking_uri) as mlflow:
        runs = mlflow.search_runs(experiment_names=[EXPERIMENT], output_format="list")
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run not in parents]
    assert len(parents) == 1
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    assert sorted(run.data.tags["mlflow.runName"] for run in children) == ["trial 0", "trial 1", "trial 2"]
    assert parents[0].data.metrics["trials"] == 3
    assert parents[0].data.metrics["best_log_loss"] == min(run.data.metrics["log_loss"] for run in children)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tune", "--events", "none.parquet", "--out", "params.yaml"), "must end in .toml or .json"),
        (("tune", "--events", "none.parquet", "--no-mlflow"), "none.parquet"),
        (("train", "--events", "none.parquet", "--params", "wrong.toml"), "'leaves' is no parameter"),
        (("train", "--events", "none.parquet", "--rounds", "0"), "rounds: must be a whole number"),
    ],
)
def test_wrong_file_or_parameter_is_one_line(arguments, says, tmp_path, monkeypatch):
    """The message names what is wrong, before any work."""
    monkeypatch.chdir(tmp_path)
    Path("wrong.toml").write_text("leaves = 3\n")
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert says in result.output
    assert result.output.count("\n") == 1
