"""Whose history it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """Someone or something with a history, named by one or more id fields of an event.

    An event touches the entity if it carries all of these ids. `code` marks its rows in a store.
    """

    name: str
    code: str
    id_fields: tuple[str, ...]
