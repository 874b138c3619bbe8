"""The commands that look after a store, as an operator types them."""

import pytest
from click.testing import CliRunner

from features.event_file import from_events, write_events
from serving.cli import main
from tests.contract.stores import contents


@pytest.fixture
def run():
    """Run `clearclaim` with arguments."""
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path, history, later):
    """A file of events."""
    write_events(from_events([*history, *later]), tmp_path / "events.parquet")
    return tmp_path / "events.parquet"


def test_events_go_in_and_out_and_history_is_pruned_and_rebuilt(run, url, open_store, file, tmp_path):
    """Every step says in one line what it did."""
    result = run("events", "import", file, "--store", url, "--part-events", 3)
    assert result.output.endswith("rows of history\n")
    assert "16 new events, 0 known already" in result.output
    before = contents(open_store(url))
    result = run("events", "export", tmp_path / "copy.ndjson.gz", "--store", url)
    assert f"16 events in {tmp_path / 'copy.ndjson.gz'}\n" in result.output
    result = run("events", "import", tmp_path / "copy.ndjson.gz", "--store", url)
    assert "0 new events, 16 known already, 0 rows of history\n" in result.output
    result = run("history", "prune", "--store", url)
    assert "0 rows of history and 0 events removed\n" in result.output
    result = run("history", "rebuild", "--store", url)
    assert result.exit_code == 0
    assert contents(open_store(url)) == before
    result = run("store", "upgrade", "--store", url)
    assert result.output == "up to date already; nothing changed\n"


@pytest.mark.parametrize(
    "command",
    [("events", "export", "out.parquet"), ("history", "rebuild"), ("history", "prune"), ("store", "upgrade")],
)
def test_store_that_is_not_there_is_refused_in_a_line(run, url, command):
    """Nothing is made for a mistyped URL, and there is no trace."""
    result = run(*command, "--store", url)
    assert result.exit_code == 1
    assert result.output.startswith(("Error: store sqlite:///", "Error: store postgresql://"))
    assert len(result.output.splitlines()) == 1


def test_days_that_are_too_few_are_refused(run, url, open_store):
    """The message says how many are needed."""
    open_store(url)
    result = run("history", "prune", "--keep-days", 1, "--store", url)
    assert (result.exit_code, result.output[:45]) == (1, "Error: --keep-days 1: the longest window of t")


def test_help_of_pruning_says_what_goes_for_good(run):
    """Whoever removes events is told what that costs."""
    text = " ".join(run("history", "prune", "--help").output.split())
    assert "'history rebuild' needs all of it" in text
    assert "With --events, events of that age go as well. Export them before" in text
