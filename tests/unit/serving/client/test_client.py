"""What the client sends, what it makes of answers, and when it asks again."""

import json
import re
from itertools import product
from typing import Any

import httpx
import pytest

from serving.answer import Answer
from serving.api.messages import FieldError
from serving.client import ClearclaimClient, ClearclaimError, Retries
from tests.unit.serving.claims import claim_content, make_claim
from tests.unit.serving.client.answers import (
    APPEAL,
    EVENTS_CONTENT,
    OPENED,
    RECORDED_CONTENT,
    VERDICT,
    answer_content,
    card_content,
    claim_answer_content,
    explanation_content,
    scorecard_content,
)
from tests.unit.serving.client.scripted import URL, Script, Step, error

REFUSED = httpx.ConnectError("connection refused")
CUT_OFF = httpx.RemoteProtocolError("server disconnected without sending a response")
LATE = httpx.ReadTimeout("timed out")


def good(**changes: Any) -> httpx.Response:
    return httpx.Response(200, json={**answer_content(), **changes})


# --- what is sent and read


def test_claim_as_model_or_as_json_is_the_same_request(script: Script) -> None:
    """Whoever has a dictionary needs no model, and the service's defaults stay the service's."""
    client = script([good(), good()])
    client.ask("score", make_claim())
    again = script([good()])
    again.ask("score", claim_content())
    sent = [json.loads(each.content) for each in (*client.sent, *again.sent)]
    assert sent[0]["order"] == sent[1]["order"] == claim_content()["order"]
    assert sent[0].items() >= sent[1].items()
    assert (again.sent[0].method, str(again.sent[0].url)) == ("POST", f"{URL}/v1/score")
    assert again.sent[0].headers["content-type"] == "application/json"


def test_answer_is_read_into_its_model(script: Script) -> None:
    """A caller gets fields with types, not a dictionary."""
    assert script([good()]).ask("score", claim_content()) == Answer.model_validate(answer_content())


def test_answer_of_a_newer_service_is_read(script: Script) -> None:
    """A field that this client doesn't know yet, at any depth, is no reason to fail."""
    costs = [{**each, "currency": "CNY"} for each in answer_content()["costs"]]
    answer = script([good(mood="fine", costs=costs)]).ask("score", claim_content())
    assert answer == Answer.model_validate(answer_content())


NOT_OURS = [b"<html>welcome</html>", b"", b"[]", b"\xff", b'{"claim_id": "C1"}']


@pytest.mark.parametrize(("method", "body"), [*product(("score", "claim"), NOT_OURS), ("score", b'{"claim_id": "C1"}')])
def test_answer_that_is_not_the_services_is_an_error(script: Script, body: bytes, method: str) -> None:
    """A captive portal's 200 isn't taken for a decision."""
    with pytest.raises(ClearclaimError, match=r"200 unreadable: .*service\.test"):
        script([httpx.Response(200, content=body)]).ask(method, "C1" if method == "claim" else claim_content())


NO_ALARMS = {"alarms": [], "next": "0-0", "as_of_ms": 1}
CALLS: dict[str, tuple[tuple[Any, ...], str, str, object, dict[str, Any]]] = {
    "explain": (("C1", "buyer"), "GET", "/v1/explain/C1?audience=buyer", None, explanation_content()),
    "explain in Chinese": (
        ("C1", "buyer", "zh-CN"),
        *("GET", "/v1/explain/C1?audience=buyer&language=zh-CN", None, explanation_content()),
    ),
    "send_events": (([{"event_id": "E1"}],), "POST", "/v1/events", {"events": [{"event_id": "E1"}]}, EVENTS_CONTENT),
    "adjudicate": ((VERDICT,), "POST", "/v1/adjudicate", VERDICT, RECORDED_CONTENT),
    "appeal": (("C1", APPEAL), "POST", "/v1/claims/C1/appeals", APPEAL, OPENED),
    "bring_evidence": (
        ("C1", "Two pictures."),
        *("POST", "/v1/claims/C1/evidence", {"text": "Two pictures."}, {"claim_id": "C1", "case_numbers": [7]}),
    ),
    "claim": (("C1",), "GET", "/v1/claims/C1", None, claim_answer_content()),
    "claim with a strange id": (
        ("a/b?c#d %字",),
        *("GET", "/v1/claims/a%2Fb%3Fc%23d%20%25%E5%AD%97", None, claim_answer_content()),
    ),
    "claim that looks like a folder": (("..",), "GET", "/v1/claims/%2E%2E", None, claim_answer_content()),
    "alarms": ((), "GET", "/v1/alarms", None, NO_ALARMS),
    "alarms after others": (("7-a1",), "GET", "/v1/alarms?after=7-a1", None, NO_ALARMS),
    "policy_card": (("womens_wear",), "GET", "/v1/policy_card/womens_wear", None, card_content()),
    "policy_card in English": (("fresh", "en"), "GET", "/v1/policy_card/fresh?language=en", None, card_content()),
    "scorecard": (("shop/1",), "GET", "/v1/merchants/shop%2F1/scorecard", None, scorecard_content()),
}


