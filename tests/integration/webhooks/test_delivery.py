"""Webhooks over real HTTP: signed, in order per claim, at least once, and nobody's business but the receiver's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from features.plan import default_plan
from features.store import Store
from serving.cli import main
from serving.clock import now_ms
from serving.outbox.backoff import Pace
from serving.outbox.deliverer import Deliverer, deliverer_for, make_deliverer
from serving.outbox.kinds import KINDS
from serving.outbox.lease import Lease
from serving.outbox.sending import HttpSender
from serving.outbox.signing import Secrets
from serving.outbox.subscriptions import Webhook, rotate_secret
from serving.outbox.tables import WEBHOOK
from serving.settings import Settings
from tests.contract.outbox import decide_in_turn, left, rule, subscribe, with_outbox
from tests.integration.webhooks.receiver import Got, Receiver, receiving, wait_until

KEY = "a key that is long enough for anyone"
ROOT = Path(__file__).resolve().parents[3]
# as in service, but for waits that a test has no time for
QUICK = Pace(first_wait_ms=20, wait_factor=1, first_pause_ms=10, longest_pause_ms=20, poll_seconds=0.01)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = with_outbox(Store.open(url, default_plan()))
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def deliver(store: Store) -> Iterator[Callable[..., Deliverer]]:
    """Start a deliverer; it is stopped when the test is over."""
    with ExitStack() as stack:

        def start(pace: Pace = QUICK) -> Deliverer:
            deliverer = make_deliverer(store, KEY, private=False, pace=pace)
            deliverer.start()
            stack.callback(deliverer.stop)
            return deliverer

        yield start


def secret_of(webhook: Webhook) -> str:
    return Secrets(KEY).secret_of(webhook)


def run(*words: str) -> str:
    """Run a command as an operator does, and give what it prints."""
    result = CliRunner().invoke(main, words, env={"CLEARCLAIM_WEBHOOK_KEY": KEY})
    assert result.exit_code == 0, result.output
    return result.output


def test_receiver_that_fails_at_first_gets_everything_signed_and_in_order(store, receiver, deliver) -> None:
    """Half of all attempts fail, at random; in the end each message came through, verified, decision before ruling."""
    chance = Random(3)
    receiver.answer = lambda _: (503 if chance.random() < 0.5 else 200, {})
    webhook = subscribe(store, receiver.url)
    deliverer = deliver()
    claims = [f"claim {number}" for number in range(20)]
    decide_in_turn(store, *claims)
    for claim in claims:
        rule(store, claim)
    words = receiver.wait_for(40)
    assert sorted(words) == sorted(
        [f"decided {claim}" for claim in claims] + [f"adjudicated {claim}" for claim in claims]
    )
    assert all(words.index(f"decided {claim}") < words.index(f"adjudicated {claim}") for claim in claims)
    assert all(each.verified_by(secret_of(webhook)) for each in receiver.got)
    assert all(each.headers["content-type"] == "application/json" for each in receiver.got)
    assert len({each.id for each in receiver.got}) == 40, "a repeat has the id of its first attempt"
    wait_until(lambda: deliverer.counts.delivered == 40 and left(store) == [])
    assert deliverer.counts.failed == len(receiver.got) - 40 > 10


def test_message_of_a_secret_being_rotated_is_verified_by_both(store, receiver, deliver) -> None:
    """Whichever the receiver has."""
    before = subscribe(store, receiver.url)
    with store.writing() as connection:
        after = rotate_secret(connection, before.id, now_ms(), overlap_ms=3_600_000)
    decide_in_turn(store, "a")
    deliver()
    receiver.wait_for(1)
    assert secret_of(before) != secret_of(after)
    assert all(receiver.got[0].verified_by(secret_of(webhook)) for webhook in (before, after))


def test_dead_letter_is_seen_and_sent_again(store, url, receiver, deliver) -> None:
    """An operator finds what was given up, and why; sent again, it has the id that it had."""
    receiver.answer = lambda request: (400 if request.words == "decided bad" else 200, {})
    webhook = subscribe(store, receiver.url)
    decide_in_turn(store, "bad", "good")
    deliverer = deliver(replace(QUICK, most_attempts=3))
    wait_until(lambda: deliverer.counts.dead == 1)
    attempts = [each for each in receiver.got if each.words == "decided bad"]
    assert len(attempts) == 3
    listed = run("webhooks", "dead", webhook.id, "--store", url)
    assert all(word in listed for word in (attempts[0].id, "bad", "3 attempts", "HTTP 400", "1 given up"))
    assert "1 given up" in run("webhooks", "list", "--store", url)

    receiver.answer = lambda _: (200, {})
    assert run("webhooks", "resend", webhook.id, attempts[0].id, "--store", url) == "1 to be sent again\n"
    receiver.wait_for(2)
    assert receiver.accepted[-1].id == attempts[0].id
    wait_until(lambda: left(store) == [])
    assert "0 given up" in run("webhooks", "dead", "--store", url)


def test_deliverer_killed_between_sending_and_noting_leads_to_a_repeat(store, url, receiver) -> None:
    """At least once: the receiver has a message, its sender dies before it notes that, and the next one repeats it."""
    webhook = subscribe(store, receiver.url)
    decide_in_turn(store, "a", "b")
    environment = {**os.environ, "CLEARCLAIM_WEBHOOK_KEY": KEY, "PYTHONPATH": str(ROOT)}
    command = [Path(sys.executable).with_name("clearclaim"), "webhooks", "deliver", "--once", "--store", url]
    process = subprocess.Popen(command, env=environment)

    def kill(_request: Got) -> tuple[int, dict[str, str]]:
        process.kill()
        process.wait()
        return 200, {}

    receiver.answer = kill
    assert process.wait(timeout=60) == -9
    killed = {each.id for each in receiver.got}
    assert killed

    receiver.answer = lambda _: (200, {})
    del receiver.accepted[:]
    secrets = Secrets(KEY)
    later = Lease(store, "later", QUICK.lease_ms, time_of=lambda _connection: now_ms() + QUICK.lease_ms)
    sender = HttpSender(secrets, now_ms, private=False, timeout_seconds=10, at_once=8)
    assert Deliverer(store, sender, pace=QUICK, lease=later).deliver_once()
    assert sorted(each.words for each in receiver.accepted) == ["decided a", "decided b"]
    assert killed <= {each.id for each in receiver.accepted}
    assert all(each.verified_by(secret_of(webhook)) for each in receiver.got)


def test_receiver_that_hangs_delays_neither_others_nor_claims(store, receiver, deliver) -> None:
    """A message on its way holds no transaction open, and no other subscriber up."""

    def hang(_request: Got) -> tuple[int, dict[str, str]]:
        receiver.released.wait()
        return 200, {}

    receiver.answer = hang
    subscribe(store, receiver.url)
    with receiving() as other:
        subscribe(store, other.url)
        deliver()
        decide_in_turn(store, "first")
        wait_until(lambda: bool(receiver.got))
        decide_in_turn(store, *(f"claim {number}" for number in range(30)))
        assert len(other.wait_for(31)) == 31
    assert receiver.accepted == []
    receiver.released.set()


def test_redirect_is_not_followed(store, receiver, deliver) -> None:
    """A signed message never goes to another address than the one that was subscribed."""
    with receiving() as elsewhere:
        receiver.answer = lambda _: (307, {"location": elsewhere.url})
        subscribe(store, receiver.url)
        decide_in_turn(store, "a")
        deliverer = deliver()
        wait_until(lambda: deliverer.counts.failed >= 2)
        assert elsewhere.got == []


def test_deliverer_that_stops_leaves_the_rest_to_another_one(store, url, receiver) -> None:
    """Of several workers one delivers; when it stops, another one goes on at once, and nothing is sent twice."""
    subscribe(store, receiver.url)
    own = Store.open(url, default_plan())
    first, second = (make_deliverer(each, KEY, private=False, pace=QUICK) for each in (store, own))
    first.start()
    decide_in_turn(store, "a")
    receiver.wait_for(1)
    second.start()
    wait_until(lambda: first.counts.delivered == 1)
    first.stop()
    decide_in_turn(store, "b")
    assert receiver.wait_for(2) == ["decided a", "decided b"]
    wait_until(lambda: second.counts.delivered == 1)
    second.stop()
    own.close()
    assert len(receiver.got) == 2


def test_deliverer_of_its_own_process_ends_when_it_is_told_to(store, url, receiver) -> None:
    """It sends until a signal, ends in good order, and leaves the lease to the next one."""
    subscribe(store, receiver.url)
    environment = {**os.environ, "CLEARCLAIM_WEBHOOK_KEY": KEY, "PYTHONPATH": str(ROOT)}
    command = [Path(sys.executable).with_name("clearclaim"), "webhooks", "deliver", "--store", url]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    for number in range(3):
        decide_in_turn(store, f"claim {number}")
        receiver.wait_for(number + 1)
    process.terminate()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said.endswith("0 attempts failed, 0 given up\n")
    assert "1 delivered" not in run("webhooks", "deliver", "--once", "--store", url)


def test_service_without_a_key_has_no_deliverer(store) -> None:
    """Nor one that leaves the sending to another process."""
    usual = {"CLEARCLAIM_WEBHOOK_KEY": KEY}
    assert deliverer_for(store, Settings.from_environment({})) is None
    assert deliverer_for(store, Settings.from_environment({**usual, "CLEARCLAIM_WEBHOOK_DELIVERER": "0"})) is None
    assert isinstance(deliverer_for(store, Settings.from_environment(usual)), Deliverer)


def test_commands_lead_a_subscriber_through_its_life(store, url, receiver) -> None:
    """Added, told, given a new secret, listed and removed, all from the command line."""
    added = run("webhooks", "add", receiver.url, "--kind", "claim.decided", "--store", url).split()
    assert run("webhooks", "secret", added[0], "--store", url).strip() == added[1]
    decide_in_turn(store, "a")
    rule(store, "a")
    assert run("webhooks", "deliver", "--once", "--store", url) == "1 delivered, 0 attempts failed, 0 given up\n"
    assert [each.words for each in receiver.accepted] == ["decided a"]
    assert receiver.got[0].verified_by(added[1])
    rotated = run("webhooks", "secret", added[0], "--rotate", "--store", url).strip()
    assert rotated.startswith("whsec_")
    assert rotated != added[1]
    listed = run("webhooks", "list", "--store", url)
    assert f"{added[0]}  {receiver.url}  claim.decided  0 waiting, 0 given up\n1 webhook\n" == listed
    assert run("webhooks", "remove", added[0], "--store", url) == f"{added[0]} removed\n"
    assert run("webhooks", "list", "--store", url) == "0 webhooks\n"
    with store.reading() as connection:
        assert connection.scalar(sa.select(WEBHOOK.c.removed_at_ms)) is not None


def test_subscriber_who_names_no_kind_is_told_of_every_kind(store, url, receiver) -> None:  # noqa: ARG001
    """Of what people ruled and what parties are asked for, too; and each kind can be named."""
    id_ = run("webhooks", "add", receiver.url, "--store", url).split()[0]
    assert f"{id_}  {receiver.url}  {','.join(KINDS)}  0 waiting" in run("webhooks", "list", "--store", url)
    for kind in KINDS:
        id_ = run("webhooks", "add", receiver.url, "--kind", kind, "--store", url).split()[0]
        assert f"{id_}  {receiver.url}  {kind}  0 waiting" in run("webhooks", "list", "--store", url)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("add", "http://shop.example/"), "by https"),
        (("add", "https://10.0.0.7/"), "CLEARCLAIM_WEBHOOK_PRIVATE"),
        (("remove", "wh_0"), "no such webhook"),
        (("secret", "wh_0"), "no such webhook"),
        (("dead", "wh_0"), "no such webhook"),
        (("resend", "wh_0", "--all"), "no such webhook"),
        (("resend", "wh_0"), "--all"),
    ],
)
def test_command_that_cannot_be_carried_out_says_why_in_a_line(store, url, words, reason) -> None:  # noqa: ARG001
    """And nothing is changed."""
    result = CliRunner().invoke(main, ["webhooks", *words, "--store", url], env={"CLEARCLAIM_WEBHOOK_KEY": KEY})
    assert result.exit_code != 0
    assert reason in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [("add", "https://shop.example/"), ("deliver", "--once")])
def test_command_that_needs_the_key_says_so(store, url, words) -> None:  # noqa: ARG001
    """With how to make one."""
    result = CliRunner().invoke(main, ["webhooks", *words, "--store", url], env={"CLEARCLAIM_WEBHOOK_KEY": ""})
    assert result.exit_code == 1
    assert "CLEARCLAIM_WEBHOOK_KEY: is not set" in result.output
