"""A room with one decided claim, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.plan import default_plan
from features.store import Store
from tests.contract.ruling_room import Room


@pytest.fixture(scope="session")
def room_as_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store's file."""
    path = tmp_path_factory.mktemp("room") / "room.db"
    store = Store.open(f"sqlite:///{path}", default_plan())
    Room(store).file()
    store.close()
    return path


@pytest.fixture
def room(room_as_made: Path, tmp_path: Path) -> Iterator[Room]:
    """A store of the test's own, with one decided claim."""
    for file in room_as_made.parent.glob("room.db*"):
        shutil.copy(file, tmp_path / file.name)
    store = Store.open(f"sqlite:///{tmp_path / 'room.db'}", default_plan())
    yield Room(store)
    store.close()
