"""What operators do by hand: sending again what was given up, and forgetting what was told long ago."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from features.spans import HOUR_MS
from features.store import Store
from serving.outbox import pruning
from serving.outbox.backoff import Pace
from serving.outbox.dead_letters import dead_letters, resend, waiting_and_dead
from serving.outbox.feed import CursorExpiredError, cursor_at, read_decisions
from serving.outbox.pruning import prune_outbox
from serving.outbox.subscriptions import (
    WebhookError,
    add_webhook,
    find_webhook,
    remove_webhook,
    rotate_secret,
    webhooks_of,
)
from serving.outbox.tables import OUTBOX, WEBHOOK
from tests.contract.outbox import Desk, decide_in_turn, desk_of, left, rule, subscribe, with_outbox
from tests.unit.serving.claims import NOW_MS

SHOP = "https://shop.example/hooks"


@pytest.fixture
def desk(store: Store) -> Desk:
    """Messages are given up after two attempts."""
    return desk_of(with_outbox(store), pace=Pace(most_attempts=2))


def give_up(desk: Desk, *claims: str) -> None:
    """Let the messages of claims die."""
    desk.receivers.refuses |= {(SHOP, claim) for claim in claims}
    decide_in_turn(desk.store, *claims)
    for _ in range(2 * len(claims) + 2):
        if {claim for claim, _, is_dead in left(desk.store) if is_dead} < set(claims):
            desk.deliver(after_ms=HOUR_MS)
    assert {claim for claim, _, is_dead in left(desk.store) if is_dead} == set(claims)
    desk.receivers.refuses.clear()


def claims_left(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.scalars(sa.select(OUTBOX.c.claim_id).order_by(OUTBOX.c.sequence)))


def test_dead_letters_say_which_message_failed_and_why(desk: Desk) -> None:
    """By the id that the receiver would know it by; and only of the subscription that was asked about."""
    webhook, other = subscribe(desk.store), subscribe(desk.store, "https://other.example/")
    give_up(desk, "a", "b")
    with desk.store.reading() as connection:
        letters = dead_letters(connection, webhook.id)
        assert dead_letters(connection) == letters
        assert dead_letters(connection, other.id) == []
        assert waiting_and_dead(connection) == {webhook.id: (0, 2)}
    assert [(each.claim_id, each.kind, each.attempts, each.failure) for each in letters] == [
        ("a", "claim.decided", 2, "HTTP 500"),
        ("b", "claim.decided", 2, "HTTP 500"),
    ]
    assert len({each.message_id for each in letters}) == 2


def test_dead_letter_is_sent_again_with_its_id_and_all_its_attempts(desk: Desk) -> None:
    """Once a receiver is mended, what it missed comes; what wasn't named stays."""
    webhook = subscribe(desk.store)
    give_up(desk, "a", "b")
    with desk.store.writing() as connection:
        first = dead_letters(connection)[0].message_id
        assert resend(connection, webhook.id, [first], desk.clock.ms) == 1
    assert left(desk.store) == [("a", 0, False), ("b", 2, True)]
    desk.deliver()
    assert [(message, words) for _, message, words in desk.receivers.got] == [(first, "a decided")]
    with desk.store.writing() as connection:
        assert resend(connection, webhook.id, None, desk.clock.ms) == 1
    desk.deliver()
    assert desk.receivers.words() == ["a decided", "b decided"]
    assert left(desk.store) == []


def test_later_messages_wait_for_one_that_is_sent_again(desk: Desk) -> None:
    """In order per claim, also then."""
    webhook = subscribe(desk.store)
    give_up(desk, "a")
    rule(desk.store, "a")
    with desk.store.writing() as connection:
        resend(connection, webhook.id, None, desk.clock.ms)
    desk.deliver()
    assert desk.receivers.words() == ["a decided", "a abusive"]


@pytest.mark.parametrize("message", ["msg_99_1", "msg_1", "a", "msg_x_y", ""])
def test_message_that_was_not_given_up_cannot_be_sent_again(desk: Desk, message: str) -> None:
    """A slip names nothing else, and changes nothing."""
    webhook = subscribe(desk.store)
    give_up(desk, "a")

    def ask() -> None:
        with desk.store.writing() as connection:
            known = dead_letters(connection)[0].message_id
            resend(connection, webhook.id, [known, message], desk.clock.ms)

    with pytest.raises(ValueError, match="webhooks dead"):
        ask()
    assert left(desk.store) == [("a", 2, True)]


