"""What is read of a store, and what a terminal and a timer are told."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from features.plan import default_plan
from features.store import Store
from features.store.check_results import CheckResult, last_check, record_check, try_to_record
from features.store.schema import REVISION
from serving.cli import main
from serving.insight.keeping import Kept
from serving.insight.tables import ALARM_NOTE, open_insight
from serving.ledger_seal.chain import SealKeys
from serving.ledger_seal.sealing import Wanted, seal_ledger
from serving.monitoring.limits import State, judge
from serving.monitoring.reading import read_vitals
from serving.monitoring.vitals import Storage, Vitals
from serving.outbox.subscriptions import add_webhook
from serving.outbox.tables import DELIVERY
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.cases.quality.worlds import review_of
from tests.unit.serving.insight.kept import keep
from tests.unit.serving.monitoring.living import NOW_MS, Service, decide, living_store

POLICY = read_policy(default_policy_path())
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = living_store(tmp_path)
    yield opened
    opened.close()


def state_of(vitals: Vitals, figure: str) -> State | None:
    return judge(vitals).figure(figure).state


def read(store: Store) -> Vitals:
    return read_vitals(store, POLICY, NOW_MS)


def test_store_that_holds_nothing_tells_that_nothing_is_known(tmp_path):
    """No table is missed, and no figure made up; that no service was ever there is known."""
    with closing(Store.open(f"sqlite:///{tmp_path / 'bare.db'}", default_plan())) as bare:
        standing = judge(read_vitals(bare, POLICY, NOW_MS))
    known = {each.limit.figure for each in standing.figures if each.state is not None}
    assert known == {"never_seen", "late", "used", "disk"} - (
        {"used"} if POLICY.review.capacity_per_day is None else set()
    )


def test_old_queue_is_told_against_the_limit(store):
    """A case that waits for as long as it may calls for somebody to act."""
    review_of(store, "waits", NOW_MS - POLICY.review.limit_hours * HOUR_MS)
    vitals = read(store)
    assert (vitals.work.waiting, vitals.work.late) == (1, 1)
    assert state_of(vitals, "oldest") is state_of(vitals, "late") is State.ACT


@pytest.mark.parametrize(
    ("check", "verdict", "findings", "figure", "state"),
    [
        ("drift", "none", 0, "drift", State.FINE),
        ("drift", "watch", 2, "drift", State.LOOK),
        ("drift", "retrain", 1, "drift", State.ACT),
        ("parity", "holds", 0, "parity", State.FINE),
        ("parity", "differs", 3, "parity", State.ACT),
        ("ledger_verify", "differs", 1, "verify", State.ACT),
    ],
)
def test_check_that_was_recorded_has_its_state(store, check, verdict, findings, figure, state):
    """What the commands leave in the store comes to the page as it was, and not before."""
    assert state_of(read(store), figure) is None
    record_check(store, CheckResult(check, NOW_MS - DAY_MS, verdict, findings, "said"))
    assert state_of(read(store), figure) is state


def test_check_of_more_than_a_week_ago_is_told_as_old(store):
    """What held once says little of today."""
    record_check(store, CheckResult("parity", NOW_MS - 8 * DAY_MS, "holds", 0, "said"))
    assert state_of(read(store), "parity_age") is State.LOOK


def test_check_that_somebody_else_wrote_is_none(store):
    """A fact of another shape under the same name doesn't bring the page down."""
    with store.writing() as connection:
        store.set_info(connection, "check_drift", '{"other": 1}')
        assert last_check(connection, store, "drift") is None


def test_webhook_that_nobody_answers_is_told_by_its_oldest_message_and_dead_letters(store):
    """Since when it waits, and how many were given up."""
    with store.writing() as connection:
        webhook = add_webhook(connection, "https://example.org/hook", ["claim.decided"], NOW_MS)
    decide(store, "a", "auto_approve", NOW_MS - 2 * HOUR_MS)
    with store.writing() as connection:
        row = {"webhook_id": webhook.id, "claim_id": "a", "attempts": 9, "failed_at_ms": NOW_MS, "failure": "410"}
        connection.execute(sa.insert(DELIVERY).values({**row, "place": 1}))
    vitals = read(store)
    [told] = vitals.subscriptions
    assert (told.failed, told.dead, told.oldest_ms) == (0, 1, NOW_MS - 2 * HOUR_MS)
    assert (state_of(vitals, "undelivered"), state_of(vitals, "dead")) == (State.ACT, State.LOOK)


