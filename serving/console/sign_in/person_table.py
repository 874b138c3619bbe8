"""People as they are stored, and what was done to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from serving.cases.words import Role
from serving.console.sign_in.tables import ACT, PERSON

Act: TypeAlias = Literal[
    "added", "role_changed", "disabled", "enabled", "password_reset", "password_changed", "sessions_ended"
]
ADMINISTRATOR: Final[Role] = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPerson:
    """A row of `console_person`. Moments are milliseconds UTC."""

    name: str
    role: Role
    password_hash: str = field(repr=False)
    created_at_ms: int
    created_by: str
    password_changed_at_ms: int
    must_change: bool
    disabled_at_ms: int | None = None
    last_seen_ms: int | None = None

    @property
    def is_disabled(self) -> bool:
        """Whether nobody may come in under this name now."""
        return self.disabled_at_ms is not None


@dataclass(frozen=True, slots=True)
class DoneAct:
    """What was done to somebody, by whom, and the role that they had then."""

    at_ms: int
    by: str
    act: Act
    name: str
    role: Role


def find_person(connection: sa.Connection, name: str, *, lock: bool = False) -> StoredPerson | None:
    """A person by name, disabled or not; locked until the commit if asked for."""
    query = sa.select(PERSON).where(PERSON.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _person(row)


def all_people(connection: sa.Connection) -> list[StoredPerson]:
    """Everybody who ever was one of the console's people, by name."""
    return [_person(row) for row in connection.execute(sa.select(PERSON).order_by(PERSON.c.name))]


def administrators(connection: sa.Connection) -> set[str]:
    """Who administers now. All of them are locked until the commit, so that two can't each remove the other."""
    query = sa.select(PERSON.c.name).where(PERSON.c.role == ADMINISTRATOR, PERSON.c.disabled_at_ms.is_(None))
    return set(connection.scalars(query.order_by(PERSON.c.name).with_for_update()))


def insert_person(connection: sa.Connection, person: StoredPerson) -> None:
    """Add somebody."""
    values = {column.name: getattr(person, column.name) for column in PERSON.columns}
    connection.execute(sa.insert(PERSON).values(values))


def change_person(connection: sa.Connection, name: str, **values: Any) -> None:  # noqa: ANN401 - values of columns
    """Set columns of somebody."""
    connection.execute(sa.update(PERSON).where(PERSON.c.name == name).values(**values))


def record_act(connection: sa.Connection, act: DoneAct) -> None:
    """Put on record what was done."""
    row = {"at_ms": act.at_ms, "by": act.by, "act": act.act, "name": act.name, "role": act.role}
    connection.execute(sa.insert(ACT).values(row))


def last_acts(connection: sa.Connection, most: int) -> Iterable[DoneAct]:
    """What was done, the newest first."""
    query = sa.select(ACT).order_by(ACT.c.sequence.desc()).limit(most)
    return [DoneAct(row.at_ms, row.by, row.act, row.name, row.role) for row in connection.execute(query)]


def _person(row: sa.Row[Any]) -> StoredPerson:
    return StoredPerson(**row._mapping)  # noqa: SLF001 - public: a row as a mapping
