"""One service with people and cases, and one browser, for all tests of the console's pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from serving.claim import Language
from tests.integration.console.browsing import CHROMIUM_FLAGS, ROOT, axe_source, find_chromium
from tests.integration.console.pages import ConsolePage
from tests.integration.console.people import (
    Work,
    draw_market,
    file_claims,
    fill_store,
    wait_for_cases,
    write_policy,
)
from tests.integration.service.promoted import promote_into
from tests.integration.service.running_service import start_service

TIMEOUT_MS = 15_000
LOCALES: dict[Language, str] = {"en": "en-GB", "zh-CN": "zh-CN"}

Open = Callable[..., ConsolePage]
SignedIn = dict[str, Any]


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """A service with a model of a small marketplace, five people, and some sixty claims that wait for one of them."""
    find_chromium()  # without it nobody needs the service
    folder = tmp_path_factory.mktemp("console")
    market = draw_market(folder)
    home, store = promote_into(folder, market.champion()), folder / "store.db"
    fill_store(folder, store, home, market)
    service = start_service(folder, home, store, CLEARCLAIM_POLICY=str(write_policy(folder)))
    made = Work(service, store)
    try:
        with service.client() as client:
            file_claims(client, market.filed)
        wait_for_cases(made)
        yield made
    finally:
        service.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. For one module: as long as it runs, nothing else in this thread may run a loop of its own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def signed_in() -> SignedIn:
    """The cookies of those who have signed in, by name. A test that ends somebody's sessions takes them out."""
    return {}


@pytest.fixture
def visit(browser: Browser, work: Work, signed_in: SignedIn) -> Iterator[Open]:
    """Opens a browser of somebody's own: signed in under a name, or not; closed at the end.

    Who has signed in once stays so, for all tests; `anew` is for those that end the session.
    """
    contexts = []

    def visit_(
        name: str | None = None, *, language: Language = "en", width: int = 1280, anew: bool = False, **how: Any
    ) -> ConsolePage:
        known = None if name is None or anew else signed_in.get(name)
        window = {"width": width, "height": 900 if width > 600 else 740}
        context = browser.new_context(
            locale=LOCALES[language], viewport=window, reduced_motion="reduce", storage_state=known, **how
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        page = ConsolePage(context.new_page(), work.url, language)
        if name is not None and known is None:
            page.sign_in(name)
            if not anew:
                signed_in[name] = context.storage_state()
        return page

    yield visit_
    for context in contexts:
        context.close()
    work.empty_hands()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    return axe_source()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go: under build/, or where SCREENSHOTS says."""
    folder = ROOT / os.environ.get("SCREENSHOTS", "build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
