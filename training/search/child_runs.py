"""Each trial as a run of MLflow, under one parent run for the search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final

import mlflow
import optuna
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from training.search.searching import Found, TrialDone
from training.search.study import Asked
from training.tracking import EXPERIMENT, TrackingError, connect

PARENT: Final = "mlflow_run"  # the study's attribute that says under which run its trials are


class ChildRuns:
    """The runs of one search: call it with each trial, and `finish` with what was found."""

    def __init__(self, client: mlflow.MlflowClient, parent: Run, objective: str) -> None:
        self._client, self._parent, self._objective = client, parent, objective

    @property
    def run_id(self) -> str:
        """The parent run's id."""
        return str(self._parent.info.run_id)

    def __call__(self, trial: TrialDone) -> None:
        """Log a finished trial as a child run."""
        tags = {MLFLOW_PARENT_RUN_ID: self.run_id, MLFLOW_RUN_NAME: f"trial {trial.number}"}
        child = self._client.create_run(self._parent.info.experiment_id, tags=tags)
        metrics = [] if trial.value is None else [Metric(self._objective, trial.value, child.info.start_time, 0)]
        params = [Param(f"boosting_{name}", str(value)) for name, value in trial.parameters.items()]
        given_up = [RunTag("given_up", str(trial.value is None).lower())]
        self._client.log_batch(child.info.run_id, metrics, params, given_up)
        self._client.set_terminated(child.info.run_id)

    def finish(self, found: Found) -> None:
        """Log what was found on the parent run."""
        self._client.log_metric(self.run_id, f"best_{self._objective}", found.value)
        self._client.log_metric(self.run_id, f"default_{self._objective}", found.default_value)
        self._client.log_metric(self.run_id, "trials", found.trials)
        self._client.log_dict(self.run_id, asdict(found.best), "best_parameters.json")


@contextmanager
def child_runs(study: optuna.Study, asked: Asked) -> Iterator[ChildRuns]:
    """The runs of a study: a new parent, or the one under which its earlier trials are.

    Raises:
        TrackingError: MLflow can't be reached or refuses.
    """
    try:
        connect()
        client = mlflow.MlflowClient()
        runs = ChildRuns(client, _parent(client, study, asked), asked.objective)
        try:
            yield runs
        except BaseException:
            client.set_terminated(runs.run_id, "FAILED")
            raise
        client.set_terminated(runs.run_id)
    except MlflowException as error:
        raise TrackingError(f"MLflow didn't take the search ({error}); correct it, or give --no-mlflow") from error


def _parent(client: mlflow.MlflowClient, study: optuna.Study, asked: Asked) -> Run:
    if (known := study.user_attrs.get(PARENT)) is not None:
        try:
            client.update_run(known, "RUNNING")
            return client.get_run(known)
        except MlflowException:  # another server, or it was deleted: the rest goes under a new one
            pass
    experiment = mlflow.set_experiment(EXPERIMENT)
    tags = {MLFLOW_RUN_NAME: "tune", "search_data_hash": asked.data_hash, "objective": asked.objective}
    parent = client.create_run(experiment.experiment_id, tags=tags)
    client.log_param(parent.info.run_id, "seed", asked.seed)
    study.set_user_attr(PARENT, parent.info.run_id)
    return parent
