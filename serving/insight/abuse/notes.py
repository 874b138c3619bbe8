"""What somebody found out about a finding. Notes stay, whatever becomes of the finding; the last one counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import sqlalchemy as sa

from serving.insight.abuse.tables import FINDING_NOTE

Standing: TypeAlias = Literal["confirmed", "not_abuse", "watching"]
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
LONGEST_NOTE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Note:
    """How a finding stands, who said so and when."""

    standing: Standing
    at_ms: int
    by: str
    note: str


def add_note(connection: sa.Connection, key: str, note: Note) -> None:
    """Put a note to a finding."""
    row = {"key": key, "standing": note.standing, "at_ms": note.at_ms, "by": note.by, "note": note.note}
    connection.execute(sa.insert(FINDING_NOTE).values(row))


def notes_of(connection: sa.Connection, key: str) -> list[Note]:
    """The notes on a finding, the newest first."""
    own = FINDING_NOTE.c
    query = sa.select(own.standing, own.at_ms, own.by, own.note).where(own.key == key)
    return [Note(*row) for row in connection.execute(query.order_by(own.sequence.desc()))]


def standings(connection: sa.Connection, keys: list[str]) -> Mapping[str, Standing]:
    """How findings stand, by key, of those that somebody has noted something about."""
    own = FINDING_NOTE.c
    query = sa.select(own.key, own.standing).where(own.key.in_(keys)).order_by(own.sequence)
    return {row.key: row.standing for row in connection.execute(query)}
