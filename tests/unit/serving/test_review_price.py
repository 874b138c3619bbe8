"""The live price: found on the ledger, following the queue, asking seldom, and logged where it changes."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from features.events import Event, EventKind
from features.store import Store
from features.store.log import insert_events
from serving.ledger import DECISION, REVIEW_PRICE, LedgerEntry, count_open_reviews, open_ledger
from serving.policy import Audits, Policy
from serving.recent_decisions import OVERLAP_MS, RecentDecisions
from serving.review_price import REFRESH_MS, WAITING_DAYS, WAITING_MS, ReviewPrice, Terms
from tests.unit.serving.claims import DAY_MS, HOUR_MS, NOW_MS

MIDNIGHT_MS = NOW_MS + 16 * HOUR_MS  # in Shanghai
NOON_MS = MIDNIGHT_MS + 12 * HOUR_MS
MINUTE_MS = 60_000


def entry_of(claim_id: str, at_ms: int, gain: float | None = 100.0, **changes: Any) -> LedgerEntry:
    content = {
        "claim_id": claim_id,
        "decided_at_ms": at_ms,
        "content_hash": "c0ffee",
        "action": "auto_approve",
        "abuse_probability": 0.1,
        "model_version": "m",
        "policy_version": "p",
        "answer": "{}",
        "review_gain_minor": gain,
        "capacity_price_minor": 0.0,
    }
    return LedgerEntry(**{**content, **changes})


def record(store: Store, *entries: LedgerEntry) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(DECISION), [asdict(entry) for entry in entries])


def rule_on(store: Store, claim_id: str, at_ms: int) -> None:
    """A person rules on a claim."""
    event = Event(
        event_id=f"ruling on {claim_id}",
        kind=EventKind.CLAIM_ADJUDICATED,
        occurred_at_ms=at_ms,
        known_at_ms=at_ms,
        claim_id=claim_id,
        merchant_id="M1",
        product_id="P1",
        verdict="legitimate",
        verdict_source="reviewer",
    )
    with store.writing() as connection:
        insert_events(connection, [event])


def terms(price: ReviewPrice, store: Store, policy: Policy, now_ms: int) -> Terms:
    with store.writing() as connection:
        return price.terms(connection, policy, now_ms)


def noted(store: Store) -> list[sa.Row[Any]]:
    with store.reading() as connection:
        return list(connection.execute(sa.select(REVIEW_PRICE).order_by(REVIEW_PRICE.c.number)))


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What the store is asked within."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(store.engine, "before_cursor_execute", note)


@pytest.fixture
def ledger(store: Store) -> Store:
    """A store with an empty ledger."""
    open_ledger(store)
    return store


@pytest.fixture
def scarce(policy: Policy) -> Policy:
    """A policy with 12 reviews a day, whose price doesn't lag; nobody is audited."""
    review = {"capacity_per_day": 12, "half_life_minutes": 0.0, "highest_price_minor": 1_000_000}
    return policy.model_copy(update={"review": policy.review.model_copy(update=review), "audit": Audits()})


@pytest.fixture
def week(ledger: Store) -> Store:
    """Seven days with 48 claims each, whose gains go round from 100 to 1,200; all were approved."""
    moments = range(MIDNIGHT_MS - 7 * DAY_MS, MIDNIGHT_MS, 30 * MINUTE_MS)
    record(ledger, *(entry_of(f"W{n}", at_ms, 100.0 * (n % 12 + 1)) for n, at_ms in enumerate(moments)))
    return ledger


# --- what the price is found on


def test_price_fits_a_usual_day_into_the_capacity(week: Store, scarce: Policy) -> None:
    """With places for a quarter of the claims, the upper quarter of gains is worth a place."""
    assert 900 < terms(ReviewPrice(), week, scarce, MIDNIGHT_MS).price_minor <= 1_000


