"""One deliverer at a time: who holds the lease renews it, and when its time is over another one takes it.

The time is the database's, so clocks of hosts may differ. A holder that was stopped for a while doubts its own lease by
its own clock before it sends anything, and the store is asked once more before anything is noted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.clock import now_ms
from serving.outbox.tables import DELIVERING, LEASE

_SERVER_TIME: Final = sa.text("SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)")
_ROW: Final = sa.select(LEASE.c.holder, LEASE.c.until_ms).where(LEASE.c.name == DELIVERING)


def database_time_ms(connection: sa.Connection) -> int:
    """The time by which all who share a store agree: the server's, or this machine's for a file."""
    return now_ms() if connection.dialect.name == "sqlite" else int(connection.scalar(_SERVER_TIME))


class Lease:
    """The right to deliver from a store.

    Args:
        store: the store.
        holder: a name that nobody else has.
        length_ms: for how long it is taken, and so for how long nobody delivers when its holder is gone.
        time_of: the moment by which leases end.
        seconds: a clock that only goes forward.
    """

    def __init__(
        self,
        store: Store,
        holder: str,
        length_ms: int,
        *,
        time_of: Callable[[sa.Connection], int] = database_time_ms,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._holder, self._length_ms = store, holder, length_ms
        self._time_of, self._seconds = time_of, seconds
        self._sure_until = float("-inf")

    def keep(self) -> bool:
        """Take or renew the lease if that can be; return whether it is held. Writes only where there is need."""
        asked = self._seconds()
        with self._store.reading() as connection:
            now, (holder, until_ms) = self._time_of(connection), connection.execute(_ROW).one()
        left_ms = until_ms - now
        if holder == self._holder and self._length_ms * 2 // 3 < left_ms <= self._length_ms:
            self._sure_until = asked + left_ms / 1000
            return True
        if holder not in {"", self._holder} and 0 < left_ms <= self._length_ms:
            self._sure_until = float("-inf")
            return False
        return self._take()

    def is_sure(self) -> bool:
        """Whether nobody else can have it yet, by this process's own clock."""
        return self._seconds() < self._sure_until

    def is_held(self, connection: sa.Connection) -> bool:
        """Whether the store still says so; nobody can take it before the transaction ends."""
        return bool(connection.execute(_ROW.with_for_update()).one().holder == self._holder)

    def release(self) -> None:
        """Give it back, so that another one takes over at once."""
        self._sure_until = float("-inf")
        mine = sa.update(LEASE).where(LEASE.c.name == DELIVERING, LEASE.c.holder == self._holder)
        with self._store.writing() as connection:
            connection.execute(mine.values(holder="", until_ms=0))

    def _take(self) -> bool:
        asked = self._seconds()
        with self._store.writing() as connection:
            now = self._time_of(connection)
            # a lease that ends later than any lease can is of a clock that was wrong
            is_free = sa.or_(
                LEASE.c.holder.in_(["", self._holder]),
                LEASE.c.until_ms <= now,
                LEASE.c.until_ms > now + self._length_ms,
            )
            taken = sa.update(LEASE).where(LEASE.c.name == DELIVERING, is_free)
            values = {"holder": self._holder, "until_ms": now + self._length_ms}
            held = connection.execute(taken.values(values)).rowcount == 1
        self._sure_until = asked + self._length_ms / 1000 if held else float("-inf")
        return held
