"""Whatever goes wrong, the caller gets one shape; and no body is larger than an endpoint takes."""

import asyncio
import gzip
import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic import BaseModel
from starlette.types import Message, Receive, Scope, Send

from serving.api.bodies import read_message, reply_with
from serving.api.edge import Door, Edge, Routes, reply_to
from serving.api.endpoint import EVERYBODY, ApiError, Call, Endpoint, Reply
from serving.api.office import Office
from serving.api.table import ENDPOINTS

ANSWER_SECONDS = 10
NO_OFFICE = SimpleNamespace(metrics=Mock(), access_log=Mock())
LARGEST = 1_000


class Word(BaseModel):
    """A word."""

    word: str
    times: int = 1


async def echo(_office: Office, call: Call) -> Reply:
    name = call.path_values.get("name")
    if name is None:
        return reply_with(read_message(Word, call.body))
    if name == "broken":
        raise RuntimeError("secrets")
    if name == "asked":
        return reply_with(Word(word="&".join(f"{key}={value}" for key, value in call.query.items())))
    return reply_with(Word(word=name, times=int(call.query.get("times", "1"))))


def endpoint(method: Any, path: str, request: type[BaseModel] | None = None) -> Endpoint:
    return Endpoint(
        method=method,
        path=path,
        summary="Echo",
        description="",
        scopes=EVERYBODY,
        handler=echo,
        request=request,
        replies={200: (Word, "")},
        largest_body_bytes=LARGEST,
    )


ECHO = (endpoint("GET", "/v1/words/{name}"), endpoint("POST", "/v1/words", Word), endpoint("GET", "/v1/words/all"))


async def no_app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("nothing goes on to BentoML's application")


def ask(
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    parts: Iterable[bytes] | None = None,
    opened: bool = True,
    office: object = NO_OFFICE,
) -> tuple[int, dict[str, str], Any]:
    """Send a request through the edge; return status, headers and the parsed body."""
    door = Door()
    door.office = office if opened else None  # type: ignore[assignment] # the handlers here ask nothing of it
    edge = Edge(no_app, door=door, endpoints=ECHO)
    path, _, query = path.partition("?")
    given = {"content-type": "application/json", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    chunks = list(parts) if parts is not None else [body]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages[-1]["more_body"] = False
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(edge(scope, receive, send), ANSWER_SECONDS))
    start, content = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    if method == "HEAD":
        return start["status"], answered, content["body"]
    assert answered["content-length"] == str(len(content["body"]))
    return start["status"], answered, json.loads(content["body"])


def test_query_value_that_is_empty_is_not_one_that_is_missing() -> None:
    """Who sends an empty word meant some word: its endpoint can say that it is none."""
    status, _, content = ask("GET", "/v1/words/asked?language=&times=2&name=%E5%AD%97%20+")
    assert (status, content["word"]) == (200, "language=&times=2&name=字  ")


def test_request_reaches_its_handler_with_path_query_and_body() -> None:
    """What stands in the path's braces, the query and the body are handed on."""
    assert ask("GET", "/v1/words/tree?times=3")[2] == {"word": "tree", "times": 3}
    assert ask("POST", "/v1/words", b'{"word": "leaf"}')[2] == {"word": "leaf", "times": 1}
    assert ask("GET", "/v1/words/a%2Fb%20c")[2]["word"] == "a/b c"


def test_path_without_braces_comes_before_one_with() -> None:
    """A name that is an address of its own isn't taken for a value."""
    assert Routes(ECHO).find("GET", "/v1/words/all")[0].path == "/v1/words/all"
    assert Routes(ECHO).find("GET", "/v1/words/tree") == (ECHO[0], {"name": "tree"})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v1/nowhere", b"", 404, "not_found"),
        ("GET", "/v1/words/{name}/more", b"", 404, "not_found"),
        ("DELETE", "/v1/words/tree", b"", 405, "method_not_allowed"),
        ("POST", "/v1/words", b"{", 400, "invalid_request"),
        ("POST", "/v1/words", b"", 400, "invalid_request"),
        ("POST", "/v1/words", b" " * (LARGEST + 1), 413, "too_large"),
        ("GET", "/v1/words/broken", b"", 500, "internal"),
    ],
)
def test_error_has_the_one_shape_and_gives_nothing_away(
    method: str, path: str, body: bytes, status: int, code: str
) -> None:
    """A code, a sentence and fields; nothing of what was inside comes out."""
    got, headers, content = ask(method, path, body, {"content-length": str(len(body))})
    assert (got, content["error"]["code"]) == (status, code)
    assert set(content["error"]) == {"code", "message", "fields"}
    assert headers["content-type"] == "application/json"
    assert "secrets" not in json.dumps(content)


