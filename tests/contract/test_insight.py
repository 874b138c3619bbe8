"""What the claims tell, and how services do: kept, noted and told alike by every kind of database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.store import Store
from features.store.check_results import CHECKS, CheckResult, last_check, record_check
from serving.insight import keeping, rounds
from serving.insight.abuse.notes import Note, add_note, standings
from serving.insight.abuse.places import add_place, end_place, places, public
from serving.insight.abuse.tables import open_abuse
from serving.insight.alarms.alarm import ALARMS_PART
from serving.insight.alarms.notes import AlarmNote, count_waiting, note_alarm, notes_of
from serving.insight.keeping import Kept, rows_of
from serving.insight.parts import PARTS, Part
from serving.insight.reading import last_moment
from serving.insight.refreshing import refresh
from serving.insight.rounds import ROWS_AT_ONCE, keep_results
from serving.insight.tables import INSIGHT, INSIGHT_PART, INSIGHT_ROUND, open_insight
from serving.monitoring.limits import judge
from serving.monitoring.reading import read_vitals
from serving.outbox.message import Message, message_id
from serving.outbox.punctuality import HOUR_MS, IN_TIME_MS, Delivered, count_delivered, delivered_between
from serving.outbox.tables import DELIVERED, open_outbox
from serving.policy import default_policy_path, read_policy
from tests.contract.at_once import at_once
from tests.contract.decided import decide
from tests.contract.outbox import subscribe
from tests.unit.serving.claims import NOW_MS
from tests.unit.serving.monitoring.living import Service

POLICY = read_policy(default_policy_path())
HOSTILE = 'a/b?c"><script>\u202e=1+1'


def part_of(*keys: str, name: str = ALARMS_PART) -> Part:
    return Part(name, lambda _: [Kept(key, rank, {"state": "open"}) for rank, key in enumerate(keys, 1)])


def test_all_parts_are_worked_out_of_what_a_service_decided(store: Store) -> None:
    """Every part asks its tables, whether or not they are there yet, and pages find what was kept."""
    decide(store, 4)
    done = refresh(store, POLICY, last_moment(store), now_ms=NOW_MS)
    assert list(done) == [part.name for part in PARTS]
    assert done["merchants"] == 1
    with store.reading() as connection:
        [card] = keeping.page(connection, "merchants")
        assert keeping.find(connection, "merchants", card.key) == card
        assert keeping.page(connection, "merchants", card.rank) == []
        assert count_waiting(connection) == 0  # and so the table of notes is there


def test_refreshes_at_once_take_turns(store: Store, open_store, url: str) -> None:
    """Two timers don't fail each other, and what is kept is one's whole."""
    refresh(store, POLICY, 1, parts=[part_of("a")])
    keys = [f"{number:03}" for number in range(200)]
    others = [open_store(url) for _ in range(2)]
    assert at_once(*(lambda each=each: refresh(each, POLICY, 2, parts=[part_of(*keys)]) for each in others)) == []
    with store.reading() as connection:
        assert [each.key for each in keeping.every(connection, ALARMS_PART)] == keys


def rows_there(store: Store) -> dict[str, set[int]]:
    """Of each part, the rounds that there are rows of."""
    with store.reading() as connection:
        found = connection.execute(sa.select(INSIGHT.c.part, INSIGHT.c.round).distinct()).all()
    return {part: {number for of, number in found if of == part} for part, _ in found}


def test_results_are_written_a_few_at_a_time_and_shown_together(store: Store, monkeypatch) -> None:
    """Whoever writes a claim in between finds the store free, and whoever reads sees what was there before."""
    open_insight(store)
    keys = [f"M{number:04}" for number in range(2 * ROWS_AT_ONCE + 50)]
    keep_results(store, {ALARMS_PART: rows_of(ALARMS_PART, [Kept("before", 1, {})])}, 1)
    sizes, write_rows = [], rounds.write_rows

    def write(connection: sa.Connection, table: sa.Table, rows: list) -> None:
        sizes.append(len(rows))
        with store.reading() as other:
            assert [each.key for each in keeping.every(other, ALARMS_PART)] == ["before"]
        write_rows(connection, table, rows)

    monkeypatch.setattr(rounds, "write_rows", write)
    results = rows_of(ALARMS_PART, [Kept(key, rank, {}) for rank, key in enumerate(keys, 1)])
    assert keep_results(store, {ALARMS_PART: results}, 2)
    assert sizes == [ROWS_AT_ONCE, ROWS_AT_ONCE, 50]
    with store.reading() as connection:
        assert [each.key for each in keeping.every(connection, ALARMS_PART)] == keys
    assert rows_there(store) == {ALARMS_PART: {2}}


def test_round_given_up_in_the_middle_is_never_seen_and_taken_away_by_the_next(store: Store, monkeypatch) -> None:
    """A refresh that was killed leaves what it had written, and pages go on with what they had."""
    open_insight(store)
    first = {"a": rows_of("a", [Kept("old", 1, {})]), "b": rows_of("b", [Kept("old", 1, {})])}
    keep_results(store, first, 1)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rounds.time, "sleep", stop)
    with pytest.raises(KeyboardInterrupt):
        keep_results(store, {"a": rows_of("a", [Kept("half", 1, {})])}, 2)
    monkeypatch.undo()
    assert rows_there(store) == {"a": {1, 2}, "b": {1}}
    with store.reading() as connection:
        assert (keeping.as_of(connection, "a"), keeping.find(connection, "a", "half")) == (1, None)
    keep_results(store, {"a": rows_of("a", [Kept("new", 1, {})])}, 3)
    assert rows_there(store) == {"a": {3}, "b": {1}}
    with store.reading() as connection:
        assert [each.key for part in "ab" for each in keeping.every(connection, part)] == ["new", "old"]
        assert connection.scalars(sa.select(INSIGHT_ROUND.c.number)).all() == [3]


def test_round_that_was_overtaken_shows_nothing_and_leaves_nothing(store: Store, monkeypatch) -> None:
    """A refresh that began earlier and comes later is not put in the place of the newer one."""
    open_insight(store)
    keep_results(store, {"b": rows_of("b", [Kept("old", 1, {})])}, 1)

    def be_overtaken(_: float) -> None:
        monkeypatch.undo()
        assert keep_results(store, {"a": rows_of("a", [Kept("newer", 1, {})])}, 3)

    monkeypatch.setattr(rounds.time, "sleep", be_overtaken)
    late = {name: rows_of(name, [Kept("late", 1, {})]) for name in "ab"}
    assert not keep_results(store, late, 2)
    assert rows_there(store) == {"a": {3}, "b": {1}}
    with store.reading() as connection:
        shown = connection.execute(sa.select(INSIGHT_PART.c.part, INSIGHT_PART.c.as_of_ms)).all()
        assert sorted(map(tuple, shown)) == [("a", 3), ("b", 1)]


def test_what_people_say_is_kept_whatever_the_ids(store: Store) -> None:
    """Notes on alarms and findings, and places that were public for a while."""
    open_abuse(store)
    refresh(store, POLICY, 1, parts=[part_of(HOSTILE, "quiet")])
    note_alarm(store, HOSTILE, AlarmNote("acknowledged", "杯子", "ann", 1))
    note_alarm(store, HOSTILE, AlarmNote("false", HOSTILE, "ann", 2))
    with store.writing() as connection:
        for standing in ("watching", "confirmed"):
            add_note(connection, HOSTILE, Note(standing, 1, "ann", HOSTILE))
        add_place(connection, "device", "D/1", by="ann", now_ms=1)
        end_place(connection, "device", "D/1", by="bob", now_ms=2)
        add_place(connection, "device", "D/1", by="bob", now_ms=3, note=HOSTILE)
    with store.reading() as connection:
        assert [each.act for each in notes_of(connection, HOSTILE)] == ["false", "acknowledged"]
        assert count_waiting(connection) == 1
        assert standings(connection, [HOSTILE, "other"]) == {HOSTILE: "confirmed"}
        assert [(each.added_by, each.note) for each in places(connection)] == [("bob", HOSTILE)]
        assert public(connection) == {("device", "D/1")}


def test_workers_that_beat_at_once_leave_one_pulse_and_count_once(store: Store, open_store, url: str, tmp_path: Path):
    """Decisions are told by action with their share; checks and messages by what was recorded last."""
    open_outbox(store)
    decide(store, 4)
    workers = [Service(each, tmp_path) for each in (store, open_store(url))]
    try:
        for worker in workers:
            worker.now_ms = NOW_MS + 5 * HOUR_MS
        assert at_once(*(lambda each=each: each.heart.beat() for each in workers)) == []
    finally:
        for worker in workers:
            worker.metrics.stop()
    for check in CHECKS:
        record_check(store, CheckResult(check, 1, "none", 0, "before"))
        record_check(store, CheckResult(check, NOW_MS, "watch", 2, HOSTILE))
    vitals = read_vitals(store, POLICY, workers[0].now_ms)
    assert judge(vitals).figures
    assert sum(vitals.actions.day.values()) == 4
    assert vitals.actions.not_counted == 0
    assert len(vitals.beating.newest) == 1
    with store.reading() as connection:
        assert {last_check(connection, store, check).says for check in CHECKS} == {HOSTILE}


def test_deliveries_are_counted_by_hour_and_a_subscriber_is_told_of_without_the_count(store: Store) -> None:
    """A store of before has no table of what was delivered; its subscriptions are told of all the same."""
    open_outbox(store)
    webhook = subscribe(store)
    late, first = NOW_MS // HOUR_MS * HOUR_MS, Message(message_id(1, NOW_MS), 1, "C1", "{}")
    messages = [first, replace(first, id=message_id(2, late + HOUR_MS))]
    with store.writing() as connection:
        count_delivered(connection, webhook.id, messages[:1], NOW_MS + IN_TIME_MS)
        count_delivered(connection, webhook.id, messages, NOW_MS + HOUR_MS + IN_TIME_MS)
        assert delivered_between(connection, late, late + HOUR_MS) == {webhook.id: Delivered(2, 1)}
        assert delivered_between(connection, late, late + 2 * HOUR_MS)[webhook.id].messages == 3
        DELIVERED.drop(connection)
    assert [each.id for each in read_vitals(store, POLICY, NOW_MS).subscriptions] == [webhook.id]


def test_index_of_results_that_two_find_lacking_is_made_once(store: Store, open_store, url: str) -> None:
    """Services of a new version that start together mend the store once."""
    open_insight(store)
    with store.writing() as connection:
        connection.execute(sa.text("DROP INDEX insight_by_rank"))
    assert at_once(*(lambda each=each: open_insight(each) for each in [store, open_store(url)])) == []
    with store.reading() as connection:
        assert [index["name"] for index in sa.inspect(connection).get_indexes("insight")] == ["insight_by_rank"]
