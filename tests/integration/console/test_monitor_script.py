"""What the operators' page does by itself in a real browser: it asks again, rests when it is told to, and says news."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from features.store import Store
from features.store.check_results import CheckResult, record_check
from serving.console.app import SESSION_COOKIE, Console
from serving.console.pages import monitor
from tests.integration.console.served import served
from tests.unit.serving.console.visiting import desk_of
from tests.unit.serving.monitoring.living import NOW_MS, living_store

EVERY_MS = 10_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in which nothing has happened yet."""
    opened = living_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def address(store: Store) -> Iterator[str]:
    """Where the page is served."""
    with served(Console(desk_of(store, now_ms=lambda: NOW_MS), monitor.PAGES)) as address:
        yield address


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page as an operator has it, with a clock that stands until it is moved."""
    context = browser.new_context(locale="en-GB")
    context.add_cookies([{"name": SESSION_COOKIE, "value": "ops:administrator", "url": address}])
    page = context.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.goto(f"{address}/console/monitor")
    yield page
    context.close()


def test_page_asks_again_says_a_change_of_state_once_and_rests_when_it_is_told_to(page, store):
    """Whoever doesn't see the page hears what changed, and nothing while all stays as it is."""
    told, line, button = (page.locator(f"#monitor-{part}") for part in ("told", "line", "pause"))
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    def wait_for_an_answer() -> None:
        with page.expect_response("**/console/monitor/now"):
            page.clock.run_for(EVERY_MS)

    wait_for_an_answer()
    expect(line).to_have_text("Shown anew every 10 seconds.")
    expect(told).to_have_text("")
    record_check(store, CheckResult("parity", NOW_MS, "differs", 3, "3 mismatches"))
    wait_for_an_answer()
    expect(told).to_contain_text("Somebody should act now")
    expect(page.locator("#monitor-standing")).to_contain_text("Somebody should act now")

    button.click()
    expect(line).to_have_text("Paused.")
    so_far = len(asked)
    page.clock.run_for(5 * EVERY_MS)
    assert len(asked) == so_far
    with page.expect_response("**/console/monitor/now"):
        button.click()
    expect(button).to_have_text("Pause")

    page.context.clear_cookies()
    wait_for_an_answer()
    expect(told).to_have_text("You are signed out. Reload to sign in.")
