"""One running service for all tests that only send claims; those that break it start their own."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.integration.service.promoted import promote_into
from tests.integration.service.running_service import RunningService, start_service

Start = Callable[..., RunningService]


@pytest.fixture(scope="session")
def promoted_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BentoML home with a champion. Services get copies of it."""
    return promote_into(tmp_path_factory.mktemp("promoted"))


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
