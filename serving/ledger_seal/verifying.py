"""What of the ledger is not as it was sealed: changed, missing and inserted decisions and rulings, a broken chain.

Reads all of it once, in parts, so that memory doesn't grow with the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from features.progress import Progress
from features.store import Store
from features.store.check_results import CheckResult
from features.store.prune import PRUNED_INFO
from serving.ledger import DECISION
from serving.ledger_seal.anchors import Anchor
from serving.ledger_seal.chain import NO_SEAL_BEFORE, RootHash, SealKeys, row_digest
from serving.ledger_seal.rows import PART_ROWS, RowDigests, read_digests
from serving.ledger_seal.rulings import (
    RulingDigests,
    count_not_sealed,
    has_rulings,
    inserted_before,
    of_no_seal,
    read_rulings,
    sealed_rulings,
)
from serving.ledger_seal.sealing import NOT_SEALED
from serving.ledger_seal.tables import LEDGER_SEAL, LEDGER_SEAL_ROW, Seal, has_seals, read_seals

Kind: TypeAlias = Literal["changed", "missing", "inserted", "seal broken", "chain broken"]

_ROW: Final = LEDGER_SEAL_ROW.c


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed, in words."""

    kind: Kind
    said: str

    def line(self) -> str:
        """The finding in one line."""
        return f"{self.kind}: {self.said}"


@dataclass(slots=True)
class Verified:
    """What was looked at.

    Attributes:
        seals: seals of the chain.
        rows: decisions that they cover.
        keyed: seals whose hash was made with a key.
        filings_pruned: covered decisions whose claim's filing went with old events (`history prune --events`).
        rulings: rulings that they cover.
        not_sealed: decisions since the last seal.
        rulings_not_sealed: rulings since then.
        head: the last seal.
    """

    seals: int = 0
    rows: int = 0
    keyed: int = 0
    rulings: int = 0
    filings_pruned: int = 0
    not_sealed: int = 0
    rulings_not_sealed: int = 0
    head: Seal | None = None

    def result(self, findings: int, at_ms: int) -> CheckResult:
        """As it is left in the store."""
        says = f"{self.rows:,} decisions under {self.seals:,} seals, {findings:,} findings"
        return CheckResult("ledger_verify", at_ms, "differs" if findings else "holds", findings, says)


def verify_ledger(
    store: Store,
    keys: SealKeys,
    verified: Verified,
    *,
    anchors: Iterable[Anchor] = (),
    progress: Progress | None = None,
) -> Iterator[Finding]:
    """Hold the ledger against its seals, these against each other, and the chain against anchors.

    Args:
        store: with an opened ledger.
        keys: those that seals were made with.
        verified: is filled in on the way.
        anchors: heads of the chain that were kept elsewhere.
        progress: called with (done, total, what is being done); counts decisions.

    Raises:
        SealError: a seal was made with a key that is not among these.
    """
    with store.reading() as connection:
        seals = list(read_seals(connection)) if has_seals(connection) else []
        for seal in seals:
            keys.of(seal)  # a missing key is said before hours of work
        yield from _broken_chain(seals, keys)
        yield from _other_than_anchored(seals, anchors)
        pruned_before_ms = int(store.info(connection, PRUNED_INFO) or 0)
        total = sum(seal.rows for seal in seals)
        for seal in seals:
            looked = _SealRows(connection, seal, keys.of(seal), pruned_before_ms)
            for done in looked.parts():
                yield from looked.take_findings()
                if progress is not None:
                    progress(verified.rows + done, max(total, verified.rows + done), "sealed decisions")
            looked.look_at_rulings()
            yield from looked.take_findings()
            yield from looked.broken()
            verified.seals += 1
            verified.rulings += looked.rulings
            verified.rows += looked.rows
            verified.keyed += seal.key_id is not None
            verified.filings_pruned += looked.filings_pruned
            verified.head = seal
        yield from _of_no_seal(connection, seals)
        yield from _inserted(connection, verified)
        yield from _inserted_rulings(connection, verified)


