"""Ids of persons as short pseudonyms: who reads a case can tell accounts apart, and follow one from part to part,
without learning who they are.

    buyer-00017   ->   buyer 7kq2mx4a

The same id has the same pseudonym in every case of a store, from a key that lies in the store: it keeps ids from who
sees pages, not from who has the database.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import Final, Self

import sqlalchemy as sa

from features.store import Store
from features.store.schema import STORE_INFO
from serving.access.pseudonyms import Kind
from serving.cases.words import Role
from serving.dossier.claim import ClaimShown
from serving.dossier.dossier import Dossier
from serving.dossier.linked import Linked, LinkedAccount, Tie
from serving.dossier.pictures import SeenElsewhere

KEY_INFO: Final = "mask_key"  # in store_info
KEY_BYTES: Final = 32
LETTERS: Final = 8  # 40 bits: among a million accounts some pair shares a pseudonym, among those of a page none
SEES_IDS: Final[frozenset[Role]] = frozenset({"senior", "auditor"})


@dataclass(frozen=True, slots=True)
class Masks:
    """Makes pseudonyms with one key."""

    key: bytes = field(repr=False, default_factory=lambda: secrets.token_bytes(KEY_BYTES))

    @classmethod
    def of_store(cls, store: Store) -> Self:
        """With the key of a store, which is made when it is asked for first."""
        with store.reading() as connection:
            kept = store.info(connection, KEY_INFO)
        while kept is None:
            try:
                with store.writing() as connection:
                    row = {"name": KEY_INFO, "value": secrets.token_hex(KEY_BYTES)}
                    connection.execute(sa.insert(STORE_INFO).values(row))
            except sa.exc.IntegrityError:  # another process was quicker
                pass
            with store.reading() as connection:
                kept = store.info(connection, KEY_INFO)
        return cls(bytes.fromhex(kept))

    def of(self, kind: Kind, own_id: str) -> str:
        """The pseudonym of an id."""
        digest = hmac.digest(self.key, f"{kind}\0{own_id}".encode(), "sha256")
        return f"{kind} {base64.b32encode(digest).decode().lower()[:LETTERS]}"

    def _maybe(self, kind: Kind, own_id: str | None) -> str | None:
        return None if own_id is None else self.of(kind, own_id)

    def _claim(self, claim: ClaimShown) -> ClaimShown:
        return replace(
            claim,
            buyer_id=self._maybe("buyer", claim.buyer_id),
            device_id=self._maybe("device", claim.device_id),
            address_id=self._maybe("address", claim.address_id),
            payment_id=self._maybe("payment", claim.payment_id),
        )

    def _tie(self, tie: Tie) -> Tie:
        return replace(tie, thing_id=self.of(tie.kind, tie.thing_id))

    def _account(self, account: LinkedAccount) -> LinkedAccount:
        ties = tuple(map(self._tie, account.ties))
        return replace(account, buyer_id=self.of("buyer", account.buyer_id), ties=ties)

    def _linked(self, linked: Linked) -> Linked:
        accounts, public = tuple(map(self._account, linked.accounts)), tuple(map(self._tie, linked.public))
        return Linked(accounts, linked.more, public)

    def _seen(self, seen: SeenElsewhere) -> SeenElsewhere:
        return replace(seen, buyer_id=self._maybe("buyer", seen.buyer_id))

    def on(self, dossier: Dossier) -> Dossier:
        """A dossier with the ids of persons masked."""
        return replace(
            dossier,
            claim=self._claim(dossier.claim),
            linked=self._linked(dossier.linked),
            seen_elsewhere=tuple(map(self._seen, dossier.seen_elsewhere)),
        )


def for_role(dossier: Dossier, role: Role, masks: Masks) -> Dossier:
    """A dossier as far as a role may see it.

    Raises:
        PermissionError: for an administrator, who sees no claim.
    """
    if role == "administrator":
        raise PermissionError("an administrator sees no claims")
    return dossier if role in SEES_IDS else masks.on(dossier)
