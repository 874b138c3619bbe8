"""Past decisions are read alike from every kind of store, with what became of them and the lists of their moment."""

from dataclasses import replace

import numpy as np
import pytest

from serving import past_cases
from serving.decision import ClaimFacts
from serving.lists import LISTS_METADATA, add_members, lists_of, remove_members
from serving.past_cases import Window, latest_moment_ms, read_past_cases
from serving.past_lists import PastLists
from serving.policy_compare.past import Counts
from tests.unit.serving.policy_compare.past_claims import CONSENT, DAY_MS, START_MS, past
from tests.unit.serving.policy_compare.stores import entry_of, fill, log_vectors, ruling, settlement

LISTS = {"watched": "buyer", "trusted": "merchant", "seen": "evidence"}


def test_past_cases_are_read_in_parts_with_all_that_belongs_to_them(store, monkeypatch):
    """In order, each once, with its vector, verdict and settlement, on SQLite and PostgreSQL."""
    monkeypatch.setattr(past_cases, "PART_CASES", 3)
    width = len(store.plan.columns)
    cases = [
        past(number, day=number // 4, authority=CONSENT, audit_chance=0.25, then="auto_approve", audited=True)
        for number in range(10)
    ]
    cases = [replace(each, case=replace(each.case, vector=np.full(width, n + 0.5))) for n, each in enumerate(cases)]
    fill(
        store,
        [entry_of(each) for each in reversed(cases)],
        [ruling(cases[4], "abusive", "audit", 2), settlement(cases[7], 900, 30)],
    )
    log_vectors(store, cases)
    counts = Counts()
    found = list(read_past_cases(store, Window(START_MS + 1, None), counts))
    assert [each.case.facts.claim_id for each in found] == [f"C{number}" for number in range(1, 10)]
    assert all(np.array_equal(each.case.vector, cases[n].case.vector) for n, each in enumerate(found, 1))
    assert [each.abusive for each in found if each.abusive is not None] == [True]
    assert [each.recovered_minor for each in found if each.advanced_minor] == [900]
    assert {(each.audit_chance, each.audited) for each in found} == {(0.25, True)}
    assert counts.decisions == 9
    assert latest_moment_ms(store) == START_MS + DAY_MS + 7 + 30 * DAY_MS


@pytest.mark.parametrize("at_ms", [0, 5, 10, 15, 20, 25, 30, 99])
def test_lists_of_the_past_are_those_that_the_service_asked(store, at_ms):
    """At every moment of an entry's life: before it, within, at its ends, after, and renewed."""
    store.create(LISTS_METADATA)
    with store.writing() as connection:
        add_members(connection, "watched", "buyer", ["B1"], now_ms=10, author="ann", expires_at_ms=20)
        add_members(connection, "watched", "buyer", ["B2"], now_ms=10, author="ann")
        remove_members(connection, "watched", ["B2"], now_ms=15, author="bob")
        add_members(connection, "watched", "buyer", ["B2"], now_ms=25, author="ann")
        add_members(connection, "trusted", "merchant", ["M1"], now_ms=5, author="ann", expires_at_ms=30)
        add_members(connection, "seen", "evidence", ["00000000000000ff"], now_ms=20, author="ann")
        add_members(connection, "other", "buyer", ["B1", "B2"], now_ms=0, author="ann")
    with store.reading() as connection:
        lists = PastLists(connection, LISTS)
        for buyer, merchant, pictures in [("B1", "M1", ()), ("B2", "M2", ("00000000000000ff",)), ("", "", ())]:
            facts = ClaimFacts(
                amount_minor=1,
                claim_type="refund_only",
                as_of_ms=at_ms,
                buyer_id=buyer,
                merchant_id=merchant,
                evidence_hashes=pictures,
            )
            assert lists.of(facts) == lists_of(connection, LISTS, facts)


def test_case_says_on_which_lists_its_claim_was(store):
    """As of its own moment; a store that has no lists has nobody on any."""
    cases = [past(number, day=number, buyer="B") for number in range(2)]
    fill(store, [entry_of(each) for each in cases])
    assert [each.case.lists for each in read_past_cases(store, Window(), Counts(), LISTS)] == [frozenset()] * 2
    store.create(LISTS_METADATA)
    with store.writing() as connection:
        add_members(connection, "watched", "buyer", ["B"], now_ms=START_MS + 1_000, author="ann")
    found = [each.case.lists for each in read_past_cases(store, Window(), Counts(), LISTS)]
    assert found == [frozenset(), frozenset({"watched"})]
