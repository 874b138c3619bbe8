"""What the log says of a buyer or a merchant, on both databases: the newest, before a moment, by an index."""

import pytest
import sqlalchemy as sa

from features.events import EventKind
from features.store import people
from features.store.driver import fetch
from features.store.people import filed_at, met_before, newest_of, outcomes_of, totals_of
from tests.unit.serving.claims import DAY_MS, NOW_MS
from tests.unit.serving.dossier.past import tell_past


@pytest.fixture
def past(store):
    """A buyer's small past."""
    tell_past(store)
    return store


def test_newest_events_come_first_and_none_of_the_moment_or_later(past):
    """Up to so many, strictly before the moment; another's aren't among them."""
    with past.reading() as connection:
        orders = newest_of(connection, "buyer", "B1", EventKind.ORDER_PAID, NOW_MS, 3)
        before = newest_of(connection, "buyer", "B1", EventKind.CLAIM_FILED, NOW_MS - 3 * DAY_MS, 9)
        claims = newest_of(connection, "merchant", "M1", EventKind.CLAIM_FILED, NOW_MS, 2)
        shipped = newest_of(connection, "buyer", "B1", EventKind.ORDER_SHIPPED, NOW_MS, 9)
    assert [event.order_id for event in orders] == ["O3", "O2", "O1"]
    assert [event.claim_id for event in before] == ["C-old"]
    assert [event.claim_id for event in claims] == ["C-late", "C-two"]
    assert [event.order_id for event in shipped] == ["O-C1"]
    with past.reading() as connection, pytest.raises(ValueError, match="no index leads there"):
        newest_of(connection, "merchant", "M1", EventKind.ORDER_PAID, NOW_MS, 2)


def test_outcomes_meetings_and_totals_stop_at_the_moment(past):
    """A verdict, a first meeting and a total count from the moment after they became known."""
    with past.reading() as connection:
        outcomes = outcomes_of(connection, ["C-old", "C-late", "C-none"], NOW_MS - DAY_MS)
        assert [(event.claim_id, event.verdict) for event in outcomes] == [("C-old", "legitimate")]
        assert met_before(connection, "d\x1fD1", "b", NOW_MS - 20 * DAY_MS, 9) == [("B1", NOW_MS - 40 * DAY_MS)]
        assert len(met_before(connection, "d\x1fD1", "b", NOW_MS, 9)) == 2
        then, nobody = totals_of(connection, past.plan, "buyer", ["B1", "none"], NOW_MS - 3 * DAY_MS)
        [claim] = filed_at(connection, [("B2", NOW_MS - 10 * DAY_MS), ("B2", 0)])
    assert (then["orders"], then["claims"], then["legitimate_verdicts"], nobody["orders"]) == (4, 1, 1, 0)
    assert claim.claim_id == "C-two"


def test_query_runs_on_its_index(past, database, monkeypatch):
    """A buyer's events aren't looked for in the whole log."""
    plans = []

    def explaining(connection, statement, parameters):
        explain = "EXPLAIN QUERY PLAN " if database == "sqlite" else "EXPLAIN "
        plans.append(str(fetch(connection, explain + statement, parameters)))
        return fetch(connection, statement, parameters)

    monkeypatch.setattr(people, "fetch", explaining)
    with past.reading() as connection:
        if database != "sqlite":
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))  # so few rows are quicker read whole
        newest_of(connection, "buyer", "B1", EventKind.ORDER_PAID, NOW_MS, 3)
        filed_at(connection, [("B1", NOW_MS)])
        newest_of(connection, "merchant", "M1", EventKind.CLAIM_FILED, NOW_MS, 3)
    assert "event_of_buyer" in plans[0]
    assert "event_of_" in plans[1]  # without figures on so few rows, PostgreSQL may take either
    assert "event_of_merchant" in plans[2]
