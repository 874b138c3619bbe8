"""Subscribers are told of everything at least once, in order per claim; nobody waits for another one's receiver."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.spans import HOUR_MS
from features.store import Store
from serving.outbox.backoff import Pace
from serving.outbox.punctuality import IN_TIME_MS, Delivered, delivered_between
from serving.outbox.rounds import Attempt, Round, next_round, note_round
from serving.outbox.rows import give_places
from serving.outbox.subscriptions import Webhook, remove_webhook
from serving.outbox.tables import DELIVERY, WEBHOOK
from tests.contract.outbox import Desk, Receivers, decide_in_turn, desk_of, left, rule, subscribe, with_outbox
from tests.unit.serving.claims import NOW_MS

SHOP, OTHER = "https://shop.example/hooks", "https://other.example/hooks"


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_of(with_outbox(store))


def round_of(desk: Desk, webhook: Webhook) -> Round:
    """What is to be sent to a subscriber now."""
    give_places(desk.store)
    with desk.store.reading() as connection:
        found = next_round(connection, webhook.id, desk.clock.ms, Pace())
    assert found is not None
    return found


def test_decisions_are_told_in_order_and_leave_no_row_behind(desk: Desk) -> None:
    """What goes well the first time costs one update for all of it, and isn't told again."""
    subscribe(desk.store)
    decide_in_turn(desk.store, "a", "b", "c")
    assert desk.deliver()
    assert desk.receivers.words() == ["a decided", "b decided", "c decided"]
    assert left(desk.store) == []
    assert desk.deliver()
    assert len(desk.receivers.got) == 3
    assert (desk.deliverer.counts.delivered, desk.deliverer.counts.failed) == (3, 0)


def test_subscriber_is_told_what_comes_after_the_subscription(desk: Desk) -> None:
    """Nobody is flooded with the past, which is on the feed."""
    decide_in_turn(desk.store, "before")
    subscribe(desk.store)
    decide_in_turn(desk.store, "after")
    desk.deliver()
    assert desk.receivers.words() == ["after decided"]


def test_subscriber_is_told_only_of_kinds_asked_for(desk: Desk) -> None:
    """Each hears what it wants to, and what it doesn't is passed over for good."""
    subscribe(desk.store, SHOP, ["claim.adjudicated"])
    subscribe(desk.store, OTHER, ["claim.decided"])
    decide_in_turn(desk.store, "a", "b")
    rule(desk.store, "a")
    desk.deliver()
    assert desk.receivers.words(SHOP) == ["a abusive"]
    assert desk.receivers.words(OTHER) == ["a decided", "b decided"]
    with desk.store.reading() as connection:
        assert set(connection.scalars(sa.select(WEBHOOK.c.place))) == {3}


def test_later_message_of_a_claim_waits_for_the_earlier_one(desk: Desk) -> None:
    """A receiver never hears of a ruling before the decision, whatever fails on the way; other claims go on."""
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, "a"))
    decide_in_turn(desk.store, "a", "b")
    desk.deliver()
    rule(desk.store, "a")
    rule(desk.store, "b")
    desk.deliver()
    assert desk.receivers.words() == ["b decided", "b abusive"]
    assert desk.receivers.attempts["a"] == 1
    desk.receivers.refuses.clear()
    desk.deliver(after_ms=HOUR_MS)
    assert desk.receivers.words()[2:] == ["a decided", "a abusive"]
    assert left(desk.store) == []


def test_message_that_fails_in_a_lane_keeps_the_rest_of_its_claim(desk: Desk) -> None:
    """Two messages of a claim in one round: the second isn't tried once the first has failed."""
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, "a"))
    decide_in_turn(desk.store, "a")
    rule(desk.store, "a")
    desk.deliver()
    assert desk.receivers.attempts == {"a": 1}
    desk.receivers.refuses.clear()
    desk.deliver(after_ms=HOUR_MS)
    assert desk.receivers.words() == ["a decided", "a abusive"]


def test_message_is_tried_again_later_and_later(desk: Desk) -> None:
    """The waits grow from attempt to attempt, with some chance in them, and nothing is sent before its time."""
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, "a"))
    decide_in_turn(desk.store, "a")
    waits = []
    for attempts in range(1, 5):
        desk.deliver(after_ms=HOUR_MS)
        assert desk.receivers.attempts["a"] == attempts
        with desk.store.reading() as connection:
            waits.append((connection.scalar(sa.select(DELIVERY.c.next_at_ms)) or 0) - desk.clock.ms)
        desk.deliver(after_ms=waits[-1] - 1)
        assert desk.receivers.attempts["a"] == attempts
    longest = [5_000, 15_000, 45_000, 135_000]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))
    desk.receivers.refuses.clear()
    desk.deliver(after_ms=HOUR_MS)
    assert [words for _, _, words in desk.receivers.got] == ["a decided"]


