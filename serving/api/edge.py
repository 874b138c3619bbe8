"""From a connection to a handler and back.

It stands before BentoML's own application, as one of its middlewares: a request passes no router, no tracing and no
second parsing on its way, which would take longer than deciding a claim does.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.endpoint import JSON_TYPE, ApiError, Call, Caller, Endpoint, Reply
from serving.api.office import Office

LOGGER: Final = logging.getLogger("clearclaim.api")
NOBODY: Final = Caller("nobody", frozenset())

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_NOT_FOUND: Final = ApiError(404, "not_found", "no such address; the API page lists those that there are")
_FAILED: Final = ApiError(500, "internal", "the service failed; send the same request again: a claim is decided once")
_NOT_OPEN: Final = ApiError(
    503, "unavailable", "the service isn't open yet; try again later", headers=((b"retry-after", b"1"),)
)
_WRONG_TYPE: Final = ApiError(
    415, "invalid_body", "the body is no JSON object; send one with content type application/json"
)


class Door:
    """Where the edge finds the office: BentoML makes the one before the other."""

    def __init__(self) -> None:
        self.office: Office | None = None


class Routes:
    """Finds the endpoint of a method and a path."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}
        for each in endpoints:
            self._exact.setdefault(each.path, {})[each.method] = each
            if "{" in each.path:
                names = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(each.path))
                self._patterns[each.path] = re.compile(names)

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        """The endpoint of a path as it was sent, and what stands in its braces, where %2F is part of a value.

        Raises:
            ApiError: 404 for a path that leads nowhere, 405 for another method.
        """
        methods, values = self._exact.get(path), dict[str, str]()
        if methods is None or "{" in path:
            for pattern_path, pattern in self._patterns.items():
                if match := pattern.fullmatch(path):
                    methods = self._exact[pattern_path]
                    values = {name: unquote(value) for name, value in match.groupdict().items()}
                    break
            else:
                raise _NOT_FOUND
        endpoint = methods.get(method)
        if endpoint is None:
            allow = ", ".join(sorted(methods)).encode()
            raise ApiError(
                405,
                "method_not_allowed",
                "the address takes another method; the API page says which",
                headers=((b"allow", allow),),
            )
        return endpoint, values


class Edge:
    """An ASGI middleware that answers all requests; only what is no request goes on to BentoML's application."""

    def __init__(self, app: ASGIApp, *, door: Door, endpoints: Iterable[Endpoint]) -> None:
        self._app, self._door, self._routes = app, door, Routes(endpoints)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        try:
            reply = await self._answer(scope, receive, request_id)
        except ApiError as error:
            reply = reply_to(error)
        except Exception:
            LOGGER.exception("request %s failed", request_id)
            reply = reply_to(_FAILED)
        await _send(send, reply, request_id)

    async def _answer(self, scope: Scope, receive: Receive, request_id: str) -> Reply:
        office = self._door.office
        if office is None:
            raise _NOT_OPEN
        endpoint, values = self._routes.find(scope["method"], scope["raw_path"].decode("latin-1"))
        body = b""
        if endpoint.request is not None:
            body = await _read_body(scope, receive, endpoint.largest_body_bytes)
        query = _query(scope["query_string"]) if scope["query_string"] else {}
        call = Call(body=body, path_values=values, query=query, caller=NOBODY, request_id=request_id)
        return await endpoint.handler(office, call)


def _query(text: bytes) -> dict[str, str]:
    # a value that is there but empty isn't one that is missing: it is wrong, and its endpoint says so
    return dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True))


async def _read_body(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The whole body, counted as it comes: a sender need not say beforehand how many bytes there will be."""
    content_type = b""
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type = value
        elif name == b"content-length" and not (value.isdigit() and int(value) <= largest):
            raise _too_large(largest)
    if content_type.partition(b";")[0].strip().lower() != JSON_TYPE:
        raise _WRONG_TYPE
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > largest:
            raise _too_large(largest)
    return body


def _too_large(largest: int) -> ApiError:
    return ApiError(413, "too_large", f"the body is over {largest} bytes; send less at once")


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)


def reply_to(error: ApiError) -> Reply:
    """An error in the one shape."""
    fields = [{"field": name, "reason": reason} for name, reason in error.fields]
    content = {"error": {"code": error.code, "message": error.message, "fields": fields}}
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Reply(body=body, status=error.status, headers=error.headers)


async def _send(send: Send, reply: Reply, request_id: str) -> None:
    headers = [
        (b"content-type", reply.content_type),
        (b"content-length", b"%d" % len(reply.body)),
        (b"x-request-id", request_id.encode()),
        *reply.headers,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