def test_price_without_a_capacity_or_audits_asks_nothing(week: Store, scarce: Policy) -> None:
    """Where reviewers are never short the price is the lowest, and costs no statement."""
    endless = scarce.model_copy(
        update={"review": scarce.review.model_copy(update={"capacity_per_day": None, "lowest_price_minor": 7})}
    )
    price = ReviewPrice()
    with week.writing() as connection, statements(week) as asked:
        assert price.terms(connection, endless, NOON_MS) == Terms(7.0, price._load)
    assert asked == []
    assert noted(week) == []


def test_decisions_of_before_prices_count_as_claims_and_not_as_gains(ledger: Store) -> None:
    """Nobody knows what their reviews would have gained; today's reviews among them took their places all the same."""
    old = {"gain": None, "capacity_price_minor": None}
    record(
        ledger,
        entry_of("O1", NOON_MS - 3, **old, action="manual_review"),
        entry_of("O2", NOON_MS - 2, **old),
        entry_of("N1", NOON_MS - 1, 5.0),
    )
    recent = RecentDecisions()
    with ledger.reading() as connection:
        recent.refresh(connection, MIDNIGHT_MS)
    assert recent.claims().gains_minor.tolist() == [5.0]
    queue = recent.queue(MIDNIGHT_MS, waiting=4)
    assert (queue.claims_today, queue.reviews_today, queue.waiting) == (3, 1, 4)


def test_claim_that_only_a_person_may_decide_takes_a_place_whatever_the_price(ledger: Store) -> None:
    """Its gain has no bound; and a claim that a rule keeps from people never takes one."""
    record(
        ledger,
        entry_of("H", NOON_MS - 2, None, action="manual_review"),
        entry_of("R", NOON_MS - 1, None, action="auto_approve"),
    )
    recent = RecentDecisions()
    with ledger.reading() as connection:
        recent.refresh(connection, MIDNIGHT_MS)
    assert recent.claims().gains_minor.tolist() == [math.inf, -math.inf]


def test_review_is_open_until_somebody_rules_on_its_claim(ledger: Store) -> None:
    """Approvals wait for nobody, and a ruling of whatever outcome settles a review."""
    record(
        ledger,
        *(entry_of(f"R{n}", NOON_MS + n, action="manual_review") for n in range(3)),
        entry_of("A", NOON_MS),
    )
    rule_on(ledger, "R1", NOON_MS + HOUR_MS)
    rule_on(ledger, "A", NOON_MS + HOUR_MS)
    with ledger.reading() as connection:
        assert count_open_reviews(connection, NOON_MS) == 2
        assert count_open_reviews(connection, NOON_MS + 1) == 1


def test_counting_open_reviews_seeks_and_scans_no_table(ledger: Store) -> None:
    """It stays quick when the ledger holds years."""
    with ledger.reading() as connection, statements(ledger) as asked:
        count_open_reviews(connection, NOON_MS)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", ("claim_adjudicated", NOON_MS)).all()
    steps = " ".join(row[3] for row in plan)
    assert "decision_to_review" in steps
    assert "event_of_claim" in steps
    assert "SCAN decision" not in steps
    assert "SCAN event" not in steps


def test_queue_beyond_what_is_tolerated_makes_a_place_dearer(week: Store, scarce: Policy) -> None:
    """Claims that wait from yesterday take today's places, until somebody rules on them."""
    usual = terms(ReviewPrice(), week, scarce, NOON_MS).price_minor
    waiting = [f"Q{n}" for n in range(22)]
    record(week, *(entry_of(name, MIDNIGHT_MS - 1, 0.0, action="manual_review") for name in waiting))
    price = ReviewPrice()
    dearer = terms(price, week, scarce, NOON_MS).price_minor
    for name in waiting:
        rule_on(week, name, NOON_MS)
    assert dearer > usual
    assert terms(price, week, scarce, NOON_MS + WAITING_MS).price_minor < dearer