def test_message_is_dead_after_its_last_attempt_and_the_claim_goes_on(store: Store) -> None:
    """Attempts are bounded; what is given up stays to be seen, and holds nothing back for ever."""
    desk = desk_of(with_outbox(store), pace=Pace(most_attempts=3))
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, "a"))
    decide_in_turn(desk.store, "a")
    for _ in range(3):
        desk.deliver(after_ms=HOUR_MS)
    assert left(desk.store) == [("a", 3, True)]
    counts = desk.deliverer.counts
    assert (counts.failed, counts.dead) == (3, 1)
    desk.receivers.refuses.clear()
    rule(desk.store, "a")
    desk.deliver(after_ms=HOUR_MS)
    assert desk.receivers.words() == ["a abusive"]
    assert desk.receivers.attempts["a"] == 4


def test_receiver_that_is_gone_delays_no_other(desk: Desk) -> None:
    """Each subscription has its own pace."""
    subscribe(desk.store, SHOP)
    subscribe(desk.store, OTHER)
    desk.receivers.refuses.add((SHOP, None))
    decide_in_turn(desk.store, *(f"c{number}" for number in range(30)))
    desk.deliver()
    assert len(desk.receivers.words(OTHER)) == 30
    assert desk.receivers.words(SHOP) == []


def test_receiver_that_is_gone_is_tried_with_one_message_at_a_time(desk: Desk) -> None:
    """While it is down its messages wait in the outbox, not as rows of their own, and don't use up their attempts."""
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, None))
    decide_in_turn(desk.store, *(f"c{number:03}" for number in range(100)))
    desk.deliver()
    first = desk.receivers.attempts.total()
    assert first <= Pace().at_once
    for _ in range(10):
        desk.deliver(after_ms=60_000)
    assert desk.receivers.attempts.total() == first + 10
    assert len(left(desk.store)) <= first + 10
    desk.receivers.refuses.clear()
    desk.deliver(after_ms=HOUR_MS)
    assert sorted(desk.receivers.words()) == [f"c{number:03} decided" for number in range(100)]
    assert left(desk.store) == []


@pytest.mark.parametrize("after_ms", [Pace().longest_pause_ms, HOUR_MS], ids=["it waits", "it is due again"])
def test_message_that_alone_is_refused_keeps_no_others_back(desk: Desk, after_ms: int) -> None:
    """One at a time, with quiet between: a bad message in front doesn't pass for a receiver that is down."""
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, "bad"))
    decide_in_turn(desk.store, "bad")
    for _ in range(4):
        desk.deliver(after_ms=HOUR_MS)
    decide_in_turn(desk.store, "good")
    desk.deliver(after_ms)
    assert desk.receivers.words() == ["good decided"]


def test_receiver_that_asks_for_time_gets_it(desk: Desk) -> None:
    """Retry-After is heeded, up to an hour for all of its messages."""
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, None))
    desk.receivers.asks_ms = HOUR_MS // 2
    decide_in_turn(desk.store, "a")
    desk.deliver()
    decide_in_turn(desk.store, "b")
    desk.deliver(after_ms=HOUR_MS // 2 - 1)
    assert desk.receivers.attempts.total() == 1
    desk.deliver(after_ms=1)
    assert desk.receivers.attempts.total() == 2


def test_removed_subscriber_hears_nothing_more(desk: Desk) -> None:
    """Not even what was to be tried again."""
    webhook = subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, "a"))
    decide_in_turn(desk.store, "a", "b")
    desk.deliver()
    with desk.store.writing() as connection:
        remove_webhook(connection, webhook.id, desk.clock.ms)
    desk.receivers.refuses.clear()
    decide_in_turn(desk.store, "c")
    desk.deliver(after_ms=HOUR_MS)
    assert desk.receivers.words() == ["b decided"]
    assert left(desk.store) == []


def test_round_that_was_sent_but_not_noted_is_sent_again_with_the_same_ids(desk: Desk) -> None:
    """Who dies in between leaves repeats behind, and never a gap."""
    webhook = subscribe(desk.store)
    decide_in_turn(desk.store, "a", "b")
    died_with = round_of(desk, webhook)
    assert len({message.id for lane in died_with.lanes for message in lane}) == 2
    assert round_of(desk, webhook) == died_with


