"""A seal's hash: over what the seal says of itself, the hash of the seal before, and the digests of its rows.

With a key it is an HMAC, which nobody can make anew who has the database and not the key. Without one it is a plain
SHA-256: whoever can write all tables could seal what they changed again, and only an anchor finds that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from serving.ledger_seal.digests import digest_parts, framed
from serving.ledger_seal.tables import Seal

FORMAT: Final = "clearclaim ledger seal 1"
NO_SEAL_BEFORE: Final = "0" * 64
KEY: Final = "CLEARCLAIM_SEAL_KEY"
SHORTEST_KEY: Final = 16
_KEY_ID_DIGITS: Final = 12


class SealError(ValueError):
    """Seals that can't be made or looked at: one line says what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class SealKeys:
    """The keys of seals, the one to seal with first; there may be none."""

    keys: tuple[bytes, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SealKeys:
        """The keys of CLEARCLAIM_SEAL_KEY, with commas between: the first seals, older ones only verify.

        Raises:
            SealError: a key is too short to be one.
        """
        keys = tuple(key.strip().encode() for key in environment.get(KEY, "").split(",") if key.strip())
        if any(len(key) < SHORTEST_KEY for key in keys):
            raise SealError(f"{KEY}: a key has fewer than {SHORTEST_KEY} characters; take a random one of 32 or more")
        return cls(keys)

    @property
    def sealing_id(self) -> str | None:
        """Which key seals; None for none."""
        return _key_id(self.keys[0]) if self.keys else None

    def of(self, seal: Seal) -> bytes | None:
        """The key that a seal was made with; None for one without.

        Raises:
            SealError: it isn't among these.
        """
        if seal.key_id is None:
            return None
        for key in self.keys:
            if _key_id(key) == seal.key_id:
                return key
        raise SealError(f"seal {seal.number} was made with key {seal.key_id}; give that key in {KEY}")


def row_digest(claim_id: str, decided_at_ms: int, parts: tuple[bytes, bytes | None, bytes | None]) -> bytes:
    """A covered decision's digest: its place in the ledger, and the digests of decision, vector and event."""
    decision, vector, event = parts
    return digest_parts([claim_id.encode(), b"%d" % decided_at_ms, decision, vector or b"", event or b""])


def seal_head(seal: Seal) -> str:
    """What a seal says of itself, as the text that its hash begins with. Its own `root_hash` isn't in it."""
    said = {
        "format": FORMAT,
        "number": seal.number,
        "from_ms": seal.from_ms,
        "to_ms": seal.to_ms,
        "rows": seal.rows,
        "late_rows": seal.late_rows,
        "previous_hash": seal.previous_hash,
        "sealed_at_ms": seal.sealed_at_ms,
        "tool_version": seal.tool_version,
        "key_id": seal.key_id,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


class RootHash:
    """The hash of a seal: give it the digests of its rows in order, then ask.

    Args:
        seal: what it says of itself; its own `root_hash` doesn't count.
        key: makes it an HMAC; None for a plain hash.
    """

    def __init__(self, seal: Seal, key: bytes | None) -> None:
        self._key = key
        self._running = hashlib.sha256(framed([seal_head(seal).encode()]))

    def add(self, digest: bytes) -> None:
        """Take in the digest of the next row."""
        self._running.update(digest)

    def add_rulings(self, digests: Sequence[bytes]) -> None:
        """Take in the digests of all rulings, after those of all decisions. None leave the hash as it is."""
        if digests:
            self._running.update(framed([b"rulings", b"%d" % len(digests), *digests]))

    def hexdigest(self) -> str:
        """The hash."""
        whole = self._running.digest()
        return whole.hex() if self._key is None else hmac.new(self._key, whole, hashlib.sha256).hexdigest()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"clearclaim seal key\0" + key).hexdigest()[:_KEY_ID_DIGITS]