def _broken_chain(seals: Sequence[Seal], keys: SealKeys) -> Iterator[Finding]:
    before: Seal | None = None
    for seal in seals:
        number = 1 if before is None else before.number + 1
        if seal.number != number:
            yield Finding("chain broken", f"seal {number} is missing before seal {seal.number}")
        elif seal.previous_hash != (NO_SEAL_BEFORE if before is None else before.root_hash):
            yield Finding("chain broken", f"seal {seal.number} was made after another seal {number - 1} than there is")
        if seal.from_ms != (0 if before is None else before.to_ms) or seal.to_ms <= seal.from_ms:
            yield Finding("chain broken", f"seal {seal.number} doesn't begin where the one before it ends")
        if before is not None and before.key_id is not None and seal.key_id is None:
            yield Finding("chain broken", f"seal {seal.number} has no key, and the one before it has")
        before = seal
    if before is not None and before.key_id is None and keys.keys:
        yield Finding("seal broken", f"seal {before.number}, the last one, has no key, and one is given; seal again")


def _other_than_anchored(seals: Sequence[Seal], anchors: Iterable[Anchor]) -> Iterator[Finding]:
    there = {seal.number: seal for seal in seals}
    for anchor in anchors:
        seal = there.get(anchor.number)
        if seal is None:
            yield Finding("chain broken", f"seal {anchor.number} is missing, which {anchor.place} keeps the hash of")
        elif seal.root_hash != anchor.hash:
            yield Finding("chain broken", f"seal {anchor.number} is another one than {anchor.place} keeps the hash of")


def _of_no_seal(connection: sa.Connection, seals: Sequence[Seal]) -> Iterator[Finding]:
    """Digests that no seal has: they would hide a decision that somebody added."""
    if not seals:
        return
    stray = sa.select(_ROW.claim_id).where(_ROW.seal_number.not_in(sa.select(LEDGER_SEAL.c.number)))
    for claim_id in connection.execute(stray.order_by(_ROW.claim_id)).scalars():
        yield Finding("inserted", f"a digest of claim {claim_id!r} belongs to no seal")


def _inserted(connection: sa.Connection, verified: Verified) -> Iterator[Finding]:
    if not sa.inspect(connection).has_table(DECISION.name):
        return
    to_ms = 0 if verified.head is None else verified.head.to_ms
    since = DECISION.c.decided_at_ms >= to_ms
    query = sa.select(sa.func.count()).select_from(DECISION).where(since)
    verified.not_sealed = connection.scalar(query) or 0
    if verified.head is None:
        return
    unknown = sa.select(DECISION.c.claim_id).where(~since, NOT_SEALED).order_by(DECISION.c.decided_at_ms)
    with connection.execution_options(yield_per=PART_ROWS).execute(unknown) as found:
        for claim_id in found.scalars():
            yield Finding("inserted", f"the decision on claim {claim_id!r} lies in a sealed period, and no seal has it")


def _inserted_rulings(connection: sa.Connection, verified: Verified) -> Iterator[Finding]:
    if not has_rulings(connection):
        return
    for ruling_id in of_no_seal(connection):
        yield Finding("inserted", f"a digest of ruling {ruling_id!r} belongs to no seal")
    head = verified.head
    verified.rulings_not_sealed = count_not_sealed(connection, from_ms=0 if head is None else head.to_ms)
    if head is not None:
        for ruling_id in inserted_before(connection, head.to_ms):
            yield Finding("inserted", f"ruling {ruling_id!r} lies in a sealed period, and no seal has it")


