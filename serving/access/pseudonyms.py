"""Ids of people made unreadable with a keyed hash, at the edge, before anything is stored.

    buyer-00017   ->   buyer~3f0c6c1b9d2e47a0b1c2d3e4f5a60718

Whose ids: the buyer's, and those of the device, address and payment that lead to a person. The same id gives the
same pseudonym, so every history counts as before. Without the key nobody gets from a pseudonym to an id, nor can try
out ids, which a plain hash would allow: they are short and often numbered.

What stays as it came, and why. Merchants and products are no persons; a merchant is told under its own name what
is held against it. Orders and claims must be found again by the platform, which asks for them by id, and lead to
nobody without the platform's own tables. Categories are public. Reviewers sign for what they decide. A claim's text
stays since the model reads it; it is never logged.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from features.events import Event
from serving.claim import Claim

Kind: TypeAlias = Literal["buyer", "device", "address", "payment"]

KINDS: Final[tuple[Kind, ...]] = ("buyer", "device", "address", "payment")
FIELDS: Final[dict[str, Kind]] = {f"{kind}_id": kind for kind in KINDS}
LEAST_KEY_BYTES: Final = 32
PSEUDONYM: Final = re.compile(f"(?:{'|'.join(KINDS)})~[0-9a-f]{{32}}")

_HASHED_BYTES: Final = 16  # 128 bits: among a thousand million ids, two meet with a chance of 1 in 10**21


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Makes pseudonyms with one key, of at least 32 bytes.

    Raises:
        ValueError: if it is shorter.
    """

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < LEAST_KEY_BYTES:
            raise ValueError(f"has {len(self.key)} bytes and needs {LEAST_KEY_BYTES} at least")

    @property
    def check(self) -> str:
        """What a store keeps to know the key again; it says nothing about the key."""
        return self._hash("", "check of clearclaim's id key")[:16]

    def of(self, kind: Kind, plain: str) -> str:
        """The pseudonym of an id. The kind goes in, so a buyer and a device of one id have nothing in common."""
        return f"{kind}~{self._hash(kind, plain)}"

    def of_claim(self, claim: Claim) -> Claim:
        """The claim with pseudonyms. Its content hash is made from these, so a repeated request has the same one."""
        order = claim.order
        changed: dict[str, Any] = {"buyer_id": self.of("buyer", order.buyer_id)}
        if order.address_id is not None:
            changed["address_id"] = self.of("address", order.address_id)
        if order.payment_id is not None:
            changed["payment_id"] = self.of("payment", order.payment_id)
        update: dict[str, Any] = {"order": order.model_copy(update=changed)}
        if claim.device_id is not None:
            update["device_id"] = self.of("device", claim.device_id)
        return claim.model_copy(update=update)

    def of_event(self, event: Event) -> Event:
        """The event with pseudonyms: as it was sent, before anything is filled in from what is stored."""
        changed: dict[str, Any] = {}
        for name, kind in FIELDS.items():
            plain = getattr(event, name)
            if plain is not None:
                changed[name] = self.of(kind, plain)
        return replace(event, **changed) if changed else event

    def _hash(self, kind: str, plain: str) -> str:
        # no id holds a null, so no two pairs give one text
        return hmac.digest(self.key, f"{kind}\0{plain}".encode(), "sha256")[:_HASHED_BYTES].hex()


def is_pseudonym(kind: Kind, member: str) -> bool:
    """Whether an id has the form of a pseudonym of this kind."""
    return PSEUDONYM.fullmatch(member) is not None and member.startswith(f"{kind}~")
