"""Whose history it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """Someone or something with a history, named by one or more id fields of an event.

    An event touches the entity if it carries all of these ids. `code` marks its rows in a store. The ids of a `many`
    entity come in a list, of which an event touches every one; of a claim's own, the largest total counts.
    """

    name: str
    code: str
    id_fields: tuple[str, ...]
    many: bool = False