def test_batch_is_one_request_with_a_result_for_each_claim(script: Script) -> None:
    """An answer for one, an error for the other."""
    failed = {"status": 409, "error": {"code": "claim_conflict", "message": "no", "fields": []}}
    results = [{"status": 200, "answer": answer_content()}, failed]
    client = script([httpx.Response(200, json={"results": results})])
    batch = client.ask("score_batch", (each for each in (make_claim("C1"), claim_content("C2"))))
    assert [each["claim_id"] for each in json.loads(client.sent[0].content)["claims"]] == ["C1", "C2"]
    assert batch.results[0].answer == Answer.model_validate(answer_content())
    assert (batch.results[1].status, batch.results[1].error.code) == (409, "claim_conflict")


@pytest.mark.parametrize("case", CALLS)
def test_call_asks_the_address_that_it_is_for(script: Script, case: str) -> None:
    """Each method is one endpoint; an id is one piece of the path, whatever is in it."""
    arguments, method, target, body, content = CALLS[case]
    client = script([httpx.Response(200, json={**content, "of_a_newer_service": True})])
    answer = client.ask(case.split(" ", maxsplit=1)[0], *arguments)
    assert answer.model_dump(mode="json", exclude_unset=True) == content
    [request] = client.sent
    assert (request.method, request.url.raw_path.decode()) == (method, target)
    assert (json.loads(request.content) if request.content else None) == body


def test_number_that_is_none_is_not_sent(script: Script) -> None:
    """JSON has no NaN, and the service takes none."""
    client = script([])
    with pytest.raises(ValueError, match="JSON"):
        client.ask("score", {"amount_minor": float("nan")})
    assert client.sent == []


def test_key_is_shown_and_may_come_from_the_environment(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is given wins; without any, none is sent."""
    monkeypatch.delenv("CLEARCLAIM_API_KEY", raising=False)
    without = script([good()])
    without.ask("score", claim_content())
    monkeypatch.setenv("CLEARCLAIM_API_KEY", "of-the-environment")
    with_both = [script([good()]), script([good()], api_key="given")]
    for each in with_both:
        each.ask("score", claim_content())
    assert "authorization" not in without.sent[0].headers
    assert [each.sent[0].headers["authorization"] for each in with_both] == [
        "Bearer of-the-environment",
        "Bearer given",
    ]


@pytest.mark.parametrize("address", ["", "service.test", "ftp://service.test"])
def test_address_that_is_none_is_refused_at_once(address: str) -> None:
    """Not after four retries in production."""
    with pytest.raises(ValueError, match="no address of a service"):
        ClearclaimClient(address)


@pytest.mark.parametrize(
    ("step", "ready"), [(httpx.Response(200), True), (error(503), False), (REFUSED, False)], ids=repr
)
def test_ready_is_asked_once(script: Script, step: Step, ready: bool) -> None:
    """A probe wants to know how it is now."""
    client = script([step])
    assert client.ask("ready") is ready
    assert [each.url.path for each in client.sent] == ["/readyz"]


# --- errors


def test_error_carries_what_the_service_said(script: Script) -> None:
    """Status, code, message and fields, and the id under which the service's log has it."""
    client = script([error(409, "claim_conflict")])
    with pytest.raises(ClearclaimError) as caught:
        client.ask("score", claim_content())
    said = caught.value
    assert (said.status, said.code, said.message) == (409, "claim_conflict", "no")
    assert said.fields == (FieldError(field="amount_minor", reason="is wrong"),)
    assert said.request_id == client.sent[0].headers["x-request-id"]
    assert re.fullmatch(r"409 claim_conflict: no; amount_minor: is wrong \[request [0-9a-f]{16}\]", str(said))


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b'{"error": "no"}', b"\xff"])
def test_error_of_something_in_between_is_told_as_such(script: Script, body: bytes) -> None:
    """A proxy's page is no answer of the service."""
    with pytest.raises(ClearclaimError, match="403 unreadable: Forbidden") as caught:
        script([httpx.Response(403, content=body)]).ask("score", claim_content())
    assert caught.value.fields == ()


