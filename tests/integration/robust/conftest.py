"""A service for those who send it anything; those who kill its workers start their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service.promoted import promote_into
from tests.integration.service.running_service import RunningService, start_service


@pytest.fixture(scope="session")
def promoted_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BentoML home with a champion. Services get copies of it."""
    return promote_into(tmp_path_factory.mktemp("promoted"))


@pytest.fixture(scope="session")
def service(promoted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service with a champion and a store that starts empty."""
    folder = tmp_path_factory.mktemp("robust")
    home = shutil.copytree(promoted_home, folder / "bentoml")
    running = start_service(folder, home, folder / "store.db")
    yield running
    running.stop()
