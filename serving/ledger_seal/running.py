"""What `clearclaim ledger seal` and `ledger verify` do with their options; the command only declares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from features.progress import Progress
from features.store import Store
from serving.ledger import DECISION, refuse_old_ledger
from serving.ledger_seal.anchors import append_anchors, read_anchors
from serving.ledger_seal.chain import SealError, SealKeys
from serving.ledger_seal.sealing import Wanted, count_late, seal_ledger
from serving.ledger_seal.tables import Seal, has_seals, read_seals
from serving.ledger_seal.verifying import Finding, Verified, verify_ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for: seal up to a moment, late decisions too or not, and where to keep the heads."""

    until_ms: int
    now_ms: int
    late: bool = False
    anchor: Path | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """The seals that were made, and how many decisions lie in sealed periods without a seal."""

    seals: tuple[Seal, ...]
    left_late: int


def run_seal(store: Store, order: Order, progress: Progress | None = None) -> Sealed:
    """Seal, and keep the heads in a file if one is named: those of earlier seals too that it lacks.

    Raises:
        SealError: the file keeps other hashes than the store has, or as `seal_ledger` does.
        StoreError: an older clearclaim made the ledger.
    """
    _refuse_no_ledger(store)
    keys = SealKeys.from_environment()
    kept = _last_kept(store, order.anchor)
    wanted = Wanted(until_ms=order.until_ms, late=order.late)
    made = tuple(seal_ledger(store, wanted, keys, now_ms=order.now_ms, progress=progress))
    with store.reading() as connection:
        if order.anchor is not None:
            append_anchors(order.anchor, [seal for seal in read_seals(connection) if seal.number > kept])
        return Sealed(made, count_late(connection))


def run_verify(
    store: Store, verified: Verified, anchor: Path | None, progress: Progress | None = None
) -> Iterator[Finding]:
    """Verify, against a file of heads if one is named.

    Raises:
        SealError, StoreError: as `verify_ledger` and `read_anchors` do.
    """
    refuse_old_ledger(store)
    anchors = [] if anchor is None else read_anchors(anchor)
    yield from verify_ledger(store, SealKeys.from_environment(), verified, anchors=anchors, progress=progress)


def _refuse_no_ledger(store: Store) -> None:
    refuse_old_ledger(store)
    with store.reading() as connection:
        if not sa.inspect(connection).has_table(DECISION.name):
            raise SealError(f"store {store.name}: nothing was decided in it yet; there is nothing to seal")


def _last_kept(store: Store, anchor: Path | None) -> int:
    """The number of the last seal that a file keeps; 0 for none."""
    anchors = read_anchors(anchor) if anchor is not None and anchor.exists() else []
    with store.reading() as connection:
        there = {seal.number: seal.root_hash for seal in read_seals(connection)} if has_seals(connection) else {}
    for kept in anchors:
        if there.get(kept.number) != kept.hash:
            said = f"{kept.place}: the store has another seal {kept.number}"
            raise SealError(f"{said}; run 'ledger verify' with this file")
    return max((kept.number for kept in anchors), default=0)
