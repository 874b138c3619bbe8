"""A training that can't be done says why in one line, and registers nothing."""

from __future__ import annotations

import socket

import pytest


@pytest.fixture
def refused(week, look):
    """Run a training that must fail, and return its one line."""

    def run(*arguments, **environment):
        before = look(week.workshop)
        done = week.workshop.run("train", *arguments, **environment)
        assert done.returncode == 1
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        *steps, line = done.stderr.splitlines()
        assert line.startswith("Error: ")
        assert not any(step.startswith("Error: ") for step in steps)
        assert look(week.workshop) == before
        return line

    return run


def test_training_on_a_missing_file_is_refused(refused):
    """The line names the file."""
    assert "data/missing.parquet" in refused("--events", "data/missing.parquet")


def test_training_on_too_few_events_is_refused(week, refused):
    """The line says what is lacking."""
    week.workshop.do("simulate", "--orders", "800", "--days", "60", "--out", "small")
    assert "bring a longer history" in refused("--events", "small/events.parquet")


def test_training_with_a_wrong_mlflow_address_is_refused_before_it_begins(week, refused):
    """Nobody waits for a training that can't be kept."""
    line = refused("--events", week.workshop.events, MLFLOW_TRACKING_URI="nowhere://at-all")
    assert "correct MLFLOW_TRACKING_URI" in line


def test_training_with_a_tracking_server_that_isnt_there_is_refused_before_it_begins(week, refused):
    """A server that is down is one line, and not minutes of retries and a trace."""
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        line = refused("--events", week.workshop.events, MLFLOW_TRACKING_URI=address)
    assert line.startswith(f"Error: no MLflow at this address, {address} (Connection refused); start it")


def test_training_on_buyers_who_return_is_refused_where_they_are_to_be_apart(week, refused):
    """The line counts them, and names the option that leaves them out."""
    line = refused("--events", week.workshop.events, "--buyers", "apart")
    assert "claims are of buyers who have claims in train or calibration too" in line
    assert "--drop-shared train" in line


def test_training_with_an_excuse_that_gives_no_reason_is_refused(week, refused):
    """Before anything is read."""
    assert "use COLUMN=WHY" in refused("--events", week.workshop.events, "--excuse", "ring_size")


def test_training_with_a_policy_that_is_none_is_refused_before_it_begins(week, refused):
    """The line names the file."""
    line = refused("--events", week.workshop.events, "--policy", "missing.toml")
    assert "missing.toml" in line
