"""What the console's script adds in a real browser, on the sheet that has every part of a page once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.console.served import served
from tests.unit.serving.console.style_sheet import sheet_app

SMALL_TARGETS = """
[...document.querySelectorAll('a, button, input, select, textarea, summary')]
    .filter((each) => each.checkVisibility() && each.type !== 'hidden')
    .map((each) => [each.outerHTML, (each.closest('label') || each).getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < 24)
    .map(([html]) => html)
"""
UNDO = "form[action$='/undo']"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the sheet is served."""
    with served(sheet_app()) as address:
        yield f"{address}/console/sheet?lang=en"


@pytest.fixture
def page(browser, address) -> Iterator[Any]:
    """The sheet, with a clock that stands until it is moved; a test fails with its script."""
    context, failed = browser.new_context(), []
    page = context.new_page()
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.goto(address)
    yield page
    context.close()
    assert failed == []


def chosen(page: Any) -> str:
    return page.evaluate("document.querySelector('[name=ruling]:checked').value")


def test_keys_choose_a_ruling_and_show_its_fields(page):
    """What isn't of the ruling chosen is neither shown nor sent."""
    assert (page.is_visible("#text"), page.is_visible("#amount")) == (True, False)
    page.keyboard.press("p")
    assert (chosen(page), page.is_visible("#text"), page.is_visible("#amount")) == ("partly_approve", False, True)
    assert page.is_disabled("#text")


def test_keys_rest_in_fields_and_while_the_dialog_is_open(page):
    """Who writes "ap" gets "ap", and who looks up a key doesn't press it."""
    page.focus("#text")
    page.keyboard.type("ap")
    assert (chosen(page), page.input_value("#text")) == ("deny", "ap")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+?")
    assert page.is_visible("#keys")
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    assert (chosen(page), page.is_visible("#keys")) == ("deny", False)


def test_key_switched_off_stays_off_on_the_next_page(page):
    """WCAG 2.1.4: a single key can be switched off, and the others still work."""
    page.keyboard.press("Shift+?")
    page.uncheck("tr[data-keys=p] input")
    page.reload()
    page.keyboard.press("p")
    assert chosen(page) == "deny"
    page.keyboard.press("a")
    assert chosen(page) == "approve"


def test_keys_in_a_row_lead_to_a_page(page):
    """g and then q goes to the queue; q alone does nothing."""
    page.keyboard.press("q")
    assert page.url.endswith("/sheet?lang=en")
    page.keyboard.press("g")
    with page.expect_navigation(url="**/console/queue"):
        page.keyboard.press("q")


def test_clock_in_a_form_ends_it_and_is_said_once_before(page):
    """The minute to undo runs by the server's clock; near its end it is told once, and then the button is over."""
    assert page.inner_text("#near-end") == ""
    assert page.inner_text(".badge.soon") == "15 min"  # in the server's words
    page.clock.run_for(46_000)
    assert page.inner_text("#near-end").startswith("Undo ")
    assert page.is_enabled(f"{UNDO} button")
    page.clock.run_for(9_000)
    assert (page.inner_text(f"{UNDO} [data-until]"), page.is_disabled(f"{UNDO} button")) == ("0 s", True)


def test_template_fills_the_text_and_never_overwrites_what_was_written(page):
    """One template replaces another; a person's words stay."""
    for reason in ("no_evidence", "false_statement"):
        page.select_option("#why", reason)
    assert page.input_value("#text") == "What was stated isn't true"
    page.fill("#text", "Mine.")
    page.select_option("#why", "no_evidence")
    assert page.input_value("#text") == "Mine.\n\nEvidence was asked for and not given"


def test_text_half_written_is_not_left_without_a_question(page):
    """Who stays finds their text."""
    page.fill("#text", "Half a")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("setTimeout(() => { location.href = '/console/failure' })")
    page.clock.run_for(10)
    page.wait_for_function("true")
    assert (asked, page.input_value("#text")) == (["beforeunload"], "Half a")


def test_form_sent_twice_arrives_once_with_the_button_that_was_pressed(page):
    """Its buttons rest while it is on its way, and no question is asked: its text is sent."""
    sent = []
    page.route("**/console/sheet", lambda route: (sent.append(route.request.post_data), route.fulfill(status=204)))
    page.fill("#text", "All of it")
    for _ in range(2):
        page.evaluate("document.querySelector('form[action=\"/console/sheet\"]').requestSubmit()")
    page.clock.run_for(100)
    assert page.is_disabled("form[action='/console/sheet'] button >> nth=0")
    assert [("text=All+of+it" in body, "amount" in body) for body in sent] == [(True, False)]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_page_of_any_width_needs_no_scrolling_sideways_and_has_targets_to_hit(browser, address, language):
    """320 px is what 1280 px are at four times the size; what is clicked has 24 px at least."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address.replace("lang=en", f"lang={language}"))
    for width in (320, 640, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        assert page.evaluate(SMALL_TARGETS) == [], width
    context.close()


def test_page_without_script_has_everything_but_its_comfort(browser, address):
    """All fields are there, times stand as the server wrote them, and nothing is offered that would do nothing."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert [page.is_visible(each) for each in ("#text", "#amount", "[data-opens]", "#keys")] == [
        True,
        True,
        False,
        False,
    ]
    assert page.inner_text(f"{UNDO} [data-until]") == "0 min"
    context.close()