def test_round_that_another_has_noted_is_not_noted_again(desk: Desk) -> None:
    """Of two deliverers that sent the same round, the slower one changes nothing."""
    webhook = subscribe(desk.store)
    decide_in_turn(desk.store, "a")
    mine = round_of(desk, webhook)
    desk.deliver()
    place = mine.lanes[0][0].place
    with desk.store.writing() as connection:
        tally = note_round(
            connection, mine, {place: Attempt("HTTP 500")}, desk.clock.ms, Pace(), desk.deliverer._chance
        )
    assert (tally.failed, left(desk.store)) == (0, [])


def test_many_messages_go_in_rounds(store: Store) -> None:
    """More than fits into one round is told in one go, in order per claim."""
    desk = desk_of(with_outbox(store), pace=Pace(round_rows=7))
    subscribe(desk.store)
    decide_in_turn(desk.store, *(f"c{number:02}" for number in range(30)))
    for number in range(0, 30, 3):
        rule(desk.store, f"c{number:02}")
    desk.deliver()
    words = desk.receivers.words()
    assert len(words) == len(set(words)) == 40
    assert all(words.index(f"c{n:02} decided") < words.index(f"c{n:02} abusive") for n in range(0, 30, 3))


def test_oldest_wait_is_told_as_long_as_something_waits(desk: Desk) -> None:
    """The number by which an operator sees that a receiver is behind."""
    subscribe(desk.store)
    desk.receivers.refuses.add((SHOP, "a"))
    decide_in_turn(desk.store, "a", "b")
    desk.deliver()
    desk.deliver(after_ms=100_000)
    assert desk.deliverer.counts.oldest_waiting_seconds == pytest.approx(101)
    desk.receivers.refuses.clear()
    desk.deliver(after_ms=HOUR_MS)
    desk.deliver()
    assert desk.deliverer.counts.oldest_waiting_seconds == 0


def test_failure_is_kept_in_words_of_bounded_length(desk: Desk) -> None:
    """An operator sees why, and no receiver can fill the store."""
    webhook = subscribe(desk.store)
    decide_in_turn(desk.store, "a")
    wanted = round_of(desk, webhook)
    attempts = {wanted.lanes[0][0].place: Attempt("x" * 5_000)}
    with desk.store.writing() as connection:
        note_round(connection, wanted, attempts, desk.clock.ms, Pace(), desk.deliverer._chance)
        assert connection.scalar(sa.select(DELIVERY.c.failure)) == "x" * 200


def test_deliverer_that_does_not_hold_the_lease_sends_nothing(desk: Desk) -> None:
    """One at a time; another takes over when the holder's time is over, and repeats nothing that was noted."""
    subscribe(desk.store)
    decide_in_turn(desk.store, "a")
    other = desk_of(desk.store, receivers=Receivers(), holder="b")
    assert other.deliverer._lease.keep()
    assert not desk.deliver()
    assert desk.receivers.got == []
    assert desk.deliver(after_ms=Pace().lease_ms)
    assert desk.receivers.words() == ["a decided"]
    assert other.deliver(), "who has delivered once gives the lease back"
    assert other.receivers.got == []


def test_deliverer_that_lost_its_lease_while_sending_notes_nothing(desk: Desk) -> None:
    """The store has the last word on who delivers: the other one's notes stand."""

    class Thief(Receivers):
        async def send(self, webhook, message):
            thief = desk_of(desk.store, holder="thief")
            thief.clock.ms = desk.clock.ms + Pace().lease_ms
            assert thief.deliverer._lease.keep()
            return await super().send(webhook, message)

    subscribe(desk.store)
    decide_in_turn(desk.store, "a")
    desk.deliverer._sender = Thief()
    desk.deliver()
    with desk.store.reading() as connection:
        assert connection.scalar(sa.select(WEBHOOK.c.place)) == 0
    assert replace(desk.deliverer.counts, oldest_waiting_seconds=0) == type(desk.deliverer.counts)()


def test_deliveries_are_counted_by_hour_and_by_whether_they_were_in_time(desk: Desk) -> None:
    """A message that went through leaves no row, but a report must know later how quick it was."""
    webhook = subscribe(desk.store)
    decide_in_turn(desk.store, "a", "b")
    desk.deliver()
    decide_in_turn(desk.store, "c")
    desk.deliver(after_ms=IN_TIME_MS)
    with desk.store.reading() as connection:
        of_hour = delivered_between(connection, NOW_MS, NOW_MS + HOUR_MS)
        of_before = delivered_between(connection, NOW_MS - HOUR_MS, NOW_MS)
    assert of_hour == {webhook.id: Delivered(messages=3, in_time=2)}
    assert of_before == {}
