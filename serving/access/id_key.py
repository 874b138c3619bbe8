"""With which key a store's ids were hashed. Two keys in one store would make two people of each buyer, silently.

The store keeps a check value of the key, never the key. It is written when the store is first used by something that
stores ids, and never changed: a key can't be exchanged in place, since nobody can get back from pseudonyms to ids.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from features.store import Store, StoreError
from features.store.locks import lock_tables_to_make
from features.store.schema import EVENT
from serving.access.pseudonyms import Pseudonyms
from serving.lists import LIST_ENTRY, LISTS_METADATA
from serving.settings import ID_KEY

ID_KEY_INFO: Final = "id_key"  # in store_info
PLAIN: Final = "none"  # what is kept there where ids are stored as they come


def agree_on_id_key(store: Store, pseudonyms: Pseudonyms | None) -> None:
    """Make sure that a store's ids are hashed with this key (or with none); a store without ids takes it up.

    Raises:
        StoreError: if the store was made with another key, or with none where there is one now, or the other way round.
    """
    given = PLAIN if pseudonyms is None else pseudonyms.check
    with store.reading() as connection:
        kept = store.info(connection, ID_KEY_INFO)
    if kept is None:
        store.create(LISTS_METADATA)
        with store.writing() as connection:
            lock_tables_to_make(connection)  # two that start at once with two keys: the second one hears of the first
            kept = store.info(connection, ID_KEY_INFO)
            if kept is None:
                kept = PLAIN if _holds_ids(connection) else given
                store.set_info(connection, ID_KEY_INFO, kept)
    if kept != given:
        raise StoreError(f"store {store.name}: {_what_to_do(kept, given)}")


def _what_to_do(kept: str, given: str) -> str:
    if given == PLAIN:
        return f"its ids are hashed; set {ID_KEY} to the key that it was made with"
    if kept == PLAIN:
        return (
            f"its ids are stored as they came, and {ID_KEY} is set; unset it, or export the events and import them "
            "with the key into a new store"
        )
    return f"its ids were hashed with another key; set {ID_KEY} to the one that it was made with"


def _holds_ids(connection: sa.Connection) -> bool:
    """Whether events or lists of buyers were stored before there was a mark."""
    event = sa.select(sa.literal(1)).select_from(EVENT).limit(1)
    member = sa.select(sa.literal(1)).select_from(LIST_ENTRY).where(LIST_ENTRY.c.kind == "buyer").limit(1)
    return any(connection.scalar(query) is not None for query in (event, member))
