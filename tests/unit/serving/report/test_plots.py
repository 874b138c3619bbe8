"""Plots stand inside a page, several of them, and say what they show."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from features.event_file import from_events
from serving.insight.record import record_of
from serving.insight.returns.working_out import work_out
from serving.policy import default_policy_path, read_policy
from serving.report.plots.returns import draw_returns
from tests.spec.drawing import BASE_MS, draw

DAY_MS = 86_400_000
DRAWN = "known_at | kind | order | claim | category | amount | action | claim_reason\n" + "\n".join(
    f"""
    {day}d    | order_paid    | o{day} |        | wear & <b> | 900 |              |
    {day}d+1h | claim_filed   | o{day} | c{day} | wear & <b> | 900 |              | {"damaged" if day % 3 else "other"}
    {day}d+2h | claim_decided | -      | c{day} |            | 900 | auto_approve |"""
    for day in range(0, 40, 2)
)


@pytest.fixture(scope="module")
def returns():
    """Forty days with a claim on each second order, of a category whose name HTML would take for a tag."""
    record = record_of(from_events(list(draw(DRAWN).events)), BASE_MS, BASE_MS + 60 * DAY_MS)
    return work_out(record, read_policy(default_policy_path()))


@pytest.fixture(scope="module")
def plots(returns):
    """In Chinese."""
    return draw_returns(returns, "zh-CN")


def test_plots_of_one_page_share_no_id_and_leak_no_style(plots) -> None:
    """Each id is there once, each reference leads to one of the same plot, and no style would hold outside."""
    ids = [found for plot in plots for found in re.findall(r'\bid="([^"]+)"', plot.svg)]
    assert len(plots) >= 4
    assert len(set(ids)) == len(ids)
    for plot in plots:
        own = set(re.findall(r'\bid="([^"]+)"', plot.svg))
        assert set(re.findall(r'href="#([^"]+)"', plot.svg)) | set(re.findall(r"url\(#([^)]+)\)", plot.svg)) <= own
        assert not re.search(r"<style|<metadata|http", plot.svg)


def test_plots_are_well_formed_and_named(plots) -> None:
    """Any reader of XML takes them, and a screen reader is told what they are."""
    for plot in plots:
        root = ET.fromstring(plot.svg)  # noqa: S314 - our own
        assert (root.get("role"), root.get("aria-label")) == ("img", plot.title)
        assert plot.caption


def test_text_stays_text_in_fonts_that_have_chinese(plots) -> None:
    """Nothing is turned into outlines, so that Chinese shows in the reader's own fonts."""
    drawn = "".join(plot.svg for plot in plots)
    assert "商品破损" in drawn
    assert "Noto Sans CJK SC" in drawn
    assert "DejaVu" not in drawn
    assert "Wear &amp; &lt;b&gt;" in drawn


def test_same_figures_make_the_same_plots(returns, plots) -> None:
    """No date and no chance is in them."""
    months = replace(returns, reasons=(), categories=(), weeks=(), costs=replace(returns.costs, parties=()))
    assert draw_returns(months, "zh-CN") == plots[:1]


def test_nothing_is_drawn_of_nothing() -> None:
    """An empty quarter has no plots."""
    returns = work_out(record_of(from_events([]), BASE_MS, BASE_MS + DAY_MS), read_policy(default_policy_path()))
    assert draw_returns(returns, "en") == []
