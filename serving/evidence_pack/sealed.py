"""The proof that decision and rulings are as they were sealed: their digests, their seals, and the chain since then.

What is sealed is looked up by the names of rulings too, so that one which was taken off the record is still told of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from serving.cases.withdrawing import OWN_VERDICT
from serving.evidence_pack.view import ShownDigests
from serving.ledger_seal.chain import row_digest, seal_head
from serving.ledger_seal.rows import read_digests
from serving.ledger_seal.rulings import RulingDigests, has_rulings, read_rulings, sealed_rulings
from serving.ledger_seal.sealing import SEAL_ROWS
from serving.ledger_seal.tables import LEDGER_SEAL, LEDGER_SEAL_ROW, LEDGER_SEAL_RULING, Seal, has_seals

MOST_SEALS: Final = 5_000  # of the chain: a seal an hour for half a year
MOST_DIGESTS: Final = 2 * SEAL_ROWS  # of decisions under one seal
AS_SEALED: Final = "as sealed"
NOT_SEALED: Final = "no seal covers it yet"
_ROW: Final = LEDGER_SEAL_ROW.c
_RULING: Final = LEDGER_SEAL_RULING.c
_WITH_DATABASE: Final = (
    "In a copy of the platform's database, 'clearclaim ledger verify --store URL --anchor FILE' holds every decision "
    "and every ruling against its seal, and the chain of seals against hashes that were kept elsewhere (FILE)."
)
_OFFLINE: Final = (
    "Offline: in a pack for a court, made by who may see all, README.txt says how root_hash is made from head, "
    "row_digests_in_order and ruling_digests_in_order. serving/ledger_seal/chain.py, rulings.py and digests.py of "
    "clearclaim are the same rules as code."
)
HOW: Final = (_WITH_DATABASE, _OFFLINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose seals are asked for: a claim's decision, its rulings on record, and those of its cases that were sealed."""

    claim_id: str
    ruling_ids: tuple[str, ...]
    case_numbers: tuple[int, ...]


def read_seal(connection: sa.Connection, asked: Asked, shown: ShownDigests) -> dict[str, Any]:
    """What seals say of a claim's decision and rulings, as JSON.

    Args:
        connection: to the store.
        asked: which decision and rulings.
        shown: which digests are given: of all that the seals' hashes are made from, of this claim alone, or none.
    """
    are_there = has_seals(connection)
    decision = _decision(connection, asked.claim_id) if are_there else None
    rulings = _rulings(connection, asked) if are_there and has_rulings(connection) else {}
    own = {each["seal"] for each in (decision, *rulings.values()) if each is not None}
    for each in (decision, *rulings.values()):
        if each is not None:
            each.update(dict.fromkeys((name for name in each if _is_hidden(name, shown)), None))
    chain = _chain(connection, min(own)) if own else []
    not_sealed = {"sealed": False, "why": NOT_SEALED}
    return {
        "decision": not_sealed if decision is None else decision,
        "rulings": [
            rulings.get(each, {"ruling_id": each, **not_sealed})
            for each in dict.fromkeys((*asked.ruling_ids, *rulings))
        ],
        "seals": [_seal(connection, seal, with_others=shown == "all") for seal in chain if seal.number in own],
        "other_seals": [{**asdict(seal), "head": seal_head(seal)} for seal in chain if seal.number not in own],
        "how_to_verify": list(HOW),
    }


def _is_hidden(name: str, shown: ShownDigests) -> bool:
    """Whether a digest isn't given. What is hidden in a record could be tried out if all else in it is known.

    A party doesn't know the vector, nor when each inner step was taken, so the digest over all parts keeps its secret.
    """
    is_of_all = name in {"digest", "row_digest"}
    return shown != "all" and (is_of_all or name.endswith("_digest")) and not (is_of_all and shown == "own")


def _decision(connection: sa.Connection, claim_id: str) -> dict[str, Any] | None:
    row = connection.execute(sa.select(LEDGER_SEAL_ROW).where(_ROW.claim_id == claim_id)).one_or_none()
    if row is None:
        return None
    parts = {"decision": row.decision_digest, "vector": row.vector_digest, "event": row.event_digest}
    now = read_digests(connection, [claim_id]).get(claim_id)
    return {
        "sealed": True,
        "seal": row.seal_number,
        "claim_id": claim_id,
        "decided_at_ms": row.decided_at_ms,
        **{f"{name}_digest": _hex(digest) for name, digest in parts.items()},
        "row_digest": _row_digest(row).hex(),
        "now": _now({name: None if now is None else getattr(now, name) for name in parts}, parts),
    }


