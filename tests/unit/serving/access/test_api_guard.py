"""Who calls is asked before a body is read; and all responses carry what keeps browsers from harm."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from serving.access.admission import Admission
from serving.access.headers import security_headers
from serving.access.limits import FAILURES_AT_ONCE, FailureLimits, RateLimits
from serving.api.bodies import reply_with
from serving.api.edge import Door, Edge
from serving.api.endpoint import EVERYBODY, Call, Endpoint, Reply
from serving.api.guard import Guard
from serving.api.office import Office
from serving.api.openapi import DESCRIPTION
from serving.api.page import _STYLE, PAGE
from serving.api.table import ENDPOINTS
from serving.claim import OrderFacts
from tests.unit.serving.access.keys import Clock, Source, bearer, ring_of

ANSWER_SECONDS = 10
CALLERS: list[str] = []


async def note(_office: Office, call: Call) -> Reply:
    CALLERS.append(f"{call.caller.name} {sorted(call.caller.scopes)}")
    return reply_with(OrderFacts.model_construct())


def endpoint(method: Any, path: str, *scopes: Any) -> Endpoint:
    return Endpoint(
        method=method,
        path=path,
        summary="",
        description="",
        scopes=frozenset(scopes),
        handler=note,
        request=OrderFacts if method == "POST" else None,
        replies={200: (None, "")},
    )


TABLE = (
    endpoint("POST", "/v1/score", "platform"),
    endpoint("GET", "/v1/decisions", "platform", "scientist", "auditor"),
    endpoint("GET", "/livez"),
    PAGE,
)


async def no_app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("nothing goes on to BentoML's application")


class Service:
    """An edge with a guard, by a clock and keys of the test's own."""

    def __init__(self) -> None:
        self.keys, self.clock = Source(), Clock()
        self.door = Door()

    def open(self, *, auth: bool = True) -> None:
        ring = ring_of(self.keys, self.clock) if auth else None
        admission = Admission(ring, RateLimits(1, self.clock.seconds), FailureLimits(self.clock.seconds))
        office: Any = SimpleNamespace(guard=Guard(admission), endpoints=TABLE)
        self.door.office = office

    def ask(
        self, method: str, path: str, *authorization: str, body: bytes | None = None, client: Any = ("192.0.2.1", 5)
    ) -> tuple[int, dict[str, str], Any]:
        """Send a request; without a body, to read one is an error."""
        headers = [(b"authorization", value.encode()) for value in authorization]
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "query_string": b"",
            "client": client,
            "headers": [(b"content-type", b"application/json"), *headers],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            assert body is not None, "the body was asked for before it was known who calls"
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        edge = Edge(no_app, door=self.door, endpoints=TABLE)
        asyncio.run(asyncio.wait_for(edge(scope, receive, send), ANSWER_SECONDS))
        names = [name for name, _ in sent[0]["headers"]]
        assert len(set(names)) == len(names)
        content = sent[1]["body"]
        answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], answered, json.loads(content) if content.startswith(b"{") else content


@pytest.fixture
def service() -> Service:
    CALLERS.clear()
    return Service()


def test_call_knows_who_calls(service: Service) -> None:
    """Name and scopes of the key are handed on to the handler."""
    key = service.keys.add("shop")
    service.open()
    assert service.ask("POST", "/v1/score", bearer(key), body=b"{}")[0] == 200
    assert service.ask("GET", "/v1/decisions", bearer(key))[0] == 200
    assert service.ask("GET", "/livez")[0] == 200
    assert CALLERS == ["shop ['platform']", "shop ['platform']", "nobody []"]


@pytest.mark.parametrize("given", [(), ("Bearer guess",), ("Basic eA==",), ("",)])
def test_request_without_a_good_key_gets_401_before_its_body_is_read(service: Service, given: tuple[str, ...]) -> None:
    """In the one shape, with the challenge that RFC 9110 asks for."""
    service.open()
    status, headers, body = service.ask("POST", "/v1/score", *given)
    assert (status, body["error"]["code"], body["error"]["fields"]) == (401, "unknown_caller", [])
    assert "Authorization: Bearer cc_" in body["error"]["message"]
    assert headers["www-authenticate"] == 'Bearer realm="clearclaim"' + (', error="invalid_token"' if given else "")
    assert CALLERS == []


def test_request_with_two_keys_is_one_without(service: Service) -> None:
    """Something before us may have believed the other one."""
    first, second = service.keys.add("one"), service.keys.add("two")
    service.open()
    assert service.ask("POST", "/v1/score", bearer(first), bearer(second))[0] == 401


