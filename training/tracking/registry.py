"""The registered model: its versions, their bundles, and who has which role."""

from __future__ import annotations

from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from training.tracking.connection import TrackingError, failures_in_one_line, without_password
from training.tracking.names import BUNDLE_FOLDER, REGISTERED_MODEL, Role


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
            f"{without_password(mlflow.get_tracking_uri())}; run 'clearclaim-train train' first"
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
    """Give a version the alias of its role, which another one may have had.

    Raises:
        TrackingError: if MLflow doesn't take it.
    """
    with failures_in_one_line(f"making version {version.version} the {role}"):
        mlflow.MlflowClient().set_registered_model_alias(REGISTERED_MODEL, role, version.version)
