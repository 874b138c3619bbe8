"""Past decisions, read back as the cases that they were."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from features.store import Store, StoreError
from serving import past_cases
from serving.past_cases import Window, latest_moment_ms, read_past_cases
from serving.policy_compare.past import Counts, PastCase
from tests.unit.serving.policy_compare.past_claims import CONSENT, DAY_MS, START_MS, past
from tests.unit.serving.policy_compare.stores import entry_of, fill, log_vectors, ruling, settlement


def read(store: Store, window: Window | None = None) -> tuple[list[PastCase], Counts]:
    counts = Counts()
    return list(read_past_cases(store, window or Window(), counts)), counts


def test_past_case_comes_back_as_it_was(store: Store) -> None:
    """All that the claim was judged by, with a price and a model's recovery, and whether it was drawn for an audit."""
    written = past(
        1,
        authority=CONSENT,
        price_minor=250.0,
        then="auto_approve",
        audit_chance=0.02,
        audited=True,
        human_requested=True,
    )
    written = replace(written, case=replace(written.case, recovery_probability=0.65))
    fill(store, [entry_of(written)])
    assert read(store)[0] == [written]


def test_recovery_of_the_policy_then_is_left_to_the_policy_now(store: Store) -> None:
    """What no model said is a setting, and another policy may have another one."""
    fill(store, [entry_of(past(1), recovery_probability=0.123)])
    assert read(store)[0][0].case.recovery_probability is None


def test_past_cases_come_in_order_each_once_whatever_the_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims of one moment at a part's edge are neither lost nor doubled, and keep what became of them."""
    monkeypatch.setattr(past_cases, "PART_CASES", 2)
    cases = [
        replace(each, case=replace(each.case, facts=replace(each.case.facts, as_of_ms=START_MS)))
        for each in (past(number) for number in range(5))
    ]
    fill(store, [entry_of(each) for each in reversed(cases)], [ruling(cases[3], "abusive", "reviewer", 1)])
    found, counts = read(store)
    assert [each.case.facts.claim_id for each in found] == ["C0", "C1", "C2", "C3", "C4"]
    assert [each.abusive for each in found] == [None, None, None, True, None]
    assert counts.decisions == 5


def test_last_finding_counts_and_undetermined_is_none(store: Store) -> None:
    """An appeal has the first finding before it; who couldn't tell has found nothing."""
    cases = [past(number) for number in range(3)]
    rulings = [
        ruling(cases[0], "abusive", "reviewer", 1),
        ruling(cases[0], "legitimate", "appeal", 5),
        ruling(cases[1], "legitimate", "audit", 1),
        ruling(cases[1], "undetermined", "platform", 2),
        ruling(cases[2], "undetermined", "reviewer", 1),
    ]
    fill(store, [entry_of(each) for each in cases], rulings)
    found, _ = read(store)
    assert [(each.abusive, each.found_by) for each in found] == [(False, "appeal"), (False, "audit"), (None, None)]


def test_settled_advance_says_what_came_back(store: Store) -> None:
    """What was paid, and what the merchant paid back."""
    advanced = past(1, amount_minor=9_000, then="pre_payment_compensation")
    fill(store, [entry_of(advanced)], [settlement(advanced, 7_000, 20)])
    (found,), _ = read(store)
    assert (found.advanced_minor, found.recovered_minor) == (9_000, 7_000)


def test_window_takes_its_first_moment_and_leaves_its_end(store: Store) -> None:
    """Two windows that touch share no claim."""
    cases = [past(0, day=day) for day in range(3)]
    fill(store, [entry_of(each, claim_id=f"D{day}") for day, each in enumerate(cases)])
    found, counts = read(store, Window(START_MS + DAY_MS, START_MS + 2 * DAY_MS))
    assert [each.case.facts.as_of_ms for each in found] == [START_MS + DAY_MS]
    assert counts.decisions == 1


def test_decision_without_facts_is_counted_and_left_out(store: Store) -> None:
    """What was recorded before facts were kept can't be judged again, and nobody guesses."""
    fill(store, [entry_of(past(1)), entry_of(past(2), facts=None)])
    found, counts = read(store)
    assert [each.case.facts.claim_id for each in found] == ["C1"]
    assert (counts.decisions, counts.without_facts) == (2, 1)
    assert any("1 more were recorded before facts were kept" in line for line in counts.lines("judged"))


@pytest.fixture
def with_vectors(store: Store) -> Iterator[list[PastCase]]:
    width = len(store.plan.columns)
    cases = [past(number) for number in range(2)]
    cases = [replace(each, case=replace(each.case, vector=np.arange(width) + n)) for n, each in enumerate(cases)]
    fill(store, [entry_of(each) for each in cases])
    return iter([cases])


def test_vector_comes_back_if_it_is_of_this_catalogue(store: Store, with_vectors: Iterator[list[PastCase]]) -> None:
    """A vector of other columns would be read as something that it isn't: it counts as missing."""
    (cases,) = with_vectors
    log_vectors(store, cases[:1])
    log_vectors(store, cases[1:], catalog_hash="another")
    (one, other), counts = read(store)
    assert np.array_equal(one.case.vector, cases[0].case.vector)
    assert other.case.vector is None
    assert counts.without_vector == 1


def test_store_in_which_nothing_was_decided_has_no_past_cases(store: Store) -> None:
    """Events alone make no decisions, and no ledger; looking for one makes none either."""
    assert read(store) == ([], Counts())
    with store.reading() as connection:
        assert not sa.inspect(connection).has_table("decision")
    assert latest_moment_ms(store) == 0


def test_latest_moment_is_that_of_the_newest_event(store: Store) -> None:
    """Claims are old or young by the store's own time, so that recorded ones can be looked at too."""
    case = past(1)
    fill(store, [entry_of(case)], [ruling(case, "abusive", "reviewer", 3)])
    assert latest_moment_ms(store) == case.case.facts.as_of_ms + 3 * DAY_MS


def test_facts_that_cannot_be_read_name_store_and_claim(store: Store) -> None:
    """Nobody searches a hundred thousand rows for the one that was cut short."""
    fill(store, [entry_of(past(1), facts='{"amount_minor":1}')])
    with pytest.raises(StoreError, match="claim 'C1': facts lack the field"):
        read(store)
