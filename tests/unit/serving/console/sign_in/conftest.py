"""A console's people on a store of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.plan import default_plan
from features.store import Store
from serving.console.sign_in.tables import SIGN_IN_METADATA
from tests.unit.serving.console.sign_in.people_of_tests import Front


@pytest.fixture(scope="session")
def store_without_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file with all tables, to be copied: that is quicker than to make them each time."""
    path = tmp_path_factory.mktemp("sign_in") / "store.db"
    store = Store.open(f"sqlite:///{path}", default_plan())
    store.create(SIGN_IN_METADATA)
    store.close()
    return path


@pytest.fixture
def store(store_without_people: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    path = shutil.copy(store_without_people, tmp_path / "store.db")
    store = Store.open(f"sqlite:///{path}", default_plan())
    yield store
    store.close()


@pytest.fixture
def front(store: Store) -> Front:
    """One process's sign-in, without people."""
    return Front(store)
