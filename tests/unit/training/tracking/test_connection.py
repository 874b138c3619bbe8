"""MLflow is asked once whether it is there; who isn't answered learns it in one line, without passwords."""

from __future__ import annotations

import os
import socket

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from training.tracking import TrackingError, connect, where_to_look
from training.tracking.connection import ASKED_ONCE, failures_in_one_line, without_password


@pytest.fixture(autouse=True)
def own_address():
    """What a test tells MLflow is forgotten after it."""
    before = mlflow.get_tracking_uri()
    yield
    mlflow.set_tracking_uri(before)


@pytest.fixture
def closed_port():
    """A port that nobody listens on, and nobody else can take meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_connect_to_a_server_that_isnt_there_asks_once_and_says_so(closed_port, monkeypatch):
    """No minutes of retries: the line names the address without its password, and why."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://ann:secret@127.0.0.1:{closed_port}")
    asked = []
    connecting = socket.socket.connect
    monkeypatch.setattr(
        socket.socket, "connect", lambda self, address: asked.append(address) or connecting(self, address)
    )
    with pytest.raises(TrackingError) as caught:
        connect()
    assert asked == [("127.0.0.1", closed_port)]
    assert str(caught.value) == (
        f"no MLflow at this address, http://ann:***@127.0.0.1:{closed_port} (Connection refused); start it, or correct "
        "MLFLOW_TRACKING_URI"
    )


def test_connect_leaves_the_patience_of_later_questions_as_it_was(closed_port, monkeypatch):
    """What the user set, or didn't set, holds after the first look."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    with pytest.raises(TrackingError):
        connect()
    assert {name: os.environ.get(name) for name in ASKED_ONCE} == {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "77",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": None,
    }


def test_connect_to_an_address_of_no_kind_is_one_line(monkeypatch):
    """A typing error is met with the variable to correct."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nowhere://at-all")
    with pytest.raises(TrackingError, match=r"nowhere://at-all .*correct MLFLOW_TRACKING_URI"):
        connect()


def test_failure_on_the_way_names_what_was_tried_and_the_innermost_cause():
    """A server that goes away in the middle is a line too."""
    mlflow.set_tracking_uri("http://127.0.0.1:1")

    def ask():
        try:
            raise ConnectionResetError(104, "Connection reset by peer")
        except OSError as error:
            raise MlflowException("a long story\nof many lines") from error

    with pytest.raises(TrackingError) as caught, failures_in_one_line("logging"):
        ask()
    expected = "logging failed at http://127.0.0.1:1: Connection reset by peer; mend that and try again"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("http://host:5000", "http://host:5000"),
        ("postgresql://ann:se:cret@db:5432/mlflow", "postgresql://ann:***@db:5432/mlflow"),
        ("http://ann@host/x", "http://ann@host/x"),
    ],
)
def test_address_is_shown_without_its_password(uri, shown):
    """Terminals and cards are read by many."""
    assert without_password(uri) == shown


def test_where_to_look_is_a_page_or_a_command():
    """A server has its page; a file needs a command that shows it."""
    assert where_to_look("http://host:5000/", "3", "abc") == "http://host:5000/#/experiments/3/runs/abc"
    assert where_to_look("sqlite:///mlflow.db", "3", "abc") == "mlflow ui --backend-store-uri sqlite:///mlflow.db"
