"""The services that are measured, each with two workers in processes of its own, on a free port of this machine."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import lightgbm
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

from features.arrays import Floats
from service.load import Target
from service.scene import Scene
from tests.integration.service.running_service import COMMAND, RunningService, environment_of, start_server

WORKERS = "2"
# one place for what a caller of ours has to know
SCORE_PATH, EVENTS_PATH = "/v1/score", "/v1/events"
HEADERS: tuple[tuple[str, str], ...] = ()
OUR_SETTINGS = {
    "CLEARCLAIM_AUTH": "off",
    "CLEARCLAIM_CLOCK": "filing",  # the history ends where the claims begin, whatever this machine's clock says
}
MLFLOW_ROWS = 200


@contextmanager
def our_service(scene: Scene, folder: Path, url: str) -> Iterator[RunningService]:
    """The service on a store, with the scene's champion and the shipped policy."""
    home = _new_folder(folder / "ours")
    shutil.copytree(scene.home, home, dirs_exist_ok=True)
    environment = environment_of(home, CLEARCLAIM_STORE=url, **OUR_SETTINGS)
    with _serving([COMMAND, "serve", "--workers", WORKERS], folder, environment, "/readyz") as service:
        yield service


@contextmanager
def bentoml_noop(folder: Path) -> Iterator[Target]:
    """BentoML's own default endpoint."""
    environment = environment_of(_new_folder(folder / "noop"))
    command = [sys.executable, "-m", "bentoml", "serve", "noop:Noop", "--working-dir", Path(__file__).parent]
    with _serving(command, folder, environment, "/readyz") as service:
        yield Target(service.port, "/noop")


@contextmanager
def mlflow_model(scene: Scene, folder: Path, *, signed: bool) -> Iterator[Target]:
    """The champion's abuse model, without any features: the caller sends the vector.

    Args:
        scene: where the model is.
        folder: where the server may write.
        signed: whether the model has a signature of named columns, as MLflow infers it from a table; each request is
            then such a table, and checked by it.
    """
    path, model, vectors = folder / f"mlflow-{signed}", _abuse_model(scene), _vectors(scene)
    example = pd.DataFrame(vectors, columns=model.feature_name())
    signature = infer_signature(example, model.predict(vectors)) if signed else None
    mlflow.lightgbm.save_model(model, path, pip_requirements=["lightgbm"], signature=signature)
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", path, "--env-manager", "local"]
    found = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls uvicorn by name
    environment = {**os.environ, "PATH": found, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with _serving([*command, "--workers", WORKERS], folder, environment, "/ping") as service:
        yield Target(service.port, "/invocations")


def mlflow_bodies(scene: Scene, *, signed: bool) -> list[bytes]:
    """Requests with a vector each: a table of named columns, or the numbers alone, which is the least that it takes."""
    names, vectors = _abuse_model(scene).feature_name(), _vectors(scene).tolist()
    if signed:
        return [json.dumps({"dataframe_split": {"columns": names, "data": [row]}}).encode() for row in vectors]
    return [json.dumps({"inputs": [row]}).encode() for row in vectors]


def _vectors(scene: Scene) -> Floats:
    return np.random.default_rng(7).poisson(2.0, (MLFLOW_ROWS, _abuse_model(scene).num_feature())).astype(np.float64)


def _abuse_model(scene: Scene) -> lightgbm.Booster:
    return lightgbm.Booster(model_file=scene.bundle / "abuse.txt")


def _new_folder(path: Path) -> Path:
    path.mkdir()
    return path


@contextmanager
def _serving(
    command: Sequence[str | Path], folder: Path, environment: dict[str, str], ready: str
) -> Iterator[RunningService]:
    service = start_server(command, folder, environment, ready)
    try:
        yield service
    finally:
        service.stop()