def test_request_is_counted_under_its_endpoint_and_never_its_path() -> None:
    """Whoever makes up paths makes no new figures by it, and writes nothing into the log."""
    office = SimpleNamespace(metrics=Mock(), access_log=Mock())
    for path in ("/v1/words/tree", "/v1/words/broken", "/v1/made/up"):
        ask("GET", path, office=office)
    counted = [each.args[:2] for each in office.metrics.count_request.call_args_list]
    assert counted == [("/v1/words/{name}", 200), ("/v1/words/{name}", 500), ("other", 404)]
    logged = [each.args[:3] for each in office.access_log.request.call_args_list]
    assert logged == [("GET", *each) for each in counted]
    assert not office.metrics.observe_laps.called


def test_wrong_method_names_those_that_the_address_takes() -> None:
    """The header allow, as HTTP wants it."""
    assert ask("DELETE", "/v1/words")[1]["allow"] == "POST"
    assert ask("DELETE", "/v1/words/tree")[1]["allow"] == "GET, HEAD"


@pytest.mark.parametrize(("path", "status"), [("/v1/words/tree", 200), ("/v1/words/broken", 500), ("/nowhere", 404)])
def test_head_is_answered_as_get_without_the_body(path: str, status: int) -> None:
    """Uptime checkers ask so: the same status and headers, with the length of what is left out."""
    got, headers, body = ask("HEAD", path, headers={"x-request-id": "up"})
    assert (got, body) == (status, b"")
    assert headers == ask("GET", path, headers={"x-request-id": "up"})[1]


def test_head_of_what_takes_a_body_is_another_method() -> None:
    """Nothing is done for who only asks."""
    assert ask("HEAD", "/v1/words")[0] == 405


def test_every_wrong_field_is_named() -> None:
    """A caller mends them all at once."""
    _, _, content = ask("POST", "/v1/words", b'{"times": "x"}')
    assert sorted(field["field"] for field in content["error"]["fields"]) == ["times", "word"]


def test_body_in_parts_is_counted_as_it_comes() -> None:
    """Nobody need say beforehand how much it will be; nobody sends more than the limit."""
    body = json.dumps({"word": "x" * 500}).encode()
    assert ask("POST", "/v1/words", parts=[body[:100], body[100:]])[0] == 200
    assert ask("POST", "/v1/words", parts=[b" " * 600, b" " * 600])[0] == 413
    assert ask("POST", "/v1/words", parts=[b" " * 600 + b"{}" + b" " * 600])[0] == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/vnd.bentoml+pickle", ""])
def test_body_of_another_type_is_refused(content_type: str) -> None:
    """Nothing but JSON is ever parsed."""
    assert ask("POST", "/v1/words", b"{}", {"content-type": content_type})[0] == 415
    assert ask("POST", "/v1/words", b'{"word": "x"}', {"content-type": "Application/JSON; charset=utf-8"})[0] == 200


@pytest.mark.parametrize("encoding", ["gzip", "identity, br"])
def test_body_that_is_compressed_is_refused_as_that(encoding: str) -> None:
    """Its bytes aren't wrong JSON: the caller is told what to switch off. A body as it is may say so."""
    status, headers, content = ask("POST", "/v1/words", gzip.compress(b'{"word": "x"}'), {"content-encoding": encoding})
    assert (status, content["error"]["code"], headers["accept-encoding"]) == (415, "invalid_body", "identity")
    assert "content-encoding" in content["error"]["message"]
    assert ask("POST", "/v1/words", b'{"word": "x"}', {"content-encoding": "Identity"})[0] == 200


def test_request_id_is_the_callers_if_it_is_a_plain_one() -> None:
    """A caller finds its request in our log; nobody writes lines of their own into it."""
    assert ask("GET", "/v1/words/tree", headers={"x-request-id": "shop-42"})[1]["x-request-id"] == "shop-42"
    assert ask("GET", "/v1/words/tree", headers={"x-request-id": "a b\nc"})[1]["x-request-id"] != "a b\nc"


def test_service_that_is_not_open_yet_says_when_to_come_again() -> None:
    """A request that comes too early isn't a failure of the service."""
    status, headers, content = ask("GET", "/v1/words/tree", opened=False)
    assert (status, content["error"]["code"], headers["retry-after"]) == (503, "unavailable", "1")


def test_every_endpoint_says_what_it_does() -> None:
    """The page of the API is made from these."""
    assert len({(each.method, each.path) for each in ENDPOINTS}) == len(ENDPOINTS)
    assert all(each.summary and each.description and each.replies for each in ENDPOINTS)


def test_error_keeps_text_that_is_no_unicode() -> None:
    """Half a character in a field's name mustn't break the answer about it."""
    error = ApiError(400, "invalid_request", "wrong", (("\ud800", "unknown"),))
    assert json.loads(reply_to(error).body)["error"]["fields"][0]["reason"] == "unknown"
