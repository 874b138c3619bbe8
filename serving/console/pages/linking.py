"""From one page's ids to the pages about them: only where there is such a page, and the visitor may see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import quote

import sqlalchemy as sa

from serving.cases.case import numbers_of_claims
from serving.console.page import OVERSEES
from serving.console.visit import Visit
from serving.dossier.masking import SEES_IDS
from serving.insight import keeping
from serving.insight.merchants.ranking import MERCHANTS

CARDS: Final = "/console/insight/merchants"


def card_address(merchant_id: str) -> str:
    """Where a merchant's scorecard is.

    >>> card_address("a/b")
    '/console/insight/merchants/a%2Fb'
    """
    return f"{CARDS}/{quote(merchant_id, safe='')}"


def cards_of(visit: Visit, connection: sa.Connection, merchant_ids: Collection[str | None]) -> frozenset[str]:
    """Of some merchants, those whose scorecard the visitor can open."""
    asked = {each for each in merchant_ids if each is not None}
    return keeping.kept_of(connection, MERCHANTS, asked) if asked and visit.who.role in OVERSEES else frozenset()


def cases_of(visit: Visit, connection: sa.Connection, claim_ids: Collection[str]) -> dict[str, int]:
    """The newest case of each claim that has one, by claim, for those who may open every case."""
    return numbers_of_claims(connection, claim_ids) if claim_ids and visit.who.role in SEES_IDS else {}
