"""One running service for all tests that only send claims; those that break it start their own."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.integration.service.running_service import ROOT, RunningService, environment_of, start_service

# BentoML reads its home when it is imported, so the model is put there by a process of its own
PROMOTE = """
import shutil, sys
from pathlib import Path
import bentoml
from features.plan import default_plan
from serving.bundle import write_bundle
from tests.unit.serving.small_champion import champion_contents

bundle = write_bundle(Path(sys.argv[1]), champion_contents(default_plan()))
with bentoml.models.create("clearclaim:20250101") as stored:
    shutil.copytree(bundle.path, stored.path, dirs_exist_ok=True)
"""

Start = Callable[..., RunningService]


@pytest.fixture(scope="session")
def promoted_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BentoML home with a champion. Services get copies of it."""
    folder = tmp_path_factory.mktemp("promoted")
    home = folder / "bentoml"
    home.mkdir()
    command = [sys.executable, "-c", PROMOTE, str(folder / "bundle")]
    subprocess.run(command, cwd=ROOT, env=environment_of(home), check=True, timeout=60)
    return home


@pytest.fixture(scope="session")
def service(promoted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service with a champion and a store that starts empty; each test sends claims of its own."""
    folder = tmp_path_factory.mktemp("service")
    home = shutil.copytree(promoted_home, folder / "bentoml")
    running = start_service(folder, home, folder / "store.db")
    yield running
    running.stop()


@pytest.fixture
def http(service: RunningService) -> Iterator[httpx.Client]:
    """A connection to that service."""
    with service.client() as client:
        yield client


@pytest.fixture
def start(promoted_home: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts services of the test's own, on one store, with or without a champion; stops them at the end."""
    started: list[RunningService] = []

    def start_(*, champion: bool = True, **settings: str) -> RunningService:
        home = tmp_path / f"bentoml-{len(started)}"
        if champion:
            shutil.copytree(promoted_home, home)
        else:
            home.mkdir()
        ready = "/readyz" if champion else "/livez"
        started.append(start_service(tmp_path, home, tmp_path / "store.db", ready, **settings))
        return started[-1]

    yield start_
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def new_id() -> Callable[[], str]:
    """Gives claim ids that no other test uses."""
    numbers = count()
    return lambda: f"C{next(numbers)}"
