"""Pictures of what insight works out, for the READMEs: taken by `make screenshots` alone, as a market takes time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.console.app import SESSION_COOKIE, Console
from serving.console.pages.table import PAGES
from serving.insight import keeping
from serving.insight.abuse.tables import open_abuse
from serving.insight.tables import open_insight
from serving.lists import LISTS_METADATA
from tests.integration.console.served import served
from tests.integration.report.pictures import take
from tests.integration.service.running_service import COMMAND, environment_of
from tests.unit.serving.cases.quality.worlds import with_tables, without_waiting
from tests.unit.serving.console.visiting import desk_of
from training.simulate import SimulationConfig, simulate

MARKET = {"orders": 30_000, "days": 300, "seed": 11, "scenario": "bad_batch"}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A simulated marketplace, worked out by the command that people run."""
    path = tmp_path_factory.mktemp("market") / "shop.db"
    store = without_waiting(with_tables(Store.open(f"sqlite:///{path}", default_plan())))
    for make in (open_insight, open_abuse):
        make(store)
    store.create(LISTS_METADATA)
    import_events(store, simulate(SimulationConfig(**MARKET)).events, "simulated")
    refreshed = (COMMAND, "insight", "refresh", "--store", f"sqlite:///{path}", "--as-of", "last")
    subprocess.run(refreshed, env=environment_of(path.parent), check=True, capture_output=True, timeout=300)
    with closing(store):
        yield store


@pytest.fixture(scope="module")
def url(market: Store) -> Iterator[str]:
    """Where its console is."""
    with market.reading() as connection:
        now_ms = keeping.as_of(connection, "alarms")
    with served(Console(desk_of(market, now_ms=lambda: now_ms), PAGES)) as address:
        yield f"{address}/console"


def key_of(store: Store, part: str, is_fit: Callable[[dict], bool]) -> str:
    """The first result of a part that would make a picture."""
    with store.reading() as connection:
        return next(each.key for each in keeping.every(connection, part) if is_fit(each.body))


def has_batch(alarm: dict) -> bool:
    """Whether an alarm is one of a product with several claims."""
    return alarm["kind"] == "product" and alarm["claims"] >= 5


def is_small_ring(finding: dict) -> bool:
    """Whether a ring has room enough to be read."""
    return finding["kind"] == "ring" and 4 <= len(finding["members"]) <= 14


@pytest.mark.parametrize(
    ("name", "part", "is_fit", "height"),
    [
        ("insight_merchants", None, None, 1000),
        ("insight_alarm", "alarms", has_batch, 1100),
        ("insight_ring", "abuse", is_small_ring, 1200),
    ],
)
def test_pictures_of_insight_are_made(
    browser: Browser, url: str, market: Store, pictures: Path, name: str, part: str | None, is_fit, height: int
) -> None:
    """The merchants, one alarm with its batch, and one ring, as a senior sees them."""
    paths = {"alarms": "alarms", "abuse": "findings", None: "merchants"}
    path = f"/insight/{paths[part]}" + (f"/{key_of(market, part, is_fit)}" if part else "")
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    context.add_cookies([{"name": SESSION_COOKIE, "value": "sue:senior", "url": url}])
    page = context.new_page()
    assert page.goto(url + path).ok
    take(page, pictures / f"{name}.png", height)
    context.close()