def test_review_that_nobody_ruled_on_for_a_month_waits_no_more(week: Store, scarce: Policy) -> None:
    """A claim that was settled elsewhere doesn't hold a place for ever."""
    usual = terms(ReviewPrice(), week, scarce, NOON_MS).price_minor
    long_ago = NOON_MS - WAITING_DAYS * DAY_MS - 1
    record(week, *(entry_of(f"Q{n}", long_ago, 0.0, action="manual_review") for n in range(50)))
    assert terms(ReviewPrice(), week, scarce, NOON_MS).price_minor == usual


# --- how often the ledger is asked


def test_price_of_most_claims_costs_no_statement(week: Store, scarce: Policy) -> None:
    """Between two looks at the ledger the price is counted on."""
    price = ReviewPrice()
    terms(price, week, scarce, NOON_MS)
    with week.writing() as connection, statements(week) as asked:
        for step in range(0, REFRESH_MS, 500):
            price.terms(connection, scarce, NOON_MS + step)
    assert asked == []
    with week.writing() as connection, statements(week) as asked:
        price.terms(connection, scarce, NOON_MS + REFRESH_MS)
    assert 1 <= len(asked) <= 4


def test_own_decisions_count_at_once(week: Store, scarce: Policy) -> None:
    """A service needn't ask the ledger for what it has just decided itself."""
    price = ReviewPrice()
    before = terms(price, week, scarce, NOON_MS).price_minor
    for number in range(12):
        price.add(entry_of(f"C{number}", NOON_MS, 2_000.0, action="manual_review"))
    with week.writing() as connection, statements(week) as asked:
        after = price.terms(connection, scarce, NOON_MS + 1).price_minor
    assert asked == []
    assert before <= 1_000
    assert after == scarce.review.highest_price_minor


def test_own_decisions_are_not_counted_twice_after_a_look_at_the_ledger(week: Store, scarce: Policy) -> None:
    """What was counted in between is in the ledger by then."""
    price = ReviewPrice()
    terms(price, week, scarce, NOON_MS)
    entries = [entry_of(f"C{n}", NOON_MS + n, 2_000.0, action="manual_review") for n in range(3)]
    record(week, *entries)
    for entry in entries:
        price.add(entry)
    terms(price, week, scarce, NOON_MS + WAITING_MS)
    assert (price._queue.claims_today, price._queue.reviews_today, price._queue.waiting) == (3, 3, 3)


def test_decision_that_commits_late_is_still_found(ledger: Store) -> None:
    """Another service's decision may become visible after younger ones."""
    recent = RecentDecisions()
    record(ledger, entry_of("young", NOON_MS))
    with ledger.reading() as connection:
        recent.refresh(connection, MIDNIGHT_MS)
    record(ledger, entry_of("late", NOON_MS - OVERLAP_MS + 1), entry_of("next", NOON_MS + 1))
    with ledger.reading() as connection:
        recent.refresh(connection, MIDNIGHT_MS)
        assert recent.claims().at_ms.tolist() == [NOON_MS - OVERLAP_MS + 1, NOON_MS, NOON_MS + 1]


def test_clock_that_goes_back_a_little_has_nothing_read_again(week: Store, scarce: Policy) -> None:
    """Claims may come in another order than they were filed in; the week is read once."""
    price = ReviewPrice()
    read: list[int] = []
    refresh = price._recent._read
    price._recent._read = lambda connection, since_ms: read.append(since_ms) or refresh(connection, since_ms)
    for hours in (0, 3, 1, 2):
        terms(price, week, scarce, NOON_MS + hours * HOUR_MS)
    assert read[0] == MIDNIGHT_MS - 7 * DAY_MS
    assert min(read[1:]) >= MIDNIGHT_MS - HOUR_MS


def test_days_that_are_over_are_forgotten_and_longer_ones_are_read(ledger: Store) -> None:
    """The copy holds what the policy calls recent, also after the policy changes."""
    record(ledger, *(entry_of(f"D{day}", NOON_MS - day * DAY_MS) for day in range(5)))
    recent = RecentDecisions()
    with ledger.reading() as connection:
        for since_days, count in [(2.5, 3), (0.5, 1), (4.5, 5)]:
            recent.refresh(connection, int(NOON_MS - since_days * DAY_MS))
            assert len(recent) == count


