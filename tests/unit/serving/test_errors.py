"""Whatever goes wrong, the caller gets one shape; and no body is larger than a claim can be."""

import asyncio
import json
from collections.abc import Iterable

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import LARGEST_BODY_BYTES, ErrorShapeMiddleware, Json, error_body, field_error_response, reshape

PARTS = {"code", "message", "fields"}
ANSWER_SECONDS = 10


def as_bytes(content: object) -> bytes:
    return json.dumps(content).encode()


# --- the shapes that BentoML and Starlette produce


def test_validation_errors_become_fields_with_reasons() -> None:
    """Each wrong field is named by its path, in plain words; the names of classes stay inside."""
    body = as_bytes(
        {
            "error": "2 validation error for ClaimIODescriptor",
            "detail": [
                {"type": "missing", "loc": ["order", "paid_at_ms"], "msg": "Field required", "url": "https://x"},
                {"type": "value_error", "loc": ["order"], "msg": "Value error, delivered_at_ms is before paid_at_ms"},
            ],
        }
    )
    assert reshape(400, body) == {
        "error": {
            "code": "invalid_claim",
            "message": "the claim has fields that are missing or wrong",
            "fields": [
                {"field": "order.paid_at_ms", "reason": "Field required"},
                {"field": "order", "reason": "delivered_at_ms is before paid_at_ms"},
            ],
        }
    }


def test_error_of_the_whole_body_names_the_body() -> None:
    """Malformed JSON has no field to name."""
    reshaped = reshape(400, as_bytes({"detail": [{"type": "json_invalid", "loc": [], "msg": "Invalid JSON: EOF"}]}))
    assert reshaped["error"]["fields"] == [{"field": "body", "reason": "Invalid JSON: EOF"}]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, as_bytes([{"error": "pydantic_core.ValidationError: secrets"}]), "invalid_body"),
        (415, as_bytes([{"error": "application/vnd.bentoml+pickle is not allowed in main server"}]), "invalid_body"),
        (404, b"Not Found", "not_found"),
        (404, as_bytes({"error": "task_id not found"}), "not_found"),
        (405, b"Method Not Allowed", "method_not_allowed"),
        (500, as_bytes({"error": "An unexpected error has occurred, please check the server log."}), "internal"),
        (500, b"Traceback (most recent call last): secrets", "internal"),
        (500, b"", "internal"),
        (500, b"\xff\xfe", "internal"),
        (500, b"null", "internal"),
        (503, b"Service is not ready because .__is_ready__() returns False.", "unavailable"),
        (503, as_bytes({"error": "process is overloaded"}), "unavailable"),
        (504, as_bytes({"error": "timed out"}), "internal"),
    ],
)
def test_error_of_any_shape_gets_the_one_shape_and_gives_nothing_away(status: int, body: bytes, code: str) -> None:
    """A code and a sentence; nothing of what was inside comes out."""
    error = reshape(status, body)["error"]
    assert set(error) == PARTS
    assert error["code"] == code
    assert error["fields"] == []
    for inside in ("secrets", "Traceback", "pydantic", "bentoml", "__is_ready__", "server log."):
        assert inside not in error["message"]


@pytest.mark.parametrize("status", [400, 404, 409, 500, 503])
def test_error_that_has_the_one_shape_is_left_as_it_is(status: int) -> None:
    """The service's own errors keep their words."""
    body = error_body("claim_conflict", "give a new claim a new id", [{"field": "claim_id", "reason": "is taken"}])
    assert reshape(status, as_bytes(body)) == body


def test_field_error_has_the_one_shape() -> None:
    """An error found later than by the schema reads like the schema's."""
    response = field_error_response(400, "filed_at_ms", "lies in the future")
    assert response.status_code == 400
    error = json.loads(response.body)["error"]
    assert set(error) == PARTS
    assert error["code"] == "invalid_claim"
    assert error["fields"] == [{"field": "filed_at_ms", "reason": "lies in the future"}]


# --- the middleware


class Echo:
    """An app that keeps what it was sent, and answers with a given response."""

    def __init__(self, response: ASGIApp) -> None:
        self.response = response
        self.body = b""
        self.messages: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            self.messages.append(message["type"])
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        await self.response(scope, receive, send)