@pytest.mark.parametrize("served", [True, False])
def test_open_alarms_are_told_with_when_they_were_worked_out(store, served):
    """Two open ones and one that is over, of two days ago: somebody should look at two, and work them out anew.

    A refresh at a terminal makes no table of notes; only a service does.
    """
    open_insight(store)
    if not served:
        with store.writing() as connection:
            ALARM_NOTE.drop(connection)
    states = ("open 1", "open 2", "over 3")
    alarms = [Kept(state, rank, {"state": state[:4]}) for rank, state in enumerate(states, 1)]
    keep(store, "alarms", alarms, NOW_MS - 9 * DAY_MS, NOW_MS - 2 * DAY_MS)
    vitals = read(store)
    assert (vitals.insight.alarms, vitals.insight.findings) == (2, None)
    assert state_of(vitals, "alarms") is state_of(vitals, "insight_age") is State.LOOK


def test_decisions_without_a_seal_are_told_from_the_oldest_on(store):
    """Those under a seal count no more."""
    for claim_id, ago_ms in (("a", 5 * DAY_MS), ("b", HOUR_MS)):
        decide(store, claim_id, "auto_approve", NOW_MS - ago_ms)
    assert state_of(read(store), "not_sealed") is State.LOOK
    list(seal_ledger(store, Wanted(until_ms=NOW_MS - DAY_MS), SealKeys.from_environment({}), now_ms=NOW_MS))
    vitals = read(store)
    assert (vitals.sealing.number, vitals.sealing.not_sealed) == (1, 1)
    assert state_of(vitals, "not_sealed") is State.FINE


@pytest.mark.parametrize(("free", "state"), [(20, State.FINE), (10, State.LOOK), (5, State.ACT), (None, None)])
def test_disk_is_told_by_what_is_used(store, free, state):
    """A disk that can't be seen has no state."""
    vitals = read(store)
    storage = Storage("0004", 0, 1, free, 100)
    assert state_of(replace(vitals, storage=storage), "disk") is state


def test_status_exits_by_the_worst_state_and_tells_it_first(store):
    """A timer needs the code alone; a person reads the first line."""
    record_check(store, CheckResult("parity", NOW_MS, "differs", 3, "said"))
    run = CliRunner().invoke(main, ["status", "--store", store.name])
    assert run.exit_code == 4
    assert run.output.startswith("act: values other than the service logged them 3")
    assert "act from 1" in run.output


def test_status_of_a_store_that_no_service_ran_on_asks_for_a_look(store, tmp_path):
    """Cron may have been pointed at the wrong store; from its first pulse on a service is known for good."""
    assert state_of(read(store), "never_seen") is State.LOOK
    run = CliRunner().invoke(main, ["status", "--store", store.name])
    assert run.exit_code >= 3
    assert "stores that no service ever ran on 1" in run.output.splitlines()[0]
    service = Service(store, tmp_path)
    service.beat()
    service.metrics.stop()
    late = read_vitals(store, POLICY, NOW_MS + 9 * DAY_MS)
    assert (state_of(late, "never_seen"), state_of(late, "silence")) == (State.FINE, State.ACT)


def test_status_as_json_says_all_by_name(store):
    """One object: states, limits, and the vitals that they come from."""
    run = CliRunner().invoke(main, ["status", "--store", store.name, "--json"])
    told = json.loads(run.stdout)
    assert (told["format"], told["figures"]["p99"]["act"]) == (1, 1000)
    assert told["figures"]["p99"]["value"] is None
    assert run.exit_code == {"fine": 0, "look": 3, "act": 4}[told["state"]]
    assert told["vitals"]["storage"]["revision"] == REVISION


def test_status_of_no_store_says_so_in_a_line(tmp_path):
    """A mistyped name makes no file, and isn't fine."""
    run = CliRunner().invoke(main, ["status", "--store", f"sqlite:///{tmp_path / 'none.db'}"])
    assert (run.exit_code, "no such file" in run.output) == (1, True)


def test_check_of_a_store_that_takes_no_writes_is_told_in_a_line(store, monkeypatch):
    """The check was done all the same: what can't be kept is no failure of it."""

    def refuse(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError("attempt to write a readonly database"))

    monkeypatch.setattr(store, "set_info", refuse)
    complaint = try_to_record(store, CheckResult("parity", NOW_MS, "holds", 0, "said"))
    assert complaint is not None
    assert "readonly database" in complaint
    assert "\n" not in complaint
