"""What the README shows of the console is what is there. `make screenshots` puts it there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from serving.console.app import SESSION_COOKIE, Console
from serving.console.pages.table import PAGES
from tests.integration.console.month import tell_month
from tests.integration.console.pages import ConsolePage
from tests.integration.console.served import served
from tests.unit.serving.cases.quality.worlds import make_store
from tests.unit.serving.claims import DAY_MS, NOW_MS
from tests.unit.serving.console.visiting import desk_of


@pytest.fixture
def team_url(tmp_path):
    """Where the pages of a simulated team are, after a month of work."""
    store, now_ms = make_store(tmp_path / "team.db"), NOW_MS + 60 * DAY_MS
    tell_month(store, now_ms)
    with served(Console(desk_of(store, now_ms=lambda: now_ms), PAGES)) as address:
        yield f"{address}/console"
    store.close()


def take_picture(console, folder, name, height):
    """A window of this height, from the top of the page."""
    expect(console.heading).to_be_visible()
    console.page.set_viewport_size({"width": 1280, "height": height})
    console.page.evaluate("scrollTo(0, 0)")
    path = folder / f"{name}.png"
    console.page.screenshot(path=path, animations="disabled")
    assert path.stat().st_size > 10_000


def test_pictures_of_queue_and_case_are_made(visit, work, pictures):
    """A case in somebody's hands, and the queue that others see meanwhile."""
    ann, bob = visit("ann"), visit("bob")
    ann.take(work.new_case())
    take_picture(ann, pictures, "console_case", 1500)
    bob.open("/queue")
    take_picture(bob, pictures, "console_queue", 800)


def test_picture_of_the_team_is_made(browser, team_url, pictures):
    """What a simulated team did in a month."""
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    context.add_cookies([{"name": SESSION_COOKIE, "value": "sue:senior", "url": team_url}])
    console = ConsolePage(context.new_page(), team_url)
    console.open("/team")
    assert console.sideways() == 0
    take_picture(console, pictures, "console_team", 1300)
    context.close()
