"""MLflow: what a training leaves behind, and the registered model with its aliases."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import mlflow
import numpy as np
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sqlalchemy.exc import SQLAlchemyError

from serving.bundle import write_bundle
from training.evaluation.plots import calibration_plot, importance_plot, precision_recall_plot
from training.labels.statement import label_metrics
from training.recovery.statement import recovery_metrics
from training.train import Trained

DEFAULT_TRACKING_URI: Final = "sqlite:///mlflow.db"
EXPERIMENT: Final = "clearclaim-abuse"
REGISTERED_MODEL: Final = "clearclaim-abuse"
BUNDLE_FOLDER: Final = "bundle"
Role: TypeAlias = Literal["champion", "challenger"]
CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"


class TrackingError(RuntimeError):
    """Something that MLflow doesn't have or can't do: the message says what to do."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a training went."""

    run_id: str
    version: str
    model_version: str


def connect() -> str:
    """Point MLflow at MLFLOW_TRACKING_URI, or at a SQLite file in this folder, and return the address.

    Raises:
        TrackingError: if there can be no MLflow there. Whether a server answers shows when it is asked something.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_TRACKING_URI)
    mlflow.set_tracking_uri(uri)
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # the database's migrations are logged line by line, which drowns what the user came for
    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        mlflow.MlflowClient()
    except (MlflowException, SQLAlchemyError, ImportError, OSError) as error:
        raise TrackingError(f"no MLflow at this address ({error}); correct MLFLOW_TRACKING_URI") from error
    return uri


def log_training(trained: Trained) -> Registered:
    """Log a training as one run, register its model, and give it the alias `challenger`."""
    connect()
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        mlflow.log_params({f"boosting_{name}": value for name, value in asdict(trained.config.boosting).items()})
        mlflow.log_params({f"split_{name}": value for name, value in asdict(trained.config.split).items()})
        mlflow.log_params({f"recovery_{name}": value for name, value in asdict(trained.config.recovery).items()})
        mlflow.log_params({f"claims_{period.name}": len(period) for period in trained.latest.dataset.periods})
        mlflow.log_metrics(
            {
                **trained.latest.metrics,
                **label_metrics(trained.latest.dataset.labelling),
                **recovery_metrics(trained.recovery),
                "rounds": trained.latest.fitted.rounds,
            }
        )
        bundle = write_bundle(Path(folder) / BUNDLE_FOLDER, trained.bundle)
        mlflow.set_tags(
            {
                "data_hash": trained.latest.dataset.data_hash,
                "catalog_hash": trained.bundle.catalog_hash,
                "label": trained.latest.dataset.label,
                "model_version": bundle.model_version,
            }
        )
        _log_plots(trained)
        mlflow.log_artifacts(str(bundle.path), BUNDLE_FOLDER)
        version = _register(trained)
        mlflow.MlflowClient().set_model_version_tag(REGISTERED_MODEL, version, "bundle_version", bundle.model_version)
        mlflow.MlflowClient().set_registered_model_alias(REGISTERED_MODEL, CHALLENGER, version)
        return Registered(run.info.run_id, version, bundle.model_version)


def find_version(alias_or_number: str) -> ModelVersion:
    """The registered version that has an alias or a number.

    Raises:
        TrackingError: if there is none.
    """
    client = mlflow.MlflowClient()
    try:
        if alias_or_number.isdecimal():
            return client.get_model_version(REGISTERED_MODEL, alias_or_number)
        return client.get_model_version_by_alias(REGISTERED_MODEL, alias_or_number)
    except MlflowException as error:
        raise TrackingError(
            f"no model {REGISTERED_MODEL!r} with version or alias {alias_or_number!r} at "
            f"{mlflow.get_tracking_uri()}; run 'clearclaim-train train' first"
        ) from error


def download_bundle(version: ModelVersion, folder: Path) -> Path:
    """Fetch the bundle of a registered version into a folder and return its path.

    Raises:
        TrackingError: if its run has no bundle.
    """
    try:
        return Path(
            mlflow.artifacts.download_artifacts(f"runs:/{version.run_id}/{BUNDLE_FOLDER}", dst_path=str(folder))
        )
    except (MlflowException, OSError) as error:
        raise TrackingError(f"run {version.run_id} has no bundle ({error}); train again") from error


def set_alias(version: ModelVersion, role: Role) -> None:
    """Give a version the alias of its role, which another one may have had."""
    mlflow.MlflowClient().set_registered_model_alias(REGISTERED_MODEL, role, version.version)


def _log_plots(trained: Trained) -> None:
    abusive, weights = trained.latest.dataset.test.abusive, trained.latest.dataset.test.weights
    gains = np.asarray(trained.latest.fitted.booster.feature_importance("gain"), dtype=np.float64)
    mlflow.log_figure(precision_recall_plot(abusive, weights, trained.latest.rankings), "plots/precision_recall.png")
    mlflow.log_figure(calibration_plot(abusive, weights, trained.latest.rankings["model"]), "plots/calibration.png")
    mlflow.log_figure(importance_plot(trained.latest.dataset.columns, gains), "plots/importance.png")


def _register(trained: Trained) -> str:
    example = trained.latest.dataset.test.vectors[:3]
    with warnings.catch_warnings():
        # what MLflow says here concerns its own way of storing; the bundle is what the service uses
        warnings.simplefilter("ignore")
        logged = mlflow.lightgbm.log_model(
            trained.latest.fitted.booster,
            name="model",
            registered_model_name=REGISTERED_MODEL,
            signature=infer_signature(example, trained.latest.rankings["model"][:3]),
            pip_requirements=[f"{name}=={version}" for name, version in trained.bundle.versions.items()],
        )
    return str(logged.registered_model_version)
