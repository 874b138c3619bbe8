"""What challengers would have done, on every kind of store: written once, and counted against what was done."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.ledger import LedgerEntry, open_ledger, record_decision
from serving.shadow_record import (
    SHADOW,
    SHADOW_METADATA,
    Agreement,
    ShadowRow,
    agreed_share,
    shadow_compare,
    write_shadow,
)

APPROVE, REVIEW, PAY = "auto_approve", "manual_review", "pre_payment_compensation"


@pytest.fixture
def connection(open_store: Callable[..., Store], url: str) -> Iterator[sa.Connection]:
    """A store in which four claims were decided: two approved, two sent to a person."""
    store = open_store(url)
    open_ledger(store)
    store.create(SHADOW_METADATA)
    with store.writing() as connection:
        for number, action in enumerate((APPROVE, APPROVE, REVIEW, REVIEW)):
            record_decision(connection, LedgerEntry(f"C{number}", 1_000 + number, "h", action, 0.2, "old", "p", "{}"))
        yield connection


def rows(*actions: str, model_version: str = "new") -> list[ShadowRow]:
    return [
        ShadowRow(f"C{number}", model_version, 0.1 * number, None if number % 2 else 0.5, action, 1_000 + number)
        for number, action in enumerate(actions)
    ]


def test_rows_are_read_back_as_they_were_written(connection: sa.Connection) -> None:
    """Probabilities keep every bit; a missing recovery probability stays missing."""
    written = rows(APPROVE, REVIEW, REVIEW)
    write_shadow(connection, written)
    assert [ShadowRow(*row) for row in connection.execute(sa.select(SHADOW).order_by(SHADOW.c.claim_id))] == written


def test_row_that_is_written_again_stays_as_it_was(connection: sa.Connection) -> None:
    """Whoever doesn't know whether a batch got through sends it again."""
    write_shadow(connection, rows(APPROVE))
    write_shadow(connection, rows(REVIEW, PAY))
    assert connection.scalars(sa.select(SHADOW.c.action).order_by(SHADOW.c.claim_id)).all() == [APPROVE, PAY]


def test_compare_counts_claims_by_what_was_done_and_what_would_have_been(connection: sa.Connection) -> None:
    """Each pair of actions with its claims, per challenger; a claim that nobody decided counts nowhere."""
    write_shadow(connection, rows(APPROVE, REVIEW, REVIEW, REVIEW, REVIEW))
    write_shadow(connection, rows(PAY, model_version="newer"))
    found = shadow_compare(connection, model_version="new")
    assert found == (
        Agreement("new", APPROVE, APPROVE, 1),
        Agreement("new", APPROVE, REVIEW, 1),
        Agreement("new", REVIEW, REVIEW, 2),
    )
    assert agreed_share(found) == 0.75
    assert Agreement("newer", APPROVE, PAY, 1) in shadow_compare(connection)


def test_compare_since_a_moment_leaves_earlier_claims_out(connection: sa.Connection) -> None:
    """A challenger is looked at over a period; one without claims has no share."""
    write_shadow(connection, rows(APPROVE, REVIEW, REVIEW, REVIEW))
    assert shadow_compare(connection, since_ms=1_002) == (Agreement("new", REVIEW, REVIEW, 2),)
    assert agreed_share(shadow_compare(connection, since_ms=2_000)) is None
