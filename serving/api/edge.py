"""From a connection to a handler and back.

It stands before BentoML's own application, as one of its middlewares: a request passes no router, no tracing and no
second parsing on its way, which would take longer than deciding a claim does.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.access.callers import NOBODY
from serving.access.headers import security_headers
from serving.api.bodies import wrong_value
from serving.api.endpoint import EVERYBODY, JSON_TYPE, ApiError, Call, Endpoint, Headers, Reply
from serving.api.office import Office
from serving.observing.json_logs import REQUEST_ID
from serving.observing.laps import Laps

LOGGER: Final = logging.getLogger("clearclaim.api")

CONSOLE: Final = "/console"
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_NOT_FOUND: Final = ApiError(404, "not_found", "no such address; the API page lists those that there are")
_FAILED: Final = ApiError(500, "internal", "the service failed; send the same request again: a claim is decided once")
_NOT_OPEN: Final = ApiError(
    503, "unavailable", "the service isn't open yet; try again later", headers=((b"retry-after", b"1"),)
)
_WRONG_TYPE: Final = ApiError(
    415, "invalid_body", "the body is no JSON object; send one with content type application/json"
)

_COMPRESSED: Final = ApiError(
    415,
    "invalid_body",
    "the body is compressed; send it as it is, without content-encoding",
    headers=((b"accept-encoding", b"identity"),),
)


async def closed_console(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """What stands in the console's place before its store is open.

    Raises:
        ApiError: 503, to come again.
    """
    raise _NOT_OPEN


class Door:
    """Where the edge finds the office: BentoML makes the one before the other."""

    def __init__(self) -> None:
        self.office: Office | None = None
        self.console: ASGIApp | None = None  # answers the paths of people's pages
        self.headers: Headers = security_headers()  # of every response


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

        HEAD is answered as GET is, as uptime checkers ask.

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
        endpoint = methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            allow = ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods)).encode()
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
        request = _Request(_request_id(scope))
        REQUEST_ID.set(request.id)
        try:
            if self._door.console is not None and _is_page(scope["raw_path"]):
                await self._show(scope, receive, send, request)
                return
            reply = await self._answer(scope, receive, request)
        except ApiError as error:
            reply = reply_to(error)
        except Exception:
            LOGGER.exception("request %s failed", request.id)
            reply = reply_to(_FAILED)
        request.laps.begin()
        await _send(send, reply, request.id, self._door.headers, has_body=scope["method"] != "HEAD")
        request.laps.lap("respond")
        if self._door.office is not None:
            _count(self._door.office, scope["method"], request, reply.status)

    async def _show(self, scope: Scope, receive: Receive, send: Send, request: _Request) -> None:
        """Have a page answered by the console, which has headers of its own, and count it."""
        console, office, status = self._door.console, self._door.office, 500
        if console is None or office is None:
            raise _NOT_OPEN

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request.id.encode())]
            await send(message)

        await console(scope, receive, note_status)
        seconds = time.perf_counter() - request.began
        office.metrics.count_request(CONSOLE, status, seconds)
        office.access_log.request(scope["method"], CONSOLE, status, seconds, request.caller.name)

    async def _answer(self, scope: Scope, receive: Receive, request: _Request) -> Reply:
        office = self._door.office
        if office is None:
            raise _NOT_OPEN
        endpoint, values = self._routes.find(scope["method"], scope["raw_path"].decode("latin-1"))
        request.endpoint = endpoint
        caller = NOBODY if endpoint.scopes == EVERYBODY else office.guard.caller_of(scope, endpoint)
        request.caller = caller
        body = b""
        if endpoint.request is not None:
            request.laps.begin()
            body = await _read_body(scope, receive, endpoint.largest_body_bytes)
            request.laps.lap("read_body")
        query = _query(scope["query_string"], endpoint) if scope["query_string"] else {}
        call = Call(body=body, path_values=values, query=query, caller=caller, request_id=request.id, laps=request.laps)
        return await endpoint.handler(office, call)


def _is_page(raw_path: bytes) -> bool:
    return raw_path.startswith(b"/console") and raw_path[8:9] in {b"", b"/"}


class _Request:
    """What becomes known of a request on its way."""

    __slots__ = ("began", "caller", "endpoint", "id", "laps")

    def __init__(self, request_id: str) -> None:
        self.id = request_id
        self.began = time.perf_counter()
        self.endpoint: Endpoint | None = None
        self.caller = NOBODY
        self.laps = Laps()


def _count(office: Office, method: str, request: _Request, status: int) -> None:
    """Note a request that is answered; never its own path, which anybody may make up."""
    endpoint, seconds = request.endpoint, time.perf_counter() - request.began
    path = "other" if endpoint is None else endpoint.path
    office.metrics.count_request(path, status, seconds)
    if endpoint is not None and endpoint.timed and status < 300:
        request.laps.seconds.append(("whole", seconds))
        office.metrics.observe_laps(request.laps)
    office.access_log.request(method, path, status, seconds, request.caller.name)


def _query(text: bytes, endpoint: Endpoint) -> dict[str, str]:
    # a value that is there but empty isn't one that is missing: it is wrong, and its endpoint says so
    query = dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True))
    # who mistypes `after` would read the first page for ever; probes and scrapers may add what they like
    if endpoint.scopes != EVERYBODY:
        known = [parameter.name for parameter in endpoint.parameters if parameter.where == "query"]
        for name in query:
            if name not in known:
                use = f"; use one of {', '.join(known)}" if known else ""
                raise wrong_value(name, f"is no parameter{use}")
    return query


async def _read_body(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The whole body, counted as it comes: a sender need not say beforehand how many bytes there will be."""
    content_type = b""
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type = value
        elif name == b"content-length" and not (value.isdigit() and int(value) <= largest):
            raise _too_large(largest)
        elif name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            raise _COMPRESSED
    if content_type.partition(b";")[0].strip().lower() != JSON_TYPE:
        raise _WRONG_TYPE
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > largest:
            raise _too_large(largest)
        more = message.get("more_body", False)
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


async def _send(send: Send, reply: Reply, request_id: str, security: Headers, *, has_body: bool) -> None:
    if reply.headers:  # what a reply says itself comes before what all say
        own = {name for name, _ in reply.headers}
        security = tuple(header for header in security if header[0] not in own)
    headers = [
        (b"content-type", reply.content_type),
        (b"content-length", b"%d" % len(reply.body)),
        (b"x-request-id", request_id.encode()),
        *reply.headers,
        *security,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if has_body else b""})