class _SealRows:
    """The rows of one seal, held against the ledger part by part: decisions first, then rulings."""

    def __init__(self, connection: sa.Connection, seal: Seal, key: bytes | None, pruned_before_ms: int) -> None:
        self._connection, self._seal = connection, seal
        self._pruned_before_ms = pruned_before_ms
        self._root = RootHash(seal, key)
        self._findings: list[Finding] = []
        self.rows = self.rulings = self.filings_pruned = 0

    def parts(self) -> Iterator[int]:
        """Look at part after part, and yield how many rows are done."""
        query = (
            sa.select(LEDGER_SEAL_ROW)
            .where(_ROW.seal_number == self._seal.number)
            .order_by(_ROW.decided_at_ms, _ROW.claim_id)
            .limit(PART_ROWS)
        )
        rows = self._connection.execute(query).all()
        while rows:
            self._look(rows)
            yield self.rows
            after = sa.tuple_(_ROW.decided_at_ms, _ROW.claim_id) > (rows[-1].decided_at_ms, rows[-1].claim_id)
            rows = self._connection.execute(query.where(after)).all()

    def look_at_rulings(self) -> None:
        """Look at the seal's rulings, after all of its decisions."""
        if not has_rulings(self._connection):
            return
        sealed: list[bytes] = []
        for rows in sealed_rulings(self._connection, self._seal.number):
            there = read_rulings(self._connection, [row.ruling_id for row in rows])
            for row in rows:
                was = RulingDigests(row.ruling_id, row.recorded_at_ms, row.ruling_digest, row.steps_digest)
                sealed.append(was.digest)
                self._compare_ruling(was, there.get(row.ruling_id))
        self._root.add_rulings(sealed)
        self.rulings = len(sealed)

    def take_findings(self) -> list[Finding]:
        """What was found since it was asked last."""
        found, self._findings = self._findings, []
        return found

    def broken(self) -> Iterator[Finding]:
        """Whether the seal's own hash comes from its rows, once all of them were looked at."""
        if self.rows != self._seal.rows:
            said = f"seal {self._seal.number} covers {self._seal.rows:,} decisions; {self.rows:,} digests are there"
            yield Finding("seal broken", said)
        elif self._root.hexdigest() != self._seal.root_hash:
            yield Finding("seal broken", f"the hash of seal {self._seal.number} doesn't come from what it covers")

    def _look(self, rows: Sequence[sa.Row[Any]]) -> None:
        there = read_digests(self._connection, [row.claim_id for row in rows])
        for row in rows:
            sealed = (row.decision_digest, row.vector_digest, row.event_digest)
            self._root.add(row_digest(row.claim_id, row.decided_at_ms, sealed))
            self._compare(row, there.get(row.claim_id))
        self.rows += len(rows)

    def _compare(self, row: sa.Row[Any], now: RowDigests | None) -> None:
        name = f"claim {row.claim_id!r} (seal {self._seal.number})"
        if now is None:
            self._findings.append(Finding("missing", f"the decision on {name}"))
            return
        if now.decision != row.decision_digest:
            self._findings.append(Finding("changed", f"the decision on {name}"))
        self._compare_part(row.vector_digest, now.vector, f"the feature vector of {name}")
        if row.event_digest is not None and now.event is None and row.decided_at_ms < self._pruned_before_ms:
            self.filings_pruned += 1
        else:
            self._compare_part(row.event_digest, now.event, f"the filing of {name}")

    def _compare_ruling(self, was: RulingDigests, now: RulingDigests | None) -> None:
        name = f"ruling {was.ruling_id!r} (seal {self._seal.number})"
        if now is None:
            self._findings.append(Finding("missing", name))
            return
        if (now.ruling, now.recorded_at_ms) != (was.ruling, was.recorded_at_ms):
            self._findings.append(Finding("changed", name))
        self._compare_part(was.steps, now.steps, f"the steps of the case of {name}")

    def _compare_part(self, sealed: bytes | None, now: bytes | None, name: str) -> None:
        if sealed == now:
            return
        kind: Kind = "missing" if now is None else "inserted" if sealed is None else "changed"
        self._findings.append(Finding(kind, name))
