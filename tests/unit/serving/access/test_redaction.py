"""What log records may say."""

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import serving
from features.events import EventError
from features.store import Store, StoreError
from serving.access.key_text import make_key
from serving.access.redaction import PERSONAL, clean, error_text, redact, redact_all_logs, redact_fields
from serving.claim import Claim
from serving.claim_desk import ClaimDesk
from serving.policy import PolicyError
from serving.settings import SettingsError
from tests.unit.serving.claims import claim_content, make_claim

SECRETS = {"buyer_id": "Ann-17", "device_id": "Phone-3", "address_id": "Elm-Street-9", "payment_id": "Card-4711"}
OF_THE_ORDER = {name: value for name, value in SECRETS.items() if name != "device_id"}
TEXT = 'my neighbour\'s "dog" ate it'


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """All that loggers of the service write from here on, as lines, with records cleaned when they are made."""
    stream, before = io.StringIO(), logging.getLogRecordFactory()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger("clearclaim")
    root.addHandler(handler)
    redact_all_logs()
    redact_all_logs()
    yield stream.getvalue
    logging.setLogRecordFactory(before)
    root.removeHandler(handler)


def nothing_personal(text: str) -> None:
    for value in (*SECRETS.values(), TEXT, "neighbour"):
        assert value not in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def", "Authorization: [withheld] [withheld]"),
        ("sent bearer abc", "sent bearer [withheld]"),
        ("postgresql+pg8000://ann:hush@host/shop", "postgresql+pg8000://ann:***@host/shop"),
        ("{'buyer_id': 'B \\'1', 'order_id': 'O1'}", "{'buyer_id': [withheld], 'order_id': 'O1'}"),
        ('{"address_id":"A1","quantity":1}', '{"address_id":[withheld],"quantity":1}'),
        ("Event(device_id=D1, text=None)", "Event(device_id=[withheld], text=[withheld])"),
        ("[SQL: SELECT ?]\n[parameters: ('Ann', 5)]\n(see)", "[SQL: SELECT ?]\n[parameters withheld]"),
        ("request 0a1b took 3 ms for claim C1", "request 0a1b took 3 ms for claim C1"),
        ("the context: fine", "the context: fine"),
    ],
)
def test_redacted_text_keeps_all_but_what_is_personal(text: str, expected: str) -> None:
    """By the name of the field, or by the form of the secret."""
    assert redact(text) == expected


def test_key_in_a_text_is_known_by_its_id_only() -> None:
    """So an operator knows which one to revoke."""
    key = make_key()
    assert redact(f"got {key.text}!") == f"got cc_{key.id}_[withheld]!"


def test_fields_of_a_structured_record_lose_what_is_personal_however_deep() -> None:
    """Personal ones are gone, others keep their values and types."""
    content = claim_content(order=OF_THE_ORDER, device_id=SECRETS["device_id"], text=TEXT)
    redacted = redact_fields({"request_id": "r1", "claims": [content], "body": b"{}", "times": (1, 2.5, None)})
    nothing_personal(json.dumps(redacted))
    assert redacted["request_id"] == "r1"
    assert redacted["times"] == [1, 2.5, None]
    assert redacted["claims"][0]["order"]["merchant_id"] == "M1"


