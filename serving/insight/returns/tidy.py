"""Returns as a tidy table for other tools: a row for each month, category, type and reason that has claims."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import pyarrow as pa

from serving.insight.cells import guarded
from serving.insight.returns.columns import Seen
from serving.insight.returns.counting import months_of

SCHEMA: Final = pa.schema(
    [
        ("period", pa.string()),  # the month in which the claims were filed and the orders paid, as 2026-03
        ("category", pa.string()),
        ("type", pa.string()),
        ("reason", pa.string()),
        ("claims", pa.int64()),
        # of the month and category, so the same in each of their rows: don't add them up over types and reasons
        ("orders", pa.int64()),
        ("amount_minor", pa.int64()),
        ("refunded_minor", pa.int64()),
    ]
)


def tidy(seen: Seen) -> pa.Table:
    """The rows in the order of their keys; months and categories with orders and no claim have none."""
    months = np.array(months_of(seen.days.dates))
    words = (seen.category, seen.type, seen.reason)
    columns = (months[seen.claim_day], *(np.array(each.names, dtype=object)[each.code] for each in words))
    of_claims = pa.table(
        {
            **dict(zip(SCHEMA.names[:4], (pa.array(column, pa.string()) for column in columns), strict=True)),
            "amount_minor": seen.asked_minor,
            "refunded_minor": seen.refunded_minor,
        }
    )
    keys = SCHEMA.names[:4]
    summed = of_claims.group_by(keys).aggregate([([], "count_all"), ("amount_minor", "sum"), ("refunded_minor", "sum")])
    summed = summed.sort_by([(key, "ascending") for key in keys])
    categories = np.array(seen.order_category.names, dtype=object)[seen.order_category.code]
    orders = Counter(zip(months[seen.order_day].tolist(), categories.tolist(), strict=True))
    pairs = zip(summed["period"].to_pylist(), summed["category"].to_pylist(), strict=True)
    return pa.table(
        [
            *(summed[key] for key in keys),
            summed["count_all"],
            pa.array([orders[pair] for pair in pairs], pa.int64()),
            summed["amount_minor_sum"],
            summed["refunded_minor_sum"],
        ],
        schema=SCHEMA,
    )


def for_spreadsheets(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before each category that a spreadsheet would take for a formula.

    >>> odd = pa.table({"category": ["=1+1", "food"]})
    >>> for_spreadsheets(odd)["category"].to_pylist()
    ["'=1+1", 'food']
    """
    safe = pa.array([guarded(each) for each in table["category"].to_pylist()], pa.string())
    return table.set_column(table.schema.get_field_index("category"), "category", safe)