def _rulings(connection: sa.Connection, asked: Asked) -> dict[str, dict[str, Any]]:
    """The sealed ones by id, in the order in which they were recorded."""
    own = (_RULING.ruling_id.startswith(f"{OWN_VERDICT}{number}-") for number in asked.case_numbers)
    query = sa.select(LEDGER_SEAL_RULING).where(sa.or_(_RULING.ruling_id.in_(asked.ruling_ids), *own))
    rows = connection.execute(query.order_by(_RULING.recorded_at_ms, _RULING.ruling_id)).all()
    there = read_rulings(connection, [row.ruling_id for row in rows])
    return {row.ruling_id: _ruling(row, there.get(row.ruling_id)) for row in rows}


def _ruling(row: sa.Row[Any], now: RulingDigests | None) -> dict[str, Any]:
    was = _ruling_digests(row)
    stands: dict[str, bytes | None] = {"ruling": None, "steps": None}
    if now is not None:
        is_moved = now.recorded_at_ms != was.recorded_at_ms  # its place in time is under the seal too
        stands = {"ruling": b"" if is_moved else now.ruling, "steps": now.steps}
    return {
        "ruling_id": row.ruling_id,
        "sealed": True,
        "seal": row.seal_number,
        "recorded_at_ms": row.recorded_at_ms,
        "ruling_digest": was.ruling.hex(),
        "steps_digest": _hex(was.steps),
        "digest": was.digest.hex(),
        "now": _now(stands, {"ruling": was.ruling, "steps": was.steps}),
    }


def _now(digests: Mapping[str, bytes | None], sealed: Mapping[str, bytes | None]) -> dict[str, str]:
    """Whether each part is still as it was sealed."""
    found: dict[str, str] = {}
    for name, then in sealed.items():
        same = digests[name] == then
        gone = digests[name] is None and not same
        found[name] = AS_SEALED if same else "not on record any more" if gone else "changed since it was sealed"
    return found


def _chain(connection: sa.Connection, first: int) -> list[Seal]:
    query = sa.select(LEDGER_SEAL).where(LEDGER_SEAL.c.number >= first).order_by(LEDGER_SEAL.c.number)
    return [Seal(*row) for row in connection.execute(query.limit(MOST_SEALS))]


def _seal(connection: sa.Connection, seal: Seal, *, with_others: bool) -> dict[str, Any]:
    """A seal with all that its hash is made from; digests are null where they aren't given, or are too many."""
    is_whole = with_others and seal.rows <= MOST_DIGESTS
    return {
        **asdict(seal),
        "head": seal_head(seal),
        "row_digests_in_order": _row_digests(connection, seal.number) if is_whole else None,
        "ruling_digests_in_order": _others_rulings(connection, seal.number) if is_whole else None,
    }


def _row_digests(connection: sa.Connection, seal_number: int) -> list[str]:
    """The digests of all decisions under a seal, in the order in which its hash takes them in."""
    query = sa.select(LEDGER_SEAL_ROW).where(_ROW.seal_number == seal_number)
    rows = connection.execute(query.order_by(_ROW.decided_at_ms, _ROW.claim_id))
    return [_row_digest(row).hex() for row in rows]


def _others_rulings(connection: sa.Connection, seal_number: int) -> list[str]:
    """The same for rulings, which come after all decisions."""
    if not has_rulings(connection):
        return []
    return [_ruling_digests(row).digest.hex() for rows in sealed_rulings(connection, seal_number) for row in rows]


def _row_digest(row: sa.Row[Any]) -> bytes:
    return row_digest(row.claim_id, row.decided_at_ms, (row.decision_digest, row.vector_digest, row.event_digest))


def _ruling_digests(row: sa.Row[Any]) -> RulingDigests:
    return RulingDigests(row.ruling_id, row.recorded_at_ms, row.ruling_digest, row.steps_digest)


def _hex(digest: bytes | None) -> str | None:
    return None if digest is None else digest.hex()
