"""One task that fails keeps no other from its turn, and fills no log."""

import logging
from threading import Event
from unittest.mock import Mock

from serving.access.redaction import GONE
from serving.cases.keeper import CaseKeeper


def keeper_of(*tasks, **how):
    store = Mock()
    store.name = "sqlite:///a.db"
    return CaseKeeper(store, tasks, **how)


def test_task_that_fails_is_logged_once_in_one_line_and_the_others_go_on(caplog):
    """Each time in a row it would be the same line; once it went well, the next failure is news again."""
    outcomes = iter([RuntimeError("gone\nand more"), RuntimeError("gone"), None, RuntimeError("gone")])
    done = []

    def fail():
        if (outcome := next(outcomes)) is not None:
            raise outcome

    keeper = keeper_of(("opening", fail), ("leases", lambda: done.append(1)))
    with caplog.at_level(logging.ERROR):
        for _ in range(4):
            keeper.turn()
    assert len(done) == 4
    line = f"cases of sqlite:///a.db, opening: RuntimeError: {GONE}; it is tried again"  # it may name a claim
    assert [record.getMessage() for record in caplog.records] == [line, line]


def test_keeper_that_runs_does_its_tasks_again_and_begins_none_once_it_is_stopped():
    """It is a thread from its start on until it is stopped, and stopping it between two tasks leaves out the second."""
    again, done = Event(), []

    def task():
        done.append(1)
        if len(done) == 2:
            again.set()

    keeper = keeper_of(("first", task), seconds=0.001)
    keeper.start()
    assert again.wait(30)
    keeper.stop()
    count = len(done)
    keeper.turn()
    assert len(done) == count
