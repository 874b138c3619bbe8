"""One JSON shape for everything that goes wrong, put around BentoML's own.

    {"error": {"code": "invalid_claim", "message": "...", "fields": [{"field": "order.paid_at_ms", "reason": "..."}]}}

BentoML answers bad input in several shapes, one of which names its own classes; a caller should need only one.
"""

from __future__ import annotations

import json
from collections import deque
from typing import Any, Final, TypeAlias

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY_BYTES: Final = 64 * 1024  # a claim with the longest ids and text stays well below

Json: TypeAlias = dict[str, Any]

_BY_STATUS: Final = {
    404: ("not_found", "no such address; the API page lists those that there are"),
    405: ("method_not_allowed", "the address takes another method; the API page says which"),
    503: ("unavailable", "the service can't decide now; its log says why: try again later"),
}


def error_body(code: str, message: str, fields: list[dict[str, str]] | None = None) -> Json:
    """The body of an error: a stable code, a sentence, and the fields that are wrong."""
    return {"error": {"code": code, "message": message, "fields": fields or []}}


def error_response(status: int, code: str, message: str) -> JSONResponse:
    """An error as a response."""
    return JSONResponse(error_body(code, message), status_code=status)


def field_error_response(status: int, field: str, reason: str) -> JSONResponse:
    """An error of one field of a claim as a response."""
    body = error_body("invalid_claim", "the claim has a field that is wrong", [{"field": field, "reason": reason}])
    return JSONResponse(body, status_code=status)


class ErrorShapeMiddleware:
    """Refuses bodies that are too large, and gives the errors of BentoML's endpoints the one shape."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless its body is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        too_large = not length.isdecimal() or int(length) > LARGEST_BODY_BYTES
        messages = None if too_large else await _receive_body(receive)
        if messages is None:
            response = error_response(
                413, "too_large", f"the body is over {LARGEST_BODY_BYTES} bytes; a claim is far smaller"
            )
            await response(scope, receive, send)
            return

        async def receive_again() -> Message:
            return messages.popleft() if messages else await receive()

        await self._app(scope, receive_again, _Reshaper(send).send)


async def _receive_body(receive: Receive) -> deque[Message] | None:
    """The messages of a request's body, or None as soon as it is too large.

    Counted as they come, since a sender need not say beforehand how many bytes there will be.
    """
    messages: deque[Message] = deque()
    size = 0
    more = True
    while more:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > LARGEST_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return messages


class _Reshaper:
    """Holds back an error's response until its body is whole, then sends it in the one shape."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = json.dumps(reshape(self._start["status"], self._body), ensure_ascii=False).encode()
        headers = MutableHeaders(raw=list(self._start["headers"]))
        headers["content-type"] = "application/json"
        headers["content-length"] = str(len(body))
        await self._send({**self._start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def reshape(status: int, body: bytes) -> Json:
    """Turn the body of an error, in whatever shape it came, into the one shape."""
    content = _parse(body)
    match content:
        case {"error": {"code": str(code), "message": str(message), "fields": [*fields]}}:
            return error_body(code, message, fields)
        case {"detail": [*details]}:
            fields = [{"field": _path(detail), "reason": _reason(detail)} for detail in details]
            return error_body("invalid_claim", "the claim has fields that are missing or wrong", fields)
        case _ if status in _BY_STATUS:
            return error_body(*_BY_STATUS[status])
        case _ if status < 500:
            return error_body("invalid_body", "the body is no JSON object; send one with content type application/json")
        case _:
            return error_body("internal", "the service failed; send the same request again: a claim is decided once")


def _parse(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _path(detail: Json) -> str:
    return ".".join(str(part) for part in detail.get("loc", ())) or "body"


def _reason(detail: Json) -> str:
    return str(detail.get("msg", "is wrong")).removeprefix("Value error, ")
