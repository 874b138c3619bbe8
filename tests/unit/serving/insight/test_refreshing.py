"""Working out all parts, and keeping what came out."""

import os
import runpy
import signal
import sqlite3

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from features.plan import default_plan
from features.store import Store
from serving import insight_command
from serving.insight import refreshing, tables
from serving.insight.keeping import Kept, as_of, count, every, find, page
from serving.insight.parts import Part
from serving.insight.refreshing import InsightError, refresh
from serving.policy import default_policy_path, read_policy

POLICY = read_policy(default_policy_path())


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    yield opened
    opened.close()


def part_of(*keys: str) -> Part:
    """A part that comes to these results."""
    return Part("ducks", lambda _: [Kept(key, rank, {"鸭": key}) for rank, key in enumerate(keys, 1)])


def test_results_of_before_give_way(store: Store) -> None:
    """What isn't found any more is not shown any more, and what is there says as of when."""
    refresh(store, POLICY, 1_000, parts=[part_of("a", "b")])
    assert refresh(store, POLICY, 2_000, parts=[part_of("b")]) == {"ducks": 1}
    with store.reading() as connection:
        assert (as_of(connection, "ducks"), count(connection, "ducks")) == (2_000, 1)
        assert find(connection, "ducks", "a") is None
        assert find(connection, "ducks", "b") == Kept("b", 1, {"鸭": "b"})


def test_tables_are_the_same_whatever_else_was_imported() -> None:
    """A store that the command has refreshed lacks no table that the service, or `status`, asks for."""
    alone = runpy.run_path(tables.__file__)["INSIGHT_METADATA"]
    assert set(alone.tables) == set(tables.INSIGHT_METADATA.tables) > {"insight", "insight_part"}


def test_recorded_history_says_as_of_when_and_when_that_was_worked_out(store: Store) -> None:
    """A page about last year's claims isn't stale because they are."""
    refresh(store, POLICY, 1_000, parts=[part_of("a")], now_ms=9_000)
    with store.reading() as connection:
        worked_out_ms = connection.scalar(sa.select(tables.INSIGHT_PART.c.worked_out_at_ms))
        assert (as_of(connection, "ducks"), worked_out_ms) == (1_000, 9_000)


def test_results_are_read_page_by_page_in_their_order(store: Store) -> None:
    """Each page begins where the one before ended."""
    refresh(store, POLICY, 1_000, parts=[part_of(*"abcde")])
    with store.reading() as connection:
        first = page(connection, "ducks", rows=3)
        assert [each.key for each in first + page(connection, "ducks", first[-1].rank)] == list("abcde")
        assert [each.key for each in every(connection, "ducks")] == list("abcde")


def test_part_that_fails_leaves_everything_as_it_was(store: Store) -> None:
    """Pages never show one part of now beside another of before."""
    refresh(store, POLICY, 1_000, parts=[part_of("a")])

    def fail(_: object) -> list[Kept]:
        raise ValueError("no")

    with pytest.raises(InsightError, match="geese can't be worked out: ValueError: no"):
        refresh(store, POLICY, 2_000, parts=[part_of("b"), Part("geese", fail)])
    with store.reading() as connection:
        assert (as_of(connection, "ducks"), as_of(connection, "geese")) == (1_000, None)


def test_store_that_fails_is_told_in_a_line_without_ids_and_asked_again(store: Store, monkeypatch) -> None:
    """A database that restarts doesn't end a refresh that runs for ever; once alone, it is an error."""
    turns: list[float] = []

    def fail(*_: object, **__: object) -> None:
        raise sa.exc.IntegrityError("INSERT", {"key": "buyer-7"}, sqlite3.IntegrityError("no"))

    def wait(seconds: float) -> None:
        turns.append(seconds)
        if len(turns) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(refreshing, "refresh", fail)
    monkeypatch.setattr(insight_command.time, "sleep", wait)
    asked = ["refresh", "--store", str(store.engine.url)]
    once = CliRunner().invoke(insight_command.insight, asked)
    assert (once.exit_code, once.output.count("\n"), once.output.startswith("Error: store ")) == (1, 1, True)
    often = CliRunner().invoke(insight_command.insight, [*asked, "--every", "5"])
    assert turns == [300, 300]
    assert often.output.count("again in 5 minutes") == 2
    assert "buyer-7" not in once.output + often.output


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_number_that_is_not_finite_is_refused(store: Store, number: float) -> None:
    """JSON has none, so its page would break; the line names the part and the result."""
    part = Part("ducks", lambda _: [Kept("a", 1, {"rate": number})])
    with pytest.raises(InsightError, match="ducks can't be worked out: ValueError: a: Out of range"):
        refresh(store, POLICY, 1_000, parts=[part])


@pytest.mark.usefixtures("store")
def test_round_that_fails_is_tried_again_and_a_signal_ends_it(tmp_path, monkeypatch) -> None:
    """A broken policy file is told in a line, and once it is mended all goes on, until SIGTERM."""
    policy = tmp_path / "policy.toml"
    policy.write_text("broken")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        policy.write_text(default_policy_path().read_text())
        if len(waited) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(insight_command.time, "sleep", wait)
    before = signal.getsignal(signal.SIGTERM)
    url = f"sqlite:///{tmp_path}/store.db"
    arguments = ["refresh", "--store", url, "--policy", str(policy), "--every", "15"]
    ended = CliRunner().invoke(insight_command.insight, arguments)
    assert (ended.exit_code, waited, signal.getsignal(signal.SIGTERM)) == (0, [900, 900], before)
    [line] = [line for line in ended.output.splitlines() if line.startswith("Error: ")]
    assert line.endswith("; again in 15 minutes")
    assert "0 merchants, 0 merchants_by_claims" in ended.output
