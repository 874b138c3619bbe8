"""Appeals of merchants that were ruled on, as cases tell of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from serving.cases.tables import REVIEW_CASE

_APPEALS: Final = ("appeal", "mediation")
_LOST: Final = frozenset({"approve", "partly_approve"})  # the buyer got what the merchant appealed against


def merchant_appeals(connection: sa.Connection, from_ms: int, until_ms: int) -> Mapping[str, bool]:
    """By claim, whether the merchant lost its last appeal that was ruled on in [from_ms, until_ms).

    A store that never had a case has none.
    """
    if not sa.inspect(connection).has_table(REVIEW_CASE.name):
        return {}
    case = REVIEW_CASE.c
    query = (
        sa.select(case.claim_id, case.ruling)
        .where(case.kind.in_(_APPEALS), case.party == "merchant", case.ruling.is_not(None))
        .where(case.closed_at_ms >= from_ms, case.closed_at_ms < until_ms)
        .order_by(case.closed_at_ms, case.number)
    )
    return {row.claim_id: json.loads(row.ruling).get("ruling") in _LOST for row in connection.execute(query)}
