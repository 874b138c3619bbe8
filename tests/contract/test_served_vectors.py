"""What was served is kept, and can be held against what the log says."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from features.parity import check_parity
from features.store.schema import EVENT, VECTOR
from features.store.vectors import log_vector, read_vectors
from tests.contract.stores import serve


@pytest.fixture
def served(store, history, later):
    """A store that has scored the claims of the history one after another."""
    serve(store, [*history, *later])
    return store


def tamper(store, claim_id: str, column: str, change: Callable[[float], float]) -> None:
    """Change one value of a vector that was served."""
    with store.writing() as connection:
        where = VECTOR.c.claim_id == claim_id
        vector = np.frombuffer(connection.scalar(sa.select(VECTOR.c.vector).where(where)), dtype="<f8").copy()
        index = store.plan.names.index(column)
        vector[index] = change(vector[index])
        connection.execute(sa.update(VECTOR).where(where).values(vector=vector.tobytes()))


def test_vectors_logged_are_read_back_bit_for_bit(store):
    """Missing values, infinities, signed zeros and the last bit survive."""
    given = {"c2": [np.nan, -0.0, 0.1 + 0.2], "c1": [np.inf, 5e-324, -1.5]}
    with store.writing() as connection:
        for number, (claim_id, vector) in enumerate(given.items()):
            log_vector(connection, claim_id, 10 - number, "catalog", np.array(vector))
    with store.reading() as connection:
        logged = read_vectors(connection, "catalog", 3)
    assert (logged.claim_ids, logged.as_of_ms) == (("c1", "c2"), (9, 10))
    assert logged.vectors.tobytes() == np.array([given["c1"], given["c2"]]).tobytes()


def test_vectors_of_another_catalogue_are_not_read(store):
    """A vector means nothing without the catalogue that it was made under."""
    with store.writing() as connection:
        log_vector(connection, "c1", 1, "catalog", np.array([1.0]))
        log_vector(connection, "c2", 2, "another", np.array([1.0, 2.0]))
    with store.reading() as connection:
        assert read_vectors(connection, "another", 2).vectors.tolist() == [[1.0, 2.0]]
        assert read_vectors(connection, "a third", 5).vectors.shape == (0, 5)


def test_claim_has_one_vector(store):
    """A claim is scored once: a second vector is refused, not put in the place of the first."""
    with store.writing() as connection:
        log_vector(connection, "c1", 1, "catalog", np.array([1.0]))
    with pytest.raises(sa.exc.IntegrityError), store.writing() as connection:
        log_vector(connection, "c1", 2, "catalog", np.array([2.0]))
    with store.reading() as connection:
        assert read_vectors(connection, "catalog", 1).vectors.tolist() == [[1.0]]


def test_parity_of_an_honest_store_holds(served):
    """Every vector that was served is what the log gives, to the last bit."""
    parity = check_parity(served)
    assert (parity.claims, parity.values) == (4, 4 * len(served.plan.names))
    assert (parity.mismatches, parity.missing_claims, parity.holds) == ({}, (), True)


def test_parity_of_an_empty_store_holds(store):
    """Where nothing was served, nothing differs."""
    parity = check_parity(store)
    assert (parity.claims, parity.values, parity.holds) == (0, 0, True)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("buyer_orders_30d", lambda value: value + 1),
        ("claim_share_of_order", lambda value: 0.5 if np.isnan(value) else value),
        ("buyer_seconds_since_claims", lambda _: np.nan),
        ("merchant_claim_rate_7d", lambda value: np.nextafter(value, 1.0)),
    ],
)
def test_parity_names_exactly_the_column_that_was_changed(served, column, change):
    """One value of one vector, be it by one bit, from or to missing, is found and named."""
    tamper(served, "later c2", column, change)
    parity = check_parity(served)
    assert (parity.mismatches, parity.holds) == ({column: 1}, False)


def test_parity_counts_changes_by_column(served):
    """Each column says how many of its values differ."""
    for claim_id in ("c1", "c2", "later c1"):
        tamper(served, claim_id, "buyer_orders_30d", lambda value: value + 1)
    tamper(served, "c2", "claim_quantity", lambda value: value + 1)
    assert check_parity(served).mismatches == {"claim_quantity": 1, "buyer_orders_30d": 3}


def test_parity_finds_a_log_that_was_changed(served, history):
    """An event that was altered after claims were scored on it shows in the columns that it feeds, and in no others."""
    with served.writing() as connection:
        changed = sa.update(EVENT).where(EVENT.c.event_id == history[0].event_id)
        connection.execute(changed.values(amount_minor=history[0].amount_minor + 1))
    mismatches = check_parity(served).mismatches
    assert mismatches["buyer_spend_minor_ever"] == 2
    fed = ("spend", "refunded_share", "order_spread", "usual_order")
    assert [name for name in mismatches if not any(word in name for word in fed)] == []


def test_parity_names_claims_that_the_log_lacks(served):
    """A vector of a claim that nobody filed is no match."""
    with served.writing() as connection:
        connection.execute(sa.delete(EVENT).where(EVENT.c.claim_id == "later c2"))
    parity = check_parity(served)
    assert (parity.claims, parity.missing_claims, parity.holds) == (3, ("later c2",), False)


def test_parity_of_claims_with_a_late_delivery_of_old_events_holds(served, history):
    """What became known after a claim was scored changes nothing about it, however long ago it happened."""
    serve(served, [replace(event, event_id=f"late {event.event_id}") for event in history[:2]])
    assert check_parity(served).holds