def raised(error: BaseException) -> BaseException:
    """The error, as it is after it was raised."""
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "last"),
    [
        (ValueError(f"bad {TEXT}"), "ValueError: [withheld]"),
        (KeyError("Ann-17"), "KeyError: [withheld]"),
        (RuntimeError(), "RuntimeError"),
        (OSError(28, "No space left on device", "/data/Ann-17"), "OSError: [Errno 28] No space left on device"),
        (
            EventError("event 'e1', field buyer_id: is 'Ann-17'; an id is printable"),
            "features.events.EventError: event [withheld], field buyer_id: is [withheld]; an id is printable",
        ),
        (
            StoreError("store s: no layout; run 'clearclaim history rebuild'"),
            "features.store.errors.StoreError: store s: no layout; run 'clearclaim history rebuild'",
        ),
        (SettingsError("CLEARCLAIM_AUTH: is 'x'"), "serving.settings.SettingsError: CLEARCLAIM_AUTH: is 'x'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_error_is_told_by_type_and_place_and_by_what_cannot_hold_a_value(error: Exception, last: str) -> None:
    """Our own messages lose what they quote, others' are withheld; the lines of code stay."""
    text = error_text(raised(error))
    assert text.splitlines()[-1] == last
    assert "in raised" in text
    assert "    raise error" in text
    nothing_personal(text)


def test_errors_that_led_to_an_error_are_told_too() -> None:
    """The first cause first; a circle of them ends."""
    first, error = EventError("event 'Ann-17' is wrong"), ValueError("Ann-17")
    error.__cause__, first.__context__ = first, error
    lines = error_text(error).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "features.events.EventError: event [withheld] is wrong",
        "and then:",
        "ValueError: [withheld]",
    ]


def test_database_error_tells_neither_row_nor_parameters(store: Store, logged: Callable[[], str]) -> None:
    """A row that is refused is somebody's."""
    with pytest.raises(sa.exc.DBAPIError) as caught, store.writing() as connection:
        connection.execute(sa.text("INSERT INTO event (event_id) VALUES (:buyer)"), {"buyer": SECRETS["buyer_id"]})
    assert "Ann-17" not in str(caught.value)
    logging.getLogger("clearclaim.api").error("failed", exc_info=caught.value)
    assert "IntegrityError: NOT NULL constraint failed: event.kind" in logged()
    nothing_personal(logged())


def test_server_of_postgresql_is_quoted_without_details() -> None:
    """Its details hold the row; its message quotes names and values alike."""
    told = {"C": "23505", "M": 'duplicate key value violates "Ann-17"', "D": "Key (buyer_id)=(Ann-17) already exists."}
    error = sa.exc.DBAPIError("INSERT", {}, Exception(told))
    assert error_text(error).endswith("Exception: 23505 duplicate key value violates [withheld]")


def test_claim_that_fails_leaves_nothing_personal_in_the_log(
    desk: ClaimDesk, monkeypatch: pytest.MonkeyPatch, logged: Callable[[], str]
) -> None:
    """Whatever breaks while a claim is decided, and with whatever message."""
    claim = make_claim(order=OF_THE_ORDER, device_id=SECRETS["device_id"], text=TEXT)
    logger = logging.getLogger("clearclaim.api")
    for failure in (
        RuntimeError(f"cannot decide {claim!r}"),
        ValueError(claim.model_dump_json()),
        EventError(f"event {claim.order.buyer_id!r}: {claim.text!r}"),
        sa.exc.StatementError(f"bad {claim}", "INSERT", {"text": TEXT}, ValueError(TEXT)),
    ):

        def fail(*_: Any, error: Exception = failure) -> None:
            raise error

        monkeypatch.setattr("serving.claim_desk.judge_estimated", fail)
        try:
            desk.score(claim)
        except Exception as error:
            logger.exception("request %s failed", "r1")
            logger.warning("request %s failed: %s", "r1", error)
    assert logged().count("request r1 failed") == 8
    nothing_personal(logged())


def test_claim_in_a_message_by_mistake_is_told_without_what_is_personal(logged: Callable[[], str]) -> None:
    """Even where somebody logs a whole claim."""
    claim = make_claim(order=OF_THE_ORDER, device_id=SECRETS["device_id"], text=TEXT)
    logger = logging.getLogger("clearclaim.api")
    logger.warning("claim %s", claim)
    logger.warning("claim %r", claim)
    logger.warning(claim.model_dump_json())
    logger.warning("claim %s", claim.model_dump())
    nothing_personal(logged())
    assert logged().count("claim_id") == 4


def test_errors_for_operators_are_told_in_full(logged: Callable[[], str]) -> None:
    """A mistake in the policy's file can be mended by who reads of it."""
    logging.getLogger("clearclaim.policy").error(
        "%s; until then", PolicyError("p.toml: 'costs.fee': is 'x'; use a number")
    )
    assert logged() == "p.toml: 'costs.fee': is 'x'; use a number; until then\n"


def test_record_that_does_not_fit_its_arguments_is_told_of(logged: Callable[[], str]) -> None:
    """A mistake in a message stops nothing and shows no argument."""
    logging.getLogger("clearclaim.api").warning("%d claims", "Ann-17")
    assert logged() == "clearclaim.api: a message that doesn't fit its arguments\n"


def test_record_of_others_is_cleaned_of_its_exception_text() -> None:
    """Some hand on an exception as text."""
    record = logging.LogRecord("other", logging.ERROR, "", 1, "failed", (), None)
    record.exc_text = "ValueError: buyer_id='Ann-17'"
    assert clean(record).exc_text == "ValueError: buyer_id=[withheld]"


def test_names_of_personal_fields_are_those_of_claims() -> None:
    """A field that is renamed would be told."""
    names = {*Claim.model_fields, *Claim.model_fields["order"].annotation.model_fields}  # type: ignore[union-attr]
    assert {"text", *SECRETS} <= names & PERSONAL


def named(node: ast.AST) -> Iterator[str]:
    """What an expression takes: of claim.claim_id the claim_id, and not the claim."""
    if isinstance(node, ast.Attribute):
        yield node.attr
        return
    if isinstance(node, ast.Name):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from named(child)


def test_no_call_of_a_logger_is_given_anything_personal() -> None:
    """Messages are constants, and their arguments are no claims, events, bodies or members."""
    personal = {*PERSONAL, "claim", "claims", "event", "events", "body", "content", "row", "rows", "header", "secret"}
    found = []
    for path in sorted(Path(serving.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="LOGGER"), attr=_), args=[first, *rest]):
                    said = ast.unparse(node)
                    names = {name for argument in rest for name in named(argument)}
                    good = isinstance(first, ast.Constant) and not names & personal
                    found.append((f"{path}:{node.lineno}: {said}", good))
                case _:
                    pass
    assert len(found) >= 5
    assert [said for said, good in found if not good] == []
