"""How merchants serve: the ranking, a scorecard, and all of them as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from serving.console.page import OVERSEES, ConsoleError, Page, PageReply
from serving.console.pages.linking import CARDS, card_address
from serving.console.pages.team_charts import HEIGHT, WIDTH
from serving.console.rendering import render, see_other
from serving.console.visit import Visit
from serving.insight import keeping
from serving.insight.keeping import PAGE_ROWS
from serving.insight.merchants.csv_file import csv_lines
from serving.insight.merchants.ranking import (
    BY_CLAIMS,
    MERCHANTS,
    every_card,
    page_of,
    scorecard_of,
    starting_with,
)
from serving.insight.merchants.scorecard import MerchantMonth, MerchantRange, MerchantScorecard

CSV_TYPE: Final = "text/csv; charset=utf-8"
SORTS: Final[Mapping[str, str]] = {"score": MERCHANTS, "claims": BY_CLAIMS}
SHOWN: Final = ("all", "ranked", "few")
_NOTED: Final = 0.1  # what a component must move the score by to be named in words
_TOPS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # ends of the chart's scale


@dataclass(frozen=True, slots=True)
class RateChart:
    """Claim rates by month: points of both lines as SVG writes them, and the rate that the height stands for."""

    came: str
    expected: str
    top: float


def show(visit: Visit) -> PageReply:
    """The ranking: 50 on a page, or those whose id begins with what was asked for."""
    asked = visit.query.get("id", "").strip()
    sort = _one_of(visit, "sort", tuple(SORTS))
    shown = _one_of(visit, "show", SHOWN)
    with visit.desk.store.reading() as connection:
        as_of_ms = keeping.as_of(connection, MERCHANTS)
        count = keeping.count(connection, MERCHANTS)
        if asked and asked.isprintable():
            cards = starting_with(connection, asked)
            if len(cards) == 1:
                return see_other(card_address(cards[0].merchant_id))
            return _ranking(visit, cards, asked=asked, sort=sort, shown=shown, later=None, worked=(as_of_ms, count))
        first = page_of(connection, MERCHANTS, rows=1)
        ranked = first[0][1].of_ranked if first else 0
        after = max(_number(visit.query.get("after")), ranked if shown == "few" else 0)
        last = ranked if shown == "ranked" else count
        rows = page_of(connection, SORTS[sort], after, min(PAGE_ROWS, max(last - after, 0)))
    later = None
    if rows and rows[-1][0] < last:
        later = f"{CARDS}?{urlencode({'sort': sort, 'show': shown, 'after': rows[-1][0]})}"
    cards = [card for _, card in rows]
    return _ranking(visit, cards, asked=asked, sort=sort, shown=shown, later=later, worked=(as_of_ms, count))


def show_one(visit: Visit) -> PageReply:
    """The scorecard of a merchant."""
    with visit.desk.store.reading() as connection:
        card = scorecard_of(connection, visit.values["merchant_id"])
    if card is None:
        raise ConsoleError(404, "merchants.unknown")
    pulls = sorted((each for each in card.components if each.moves <= -_NOTED), key=lambda each: each.moves)
    lifts = sorted((each for each in card.components if each.moves >= _NOTED), key=lambda each: -each.moves)
    return render(
        visit, "merchant.html", card=card, pulls=pulls, lifts=lifts, chart=rate_chart(card.months),
        figure_of=figure_of, figure_between=figure_between, percent=percent, between=between, digits=digits,
        signed=signed,
    )  # fmt: skip


def give_csv(visit: Visit) -> PageReply:
    """All scorecards as a table."""
    with visit.desk.store.reading() as connection:
        body = "".join(csv_lines(every_card(connection))).encode()
    headers = {"content-disposition": 'attachment; filename="merchants.csv"'}
    return PageReply(body, content_type=CSV_TYPE, headers=headers)


def rate_chart(months: Sequence[MerchantMonth]) -> RateChart | None:
    """Claims by orders, month by month, and those expected; None where fewer than two months had orders."""
    sold = [(place, month) for place, month in enumerate(months) if month.orders]
    if len(sold) < 2:
        return None
    highest = max(max(month.claims, month.expected) / month.orders for _, month in sold)
    top = next((top for top in _TOPS if highest <= top), highest)

    def points(rates: Sequence[float]) -> str:
        step = WIDTH / (len(months) - 1)
        return " ".join(
            f"{place * step:.1f},{HEIGHT * (1 - rate / top):.1f}" for (place, _), rate in zip(sold, rates, strict=True)
        )

    came = points([month.claims / month.orders for _, month in sold])
    return RateChart(came, points([month.expected / month.orders for _, month in sold]), top)


def figure_of(component: str, value: float) -> str:
    """A component's figure as people read it: times the usual for quality, stars for ratings, a share for others.

    >>> figure_of("quality", 1.257), figure_of("rating", 4.06), figure_of("fault", 0.186)
    ('1.26', '4.1', '19 %')
    """
    if component == "quality":
        return f"{value:.2f}"
    return f"{value:.1f}" if component == "rating" else percent(value)


def figure_between(component: str, figure: MerchantRange) -> str:
    """The ends of the interval of a component's figure, the unit once.

    >>> figure_between("fault", MerchantRange(value=0.2, low=0.012, high=0.3))
    '(1.2–30 %)'
    """
    low, high = figure_of(component, figure.low), figure_of(component, figure.high)
    return f"({low.removesuffix(' %')}–{high})"


def percent(value: float | None) -> str:
    """A share; below ten percent with one digit.

    >>> percent(0.186), percent(0.0123), percent(None)
    ('19 %', '1.2 %', '–')
    """
    if value is None:
        return "–"
    return f"{100 * value:.{0 if value == 0 or value >= 0.0995 else 1}f} %"


def between(figure: MerchantRange | None, digits: int = 1, times: float = 1.0) -> str:
    """The ends of an interval, nothing where there is none.

    >>> between(MerchantRange(value=3.2, low=2.81, high=3.6))
    '(2.8–3.6)'
    """
    return "" if figure is None else f"({times * figure.low:.{digits}f}–{times * figure.high:.{digits}f})"


def digits(value: float | None, number: int = 1) -> str:
    """A number with so many digits, or a dash.

    >>> digits(3.26), digits(None)
    ('3.3', '–')
    """
    return "–" if value is None else f"{value:,.{number}f}"


def signed(value: float, number: int = 2) -> str:
    """A number with its sign.

    >>> signed(-0.7), signed(0.07)
    ('−0.70', '+0.07')
    """
    return f"{value:+.{number}f}".replace("-", "−")


def _ranking(
    visit: Visit,
    cards: Sequence[MerchantScorecard],
    *,
    asked: str,
    sort: str,
    shown: str,
    later: str | None,
    worked: tuple[int | None, int],
) -> PageReply:
    return render(
        visit, "merchants.html", cards=cards, asked=asked, sort=sort, sorts=tuple(SORTS), shown=shown, shows=SHOWN,
        later=later, worked={"as_of_ms": worked[0], "count": worked[1]}, address_of=card_address, between=between,
        percent=percent, digits=digits,
    )  # fmt: skip


def _one_of(visit: Visit, name: str, words: Sequence[str]) -> str:
    """The word that was asked for, or the first one: an address that somebody mistyped still shows a page."""
    asked = visit.query.get(name, "")
    return asked if asked in words else words[0]


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0


PAGES: Final = (
    Page("GET", "/insight/merchants", show, OVERSEES),
    Page("GET", "/insight/merchants.csv", give_csv, OVERSEES),
    Page("GET", "/insight/merchants/{merchant_id}", show_one, OVERSEES),
)