def test_newest_decisions_are_kept_in_the_room_that_there_is(ledger: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than there is room for push the oldest out, and take no more memory."""
    monkeypatch.setattr("serving.recent_decisions.MOST_DECISIONS", 4)
    recent = RecentDecisions()
    room = recent._room
    for first in (0, 3, 5, 11):
        record(ledger, *(entry_of(f"C{first} {n}", NOON_MS + n * MINUTE_MS) for n in range(first, first + 3)))
        with ledger.reading() as connection:
            recent.refresh(connection, MIDNIGHT_MS)
        newest = sorted({NOON_MS + n * MINUTE_MS for n in range(first + 3)})
        assert recent.claims().at_ms.tolist()[-1] == newest[-1]
        assert len(recent) == min(4, 3 if first == 0 else 4)
    assert recent.claims().at_ms.tolist() == [NOON_MS + n * MINUTE_MS for n in (7, 11, 12, 13)]
    assert recent._room is room


# --- following, and what is noted


def test_price_moves_half_of_its_way_in_the_half_life(week: Store, scarce: Policy) -> None:
    """A burst doesn't throw it about; time is that of the claims."""
    slow = scarce.model_copy(update={"review": scarce.review.model_copy(update={"half_life_minutes": 5.0})})
    price = ReviewPrice()
    before = terms(price, week, slow, NOON_MS).price_minor
    burst = [entry_of(f"C{number}", NOON_MS, 2_000.0, action="manual_review") for number in range(11)]
    for entry in burst:
        price.add(entry)
    record(week, *burst)
    later_ms = NOON_MS + 5 * MINUTE_MS
    after = terms(price, week, slow, later_ms).price_minor
    at_once = terms(ReviewPrice(), week, scarce, later_ms).price_minor
    assert at_once > before + 100
    assert after == pytest.approx((before + at_once) / 2, rel=1e-6)


def test_first_price_is_noted_with_what_it_was_made_from(week: Store, scarce: Policy) -> None:
    """Whoever asks why a claim was released finds the queue of that moment."""
    record(week, entry_of("C1", NOON_MS - 1, action="manual_review"), entry_of("C2", NOON_MS - 1))
    found = terms(ReviewPrice(), week, scarce, NOON_MS).price_minor
    [row] = noted(week)
    assert (row.at_ms, row.price_minor, row.target_minor) == (NOON_MS, found, found)
    assert (row.reviews_today, row.waiting, row.capacity) == (1, 1, 12)
    assert 0 < row.claims_expected < 48


def test_price_that_stays_is_noted_once_a_day(week: Store, scarce: Policy) -> None:
    """The log holds changes, and a first line for each day."""
    price = ReviewPrice()
    for minute in range(0, 120, 1):
        terms(price, week, scarce, MIDNIGHT_MS - DAY_MS - HOUR_MS + minute * MINUTE_MS)
    days = [row.at_ms >= MIDNIGHT_MS - DAY_MS for row in noted(week)]
    assert days[0] is False
    assert True in days
    assert len(days) < 20


def test_price_is_noted_at_most_once_per_look_at_the_ledger(week: Store, scarce: Policy) -> None:
    """However many claims a burst brings, the log grows by a row every few seconds at most."""
    price = ReviewPrice()
    for number in range(40):
        terms(price, week, scarce, NOON_MS + number * 500)
        price.add(entry_of(f"C{number}", NOON_MS, 2_000.0, action="manual_review"))
    rows = noted(week)
    assert 2 <= len(rows) <= 1 + 40 * 500 // REFRESH_MS
    assert all(later.at_ms - earlier.at_ms >= REFRESH_MS for earlier, later in pairwise(rows))


def test_price_is_lost_with_the_claim_that_fails(week: Store, scarce: Policy) -> None:
    """What is noted commits with a claim, or not at all; the next claim's look notes it then."""
    price = ReviewPrice()

    def fails() -> None:
        with week.writing() as connection:
            price.terms(connection, scarce, NOON_MS)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        fails()
    assert noted(week) == []
    terms(price, week, scarce, NOON_MS + REFRESH_MS)
    assert [row.at_ms for row in noted(week)] == [NOON_MS + REFRESH_MS]


def test_service_that_starts_again_goes_on_from_the_last_price(week: Store, scarce: Policy) -> None:
    """A restart in a burst doesn't open the gates."""
    slow = scarce.model_copy(update={"review": scarce.review.model_copy(update={"half_life_minutes": 60.0})})
    record(week, *(entry_of(f"C{n}", NOON_MS - 1, 2_000.0, action="manual_review") for n in range(20)))
    before = terms(ReviewPrice(), week, scarce, NOON_MS).price_minor
    assert before == scarce.review.highest_price_minor
    for number in range(20):
        rule_on(week, f"C{number}", NOON_MS)
    wider = slow.model_copy(update={"review": slow.review.model_copy(update={"capacity_per_day": 10_000})})
    after = terms(ReviewPrice(), week, wider, NOON_MS + 60 * MINUTE_MS).price_minor
    assert after == pytest.approx(before / 2)


def test_two_services_on_one_store_agree(week: Store, scarce: Policy) -> None:
    """Each reads what the other decided, and goes on from what either noted."""
    slow = scarce.model_copy(update={"review": scarce.review.model_copy(update={"half_life_minutes": 5.0})})
    one, other = ReviewPrice(), ReviewPrice()
    prices = []
    for number in range(60):
        at_ms = NOON_MS + number * 10_000
        entry = entry_of(f"C{number}", at_ms, 2_000.0, action="manual_review")
        terms(one, week, slow, at_ms)
        record(week, entry)
        one.add(entry)
        prices.append((terms(one, week, slow, at_ms + 5_000).price_minor, terms(other, week, slow, at_ms + 5_000)))
    assert prices[-1][0] > 2 * prices[0][0]
    for price, others in prices[1:]:
        assert others.price_minor == pytest.approx(price, rel=0.05)


# --- the audits' load


def test_load_of_audits_is_counted_by_stratum_from_the_ledger(ledger: Store, scarce: Policy) -> None:
    """A mean of the days there were, or the last 24 hours where these brought more."""
    audited = scarce.model_copy(update={"audit": Audits(share=0.1, recent_days=4)})
    old = [entry_of(f"A{n}", NOON_MS - 4 * DAY_MS + 1 + n, audit_stratum="a", audit_propensity_ppm=9) for n in range(8)]
    new = [entry_of(f"B{n}", NOON_MS - HOUR_MS, audit_stratum="b", audit_propensity_ppm=50_000) for n in range(5)]
    yesterday = entry_of("Y", MIDNIGHT_MS - 1, audit_stratum="b", audit_propensity_ppm=70_000)
    record(ledger, *old, *new, yesterday, entry_of("N", NOON_MS - 1))
    load = terms(ReviewPrice(), ledger, audited, NOON_MS).load
    assert load.approvals_per_day == {"a": pytest.approx(2.0), "b": 6.0}
    assert load.expected_today_ppm == 250_000


def test_load_of_audits_counts_own_approvals_at_once(ledger: Store, scarce: Policy) -> None:
    """So the chances of one day stay within the budget between two looks at the ledger, too."""
    audited = scarce.model_copy(update={"audit": Audits(share=0.1)})
    price = ReviewPrice()
    terms(price, ledger, audited, NOON_MS)
    price.add(entry_of("A", NOON_MS, audit_stratum="a", audit_propensity_ppm=30_000))
    price.add(entry_of("B", NOON_MS, action="manual_review"))
    assert terms(price, ledger, audited, NOON_MS + 1).load.expected_today_ppm == 30_000