# --- asking again


@pytest.mark.parametrize(
    "step", [REFUSED, CUT_OFF, LATE, *(error(status) for status in (429, 502, 503, 504))], ids=repr
)
def test_failure_that_may_pass_is_asked_again(script: Script, step: Step) -> None:
    """The same bytes under the same request id: the claim's id makes it safe."""
    client = script([step, good()])
    assert client.ask("score", claim_content()).claim_id == "C1"
    first, second = client.sent
    assert first.content == second.content
    assert first.headers["x-request-id"] == second.headers["x-request-id"]
    assert client.pauses == [0.05]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 501, 302])
def test_answer_that_will_not_change_is_not_asked_for_again(script: Script, status: int) -> None:
    """A mistake stays one; and a 500 is the service's own, which more of the same won't mend."""
    client = script([error(status)])
    with pytest.raises(ClearclaimError) as caught:
        client.ask("score", claim_content())
    assert (caught.value.status, caught.value.attempts, client.pauses) == (status, 1, [])


@pytest.mark.parametrize("problem", [httpx.UnsupportedProtocol("gopher"), httpx.DecodingError("no gzip")], ids=repr)
def test_failure_of_the_callers_own_is_not_asked_again(script: Script, problem: httpx.RequestError) -> None:
    """What isn't the network's fault won't pass."""
    client = script([problem])
    with pytest.raises(ClearclaimError, match="unreachable"):
        client.ask("score", claim_content())
    assert client.pauses == []


def test_retries_are_bounded_and_wait_longer_each_time(script: Script) -> None:
    """Each pause is drawn below a bound that doubles; after the last the error says how often it was tried."""
    retries = Retries(most=5, first_pause_seconds=1.0, longest_pause_seconds=6.0)
    client = script([REFUSED] * 6, retries=retries)
    with pytest.raises(ClearclaimError, match=r"unreachable: connection refused \(asked 6 times\)") as caught:
        client.ask("score", claim_content())
    assert (caught.value.status, caught.value.attempts) == (None, 6)
    assert caught.value.__cause__ is REFUSED
    assert client.pauses == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_client_without_retries_asks_once(script: Script) -> None:
    """Whoever has a loop of his own can have the say."""
    client = script([error(503)], retries=Retries(most=0))
    with pytest.raises(ClearclaimError, match="503"):
        client.ask("score", claim_content())
    assert client.pauses == []


DATE = "Sun, 22 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after": "3"}, 3.05),
        ({"retry-after": "0"}, 0.05),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:07 GMT", "date": DATE}, 7.05),
        ({"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT", "date": DATE}, 0.05),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:07 GMT"}, 0.05),
        ({"retry-after": "soon", "date": DATE}, 0.05),
        ({"retry-after": "-1"}, 0.05),
    ],
)
def test_service_that_says_when_is_asked_then(script: Script, headers: dict[str, str], pause: float) -> None:
    """Seconds or a moment, by the service's own clock; what can't be read is as if it weren't there."""
    client = script([error(429, headers=headers), good()])
    client.ask("score", claim_content())
    assert client.pauses == pytest.approx([pause])


def test_service_that_wants_a_longer_pause_than_allowed_is_not_asked_again(script: Script) -> None:
    """Coming back earlier than told would be wrong, and nobody waits an hour for a claim."""
    client = script([error(429, headers={"retry-after": "3600"})])
    with pytest.raises(ClearclaimError, match="429"):
        client.ask("score", claim_content())
    assert client.pauses == []


@pytest.mark.parametrize("wrong", [{"most": -1}, {"first_pause_seconds": -0.1}, {"longest_pause_seconds": -1.0}])
def test_retries_below_zero_are_refused(wrong: dict[str, Any]) -> None:
    """A sign mistaken is told where it is made."""
    with pytest.raises(ValueError, match="below zero"):
        Retries(**wrong)
