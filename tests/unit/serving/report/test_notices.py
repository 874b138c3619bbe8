"""Notices: what was delivered in time and in order, of what was due."""

import pytest

from features.store import Store
from serving.outbox.backoff import Pace
from serving.outbox.pruning import prune_outbox
from serving.outbox.punctuality import IN_TIME_MS
from serving.outbox.rows import Note, note
from serving.report.figures import Target
from serving.report.quarter import Quarter
from serving.report.targets.notices import notices
from tests.contract.outbox import Desk, decide_in_turn, desk_of, rule, subscribe
from tests.unit.serving.claims import NOW_MS
from tests.unit.serving.report.drawn import DAY_MS, ground_of


@pytest.fixture
def desk(store: Store) -> Desk:
    """A deliverer that gives up at once."""
    return desk_of(store, pace=Pace(most_attempts=1))


def told(store: Store) -> Target:
    """The target, in the quarter in which all of it happens."""
    with ground_of(store, NOW_MS + 100 * DAY_MS, Quarter(2025, 1)) as ground:
        return notices(ground)


def test_notices_delivered_at_once_are_correct(store: Store, desk: Desk) -> None:
    """Each subscription counts for itself, and what it doesn't ask for isn't due."""
    subscribe(store)
    subscribe(store, "https://other.example/hooks", ["claim.adjudicated"])
    decide_in_turn(store, "a", "b")
    desk.deliver()
    target = told(store)
    assert (target.value.hits, target.value.count, target.standing) == (2, 2, "met")
    assert target.missing == ()


@pytest.mark.parametrize(("waited_ms", "correct"), [(IN_TIME_MS, 1), (IN_TIME_MS + 1, 0)])
def test_notice_is_in_time_up_to_its_last_millisecond(store: Store, desk: Desk, waited_ms: int, correct: int) -> None:
    """What comes later was delivered all the same, and is told so beside it."""
    subscribe(store)
    decide_in_turn(store, "a")
    desk.clock.ms = NOW_MS + waited_ms
    desk.deliver()
    target = told(store)
    assert (target.value.hits, target.value.count) == (correct, 1)
    assert target.beside[0].value.hits == 1


def test_notice_behind_one_that_was_given_up_is_out_of_order(store: Store, desk: Desk) -> None:
    """Of two messages on a claim the first is lost: neither came as it should."""
    webhook = subscribe(store)
    desk.receivers.refuses = {(webhook.url, "a")}
    decide_in_turn(store, "a", "b")
    desk.deliver()
    desk.receivers.refuses = set()
    rule(store, "a")
    desk.deliver(after_ms=60_000)
    target = told(store)
    assert desk.receivers.words() == ["b decided", "a abusive"]
    assert (target.value.hits, target.value.count) == (1, 3)
    assert [each.value.value for each in target.beside] == [pytest.approx(2 / 3), 1]


def test_notices_that_were_pruned_are_missing(store: Store, desk: Desk) -> None:
    """How many were due isn't known any more, so nothing is claimed."""
    subscribe(store)
    decide_in_turn(store, "a", "b", "c")
    desk.deliver()
    prune_outbox(store, NOW_MS + 1)
    assert told(store).standing == "missing"
    assert [said.key for said in told(store).missing] == ["notices_pruned"]


def test_notices_of_before_may_be_pruned(store: Store, desk: Desk) -> None:
    """What was pruned of the quarter before takes nothing from this one but its comparison."""
    subscribe(store)
    with store.writing() as connection:
        note(connection, [Note("old", "claim.decided", NOW_MS - DAY_MS)])
    decide_in_turn(store, "a")
    desk.deliver()
    prune_outbox(store, NOW_MS)
    target = told(store)
    assert (target.value.hits, target.value.count) == (1, 1)
    assert [said.key for said in target.missing] == ["notices_pruned_before"]


def test_notices_without_a_subscriber_are_missing(store: Store) -> None:
    """Whom nobody listens to, tells nothing right."""
    decide_in_turn(store, "a")
    assert [said.key for said in told(store).missing] == ["notices_no_webhook"]
