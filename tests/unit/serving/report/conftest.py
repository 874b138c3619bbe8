"""An empty store, with all tables that a service and a console make."""

import shutil

import pytest

from features.plan import default_plan
from features.store import Store
from serving.insight.tables import open_insight
from serving.ledger_rulings import open_rulings
from serving.outbox.tables import open_outbox
from tests.unit.serving.cases.quality.worlds import make_store, without_waiting


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """Its file, made once: tests take copies, as making tables is most of what a small one would do."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    opened = make_store(path)
    for make in (open_outbox, open_rulings, open_insight):
        make(opened)
    opened.close()
    return path


@pytest.fixture
def store(empty, tmp_path):
    path = shutil.copy(empty, tmp_path / "store.db")
    opened = without_waiting(Store.open(f"sqlite:///{path}", default_plan(), existing=True))
    yield opened
    opened.close()
