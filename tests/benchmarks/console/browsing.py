"""Asking the console for pages as a browser does, in one process and without a network."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from features.plan import default_plan
from features.store import Store
from figures import Figure, no_more_than
from serving.cases.words import Role
from serving.console.app import SESSION_COOKIE, Console
from serving.console.pages.table import PAGES
from serving.console.visit import ConsoleDesk
from tests.contract.postgres import server_in

REQUESTS = 30
DATABASES = ("sqlite", "postgres")


@contextmanager
def empty_store(database: str) -> Iterator[Store]:
    """A store that is gone afterwards, on a database of its own."""
    with TemporaryDirectory(prefix="clearclaim-bench-") as name:
        if database == "sqlite":
            store = Store.open(f"sqlite:///{Path(name) / 'store.db'}", default_plan())
            yield store
            store.close()
            return
        with server_in(Path(name) / "data") as server:
            store = Store.open(server.new_database("console"), default_plan())
            yield store
            store.close()


def page_times(desk: ConsoleDesk, path: str, name: str, role: Role, requests: int = REQUESTS) -> list[float]:
    """How many milliseconds each of several requests for a page took, after one that isn't counted."""
    return asyncio.run(_page_times(Console(desk, PAGES), path, f"{name}:{role}", requests))


async def _page_times(console: Console, path: str, cookie: str, requests: int) -> list[float]:
    times = []
    transport = httpx.ASGITransport(app=console)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        client.cookies.set(SESSION_COOKIE, cookie)
        for _ in range(requests + 1):
            began = time.perf_counter()
            reply = await client.get(path)
            times.append(1000 * (time.perf_counter() - began))
            if reply.status_code != 200:
                raise ValueError(f"{path}: answered {reply.status_code}")
    return times[1:]


def page_figures(name: str, times: Sequence[float], target_ms: float, **detail: object) -> list[Figure]:
    """The median and the 95th percentile of a page's times, each against the same limit."""
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return [
        no_more_than(f"{name}_ms", statistics.median(times), "ms", target_ms, requests=len(times), **detail),
        no_more_than(f"{name}_p95_ms", p95, "ms", target_ms, most=max(times)),
    ]
