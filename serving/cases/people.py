"""People as others are told of them: a stable reference that tells two apart and names nobody."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

from features.store import Store
from features.store.locks import lock_tables_to_make

_INFO: Final = "people_reference_key"
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class PeopleKey:
    """Makes references with a key of one store, which made it by chance: elsewhere names can't be tried out."""

    key: bytes = field(repr=False)

    @classmethod
    def of_store(cls, store: Store) -> Self:
        """The key of a store, which is made if it isn't there; several processes may do so at once."""
        with store.reading() as connection:
            said = store.info(connection, _INFO)
        if said is None:
            with store.writing() as connection:
                lock_tables_to_make(connection)
                said = store.info(connection, _INFO)
                if said is None:
                    said = secrets.token_hex(32)
                    store.set_info(connection, _INFO, said)
        return cls(bytes.fromhex(said))

    def reference(self, name: str) -> str:
        """The reference of a person.

        >>> PeopleKey(b"k").reference("ann") == PeopleKey(b"k").reference("ann") != PeopleKey(b"k").reference("bob")
        True
        """
        return f"person~{hmac.new(self.key, name.encode(), hashlib.sha256).hexdigest()[:_DIGITS]}"
