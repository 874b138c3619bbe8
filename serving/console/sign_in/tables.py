"""The tables of people and sessions. None holds what opens anything: of passwords and tokens there are hashes alone."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

SIGN_IN_METADATA: Final = sa.MetaData()
_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")

PERSON: Final = sa.Table(
    "console_person",
    SIGN_IN_METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),  # Argon2id, with its salt and parameters
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("password_changed_at_ms", sa.BigInteger, nullable=False),
    # the password was made up by clearclaim and shown to somebody else: it opens nothing but the page that changes it
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("disabled_at_ms", sa.BigInteger),
    sa.Column("last_seen_ms", sa.BigInteger),
)

SESSION: Final = sa.Table(
    "console_session",
    SIGN_IN_METADATA,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.Column("last_seen_ms", sa.BigInteger, nullable=False),
    sa.Column("ends_at_ms", sa.BigInteger, nullable=False),
    sa.Index("console_session_of_person", "name"),
)

# Wrong guesses by what is guessed at: a name, whether or not there is such a person, or a name from a known browser.
# Unknown names are counted as well, so that a row, a wait or the time that it takes tells nothing of who is here.
ATTEMPT: Final = sa.Table(
    "console_attempt",
    SIGN_IN_METADATA,
    sa.Column("subject_hash", sa.LargeBinary, primary_key=True),  # keyed: what was typed for a name may be a password
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("last_at_ms", sa.BigInteger, nullable=False),
    sa.Column("waits_until_ms", sa.BigInteger, nullable=False),
    sa.Index("console_attempt_by_moment", "last_at_ms"),
)

# What was done to people, and by whom; rows are only added.
ACT: Final = sa.Table(
    "console_act",
    SIGN_IN_METADATA,
    sa.Column("sequence", _NUMBER, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # to whom
    sa.Column("role", sa.Text, nullable=False),  # theirs, afterwards
)

KEY: Final = sa.Table(
    "console_key",
    SIGN_IN_METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
)
