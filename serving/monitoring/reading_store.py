"""Where it all lies, how it is sealed, and what was worked out of it."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from typing import Final

import sqlalchemy as sa

from features.store import Store
from features.store.database import find_revision
from features.store.schema import EVENT
from serving.insight import keeping
from serving.insight.abuse.part import ABUSE
from serving.insight.alarms.notes import count_waiting
from serving.insight.tables import INSIGHT, INSIGHT_PART
from serving.ledger import DECISION
from serving.ledger_seal.tables import LEDGER_SEAL, last_seal
from serving.monitoring.reading_work import count_some
from serving.monitoring.vitals import Insight, Sealing, Storage

_SERVER_BYTES: Final = sa.text("SELECT pg_database_size(current_database())")


def read_insight(connection: sa.Connection, tables: Collection[str]) -> Insight:
    """What the claims told when they were asked last."""
    if not {INSIGHT.name, INSIGHT_PART.name} <= set(tables):
        return Insight(None, None, None)
    findings = None if keeping.as_of(connection, ABUSE) is None else keeping.count(connection, ABUSE)
    worked_out_ms = connection.scalar(sa.select(sa.func.max(INSIGHT_PART.c.worked_out_at_ms)))
    return Insight(count_waiting(connection), findings, worked_out_ms)


def read_sealing(connection: sa.Connection, tables: Collection[str]) -> Sealing:
    """The last seal, and what was decided since."""
    if DECISION.name not in tables:
        return Sealing(None, None, 0, None)
    seal = last_seal(connection) if LEDGER_SEAL.name in tables else None
    at_ms = DECISION.c.decided_at_ms
    since = sa.select(at_ms).where(at_ms >= (0 if seal is None else seal.to_ms))
    return Sealing(
        number=None if seal is None else seal.number,
        sealed_at_ms=None if seal is None else seal.sealed_at_ms,
        not_sealed=count_some(connection, since),
        oldest_not_sealed_ms=connection.scalar(since.order_by(at_ms).limit(1)),
    )


def read_storage(store: Store, connection: sa.Connection) -> Storage:
    """Size, revision and room. Rows are not counted: the newest event's number says how many were ever written."""
    free = whole = size = None
    file = store.file
    with suppress(OSError):
        if file is not None:
            parts = (file, file.with_name(f"{file.name}-wal"))
            size = sum(path.stat().st_size for path in parts if path.exists())
            disk = shutil.disk_usage(file.resolve().parent)
            free, whole = disk.free, disk.total
    if store.engine.dialect.name == "postgresql":
        size = connection.scalar(_SERVER_BYTES)
    events = connection.scalar(sa.select(sa.func.max(EVENT.c.sequence))) or 0
    return Storage(find_revision(connection), events, size, free, whole)
