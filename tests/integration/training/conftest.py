"""A data scientist's first week, lived through once for all tests: two trainings, two promotions and the way back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from features.event_file import from_events, write_events
from tests.integration.training.warm import run_warm
from tests.unit.training.conftest import CLAIMS, DAY_MS, START_MS, draw_claim

COMMAND = Path(sys.executable).parent / "clearclaim-train"
MODEL = "clearclaim-abuse"
ROUNDS = "80"


@dataclass(frozen=True)
class Workshop:
    """A folder with its own MLflow and its own BentoML model store."""

    folder: Path

    @property
    def tracking_uri(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    @property
    def events(self) -> Path:
        return self.folder / "data" / "events.parquet"

    @property
    def champions(self) -> Path:
        """Where BentoML keeps what was promoted."""
        return self.folder / "bentoml" / "models" / "clearclaim"

    @property
    def champion(self) -> Path:
        """The newest bundle there, which a service would take."""
        return self.champions / (self.champions / "latest").read_text()

    def run(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `clearclaim-train` here, whatever comes of it, with imports that are done already."""
        return run_warm([str(argument) for argument in arguments], self.folder, self.environment(**environment))

    def type(self, *arguments: str | Path) -> str:
        """Run the installed command here, as it is typed; it must work. Returns what it printed."""
        done = subprocess.run(
            [COMMAND, *arguments], cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self, **changes: str) -> dict[str, str]:
        """This process's environment, with the workshop's MLflow and BentoML."""
        own = {"MLFLOW_TRACKING_URI": self.tracking_uri, "BENTOML_HOME": str(self.folder / "bentoml")}
        return {**os.environ, **own, **changes}

    def do(self, *arguments: str | Path) -> str:
        """Run `clearclaim-train` here; it must work. Returns what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclass(frozen=True)
class Registry:
    """What MLflow's registry and BentoML's store held at one moment."""

    aliases: dict[str, str]
    bundle_versions: dict[str, str]
    runs: int  # without their children
    champion: str | None


@dataclass(frozen=True)
class Week:
    """The workshop at the week's end, what the commands printed, and the registry after each of them."""

    workshop: Workshop
    printed: dict[str, str]
    registry: dict[str, Registry]


@contextmanager
def mlflow_at(uri: str) -> Iterator[ModuleType]:
    """Use MLflow in this process; its own warnings, about its own libraries, are none of ours."""
    import mlflow  # noqa: PLC0415 - it takes seconds, which other tests needn't wait for

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = mlflow.get_tracking_uri()
        mlflow.set_tracking_uri(uri)
        try:
            yield mlflow
        finally:
            mlflow.set_tracking_uri(before)


def read_registry(workshop: Workshop) -> Registry:
    """Look at what is registered and promoted."""
    with mlflow_at(workshop.tracking_uri) as mlflow:
        client = mlflow.MlflowClient()
        versions = client.search_model_versions(f"name = '{MODEL}'")
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        return Registry(
            aliases={alias: str(version) for alias, version in client.get_registered_model(MODEL).aliases.items()},
            bundle_versions={str(version.version): version.tags["bundle_version"] for version in versions},
            runs=sum("mlflow.parentRunId" not in run.data.tags for run in client.search_runs(experiments)),
            champion=workshop.champion.name if workshop.champions.exists() else None,
        )


@pytest.fixture(scope="session")
def using_mlflow() -> Callable[..., object]:
    return mlflow_at


@pytest.fixture(scope="session")
def look() -> Callable[[Workshop], Registry]:
    return read_registry


@pytest.fixture(scope="session")
def shop_events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is known of a small shop at the end of its 300 days: for those who only need something to learn from."""
    known_ms = START_MS + CLAIMS * DAY_MS // 2
    events = [event for number in range(CLAIMS) for event in draw_claim(number) if event.known_at_ms < known_ms]
    file = tmp_path_factory.mktemp("shop") / "events.parquet"
    write_events(from_events(sorted(events, key=lambda event: event.known_at_ms)), file)
    return file


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """Simulate, train, promote, train again, promote that through the gate, and go back."""
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    train = ("train", "--events", workshop.events, "--rounds", ROUNDS, "--folds", "2")
    printed: dict[str, str] = {}
    registry: dict[str, Registry] = {}

    def step(name: str, *arguments: str | Path) -> None:
        printed[name] = workshop.do(*arguments)
        registry[name] = read_registry(workshop)

    workshop.type("simulate", "--orders", "30000", "--days", "400", "--out", "data")
    step("first training", *train)
    step("first promotion", "promote")
    # the truth is for grading only: what learns must do without it
    shutil.rmtree(workshop.folder / "data" / "truth")
    step("second training", *train)
    # in so small a world what a model is off by is mostly chance, and not the gate's to judge here
    (workshop.folder / "gate.toml").write_text("calibration_limit = 0.1\n")
    step("second promotion", "promote", "--events", workshop.events, "--gate", "gate.toml", "--by", "ann")
    step("way back", "rollback", "--by", "bert", "--reason", "the queue grew")
    return Week(workshop, printed, registry)
