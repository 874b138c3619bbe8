"""Stores to hold to the contract, and a small history to put into them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from features.catalog.buyer import BUYER_GROUPS
from features.catalog.claim import CLAIM_GROUPS
from features.catalog.entities import BUYER
from features.events import Event
from features.plan import Plan, compile_plan, default_plan
from features.store import Store
from tests.contract.postgres import Databases, postgres_server
from tests.spec.drawing import draw


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[Databases]:
    """Databases on a PostgreSQL server that runs as long as this test process does."""
    with postgres_server(durable=False) as databases:
        yield databases


@pytest.fixture
def new_postgres_url(postgres_databases: Databases) -> Iterator[Callable[[], str]]:
    """Give the URL of an empty database, another one each time; once the test is over, others may have them."""
    taken: list[str] = []

    def take() -> str:
        taken.append(postgres_databases())
        return taken[-1]

    yield take
    postgres_databases.give_back(taken)


# every kind of database that a store may live in is named here, and the whole suite runs on each
@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return request.param


@pytest.fixture
def new_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Where stores that aren't there yet can be made: another place each time."""
    if database == "postgresql":
        return request.getfixturevalue("new_postgres_url")
    numbers = count(1)
    return lambda: f"sqlite:///{tmp_path / f'store{next(numbers)}.db'}"


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """Where a store that isn't there yet can be made."""
    return new_url()


@pytest.fixture
def other_url(new_url: Callable[[], str]) -> str:
    """Where a second store of the same kind can be made."""
    return new_url()


@pytest.fixture
def open_store() -> Iterator[Callable[..., Store]]:
    """Open a store, by default with the shipped catalogue; it is closed when the test is over."""
    opened: list[Store] = []

    def opens(url: str, plan: Plan | None = None) -> Store:
        opened.append(Store.open(url, plan or default_plan()))
        return opened[-1]

    yield opens
    for store in opened:
        store.close()


@pytest.fixture
def store(url: str, open_store: Callable[..., Store]) -> Store:
    """An empty store."""
    return open_store(url)


@pytest.fixture(scope="session")
def smaller_plan() -> Plan:
    """A catalogue that keeps fewer totals than the shipped one, so its history has another layout."""
    return compile_plan((*CLAIM_GROUPS, *BUYER_GROUPS), [BUYER])


@pytest.fixture(scope="session")
def history() -> tuple[Event, ...]:
    """Orders, a delivery, claims and what came of them, and an order of nobody in particular."""
    return draw("""
        known_at | kind              | buyer | amount | claim | claim_text   | verdict | merchant_at_fault
        0d       | order_paid        | ann   | 1000   |       |              |         |
        0d       | order_paid        | bob   | 0      |       |              |         |
        1d       | order_delivered   | ann   |        |       |              |         |
        2d       | claim_filed       | ann   | 400    | c1    | 杯子, broken |         |
        2d       | claim_decided     | ann   | 400    | c1    |              |         |
        3d       | order_paid        | -     | 70     |       |              |         |
        4d       | claim_adjudicated | ann   |        | c1    |              | abusive | false
        5d       | claim_filed       | bob   | 9      | c2    |              |         |
    """).events


@pytest.fixture(scope="session")
def later(history: tuple[Event, ...]) -> tuple[Event, ...]:
    """The same again ten days later, under other ids."""
    return tuple(
        replace(
            event,
            event_id=f"later {event.event_id}",
            claim_id=event.claim_id and f"later {event.claim_id}",
            known_at_ms=event.known_at_ms + 10 * 86_400_000,
        )
        for event in history
    )
