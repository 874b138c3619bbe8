"""The table of keys. A row is never changed but for its end and the day of its last use: who could call when is told.

A rotated key is a second row of the same name; the first one ends when the overlap is over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from serving.access.callers import SCOPES, Scope
from serving.access.key_text import NewKey, make_key
from serving.access.names import is_name, no_name

ACCESS_METADATA: Final = sa.MetaData()

API_KEY: Final = sa.Table(
    "api_key",
    ACCESS_METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),  # with spaces between
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at_ms", sa.BigInteger),
    sa.Column("revoked_at_ms", sa.BigInteger),
    sa.Column("revoked_by", sa.Text),
    sa.Column("requests_per_second", sa.Double),
    sa.Column("burst", sa.BigInteger, nullable=False),
    sa.Column("last_used_day", sa.BigInteger),  # days since 1970 UTC
    sa.Index("api_key_of_name", "name"),
)


class KeyTableError(ValueError):
    """Keys that can't be made, rotated or revoked: the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One row: a key of a user. Moments are milliseconds UTC; `last_used_day` counts days since 1970 UTC."""

    id: str
    name: str
    hash: bytes = field(repr=False)
    scopes: frozenset[Scope]
    created_at_ms: int
    created_by: str
    expires_at_ms: int | None = None
    revoked_at_ms: int | None = None
    revoked_by: str | None = None
    requests_per_second: float | None = None
    burst: int = 1
    last_used_day: int | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether somebody took it back. When doesn't matter: the clock of that machine may run ahead of ours."""
        return self.revoked_at_ms is not None

    def has_expired(self, moment_ms: int) -> bool:
        """Whether its time was over at that moment."""
        return self.expires_at_ms is not None and self.expires_at_ms <= moment_ms

    def is_live(self, moment_ms: int) -> bool:
        """Whether the key opens anything at that moment."""
        return not self.is_revoked and not self.has_expired(moment_ms)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key may do, how often and until when."""

    scopes: frozenset[Scope]
    expires_at_ms: int | None
    requests_per_second: float | None
    burst: int


def add_user(connection: sa.Connection, name: str, grant: Grant, *, now_ms: int, author: str) -> NewKey:
    """Make a key for a user who has none in force.

    Raises:
        KeyTableError: if the name can't be one, no or an unknown scope is asked for, or the user has a key.
    """
    if not is_name(name):
        raise KeyTableError(no_name(name))
    unknown = sorted(grant.scopes - set(SCOPES))
    if unknown or not grant.scopes:
        raise KeyTableError(f"{unknown[0] if unknown else 'no scope'}: scopes are {', '.join(SCOPES)}")
    if _live_of(connection, name, now_ms):
        raise KeyTableError(
            f"{name}: has a key already; give it a new one with 'clearclaim users rotate {name}', "
            "or take it back with 'clearclaim users revoke'"
        )
    return _insert(connection, name, grant, now_ms, author)


def rotate_key(
    connection: sa.Connection,
    name: str,
    *,
    now_ms: int,
    author: str,
    overlap_ms: int,
    expires_at_ms: int | None,
) -> NewKey:
    """Make another key with the same scopes and limits; those in force go on for the overlap at most.

    Raises:
        KeyTableError: if the user has no key in force.
    """
    live = _live_of(connection, name, now_ms)
    if not live:
        raise KeyTableError(f"{name}: has no key in force; make one with 'clearclaim users add {name}'")
    newest = live[-1]
    end_ms = now_ms + overlap_ms
    for key in live:
        if overlap_ms == 0:
            _revoke(connection, key.id, now_ms, author)
        elif key.expires_at_ms is None or key.expires_at_ms > end_ms:
            connection.execute(sa.update(API_KEY).where(API_KEY.c.id == key.id).values(expires_at_ms=end_ms))
    grant = Grant(newest.scopes, expires_at_ms, newest.requests_per_second, newest.burst)
    return _insert(connection, name, grant, now_ms, author)


def revoke_keys(connection: sa.Connection, name: str, *, now_ms: int, author: str) -> int:
    """Take back all keys of a user, and return how many were in force.

    Raises:
        KeyTableError: if there is no such user.
    """
    keys = keys_of(connection, name)
    if not keys:
        raise KeyTableError(f"{name}: no such user; see 'clearclaim users list --all'")
    live = [key for key in keys if key.is_live(now_ms)]
    for key in live:
        _revoke(connection, key.id, now_ms, author)
    return len(live)


def all_keys(connection: sa.Connection) -> Iterator[ApiKey]:
    """All keys that ever were, by name and the oldest first."""
    query = sa.select(API_KEY).order_by(API_KEY.c.name, API_KEY.c.created_at_ms, API_KEY.c.id)
    return map(_key, connection.execute(query))


def keys_in_force(connection: sa.Connection, since_ms: int) -> Iterator[ApiKey]:
    """Keys that are in force or ended after a moment: those of which a caller can be told why they don't work."""
    ended = sa.func.min if connection.dialect.name == "sqlite" else sa.func.least
    far = 1 << 62
    end = ended(sa.func.coalesce(API_KEY.c.expires_at_ms, far), sa.func.coalesce(API_KEY.c.revoked_at_ms, far))
    return map(_key, connection.execute(sa.select(API_KEY).where(end > since_ms)))


def keys_of(connection: sa.Connection, name: str) -> list[ApiKey]:
    """All keys that a user ever had, the oldest first."""
    query = sa.select(API_KEY).where(API_KEY.c.name == name).order_by(API_KEY.c.created_at_ms, API_KEY.c.id)
    return [_key(row) for row in connection.execute(query)]


def note_use(connection: sa.Connection, key_ids: Collection[str], day: int) -> None:
    """Write down that keys were used on a day (since 1970 UTC), unless a later one is there."""
    column = API_KEY.c.last_used_day
    earlier = sa.or_(column.is_(None), column < day)
    connection.execute(sa.update(API_KEY).where(API_KEY.c.id.in_(sorted(key_ids)), earlier).values(last_used_day=day))


def _live_of(connection: sa.Connection, name: str, now_ms: int) -> list[ApiKey]:
    return [key for key in keys_of(connection, name) if key.is_live(now_ms)]


def _insert(connection: sa.Connection, name: str, grant: Grant, now_ms: int, author: str) -> NewKey:
    key = make_key()
    connection.execute(
        sa.insert(API_KEY).values(
            id=key.id,
            name=name,
            hash=key.digest,
            scopes=" ".join(scope for scope in SCOPES if scope in grant.scopes),
            created_at_ms=now_ms,
            created_by=author,
            expires_at_ms=grant.expires_at_ms,
            requests_per_second=grant.requests_per_second,
            burst=grant.burst,
        )
    )
    return key


def _revoke(connection: sa.Connection, key_id: str, now_ms: int, author: str) -> None:
    connection.execute(sa.update(API_KEY).where(API_KEY.c.id == key_id).values(revoked_at_ms=now_ms, revoked_by=author))


def _key(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    values = dict(row._mapping)  # noqa: SLF001 - public: a row as a mapping
    # a scope of a later clearclaim gives nothing here
    scopes = frozenset(scope for scope in SCOPES if scope in str(values["scopes"]).split())
    return ApiKey(**{**values, "hash": bytes(values["hash"]), "scopes": scopes})