def test_key_without_the_scope_gets_403_that_names_those_that_would_do(service: Service) -> None:
    """Before the body is read, too."""
    key = service.keys.add("rev", "reviewer")
    service.open()
    status, headers, body = service.ask("GET", "/v1/decisions", bearer(key))
    assert (status, body["error"]["code"]) == (403, "wrong_scope")
    assert "the scope auditor or platform or scientist" in body["error"]["message"]
    challenge = 'Bearer realm="clearclaim", error="insufficient_scope", scope="auditor platform scientist"'
    assert headers["www-authenticate"] == challenge
    assert service.ask("POST", "/v1/score", bearer(key))[0] == 403


def test_caller_over_the_limit_gets_429_with_whole_seconds_to_wait(service: Service) -> None:
    """Rounded up: who waits so long is let in."""
    key = service.keys.add(requests_per_second=0.4, burst=1)
    service.open()
    assert service.ask("GET", "/v1/decisions", bearer(key))[0] == 200
    status, headers, body = service.ask("GET", "/v1/decisions", bearer(key))
    assert (status, headers["retry-after"], body["error"]["code"]) == (429, "3", "too_many_requests")
    assert "www-authenticate" not in headers
    service.clock.passed_seconds = 3.0
    assert service.ask("GET", "/v1/decisions", bearer(key))[0] == 200


def test_address_that_keeps_failing_gets_429_and_good_keys_from_it_pass(service: Service) -> None:
    """A connection without an address (a socket's) counts as one address."""
    key = service.keys.add()
    service.open()
    answers = [service.ask("POST", "/v1/score", "Bearer no", client=None) for _ in range(FAILURES_AT_ONCE + 1)]
    assert [status for status, _, _ in answers] == [401] * FAILURES_AT_ONCE + [429]
    assert answers[-1][1]["retry-after"] == "3"
    assert service.ask("GET", "/v1/decisions", bearer(key), client=None)[0] == 200


def test_keys_that_nobody_could_check_for_long_get_503(service: Service) -> None:
    """With the seconds after which to ask again."""
    key = service.keys.add()
    service.open()
    service.clock.passed_seconds = 4_000.0
    status, headers, body = service.ask("GET", "/v1/decisions", bearer(key))
    assert (status, headers["retry-after"], body["error"]["code"]) == (503, "2", "keys_out_of_reach")


def test_service_without_keys_lets_anybody_do_everything(service: Service) -> None:
    """CLEARCLAIM_AUTH=off, as the caller's name says."""
    service.open(auth=False)
    assert service.ask("POST", "/v1/score", body=b"{}")[0] == 200
    assert CALLERS == ["anybody ['auditor', 'platform', 'reviewer', 'scientist']"]


@pytest.mark.parametrize("path", ["/livez", "/v1/decisions", "/nowhere", "/"])
@pytest.mark.parametrize("opened", [True, False])
def test_every_response_carries_the_security_headers(service: Service, path: str, *, opened: bool) -> None:
    """Answers, errors and the page alike, and while the service isn't open yet."""
    if opened:
        service.open()
    _, headers, _ = service.ask("GET", path)
    expected = {name.decode(): value.decode() for name, value in security_headers()}
    if path == "/" and opened:
        assert "style-src 'sha256-" in headers["content-security-policy"]
        del expected["content-security-policy"]
    assert expected.items() <= headers.items()
    assert not {"server", "x-powered-by"} & set(headers)


def test_page_has_one_style_element_which_its_policy_allows(service: Service) -> None:
    """And no attribute or element that the policy would block."""
    service.open()
    _, _, page = service.ask("GET", "/")
    text = page.decode()
    assert text.count(f"<style>{_STYLE}</style>") == text.count("<style") == 1
    assert not any(found in text for found in ("<script", " style=", " onclick=", "javascript:", "<img", "<link"))


def test_only_health_and_descriptions_are_open_to_everybody() -> None:
    """Whatever is added asks for a key, unless it is named here."""
    open_paths = {each.path for each in ENDPOINTS if each.scopes == EVERYBODY}
    assert open_paths <= {"/livez", "/readyz", "/healthz", "/", "/v1/openapi.json", "/metrics"}
    assert DESCRIPTION.path in open_paths


def test_auditors_may_read_and_never_write() -> None:
    """No endpoint that takes a body of an auditor."""
    assert [each.path for each in ENDPOINTS if each.method == "POST" and "auditor" in each.scopes] == []
