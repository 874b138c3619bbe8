"""Each line of the log is a JSON object with the request's id, and holds nothing of a person."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from serving.bundle import BundleError
from serving.claim import Claim
from serving.observing.access_log import SLOW_SECONDS, AccessLog, AccessMode
from serving.observing.json_logs import FIELDS, REQUEST_ID, configure_logs
from tests.unit.serving.claims import claim_content

LOGGERS = ("", "bentoml", "bentoml.serve", "uvicorn.error", "clearclaim", "clearclaim.test", "clearclaim.access")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a worker logs, from when it is configured; all loggers are as before afterwards."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger, logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    logging.getLogger("bentoml").addHandler(logging.StreamHandler(io.StringIO()))
    logging.getLogger("bentoml").propagate = False
    stream = io.StringIO()
    configure_logs("2", stream)
    yield stream
    logging.captureWarnings(capture=False)
    for logger, handlers, propagate, level in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_line_tells_when_how_grave_who_what_and_in_which_request(log: io.StringIO) -> None:
    """Whoever collects logs can search for each of these."""
    token = REQUEST_ID.set("req-7")
    logging.getLogger("clearclaim.test").info("claim %s waits", "C1", extra={"claim_id": "C1", "seconds": 0.5})
    REQUEST_ID.reset(token)
    logging.getLogger("clearclaim.test").warning("two\nlines")
    first, second = lines(log)
    assert first.pop("ts").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "clearclaim.test",
        "message": "claim C1 waits",
        "worker": "2",
        "request_id": "req-7",
        "claim_id": "C1",
        "seconds": 0.5,
    }
    assert second["message"] == "two\nlines"
    assert "request_id" not in second


def test_field_that_is_not_named_goes_nowhere(log: io.StringIO) -> None:
    """A buyer's id and words stay where they are, however they were given."""
    personal = {"buyer_id": "B-secret", "text": "my daughter is ill", "address_id": "A-secret", "device_id": "D-secret"}
    logging.getLogger("clearclaim.test").warning("odd claim", extra={**personal, "claim_id": "C1"})
    assert "secret" not in log.getvalue()
    assert "daughter" not in log.getvalue()
    assert not {"buyer_id", "merchant_id", "address_id", "device_id", "text", "payment_id"} & set(FIELDS)


def test_error_of_a_library_is_told_without_the_values_that_it_quotes(log: io.StringIO) -> None:
    """Pydantic's messages hold the input; its kind and its place are enough to find it."""
    try:
        Claim.model_validate({**claim_content(), "buyer_email": "ann@example.org"})
    except ValueError:
        logging.getLogger("clearclaim.test").exception("request failed")
    [line] = lines(log)
    assert "ann@example.org" not in log.getvalue()
    assert line["error"][0]["kind"] == "pydantic_core._pydantic_core.ValidationError"
    assert "test_logs.py" in line["error"][0]["where"][0]


def test_error_of_our_own_is_told_with_its_message_and_what_it_came_from(log: io.StringIO) -> None:
    """Our messages say what to do, and quote nothing of a person."""

    def fail() -> None:
        raise BundleError("card.md: can't be read; copy the bundle again") from OSError("B-secret")

    try:
        fail()
    except BundleError:
        logging.getLogger("clearclaim.test").exception("no model")
    [line] = lines(log)
    assert [each.get("message") for each in line["error"]] == ["card.md: can't be read; copy the bundle again", None]
    assert line["error"][1]["kind"] == "builtins.OSError"
    assert "secret" not in log.getvalue()


def test_lines_of_bentoml_and_the_server_and_warnings_are_json_too(log: io.StringIO) -> None:
    """One format for whatever the worker says, each line once."""
    logging.getLogger("bentoml.serve").warning("slow start")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old setting", UserWarning, stacklevel=1)
    assert [line["logger"] for line in lines(log)] == ["bentoml.serve", "uvicorn.error", "py.warnings"]


@pytest.mark.parametrize(
    ("mode", "status", "seconds", "level"),
    [
        ("slow", 200, SLOW_SECONDS - 0.01, None),
        ("slow", 404, 0.001, None),
        ("slow", 200, SLOW_SECONDS, "warning"),
        ("slow", 503, 0.001, "warning"),
        ("all", 200, 0.001, "info"),
        ("all", 500, 0.001, "warning"),
        ("off", 500, 9.0, None),
    ],
)
def test_request_is_logged_where_it_was_slow_or_failed_or_all_are(
    log: io.StringIO, mode: AccessMode, status: int, seconds: float, level: str | None
) -> None:
    """What goes well costs no line unless somebody wants one; what callers do wrong is theirs to log."""
    AccessLog(mode).request("POST", "/v1/claims/{claim_id}", status, seconds, caller="shop")
    found = [(line["level"], line["status"], line["endpoint"], line["caller"]) for line in lines(log)]
    assert found == ([] if level is None else [(level, status, "/v1/claims/{claim_id}", "shop")])
