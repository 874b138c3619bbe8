"""All scorecards as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from serving.insight.cells import guarded
from serving.insight.merchants.scorecard import MerchantRange, MerchantScorecard
from serving.insight.merchants.settings import WEIGHTS

_ENDS: Final = ("", "_low", "_high")
COLUMNS: Final = (
    *("place", "merchant_id", "as_of_ms"),
    *(f"score{end}" for end in _ENDS),
    *("claims_filed", "orders", "claims_of_orders", "claim_rate"),
    *(f"shrunk_claim_rate{end}" for end in _ENDS),
    *(f"quality_ratio{end}" for end in _ENDS),
    *("trend", *(f"trend_ratio{end}" for end in _ENDS)),
    *("answered", "timed_out", "answered_in_time", "median_answer_hours", "rulings_that_say", "at_fault"),
    *("disputed", "disputes_lost", "appeals", "appeals_lost", "delivered", "delivered_late", "undelivered"),
    *("median_shipping_hours", "ratings", "mean_rating", "advanced_minor", "recovered_minor", "awaiting_verdict"),
    *(f"points_{name}" for name in WEIGHTS),
)


def csv_lines(cards: Iterable[MerchantScorecard]) -> Iterator[str]:
    """The heading and a line for each merchant, each with its line end; what isn't known is empty."""
    yield _line(COLUMNS)
    for card in cards:
        yield _line(["" if value is None else value for value in _cells(card)])


def _cells(card: MerchantScorecard) -> Iterator[object]:
    counts, money = card.counts, card.money
    yield from (card.place, guarded(card.merchant_id), card.as_of_ms)
    yield from _ends(card.score)
    yield from (counts.claims, counts.orders, card.all_claims.claims, card.all_claims.rate)
    yield from _ends(card.all_claims.shrunk_rate)
    yield from _ends(card.quality_claims.ratio)
    yield from (card.trend.trend, *_ends(card.trend.ratio))
    yield from (counts.answered, counts.timed_out, counts.answered_in_time, card.median_answer_hours)
    yield from (counts.rulings_that_say, counts.at_fault)
    yield from (counts.disputed, counts.disputes_lost, counts.appeals, counts.appeals_lost)
    yield from (counts.delivered, counts.delivered_late, counts.undelivered, card.median_shipping_hours)
    yield from (counts.ratings, card.mean_rating, money.advanced_minor, money.recovered_minor, counts.awaiting_verdict)
    points = {each.component: each.points.value for each in card.components}
    yield from (points.get(name) for name in WEIGHTS)


def _ends(figure: MerchantRange | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if figure is None else (figure.value, figure.low, figure.high)


def _line(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
