"""The option that names a store, alike in all commands of operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from features.store import Store

PSEUDONYMISED_HELP: Final = "The ids of people in the file are hashed already, as in an export: don't hash them again."
STORE_HELP: Final = (
    "The store's URL: sqlite:///clearclaim.db, or postgresql://USER@HOST/DATABASE, with its password in PGPASSWORD."
)


def open_store(url: str, *, existing: bool = False) -> Store:
    """Open a store for the shipped catalogue; `existing` ones must be there already."""
    from features.plan import default_plan
    from features.store import Store

    return Store.open(url, default_plan(), existing=existing)