def test_pruned_rows_are_those_that_are_old_and_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small parts; the feed begins after them, and a cursor from before is told so."""
    monkeypatch.setattr(pruning, "PART_ROWS", 2)
    subscribe(desk.store)
    decide_in_turn(desk.store, "a", "b", "c", "d", "e")
    desk.deliver()
    with desk.store.writing() as connection:
        connection.execute(sa.update(OUTBOX).where(OUTBOX.c.claim_id == "d").values(at_ms=NOW_MS + 5))
    assert prune_outbox(desk.store, NOW_MS + 1).rows == 3
    assert claims_left(desk.store) == ["d", "e"]
    assert len(read_decisions(desk.store, None, 10).decisions) == 2
    assert len(read_decisions(desk.store, cursor_at(3), 10).decisions) == 2
    with pytest.raises(CursorExpiredError):
        read_decisions(desk.store, cursor_at(2), 10)
    assert prune_outbox(desk.store, NOW_MS + 1).rows == 0


def test_rows_that_somebody_is_still_to_be_told_of_are_not_pruned(desk: Desk) -> None:
    """However old: neither new ones nor those that wait or were given up."""
    subscribe(desk.store)
    decide_in_turn(desk.store, "told")
    desk.deliver()
    desk.receivers.refuses.add((SHOP, "waits"))
    decide_in_turn(desk.store, "waits", "told too")
    desk.deliver()
    decide_in_turn(desk.store, "new", "newest")
    assert prune_outbox(desk.store, NOW_MS + 10 * HOUR_MS).rows == 1
    assert claims_left(desk.store) == ["waits", "told too", "new", "newest"]


def test_newest_row_stays_so_that_numbers_never_come_back(desk: Desk) -> None:
    """After everything was pruned, who has read all still reads what comes, and is told it."""
    subscribe(desk.store)
    decide_in_turn(desk.store, "a", "b")
    desk.deliver()
    cursor = read_decisions(desk.store, None, 10).cursor
    prune_outbox(desk.store, NOW_MS + HOUR_MS)
    assert claims_left(desk.store) == ["b"]
    decide_in_turn(desk.store, "c")
    assert read_decisions(desk.store, cursor, 10).decisions == ('{"claim_id":"c"}',)
    desk.deliver()
    assert desk.receivers.words()[-1] == "c decided"


def test_old_dead_letters_are_pruned_and_their_rows_after_them(desk: Desk) -> None:
    """What nobody sends again in all that time is forgotten."""
    subscribe(desk.store)
    give_up(desk, "a")
    decide_in_turn(desk.store, "b", "c")
    desk.deliver(after_ms=HOUR_MS)
    assert prune_outbox(desk.store, NOW_MS + 1).dead_letters == 0
    done = prune_outbox(desk.store, desk.clock.ms + 1)
    assert (done.rows, done.dead_letters) == (2, 1)
    assert claims_left(desk.store) == ["c"]


def test_outbox_without_subscribers_is_pruned_by_age(store: Store) -> None:
    """The feed alone keeps nothing for ever."""
    with_outbox(store)
    decide_in_turn(store, "a", "b", "c")
    assert prune_outbox(store, NOW_MS).rows == 0
    assert prune_outbox(store, NOW_MS + 1).rows == 2


def test_subscription_is_found_as_it_was_made(store: Store) -> None:
    """With its kinds once each, and no secret in its row."""
    with_outbox(store)
    with store.writing() as connection:
        kinds = ["claim.decided", "claim.adjudicated", "claim.decided"]
        webhook = add_webhook(connection, SHOP, kinds, NOW_MS)
        assert find_webhook(connection, webhook.id) == webhook
        assert webhook.kinds == ("claim.decided", "claim.adjudicated")
        assert webhooks_of(connection) == [webhook]
    assert "secret" not in {column.name for column in WEBHOOK.c}


@pytest.mark.parametrize(
    "act",
    [
        find_webhook,
        lambda connection, webhook_id: remove_webhook(connection, webhook_id, NOW_MS),
        lambda connection, webhook_id: rotate_secret(connection, webhook_id, NOW_MS, 0),
    ],
)
def test_removed_subscription_is_not_there_any_more(store: Store, act: Callable[[sa.Connection, str], object]) -> None:
    """Neither is one that never was."""
    with_outbox(store)
    webhook = subscribe(store)
    with store.writing() as connection:
        remove_webhook(connection, webhook.id, NOW_MS)
        assert webhooks_of(connection) == []
    for each in (webhook.id, "wh_0"):
        with store.writing() as connection, pytest.raises(WebhookError, match="no such webhook"):
            act(connection, each)
