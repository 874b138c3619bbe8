"""Who guesses must wait, ever longer, and never for ever.

An attempt is counted before the password is looked at, so that a thousand sent at once are a thousand attempts. After
the fifth wrong one the wait is a minute, then twice as long each time, up to a quarter of an hour. What comes during a
wait isn't looked at and doesn't count, so nobody's wait is made longer than that by others. A right password, or a day
without an attempt, makes good for all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from serving.console.sign_in.tables import ATTEMPT

FREE: Final = 5  # wrong attempts before there is a wait
FIRST_WAIT_MS: Final = 60_000
LONGEST_WAIT_MS: Final = 15 * 60_000
FORGOTTEN_AFTER_MS: Final = 86_400_000

# One statement makes the row, or locks and reads it: in between two, a sign-in elsewhere could remove it.
_LOCK: Final = sa.TextClause(
    "INSERT INTO console_attempt (subject_hash, attempts, last_at_ms, waits_until_ms) VALUES (:subject, 0, :now_ms, 0) "
    "ON CONFLICT (subject_hash) DO UPDATE SET attempts = console_attempt.attempts "
    "RETURNING attempts, last_at_ms, waits_until_ms"
)


def count_attempt(connection: sa.Connection, subject: bytes, now_ms: int) -> int | None:
    """Count an attempt on a subject; the subject is locked until the commit.

    Returns:
        How many there were in a row with this one, or None if it may not be looked at and wasn't counted.
    """
    row = connection.execute(_LOCK, {"subject": subject, "now_ms": now_ms}).one()
    if row.waits_until_ms > now_ms:
        return None
    count = 1 + (row.attempts if now_ms - row.last_at_ms < FORGOTTEN_AFTER_MS else 0)
    until_ms = now_ms + wait_ms(count) if count >= FREE else 0
    connection.execute(
        sa.update(ATTEMPT)
        .where(ATTEMPT.c.subject_hash == subject)
        .values(attempts=count, last_at_ms=now_ms, waits_until_ms=until_ms)
    )
    return count


def wait_ms(count: int) -> int:
    """How long the next one must wait after so many wrong attempts.

    >>> [wait_ms(count) // 60_000 for count in (4, 5, 6, 7, 8, 9, 10, 5_000)]
    [0, 1, 2, 4, 8, 15, 15, 15]
    """
    return 0 if count < FREE else min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(count - FREE, 10))


def forget_attempts(connection: sa.Connection, subject: bytes) -> None:
    """The password was right, or is another one now: what went before doesn't count."""
    connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.subject_hash == subject))


def waits_until(connection: sa.Connection, subjects: Collection[bytes], now_ms: int) -> dict[bytes, int]:
    """Until when (ms) the next attempt on each subject must wait; those that needn't are left out."""
    query = sa.select(ATTEMPT.c.subject_hash, ATTEMPT.c.waits_until_ms).where(
        ATTEMPT.c.subject_hash.in_(list(subjects)), ATTEMPT.c.waits_until_ms > now_ms
    )
    return {bytes(row.subject_hash): row.waits_until_ms for row in connection.execute(query)}


def drop_old_attempts(connection: sa.Connection, now_ms: int) -> None:
    """Remove rows that count for nothing any more."""
    connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.last_at_ms <= now_ms - FORGOTTEN_AFTER_MS))
