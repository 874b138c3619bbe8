"""Sessions as they are stored: by the hash of a token, with their ends. A row that isn't there is no session.

An end is the row's removal, and every page asks for the row. So signing out, or an administrator's act, holds from the
next page on in every process; nothing is kept in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from serving.console.sign_in.signing import token_hash
from serving.console.sign_in.tables import PERSON, SESSION

LONGEST_MS: Final = 8 * 3_600_000  # a working day; then one signs in again
IDLE_MS: Final = 30 * 60_000
SEEN_EVERY_MS: Final = 60_000  # how exactly it is kept when somebody was last here

_FIND: Final = (
    sa.select(SESSION.c.name, SESSION.c.last_seen_ms, SESSION.c.ends_at_ms, PERSON.c.role, PERSON.c.must_change)
    .join(PERSON, PERSON.c.name == SESSION.c.name)
    .where(SESSION.c.token_hash == sa.bindparam("hash"), PERSON.c.disabled_at_ms.is_(None))
)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session that isn't over, with what its person is now. Moments are milliseconds UTC."""

    name: str
    role: str
    must_change: bool
    last_seen_ms: int


def insert_session(connection: sa.Connection, token: bytes, name: str, now_ms: int) -> None:
    """Begin a session."""
    row = {"name": name, "created_at_ms": now_ms, "last_seen_ms": now_ms, "ends_at_ms": now_ms + LONGEST_MS}
    connection.execute(sa.insert(SESSION).values(token_hash=token_hash(token), **row))
    connection.execute(sa.update(PERSON).where(PERSON.c.name == name).values(last_seen_ms=now_ms))


def find_session(connection: sa.Connection, token: bytes, now_ms: int) -> StoredSession | None:
    """The session of a token, unless there is none, it is over, or its person is disabled."""
    row = connection.execute(_FIND, {"hash": token_hash(token)}).one_or_none()
    if row is None or row.ends_at_ms <= now_ms or row.last_seen_ms + IDLE_MS <= now_ms:
        return None
    return StoredSession(row.name, row.role, row.must_change, row.last_seen_ms)


def note_seen(connection: sa.Connection, token: bytes, name: str, now_ms: int) -> None:
    """Write down that somebody was here. A session that ended meanwhile isn't begun anew by it."""
    # the person first, as where a person is changed and their sessions end: in one order nobody waits for ever
    connection.execute(sa.update(PERSON).where(PERSON.c.name == name).values(last_seen_ms=now_ms))
    connection.execute(sa.update(SESSION).where(SESSION.c.token_hash == token_hash(token)).values(last_seen_ms=now_ms))


def end_session(connection: sa.Connection, token: bytes) -> None:
    """End one session."""
    connection.execute(sa.delete(SESSION).where(SESSION.c.token_hash == token_hash(token)))


def end_sessions(connection: sa.Connection, name: str) -> int:
    """End all sessions of a person whose row this transaction has changed or locked; return how many there were."""
    return connection.execute(sa.delete(SESSION).where(SESSION.c.name == name)).rowcount


def count_sessions(connection: sa.Connection, now_ms: int) -> dict[str, int]:
    """How many sessions each person has that aren't over."""
    query = (
        sa.select(SESSION.c.name, sa.func.count().label("n"))
        .where(SESSION.c.ends_at_ms > now_ms, SESSION.c.last_seen_ms > now_ms - IDLE_MS)
        .group_by(SESSION.c.name)
    )
    return {row.name: row.n for row in connection.execute(query)}


def drop_ended_sessions(connection: sa.Connection, now_ms: int) -> None:
    """Remove sessions that are over."""
    is_over = (SESSION.c.ends_at_ms <= now_ms) | (SESSION.c.last_seen_ms <= now_ms - IDLE_MS)
    connection.execute(sa.delete(SESSION).where(is_over))
