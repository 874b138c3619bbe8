"""Against a tracking server on its own: train, register, promote and serve, with nothing of MLflow's beside the data.

One server keeps runs in SQLite and hands out artifacts itself, as a team's would; MLflow then serves the champion from
it to whoever sends named columns.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import httpx
import lightgbm
import numpy as np
import pytest

from tests.integration.service.running_service import RunningService, start_server
from tests.integration.training.conftest import Workshop

MLFLOW = (sys.executable, "-m", "mlflow")


def environment_of_mlflow(**settings: str) -> dict[str, str]:
    """This process's, with the environment's commands on the path: MLflow calls its servers by name."""
    found = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": found, **settings}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A tracking server in a folder of its own."""
    folder = tmp_path_factory.mktemp("tracking")
    command = [*MLFLOW, "server", "--backend-store-uri", f"sqlite:///{folder}/runs.db", "--host", "127.0.0.1"]
    command += ["--artifacts-destination", str(folder / "artifacts"), "--workers", "1"]
    environment = environment_of_mlflow(MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")  # it would run nothing here
    started = start_server(command, folder, environment, "/health")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory, shop_events):
    """A folder with the events of a small shop, and nothing else."""
    made = Workshop(tmp_path_factory.mktemp("remote"))
    made.events.parent.mkdir()
    shutil.copy(shop_events, made.events)
    return made


@pytest.fixture(scope="module")
def printed(server: RunningService, workshop: Workshop):
    """What training and promotion printed."""
    said = []
    for arguments in (
        ("train", "--events", workshop.events, "--gap-days", "45", "--rounds", "12", "--folds", "1"),
        ("promote",),
    ):
        done = workshop.run(*arguments, MLFLOW_TRACKING_URI=server.url)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    return said


@pytest.fixture(scope="module")
def serving(server: RunningService, champion: Path, tmp_path_factory):
    """`mlflow models serve` on the champion, told only where the tracking server is."""
    command = [*MLFLOW, "models", "serve", "--model-uri", "models:/clearclaim-abuse@champion"]
    command += ["--env-manager", "local", "--host", "127.0.0.1"]
    environment = environment_of_mlflow(MLFLOW_TRACKING_URI=server.url)
    assert champion.exists()
    started = start_server(command, tmp_path_factory.mktemp("serving"), environment, "/ping")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def champion(workshop: Workshop, printed):
    """The bundle that was promoted."""
    assert len(printed) == 2
    return workshop.champion


@pytest.fixture(scope="module")
def booster(champion: Path):
    """The trees of the champion's bundle, which didn't come by MLflow's flavour."""
    return lightgbm.Booster(model_file=champion / "abuse.txt")


def test_training_is_kept_and_promoted_by_the_server_alone(server, workshop, printed):
    """Runs, artifacts and aliases lie with the server; the folder holds events, BentoML's store, and no MLflow."""
    trained, promoted = printed
    assert f"look at it: {server.url}/#/experiments/" in trained
    assert "version 1 (bundle " in promoted
    assert sorted(path.name for path in workshop.folder.iterdir()) == ["bentoml", "data"]
    assert list((server.log.parent / "artifacts").rglob("bundle/abuse.txt"))


def test_champion_of_a_server_loads_with_one_line(server, using_mlflow, booster):
    """A data scientist elsewhere needs the address and the alias."""
    with using_mlflow(server.url) as mlflow:
        loaded = mlflow.lightgbm.load_model("models:/clearclaim-abuse@champion")
    assert loaded.feature_name() == booster.feature_name()
    rows = np.random.default_rng(3).random((5, booster.num_feature()))
    assert loaded.predict(rows).tolist() == booster.predict(rows).tolist()


def test_mlflows_server_answers_the_input_example_as_the_booster_does(server, using_mlflow, serving, booster):
    """What is logged as an example can be sent as it is, and with null for what is missing."""
    with using_mlflow(server.url) as mlflow:
        folder = mlflow.artifacts.download_artifacts("models:/clearclaim-abuse@champion")
    example = json.loads((Path(folder) / "serving_input_example.json").read_text())
    table = example["dataframe_split"]
    assert table["columns"] == booster.feature_name()
    rows = np.array(table["data"], dtype=np.float64)
    answer = httpx.post(f"{serving.url}/invocations", json=example, timeout=30)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["predictions"] == booster.predict(rows).tolist()
    rows[0, ::2] = np.nan
    table["data"] = [[None if np.isnan(value) else value for value in row] for row in rows.tolist()]
    answer = httpx.post(f"{serving.url}/invocations", json=example, timeout=30)
    assert answer.json()["predictions"] == booster.predict(rows).tolist()


def test_mlflows_server_goes_by_the_names_of_columns(serving, booster):
    """In another order the same table has the same answer, and one without a column is refused."""
    names = booster.feature_name()
    row = np.random.default_rng(5).random(len(names)) * 1_000
    turned = {"dataframe_split": {"columns": names[::-1], "data": [row[::-1].tolist()]}}
    answer = httpx.post(f"{serving.url}/invocations", json=turned, timeout=30)
    assert answer.json()["predictions"] == booster.predict(row[np.newaxis]).tolist()
    short = {"dataframe_split": {"columns": names[1:], "data": [row[1:].tolist()]}}
    refused = httpx.post(f"{serving.url}/invocations", json=short, timeout=30)
    assert refused.status_code == httpx.codes.BAD_REQUEST
    assert names[0] in refused.text
