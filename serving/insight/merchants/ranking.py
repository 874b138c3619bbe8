"""The parts that are kept of merchants: their scorecards by score, and their order by claims.

In both, those who are ranked come first and those of too few orders after them, so that either can be shown alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from features.spans import DAY_MS
from serving.insight import keeping
from serving.insight.keeping import PAGE_ROWS, Kept
from serving.insight.merchants.appealing import merchant_appeals
from serving.insight.merchants.making import ids_by_claims, scorecards
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.insight.merchants.settings import MerchantSettings
from serving.insight.tables import INSIGHT

if TYPE_CHECKING:
    from serving.insight.parts import Ground

MERCHANTS: Final = "merchants"
BY_CLAIMS: Final = "merchants_by_claims"


def by_score(ground: Ground) -> Iterator[Kept]:
    """The scorecards, the best merchant first."""
    for rank, card in enumerate(_cards(ground), 1):
        yield Kept(card.merchant_id, rank, card.model_dump(mode="json"))


def by_claims(ground: Ground) -> Iterator[Kept]:
    """The ids of merchants, those of most claims first; what is known of each stands with its scorecard."""
    reasons = ground.policy.entitlements.fault_reasons
    for rank, merchant_id in enumerate(ids_by_claims(ground.record, reasons), 1):
        yield Kept(merchant_id, rank, {})


def scorecard_of(connection: sa.Connection, merchant_id: str) -> MerchantScorecard | None:
    """The kept scorecard of a merchant; None if there is none."""
    kept = keeping.find(connection, MERCHANTS, merchant_id)
    return None if kept is None else MerchantScorecard.model_validate(kept.body)


def page_of(
    connection: sa.Connection, part: str, after: int = 0, rows: int = PAGE_ROWS
) -> list[tuple[int, MerchantScorecard]]:
    """Scorecards in the order of a part (MERCHANTS or BY_CLAIMS), each with its rank there: those after a rank."""
    kept = keeping.page(connection, part, after, rows)
    if part == MERCHANTS:
        return [(each.rank, MerchantScorecard.model_validate(each.body)) for each in kept]
    found = ((each.rank, scorecard_of(connection, each.key)) for each in kept)
    return [(rank, card) for rank, card in found if card is not None]


def every_card(connection: sa.Connection) -> Iterator[MerchantScorecard]:
    """All scorecards in the order of their ranking, read page by page."""
    after = 0
    while cards := page_of(connection, MERCHANTS, after, rows=1_000):
        yield from (card for _, card in cards)
        after = cards[-1][0]


def starting_with(connection: sa.Connection, beginning: str, rows: int = PAGE_ROWS) -> list[MerchantScorecard]:
    """Scorecards of merchants whose id begins so, in the order of their ranking."""
    query = sa.select(INSIGHT.c.key).where(
        keeping.of_part(MERCHANTS), INSIGHT.c.key.startswith(beginning, autoescape=True)
    )
    keys = connection.scalars(query.order_by(INSIGHT.c.rank).limit(rows)).all()
    return [card for key in keys if (card := scorecard_of(connection, key)) is not None]


def _cards(ground: Ground) -> list[MerchantScorecard]:
    settings = MerchantSettings()
    until_ms = ground.record.until_ms
    appeals = merchant_appeals(ground.connection, until_ms - settings.period_days * DAY_MS, until_ms)
    return scorecards(ground.record, ground.policy.entitlements.fault_reasons, appeals, settings)
