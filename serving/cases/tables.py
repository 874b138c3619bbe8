"""The tables of cases. A case's row says how it stands now; its steps say how it came to that, and never change."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

CASES_METADATA: Final = sa.MetaData()
_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")

REVIEW_CASE: Final = sa.Table(
    "review_case",
    CASES_METADATA,
    sa.Column("number", _NUMBER, primary_key=True),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),  # rises with each step
    # when it was opened, when it should be answered and must be, and its turn in the queue; milliseconds UTC
    sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
    sa.Column("target_ms", sa.BigInteger, nullable=False),
    sa.Column("limit_ms", sa.BigInteger, nullable=False),
    sa.Column("due_ms", sa.BigInteger, nullable=False),
    sa.Column("waiting_cost_minor", sa.Double, nullable=False),
    sa.Column("reasons_arm", sa.Text, nullable=False),
    # what the queue shows and filters by, so that it needs no other table
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("claim_type", sa.Text, nullable=False),
    sa.Column("claim_reason", sa.Text, nullable=False),
    sa.Column("category_id", sa.Text),
    sa.Column("cause", sa.Text),  # why the decision asked for a person
    # who has it, and until when without a sign of life; who else may not have it
    sa.Column("assigned_to", sa.Text),
    sa.Column("lease_until_ms", sa.BigInteger),
    sa.Column("not_for", sa.Text, nullable=False, default=""),  # names with spaces between, and at both ends
    sa.Column("party", sa.Text),  # who appealed, or who was asked for evidence
    sa.Column("ruling", sa.Text),  # JSON: what was ruled or proposed, while it can be undone and after
    sa.Column("ruled_by", sa.Text),
    sa.Column("ruled_at_ms", sa.BigInteger),
    sa.Column("closed_at_ms", sa.BigInteger),
    sa.Index("review_case_of_claim", "claim_id"),
    sa.Index("review_case_of_person", "assigned_to", "state"),
    sa.Index("review_case_closed", "closed_at_ms"),
    # what the team page sums up is all in these, so that it reads no rows
    sa.Index("review_case_clocks", "kind", "closed_at_ms", "ruled_at_ms", "target_ms", "limit_ms"),
    sa.Index("review_case_opened", "opened_at_ms"),
)
# Said without parameters, in the queries as in the indexes: else a database can't know that the index will do
IN_QUEUE: Final = sa.text("review_case.state IN ('waiting', 'assigned')")
WAITS_FOR_TIME: Final = sa.text("review_case.state IN ('pending', 'awaiting_evidence')")
IS_FIRST: Final = sa.text("review_case.kind IN ('review', 'audit')")


def _partial(name: str, said: sa.TextClause, *columns: str, unique: bool = False) -> sa.Index:
    where = sa.text(said.text.replace("review_case.", ""))
    return sa.Index(
        name, *(REVIEW_CASE.c[column] for column in columns), unique=unique, sqlite_where=where, postgresql_where=where
    )


# the turns, with all that the queue is filtered by: what isn't asked for is passed over inside the index
_partial(
    "review_case_queue",
    IN_QUEUE,
    *("due_ms", "number", "state", "lane", "kind", "claim_reason", "assigned_to", "target_ms", "not_for"),
)
# who is late soon, or has just become late
_partial("review_case_late", IN_QUEUE, "target_ms", "state")
# what goes on by itself, looked for each second
_partial("review_case_by_time", WAITS_FOR_TIME, "state", "ruled_at_ms")
# a decision makes one case, whoever opens it
_partial("review_case_first", IS_FIRST, "claim_id", unique=True)

# How far the decisions were read (`serving.cases.opening`); the row is the lock of who opens cases
CASE_CURSOR: Final = sa.Table(
    "case_cursor",
    CASES_METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, nullable=False),  # of the outbox
    # how far the ledger itself was read, while it is: what was decided when, and the claim's id
    sa.Column("swept_ms", sa.BigInteger),
    sa.Column("swept_claim", sa.Text),
)

# How many open cases came and went, by the hour of their target (`serving.cases.tally`): the sum is how many there are
CASE_TALLY: Final = sa.Table(
    "case_tally",
    CASES_METADATA,
    sa.Column("sequence", _NUMBER, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("target_hour", sa.BigInteger, nullable=False),  # since 1970
    sa.Column("change", sa.BigInteger, nullable=False),
)

CASE_STEP: Final = sa.Table(
    "case_step",
    CASES_METADATA,
    sa.Column("sequence", _NUMBER, primary_key=True),
    sa.Column("case_number", sa.BigInteger, nullable=False),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # a person's name, or `serving.cases.words.SYSTEM`
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # after it
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),  # JSON
    sa.Index("case_step_of_case", "case_number", "sequence"),
    sa.Index("case_step_by_moment", "at_ms"),
    sa.Index("case_step_by_step", "step", "at_ms"),
)
