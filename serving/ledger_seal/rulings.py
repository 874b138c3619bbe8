"""Rulings under seals: what a person decided, and the steps by which their case came to it.

A seal takes in the rulings of its period after its decisions. One without rulings has the hash that it always had, so
seals of before there were any stay good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from serving.cases.tables import CASE_STEP
from serving.ledger_rulings import RULING
from serving.ledger_seal.digests import RowDigest, digest_parts
from serving.ledger_seal.rows import PART_ROWS
from serving.ledger_seal.tables import LEDGER_SEAL, LEDGER_SEAL_RULING

_SEALED: Final = LEDGER_SEAL_RULING.c
NOT_SEALED: Final = ~sa.exists().where(_SEALED.ruling_id == RULING.c.ruling_id)
# the number that a store gave a step is another one in a copy; its order isn't
STEP_COLUMNS: Final = [column for column in CASE_STEP.c if column.name != "sequence"]


@dataclass(frozen=True, slots=True)
class RulingDigests:
    """What a ruling is now: the digests of its row and of its case's steps, in their order; None without steps."""

    ruling_id: str
    recorded_at_ms: int
    ruling: bytes
    steps: bytes | None

    @property
    def digest(self) -> bytes:
        """What a seal's hash takes in."""
        return digest_parts([self.ruling_id.encode(), b"%d" % self.recorded_at_ms, self.ruling, self.steps or b""])


def has_rulings(connection: sa.Connection) -> bool:
    """Whether the store has tables of rulings and of their seals: one of before there were any has neither."""
    there = set(sa.inspect(connection).get_table_names())
    return {RULING.name, CASE_STEP.name, LEDGER_SEAL_RULING.name} <= there


def rulings_to_seal(connection: sa.Connection, from_ms: int, to_ms: int) -> list[RulingDigests]:
    """The rulings of a period that no seal covers, in the order in which they are hashed."""
    if not has_rulings(connection):
        return []
    moment = RULING.c.recorded_at_ms
    query = sa.select(RULING.c.ruling_id).where(moment >= from_ms, moment < to_ms, NOT_SEALED)
    ids = list(connection.scalars(query))
    found: list[RulingDigests] = []
    for begin in range(0, len(ids), PART_ROWS):
        found += read_rulings(connection, ids[begin : begin + PART_ROWS]).values()
    return sorted(found, key=lambda each: (each.recorded_at_ms, each.ruling_id))


def read_rulings(connection: sa.Connection, ruling_ids: Sequence[str]) -> dict[str, RulingDigests]:
    """Some rulings as they are now, by id; those that aren't there are left out."""
    result = connection.execute(sa.select(RULING).where(RULING.c.ruling_id.in_(ruling_ids)))
    digest = RowDigest(RULING.name, list(result.keys()))
    rows = result.all()
    steps = _steps(connection, [row.case_number for row in rows])
    return {
        row.ruling_id: RulingDigests(row.ruling_id, row.recorded_at_ms, digest.of(row), steps.get(row.case_number))
        for row in rows
    }


def sealed_rulings(connection: sa.Connection, seal_number: int) -> Iterator[Sequence[sa.Row[Any]]]:
    """The digests of a seal's rulings in their order, part by part."""
    query = (
        sa.select(LEDGER_SEAL_RULING)
        .where(_SEALED.seal_number == seal_number)
        .order_by(_SEALED.recorded_at_ms, _SEALED.ruling_id)
        .limit(PART_ROWS)
    )
    rows = connection.execute(query).all()
    while rows:
        yield rows
        after = sa.tuple_(_SEALED.recorded_at_ms, _SEALED.ruling_id) > (rows[-1].recorded_at_ms, rows[-1].ruling_id)
        rows = connection.execute(query.where(after)).all()


def of_no_seal(connection: sa.Connection) -> Sequence[str]:
    """Rulings whose digest names a seal that isn't there."""
    stray = sa.select(_SEALED.ruling_id).where(_SEALED.seal_number.not_in(sa.select(LEDGER_SEAL.c.number)))
    return connection.scalars(stray.order_by(_SEALED.ruling_id)).all()


def count_not_sealed(connection: sa.Connection, from_ms: int | None = None, to_ms: int | None = None) -> int:
    """How many rulings of a period no seal covers."""
    if not has_rulings(connection):
        return 0
    query = sa.select(sa.func.count()).select_from(RULING).where(NOT_SEALED)
    if from_ms is not None:
        query = query.where(RULING.c.recorded_at_ms >= from_ms)
    if to_ms is not None:
        query = query.where(RULING.c.recorded_at_ms < to_ms)
    return connection.scalar(query) or 0


def inserted_before(connection: sa.Connection, to_ms: int) -> Sequence[str]:
    """Rulings of sealed periods that no seal covers, the oldest first."""
    query = sa.select(RULING.c.ruling_id).where(RULING.c.recorded_at_ms < to_ms, NOT_SEALED)
    return connection.scalars(query.order_by(RULING.c.recorded_at_ms, RULING.c.ruling_id)).all()


def _steps(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, bytes]:
    """One digest of all steps of each case: nothing follows its release, so they are complete."""
    query = sa.select(*STEP_COLUMNS).where(CASE_STEP.c.case_number.in_(numbers)).order_by(CASE_STEP.c.sequence)
    result = connection.execute(query)
    digest = RowDigest(CASE_STEP.name, list(result.keys()))
    each: defaultdict[int, list[bytes]] = defaultdict(list)
    for row in result:
        each[row.case_number].append(digest.of(row))
    return {number: digest_parts(found) for number, found in each.items()}
