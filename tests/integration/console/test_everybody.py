"""Every page, for everybody: in light and dark, in both languages, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.integration.console.browsing import COLOUR_RULES, complaints
from tests.integration.console.insights import keep_insights

PHONE = 360
# by who opens it: all kinds of pages that the role sees; {taken} is a case in ann's hands, {free} one that waits;
# what the claims tell is told of little worlds, with a {merchant}, an {alarm} and a {ring}
PAGES = {
    None: ["/sign-in", "/sign-in?next=/console/queue"],
    "ann": [
        "/queue",
        "/queue?kind=review&late=1",
        "/cases/{taken}",
        "/cases/999999999",
        "/password",
        "/drill",
    ],
    "sue": [
        "/team",
        "/cases/{free}",
        "/insight",
        "/insight/merchants",
        "/insight/merchants/{merchant}",
        "/insight/alarms",
        "/insight/alarms/{alarm}",
        "/insight/findings",
        "/insight/findings/{ring}",
        "/insight/places",
        "/insight/returns",
        "/insight/feedback",
    ],
    "aud": ["/queue", "/team", "/cases/{free}"],
    "ada": ["/people", "/monitor"],
}
LANGUAGES = ("en", "zh-CN")


@pytest.fixture(scope="module")
def numbers(work):
    """A case to be taken, one that waits, and what the claims tell."""
    return {"taken": work.new_case(), "free": work.new_case(large=True), **keep_insights(work.store)}


def opened(visit, numbers, name, language="en", **how):
    """Somebody's browser on each of their pages in turn, with the page's address."""
    console = visit(name, language=language, **how)
    if name == "ann":
        console.take(numbers["taken"])
    for address in PAGES[name]:
        console.open(address.format(**numbers))
        yield console, address


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_keeps_nobody_out(visit, numbers, axe, name, language):
    """axe-core finds nothing serious on any page: by the rules of WCAG 2.2 AA in light, and colours in dark too."""
    found = []
    for console, address in opened(visit, numbers, name, language):
        console.page.emulate_media(color_scheme="light")
        found += [f"{address}, light: {each}" for each in complaints(console.page, axe)]
        console.page.emulate_media(color_scheme="dark")
        found += [f"{address}, dark: {each}" for each in complaints(console.page, axe, rules=COLOUR_RULES)]
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_page_on_a_phone_needs_no_scrolling_sideways(visit, numbers, name):
    """360 pixels are enough for each; wide tables scroll in a box of their own."""
    wide = []
    for console, address in opened(visit, numbers, name, width=PHONE):
        expect(console.heading).to_have_count(1)
        if (pixels := console.sideways()) > 0:
            wide.append(f"{address} is {pixels} pixels too wide")
    assert wide == []


def test_page_says_nothing_in_the_browsers_log(visit, numbers):
    """No page asks for what its own policy forbids, or for a file that isn't there."""
    said = []
    console = visit("ann")
    console.take(numbers["taken"])
    console.page.on("console", lambda message: said.append(f"{console.page.url}: {message.text}"))
    console.page.on("pageerror", lambda error: said.append(f"{console.page.url}: {error}"))
    for address in PAGES["ann"]:
        if "999" not in address:  # whose status alone is an error in that log
            console.open(address.format(**numbers))
    assert said == []
