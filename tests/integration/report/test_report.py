"""The report of a quarter, from a service's own store to a browser and to paper."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from serving.report.telling import texts_of
from tests.integration.console.browsing import COLOUR_RULES, axe_source, complaints
from tests.integration.report.pictures import take
from tests.integration.report.quarter import FROM_MS, PEOPLE, TRAINED, UNTIL_MS

# what each figure must be, as numerator and denominator, straight from the events
COUNTED = {
    "on_time": """
        SELECT sum(arrived.occurred_at_ms <= paid.order_promised_at_ms), count(*)
        FROM event paid LEFT JOIN event arrived ON arrived.order_id = paid.order_id AND arrived.kind = 'order_delivered'
        WHERE paid.kind = 'order_paid' AND paid.order_promised_at_ms BETWEEN :first AND :last""",
    "complaints": """
        SELECT
            (SELECT count(*) FROM event WHERE kind = 'claim_filed' AND occurred_at_ms BETWEEN :first AND :last
             AND claim_reason IN ('damaged', 'defective', 'not_as_described', 'wrong_item', 'missing_parts',
                                  'counterfeit', 'expired')),
            (SELECT count(*) FROM event WHERE kind = 'order_delivered' AND occurred_at_ms BETWEEN :first AND :last)""",
    "satisfaction": """
        SELECT sum(rating >= 4), count(*) FROM (
            SELECT rating, max(occurred_at_ms) FROM event
            WHERE kind = 'feedback_given' AND feedback_step IS NULL AND occurred_at_ms BETWEEN :first AND :last
            GROUP BY claim_id)""",
    "response_day": """
        SELECT sum(answered_ms - filed_ms <= 86400000), count(*) FROM (
            SELECT filed.occurred_at_ms AS filed_ms,
                   CASE WHEN decided.action != 'manual_review' THEN decided.occurred_at_ms
                        ELSE (SELECT min(occurred_at_ms) FROM event
                              WHERE kind = 'claim_adjudicated' AND claim_id = filed.claim_id) END AS answered_ms
            FROM event filed JOIN event decided ON decided.claim_id = filed.claim_id AND decided.kind = 'claim_decided'
            WHERE filed.kind = 'claim_filed' AND filed.occurred_at_ms BETWEEN :first AND :last)""",
    "notices": """
        SELECT (SELECT sum(in_time) FROM outbox_delivered WHERE hour * 3600000 BETWEEN :first AND :last), count(*)
        FROM outbox WHERE at_ms BETWEEN :first AND :last""",
}


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest, written: dict[str, Path]):
    """The report, opened from the disk in a language, English if none is asked for."""
    language = getattr(request, "param", "en")
    context = browser.new_context(viewport={"width": 1100, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    asked: list[str] = []
    opened.on("request", lambda each: asked.append(each.url))
    opened.goto(written[language].as_uri())
    yield opened
    assert asked == [written[language].as_uri()], "the report asked for something else"
    context.close()


@pytest.mark.parametrize("name", COUNTED)
def test_figures_are_those_of_the_events(name: str, quarter: Path, written: dict[str, Path]) -> None:
    """Counted by one statement each, which share no line with the report."""
    connection = sqlite3.connect(f"file:{quarter}?mode=ro", uri=True)
    hits, count = connection.execute(COUNTED[name], {"first": FROM_MS, "last": UNTIL_MS - 1}).fetchone()
    connection.close()
    assert count > 10
    assert f"{hits:,} of {count:,}" in section_of(written["en"], name)


def test_people_who_practised_are_counted(written: dict[str, Path]) -> None:
    """Four of five did; none of them is named."""
    html = written["en"].read_text(encoding="utf-8")
    assert f"{len(TRAINED)} of {len(PEOPLE)}" in section_of(written["en"], "training")
    assert [name for name in PEOPLE if re.search(rf"\b{name}\b", html)] == []


def test_appeals_are_counted_by_who_brought_them(written: dict[str, Path]) -> None:
    """All eight came from buyers."""
    html = written["en"].read_text(encoding="utf-8")
    assert "<dt>of those opened, by buyers</dt><dd>8</dd>" in html


def test_no_buyer_of_the_store_stands_in_the_report(quarter: Path, written: dict[str, Path]) -> None:
    """Not in words, and not in a picture's text."""
    connection = sqlite3.connect(f"file:{quarter}?mode=ro", uri=True)
    rows = connection.execute("SELECT DISTINCT buyer_id FROM event WHERE buyer_id IS NOT NULL").fetchall()
    connection.close()
    assert len(rows) > 100
    for path in written.values():
        words = set(re.findall(r"[\w:.-]+", path.read_text(encoding="utf-8")))
        assert words.isdisjoint(buyer for (buyer,) in rows)


@pytest.mark.parametrize("page", ["en", "zh-CN"], indirect=True)
def test_report_is_readable_for_everybody(page: Page) -> None:
    """axe-core finds nothing serious, on a screen and on paper; no window has to be moved sideways."""
    axe = axe_source()
    assert complaints(page, axe) == []
    page.emulate_media(media="print")
    assert complaints(page, axe, rules=COLOUR_RULES) == []
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 390, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_report_prints_on_white_pages_with_numbers(page: Page) -> None:
    """A4, several pages, of which none is one endless sheet."""
    printed = page.pdf(prefer_css_page_size=True)
    sizes = {
        tuple(round(float(part)) for part in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", printed)
    }
    assert sizes == {(0, 0, 595, 842)}
    assert 4 <= len(re.findall(rb"/Type /Page\b", printed)) <= 30
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    ("page", "name"), [("en", "report.png"), ("zh-CN", "report.zh-CN.png")], indirect=["page"], ids=["en", "zh-CN"]
)
def test_pictures_of_the_report_are_made(page: Page, pictures: Path, name: str) -> None:
    """What the READMEs show of it: the summary, and the first targets."""
    language = "zh-CN" if "zh" in name else "en"
    assert page.locator("h1").inner_text() == texts_of(language)("report.title", quarter="2026Q2")
    take(page, pictures / name, 1600)


def section_of(path: Path, name: str) -> str:
    """The text of one target."""
    html = path.read_text(encoding="utf-8")
    start = html.index(f'aria-labelledby="{name}"')
    return html[start : html.index("</section>", start)]
