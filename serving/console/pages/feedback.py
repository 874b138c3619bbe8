"""What buyers say of how their claims were handled: figures from the part `feedback`, told in sentences and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from serving.cases.quality.chance import Figure, untold
from serving.console.page import OVERSEES, Page, PageReply
from serving.console.pages.insight import worked_out
from serving.console.pages.linking import card_address, cards_of
from serving.console.pages.team import between, percent, standing
from serving.console.pages.team_charts import HEIGHT, WIDTH
from serving.console.rendering import render
from serving.console.visit import Visit
from serving.insight import keeping
from serving.insight.feedback.drivers import Why
from serving.insight.feedback.groups import Group, falling
from serving.insight.feedback.report import KEY, PART, FeedbackReport
from serving.insight.feedback.satisfaction import TARGET, Rated
from serving.insight.feedback.weighting import WhoAnswers
from serving.insight.returns.saying import category_name, texts_of

_ROWS: Final = 50


def show(visit: Visit) -> PageReply:
    """The page about feedback."""
    worked = worked_out(visit, PART)
    with visit.desk.store.reading() as connection:
        kept = keeping.find(connection, PART, KEY)
    if kept is None:
        return render(visit, "feedback.html", worked=worked, report=None)
    report = FeedbackReport.of_body(kept.body)
    extremes = [each.merchant_id for each in (*report.merchants.lowest, *report.merchants.highest)]
    with visit.desk.store.reading() as connection:
        cards = cards_of(visit, connection, extremes)
    whole = figure(report.rated.whole)
    return render(
        visit,
        "feedback.html",
        worked=worked,
        report=report,
        whole=whole,
        weighted=_weighted(report.who),
        standing=standing(whole, TARGET),
        target=f"{100 * TARGET:.0f}",
        figure=figure,
        percent=percent,
        between=between,
        label=lambda name, key: label(visit, name, key),
        falls=falls(visit, report),
        whys=[(each, reasons(visit, each)) for each in report.whys],
        chart=chart(report.months),
        rows=_ROWS,
        cards=cards,
        card_address=card_address,
    )


def figure(rated: Rated | Group) -> Figure:
    """The share of the satisfied as a figure with its bounds."""
    if rated.share is None or rated.low is None or rated.high is None:
        return untold()
    return Figure(rated.share, rated.low, rated.high, rated.count)


def label(visit: Visit, name: str, key: str) -> str:
    """How people call a group of a grouping."""
    match name:
        case "outcome":
            known = f"feedback.outcome_{key}"
        case "wait":
            known = f"feedback.wait_{key}"
        case "claim_type":
            known = f"words.type_{key}"
        case "claim_reason":
            known = f"words.reason_{key}"
        case "category_id":
            return category_name(key, texts_of(visit.language))
        case _:
            return key
    return visit.text(known) if known in visit.text else key


def falls(visit: Visit, report: FeedbackReport) -> list[str]:
    """Where satisfaction surely falls, a sentence each."""
    return [
        visit.text(
            "feedback.falls",
            grouping=visit.text(f"feedback.by_{name}"),
            group=label(visit, name, group.key),
            points=f"{100 * (group.drop or 0):.0f}",
            low=f"{100 * (group.drop_low or 0):.0f}",
            high=f"{100 * (group.drop_high or 0):.0f}",
            count=f"{group.count:,}",
        )
        for name, group in falling({name: list(groups) for name, groups in report.groups.items()})
    ]


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is said of the drivers of a rating: a sentence for each that is sure, and the names of the others."""

    sentences: list[str]
    no_effect: list[str]
    left_out: list[str]


def reasons(visit: Visit, why: Why) -> Reasons:
    """Say what drives the ratings of the whole or of a step."""
    sentences = []
    for driver in why.drivers:
        if driver.sure:
            sign = 1 if driver.cost > 0 else -1
            low, high = sorted((sign * driver.low, sign * driver.high))
            digits = 1 if low >= 0.05 else 2  # what is sure doesn't read as "0.0 to 0.2"
            told = {
                "driver": visit.text(f"feedback.driver_{driver.name}"),
                "stars": f"{abs(driver.cost):.{digits}f}",
                "low": f"{low:.{digits}f}",
                "high": f"{high:.{digits}f}",
                "count": f"{driver.count:,}",
            }
            sentences.append(visit.text("feedback.costs" if sign > 0 else "feedback.brings", **told))
    unsure = [visit.text(f"feedback.driver_{driver.name}") for driver in why.drivers if not driver.sure]
    return Reasons(sentences, unsure, [visit.text(f"feedback.driver_{name}") for name in why.left_out])


@dataclass(frozen=True, slots=True)
class Chart:
    """Shares by month as SVG writes points, from 0 at the bottom to 1 at the top, and where the target lies."""

    line: str
    band: str
    target: float


def chart(months: tuple[Group, ...]) -> Chart | None:
    """A line through the months that have ratings, in the band of their intervals; None for fewer than two.

    >>> rated = {"claims": 9, "count": 4, "satisfied": 2, "mean": 3.0, "low": 0.25, "high": 0.75}
    >>> chart((Group("2026-01", **rated), Group("2026-02", **rated))).line
    '0.0,60.0 480.0,60.0'
    """
    told = [(place, figure(month)) for place, month in enumerate(months) if month.count]
    if len(told) < 2:
        return None
    step = WIDTH / (len(months) - 1)
    line = [_point(place * step, each.value) for place, each in told]
    lows = [_point(place * step, each.low) for place, each in told]
    highs = [_point(place * step, each.high) for place, each in told]
    return Chart(" ".join(line), " ".join([*highs, *reversed(lows)]), round(HEIGHT * (1 - TARGET), 1))


def _point(x: float, share: float) -> str:
    return f"{x:.1f},{HEIGHT * (1 - share):.1f}"


def _weighted(who: WhoAnswers) -> Figure:
    if who.share is None or who.low is None or who.high is None:
        return untold()
    return Figure(who.share, who.low, who.high, who.rated)


PAGES: Final = (Page("GET", "/insight/feedback", show, OVERSEES),)
