"""Past claims with a verdict that the champion sees as it sees this one.

The leaves of labelled claims are kept in memory and filled beside requests, some at a time: the log is read on from
where it was left, so that a new verdict is there a second later. Until the log was read through once, and again after
each promotion, nothing is said. A verdict counts once it has settled: until then an appeal may turn it round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
import sqlalchemy as sa

from features.arrays import Floats, Ints
from features.events import EventKind
from features.store import Store
from features.store.log import ASK_IDS
from features.store.people import filed_claims
from features.store.schema import EVENT, VECTOR
from serving.dossier.leaf_space import LeafSpace
from serving.model import Model

MOST_SHOWN: Final = 5
MOST_KEPT: Final = 100_000
SETTLED_AFTER_MS: Final = 7 * 86_400_000
VERDICTS_AT_ONCE: Final = 2_000
ROWS_AT_ONCE: Final = 200  # a scorer lets one call in at a time: claims wait some milliseconds for this many
OVERLAP: Final = 1_000  # PostgreSQL numbers rows before they are committed: a late one stands behind newer ones


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarClaim:
    """A past claim; `similarity` is the share of trees in which both fall in the same leaf."""

    claim_id: str
    similarity: float
    verdict: str
    verdict_at_ms: int
    filed_at_ms: int | None
    amount_minor: int | None
    claim_type: str | None
    reason: str | None


class _Verdict(NamedTuple):
    claim_id: str
    verdict: str
    known_at_ms: int


@dataclass(slots=True)
class _Space:
    """The labelled claims of one model: `claim_ids` by row, `rows` by claim; the verdicts by row."""

    model: Model
    leaves: LeafSpace
    claim_ids: list[str]
    rows: dict[str, int]
    verdicts: list[str]
    verdict_at_ms: Ints
    read_to: int = 0
    is_ready: bool = False


class SimilarClaims:
    """Finds similar claims. `refresh` belongs to one thread, `find` to any.

    Args:
        store: where claims, vectors and verdicts are.
        champion: the model in force, None while there is none.
        most: claims to keep, the newest verdicts.
    """

    def __init__(self, store: Store, champion: Callable[[], Model | None], *, most: int = MOST_KEPT) -> None:
        self._store, self._champion, self._most = store, champion, most
        self._lock = Lock()
        self._ready: _Space | None = None
        self._next: _Space | None = None

    @property
    def size_bytes(self) -> int:
        """How much memory the leaves take."""
        return sum(space.leaves.size_bytes for space in {id(s): s for s in (self._ready, self._next) if s}.values())

    def refresh(self) -> bool:
        """Take up some labelled claims; return whether there may be more. To be called every second or so."""
        model = self._champion()
        if model is None:
            return False
        space = self._next
        if space is None or space.model.version != model.version:
            most = self._most
            empty = np.zeros(most, dtype=np.int64)
            space = self._next = _Space(model, LeafSpace(model.scorer.n_trees, most), [], {}, [], empty)
        more = self._read_on(space)
        if not more:
            space.is_ready = True
            self._ready = space
        return more

    def find(
        self, model: Model, vector: Floats, claim_id: str, as_of_ms: int
    ) -> list[tuple[str, float, str, int]] | None:
        """The most similar claims: (claim id, similarity, verdict, when it was known) each; None while not prepared.

        Args:
            model: the one that sees them; another one than the champion's sees nothing yet.
            vector: the whole one, as that model takes it, shape (columns,).
            claim_id: is left out.
            as_of_ms: verdicts must have settled by then.
        """
        space = self._ready
        if space is None or space.model.version != model.version:
            return None
        own = model.scorer.leaves(vector[np.newaxis])[0]
        with self._lock:
            shares = space.leaves.alike(own)
            number = len(shares)
            shares[space.verdict_at_ms[:number] > as_of_ms - SETTLED_AFTER_MS] = -1.0
            if claim_id in space.rows:
                shares[space.rows[claim_id]] = -1.0
            best = np.argsort(-shares, kind="stable")[:MOST_SHOWN].tolist() if number <= 64 else _top(shares)
            return [
                (space.claim_ids[row], float(shares[row]), space.verdicts[row], int(space.verdict_at_ms[row]))
                for row in best
                if shares[row] > 0
            ]

    def champion(self) -> Model | None:
        """The model whose view is asked."""
        return self._champion()

    def _read_on(self, space: _Space) -> bool:
        query = (
            sa.select(EVENT.c.sequence, EVENT.c.claim_id, EVENT.c.verdict, EVENT.c.known_at_ms)
            .where(EVENT.c.sequence > space.read_to, EVENT.c.kind == EventKind.CLAIM_ADJUDICATED)
            .order_by(EVENT.c.sequence)
            .limit(VERDICTS_AT_ONCE)
        )
        with self._store.reading() as connection:
            newest = connection.scalar(sa.select(sa.func.max(EVENT.c.sequence))) or 0
            rows = connection.execute(query).all()
            settled = {row.claim_id: _Verdict(*row[1:]) for row in rows if row.verdict != "undetermined"}
            with self._lock:
                new = [row for claim_id, row in settled.items() if not _renew(space, claim_id, row)]
            step = min(ROWS_AT_ONCE, self._most)
            for start in range(0, len(new), step):
                self._take_up(connection, space, new[start : start + step])
        if len(rows) == VERDICTS_AT_ONCE:
            space.read_to = rows[-1].sequence
            return True
        space.read_to = max(space.read_to, newest - OVERLAP)
        return False

    def _take_up(self, connection: sa.Connection, space: _Space, rows: Sequence[_Verdict]) -> None:
        vectors = _vectors(connection, self._store.plan.catalog_hash, space.model, [row.claim_id for row in rows])
        rows = [row for row in rows if row.claim_id in vectors]
        if not rows:
            return
        leaves = space.model.scorer.leaves(np.array([vectors[row.claim_id] for row in rows]))
        with self._lock:
            for place, row in zip(space.leaves.put(leaves).tolist(), rows, strict=True):
                if place < len(space.claim_ids):
                    del space.rows[space.claim_ids[place]]
                    space.claim_ids[place], space.verdicts[place] = row.claim_id, row.verdict
                else:
                    space.claim_ids.append(row.claim_id)
                    space.verdicts.append(row.verdict)
                space.rows[row.claim_id] = place
                space.verdict_at_ms[place] = row.known_at_ms


def similar_claims(connection: sa.Connection, found: Sequence[tuple[str, float, str, int]]) -> tuple[SimilarClaim, ...]:
    """What was found, with what was claimed."""
    shown = []
    claims = filed_claims(connection, [claim_id for claim_id, *_ in found])
    for claim_id, similarity, verdict, verdict_at_ms in found:
        filed = claims.get(claim_id)
        shown.append(
            SimilarClaim(
                claim_id=claim_id,
                similarity=similarity,
                verdict=verdict,
                verdict_at_ms=verdict_at_ms,
                filed_at_ms=None if filed is None else filed.occurred_at_ms,
                amount_minor=None if filed is None else filed.amount_minor,
                claim_type=None if filed is None else filed.claim_type,
                reason=None if filed is None else filed.claim_reason,
            )
        )
    return tuple(shown)


def _renew(space: _Space, claim_id: str, row: _Verdict) -> bool:
    """Write the newer verdict of a claim that is there; return whether it is."""
    place = space.rows.get(claim_id)
    if place is None:
        return False
    if row.known_at_ms > space.verdict_at_ms[place]:
        space.verdicts[place], space.verdict_at_ms[place] = row.verdict, row.known_at_ms
    return True


def _top(shares: Floats) -> list[int]:
    chosen = np.argpartition(-shares, MOST_SHOWN)[:MOST_SHOWN]
    best: list[int] = chosen[np.argsort(-shares[chosen], kind="stable")].tolist()
    return best


def _vectors(connection: sa.Connection, catalog_hash: str, model: Model, claim_ids: list[str]) -> dict[str, Floats]:
    """The vectors of claims as the model takes them; claims that were never scored, or of another catalogue, are not
    among them.
    """
    found: dict[str, Floats] = {}
    reads = model.bundle.contents.reader is not None
    for start in range(0, len(claim_ids), ASK_IDS):
        part = claim_ids[start : start + ASK_IDS]
        query = sa.select(VECTOR.c.claim_id, VECTOR.c.vector).where(
            VECTOR.c.claim_id.in_(part), VECTOR.c.catalog_hash == catalog_hash
        )
        stored = {row.claim_id: np.frombuffer(row.vector, dtype="<f8") for row in connection.execute(query)}
        if not reads:
            found |= stored
            continue
        filed = sa.select(EVENT.c.claim_id, EVENT.c.claim_text, EVENT.c.claim_reason).where(
            EVENT.c.claim_id.in_(part), EVENT.c.kind == EventKind.CLAIM_FILED
        )
        for row in connection.execute(filed):
            if row.claim_id in stored:
                found[row.claim_id] = model.scorer.complete(stored[row.claim_id], row.claim_text, row.claim_reason)
    return found