def request(app: ASGIApp, chunks: Iterable[bytes] = (), headers: dict[str, str] | None = None) -> tuple[int, Json]:
    """Send a request's chunks through the middleware; return the response's status and body."""
    pending = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    pending.append({"type": "http.request", "body": b"", "more_body": False})
    status, body = respond(app, pending, headers)
    return status, json.loads(body)


def respond(app: ASGIApp, pending: list[Message], headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    sent: list[Message] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/score",
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }

    async def receive() -> Message:
        if not pending:  # a server's caller that has said all waits for the answer
            await asyncio.Event().wait()
        return pending.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(ErrorShapeMiddleware(app)(scope, receive, send), ANSWER_SECONDS))
    start, *rest = sent
    body = b"".join(message.get("body", b"") for message in rest)
    lengths = [value for name, value in start["headers"] if name == b"content-length"]
    assert lengths in ([], [str(len(body)).encode()])
    return start["status"], body


def test_body_of_the_largest_size_reaches_the_app_whole() -> None:
    """The limit itself is allowed, in however many pieces it comes."""
    app = Echo(JSONResponse({"fine": True}))
    chunks = [b"a" * 30_000, b"b" * 30_000, b"c" * (LARGEST_BODY_BYTES - 60_000)]
    assert request(app, chunks) == (200, {"fine": True})
    assert app.body == b"".join(chunks)


@pytest.mark.parametrize(
    ("chunks", "headers"),
    [
        ([b"a" * LARGEST_BODY_BYTES, b"b"], None),
        ([b"a" * (LARGEST_BODY_BYTES + 1)], None),
        ([b"a" * 1_000] * 70, {"transfer-encoding": "chunked"}),
        ([b"a" * 1_000] * 70, {"content-length": "10"}),
    ],
)
def test_body_that_is_too_large_is_refused_however_it_comes(
    chunks: list[bytes], headers: dict[str, str] | None
) -> None:
    """Bytes are counted, and what a sender says of them isn't believed."""
    app = Echo(JSONResponse({"fine": True}))
    status, content = request(app, chunks, headers)
    assert (status, content["error"]["code"], set(content["error"])) == (413, "too_large", PARTS)
    assert app.messages == []


@pytest.mark.parametrize("length", [str(LARGEST_BODY_BYTES + 1), "9" * 30, "-1", "many", "1e3"])
def test_body_that_is_said_to_be_too_large_is_refused_unread(length: str) -> None:
    """Nobody waits for a body that won't be taken."""
    app = Echo(JSONResponse({"fine": True}))
    status, content = request(app, [b"{}"], {"content-length": length})
    assert (status, content["error"]["code"]) == (413, "too_large")
    assert app.messages == []


def test_sender_that_goes_away_midway_is_passed_on() -> None:
    """The app learns of it, and doesn't take half a body for a whole one."""
    app = Echo(JSONResponse({"fine": True}))
    respond(app, [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    assert app.messages == ["http.request", "http.disconnect"]


def test_answer_is_passed_on_untouched() -> None:
    """Only errors are reshaped."""
    assert respond(Echo(PlainTextResponse("ready")), [{"type": "http.request"}]) == (200, b"ready")


def test_error_that_comes_in_pieces_is_reshaped_once_it_is_whole() -> None:
    """The body and its length agree."""
    pieces = StreamingResponse(iter([b'{"detail": [{"loc": ["amount_minor"],', b' "msg": "is wrong"}]}']), 400)
    status, content = request(Echo(pieces))
    assert status == 400
    assert content["error"]["fields"] == [{"field": "amount_minor", "reason": "is wrong"}]


def test_error_keeps_its_headers() -> None:
    """A 405 still says which method is allowed; what described the old body describes the new one."""
    response = PlainTextResponse("Method Not Allowed", 405, {"allow": "POST"})
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(ErrorShapeMiddleware(response)({"type": "http", "headers": []}, receive, send))
    headers = dict(sent[0]["headers"])
    assert (headers[b"allow"], headers[b"content-type"]) == (b"POST", b"application/json")
    assert headers[b"content-length"] == str(len(sent[1]["body"])).encode()


def test_other_protocols_are_passed_on() -> None:
    """The server's start and stop messages are none of its business."""
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def never() -> Message:
        raise AssertionError

    async def ignore(_: Message) -> None:
        raise AssertionError

    asyncio.run(ErrorShapeMiddleware(app)({"type": "lifespan"}, never, ignore))
    assert seen == ["lifespan"]
