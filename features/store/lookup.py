"""Many events of the log by their ids, as columns, in one statement per part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import sqlalchemy as sa

from features.events import EventKind
from features.store.log import FIELDS
from features.store.log_table import from_log, rows_to_log

ASK_ROWS: Final = 20_000  # ids in one question

_SELECT: Final = ", ".join(f"event.{name}" for name in FIELDS)
_ASKED: Final = {
    "sqlite": "FROM event WHERE {column} IN (SELECT value FROM json_each(:ids))",
    "postgresql": "FROM unnest(CAST(:ids AS text[])) AS given(id) JOIN event ON event.{column} = given.id WHERE true",
}


def find_events(connection: sa.Connection, event_ids: Sequence[str]) -> pa.Table:
    """Those of these events that the log has, in the log's layout, in any order."""
    return _find(connection, "event_id", event_ids)


def find_claims(connection: sa.Connection, claim_ids: Sequence[str]) -> pa.Table:
    """The `claim_filed` events of those of these claims that are on record, in the layout of files, in any order."""
    return from_log(_find(connection, "claim_id", claim_ids, f"AND kind = '{EventKind.CLAIM_FILED}'"))


def _find(connection: sa.Connection, column: str, ids: Sequence[str], condition: str = "") -> pa.Table:
    asked = _ASKED[connection.dialect.name].format(column=column)
    statement = sa.text(f"SELECT {_SELECT} {asked} {condition}")
    parts = [rows_to_log(())]
    for start in range(0, len(ids), ASK_ROWS):
        part = list(ids[start : start + ASK_ROWS])
        given = json.dumps(part) if connection.dialect.name == "sqlite" else part
        parts.append(rows_to_log(connection.execute(statement, {"ids": given}).all()))
    return pa.concat_tables(parts).combine_chunks()
