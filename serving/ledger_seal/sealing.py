"""The next seal: over the decisions that no seal covers yet, up to a moment.

A seal of many decisions would hold SQLite's write lock for long, so a long period is sealed bit by bit: each seal
covers some thousands of decisions, is read without a lock and written in one short transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from features.progress import Progress
from features.store import Store
from features.store.rows import write_rows
from serving.ledger import DECISION
from serving.ledger_seal.chain import NO_SEAL_BEFORE, RootHash, SealError, SealKeys, row_digest
from serving.ledger_seal.rows import PART_ROWS, RowDigests, read_digests
from serving.ledger_seal.rulings import RulingDigests, count_not_sealed, rulings_to_seal
from serving.ledger_seal.tables import (
    LEDGER_SEAL,
    LEDGER_SEAL_ROW,
    LEDGER_SEAL_RULING,
    SEAL_METADATA,
    Seal,
    last_seal,
)

SEAL_ROWS: Final = 10_000

_DECISION = DECISION.c
NOT_SEALED: Final = ~sa.exists().where(LEDGER_SEAL_ROW.c.claim_id == _DECISION.claim_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to seal: decisions made before `until_ms`; if `late`, also those that turned up in periods sealed before."""

    until_ms: int
    late: bool = False


def seal_ledger(
    store: Store, wanted: Wanted, keys: SealKeys, *, now_ms: int, progress: Progress | None = None
) -> Iterator[Seal]:
    """Seal what is not sealed yet, and yield each seal once it is committed; nothing where there is nothing to seal.

    A period without decisions is sealed too once there is a first seal, so that nobody can add one to it.

    Args:
        store: with an opened ledger.
        wanted: what to seal.
        keys: the first of them makes the hashes; none for plain ones.
        now_ms: when it is done.
        progress: called with (done, total, what is being done); counts decisions.

    Raises:
        SealError: the moment is to come, or somebody else sealed at the same time.
    """
    if wanted.until_ms > now_ms:
        raise SealError("a period that is to come can't be sealed; name an earlier moment")
    store.create(SEAL_METADATA)
    done, total = 0, _count(store, wanted)
    late = wanted.late
    while (made := _draft(store, replace(wanted, late=late), keys, now_ms)) is not None:
        seal, rows, rulings = made
        _write(store, seal, rows, rulings)
        late = False  # the first seal took them all
        done += seal.rows
        if progress is not None:
            progress(done, max(total, done), "decisions sealed")
        yield seal


def count_late(connection: sa.Connection) -> int:
    """How many decisions and rulings no seal covers though they lie in a period that is sealed."""
    head = last_seal(connection)
    if head is None:
        return 0
    query = sa.select(sa.func.count()).select_from(DECISION).where(_DECISION.decided_at_ms < head.to_ms, NOT_SEALED)
    return (connection.scalar(query) or 0) + count_not_sealed(connection, to_ms=head.to_ms)


def _count(store: Store, wanted: Wanted) -> int:
    query = sa.select(sa.func.count()).select_from(DECISION).where(_DECISION.decided_at_ms < wanted.until_ms)
    with store.reading() as connection:
        return connection.scalar(query.where(NOT_SEALED)) or 0


_Draft: TypeAlias = tuple[Seal, list[RowDigests], list[RulingDigests]]


def _draft(store: Store, wanted: Wanted, keys: SealKeys, now_ms: int) -> _Draft | None:
    """The next seal, and what it covers, in order: decisions and rulings; None where there is nothing to seal."""
    with store.reading() as connection:
        head = last_seal(connection)
        from_ms = 0 if head is None else head.to_ms
        if wanted.until_ms <= from_ms:
            return None
        to_ms = _end_of_period(connection, from_ms, wanted.until_ms)
        claims = _claims(connection, from_ms, to_ms)
        late = _claims(connection, 0, from_ms) if wanted.late else []
        rows = _digests(connection, [*late, *claims])
        rulings = rulings_to_seal(connection, 0 if wanted.late else from_ms, to_ms)
    if not rows and not rulings and head is None:
        return None
    rows.sort(key=lambda row: (row.decided_at_ms, row.claim_id))  # by code points, as bytes of UTF-8 sort too
    seal = Seal(
        number=1 if head is None else head.number + 1,
        from_ms=from_ms,
        to_ms=to_ms,
        rows=len(rows),
        late_rows=len(late),
        root_hash="",
        previous_hash=NO_SEAL_BEFORE if head is None else head.root_hash,
        sealed_at_ms=now_ms,
        tool_version=version("clearclaim"),
        key_id=keys.sealing_id,
    )
    root = RootHash(seal, keys.keys[0] if keys.keys else None)
    for row in rows:
        root.add(row_digest(row.claim_id, row.decided_at_ms, row.parts))
    root.add_rulings([each.digest for each in rulings])
    return replace(seal, root_hash=root.hexdigest()), rows, rulings


def _end_of_period(connection: sa.Connection, from_ms: int, until_ms: int) -> int:
    """Where a period ends that begins at a moment and holds at most `SEAL_ROWS` moments' worth of decisions."""
    query = (
        sa.select(_DECISION.decided_at_ms)
        .where(_DECISION.decided_at_ms >= from_ms, _DECISION.decided_at_ms < until_ms)
        .order_by(_DECISION.decided_at_ms)
        .offset(SEAL_ROWS - 1)
        .limit(1)
    )
    last_ms = connection.scalar(query)
    return until_ms if last_ms is None else last_ms + 1  # decisions of one moment stay together


def _claims(connection: sa.Connection, from_ms: int, to_ms: int) -> Sequence[str]:
    query = sa.select(_DECISION.claim_id).where(
        _DECISION.decided_at_ms >= from_ms, _DECISION.decided_at_ms < to_ms, NOT_SEALED
    )
    return connection.scalars(query).all()


def _digests(connection: sa.Connection, claim_ids: Sequence[str]) -> list[RowDigests]:
    rows: list[RowDigests] = []
    for begin in range(0, len(claim_ids), PART_ROWS):
        rows += read_digests(connection, claim_ids[begin : begin + PART_ROWS]).values()
    return rows


def _write(store: Store, seal: Seal, rows: list[RowDigests], rulings: list[RulingDigests]) -> None:
    covered: list[tuple[Any, ...]] = [(row.claim_id, seal.number, row.decided_at_ms, *row.parts) for row in rows]
    ruled: list[tuple[Any, ...]] = [
        (each.ruling_id, seal.number, each.recorded_at_ms, each.ruling, each.steps) for each in rulings
    ]
    try:
        with store.writing() as connection:
            values = {name: getattr(seal, name) for name in LEDGER_SEAL.c.keys()}  # noqa: SIM118 - columns, not a dict
            connection.execute(sa.insert(LEDGER_SEAL).values(values))
            write_rows(connection, LEDGER_SEAL_ROW, covered)
            write_rows(connection, LEDGER_SEAL_RULING, ruled)
    except sa.exc.IntegrityError as error:
        raise SealError(f"somebody else made seal {seal.number} at the same time; seal again") from error
