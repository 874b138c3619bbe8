"""Claims over HTTP: answered, answered again, and refused in one shape where they are wrong."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from features.catalog.reasons import CLAIM_MONEY
from serving.answer import Answer, AuthorityAnswer, CostAnswer, ReasonAnswer
from serving.api.endpoint import LARGEST_BODY_BYTES
from serving.claim import Claim, OrderFacts
from tests.integration.service.running_service import RunningService
from tests.unit.serving.claims import CONSENT, DAY_MS, claim_content
from tests.unit.serving.small_champion import RISKY_QUANTITY

NewId = Callable[[], str]

JSON = {"content-type": "application/json"}
# what belongs to the inside of the service and to no answer
INSIDE = ("pydantic", "bentoml", "starlette", "sqlalchemy", "traceback", "descriptor", "validator", 'file "', "line 1,")


def send(http: httpx.Client, content: object) -> httpx.Response:
    return http.post("/v1/score", json=content)


def assert_error(response: httpx.Response, status: int, code: str) -> list[dict[str, str]]:
    """Hold an error against the one shape; return its fields."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"code", "message", "fields"}
    assert error["code"] == code
    assert error["message"]
    assert all(set(field) == {"field", "reason"} for field in error["fields"])
    assert not [word for word in INSIDE if word in response.text.lower()]
    return list(error["fields"])


# --- answers


def test_claim_is_answered_in_the_apis_shape(http: httpx.Client, new_id: NewId) -> None:
    """All fields of an answer and no others, with reasons in the policy's language."""
    claim_id = new_id()
    response = send(http, claim_content(claim_id, quantity=RISKY_QUANTITY))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    content = response.json()
    assert set(content) == set(Answer.model_fields)
    answer = Answer.model_validate_json(response.text)
    assert (answer.claim_id, answer.action, answer.cause) == (claim_id, "manual_review", "least_cost")
    assert not answer.degraded
    assert not answer.replayed
    assert answer.reasons[0].text == CLAIM_MONEY.text.zh
    parts = {"costs": CostAnswer, "reasons": ReasonAnswer}
    for name, part in parts.items():
        assert content[name]
        assert all(set(each) == set(part.model_fields) for each in content[name])


def test_claim_with_every_field_is_answered(http: httpx.Client, new_id: NewId) -> None:
    """What the API page lists, the service takes; and says which authority it used."""
    full = claim_content(
        new_id(),
        quantity=1,
        evidence_count=2,
        evidence_hashes=["00000000000000ff", "fedcba9876543210"],
        device_id="D1",
        text="屏幕碎了",
        filed_at_ms=claim_content()["order"]["delivered_at_ms"] + DAY_MS,
        authority=CONSENT,
        human_requested=False,
        explain=True,
        language="en",
        order={
            "category_id": "G1",
            "address_id": "A1",
            "payment_id": "Y1",
            "promised_at_ms": claim_content()["order"]["delivered_at_ms"],
        },
    )
    assert set(full) == set(Claim.model_fields)
    assert set(full["order"]) == set(OrderFacts.model_fields)
    content = send(http, full).json()
    assert content["action"] == "auto_approve"
    assert content["authority"] == CONSENT
    assert set(content["authority"]) == set(AuthorityAnswer.model_fields)
    assert all(reason["text"].isascii() for reason in content["reasons"])
    assert content["reasons"]


def test_claim_sent_again_gets_the_same_answer_marked_replayed(http: httpx.Client, new_id: NewId) -> None:
    """A caller that lost an answer asks again."""
    claim = claim_content(new_id())
    first, again = (send(http, claim) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == {**first.json(), "replayed": True}


def test_claim_id_with_other_content_is_a_conflict(http: httpx.Client, new_id: NewId) -> None:
    """The first answer stands."""
    claim = claim_content(new_id())
    first = send(http, claim)
    assert assert_error(send(http, {**claim, "amount_minor": 1}), 409, "claim_conflict") == []
    assert send(http, claim).json() == {**first.json(), "replayed": True}


def test_claim_sent_over_many_connections_at_once_is_decided_once(service: RunningService, new_id: NewId) -> None:
    """However the platform retries, a claim has one decision."""
    claim = claim_content(new_id())
    with service.client() as client, ThreadPoolExecutor(8) as pool:
        answers = [each.json() for each in pool.map(lambda _: send(client, claim), range(16))]
    assert sorted(answer.pop("replayed") for answer in answers) == [False, *[True] * 15]
    assert all(answer == answers[0] for answer in answers)


# --- refusals


def change(new: dict[str, Any]) -> Callable[[dict[str, Any]], str]:
    """A body with some fields of the claim changed."""
    return lambda claim: json.dumps({**claim, **new})


BAD_BODIES: dict[str, tuple[Callable[[dict[str, Any]], str | bytes], list[str]]] = {
    "cut short": (lambda claim: json.dumps(claim)[:-20], ["body"]),
    "no JSON": (lambda _: "claim_id=C1", ["body"]),
    "single quotes": (str, ["body"]),
    "a list": (lambda claim: json.dumps([claim]), ["body"]),
    "null": (lambda _: "null", ["body"]),
    "not UTF-8": (lambda _: b'{"claim_id": "\xff\xfe"}', ["body"]),
    "deeply nested": (lambda _: '{"claim_id":' + "[" * 30_000, ["body"]),
    "a number of 5,000 digits": (lambda _: '{"amount_minor":' + "9" * 5_000 + "}", ["body"]),
    "half a character": (lambda claim: json.dumps({**claim, "text": "\ud800"}), ["body"]),
    "nothing": (lambda _: "", ["claim_id", "claim_type", "reason", "amount_minor", "order"]),
    "an unknown field": (change({"surprise": 1}), ["surprise"]),
    "an unknown field of the order": (lambda claim: change({"order": {**claim["order"], "x": 1}})(claim), ["order.x"]),
    "a NaN": (change({"amount_minor": float("nan")}), ["amount_minor"]),
    "an infinity": (change({"amount_minor": float("inf")}), ["amount_minor"]),
    "a fraction": (change({"amount_minor": 10.5}), ["amount_minor"]),
    "a number in quotes": (change({"amount_minor": "10"}), ["amount_minor"]),
    "a flag for a number": (change({"amount_minor": True}), ["amount_minor"]),
    "two wrong fields": (change({"amount_minor": -1, "reason": "because"}), ["amount_minor", "reason"]),
    "no claim id": (change({"claim_id": None}), ["claim_id"]),
    "a control character": (change({"claim_id": "a\u0000b"}), ["claim_id"]),
    "an invisible character": (change({"claim_id": "a\u200bb"}), ["claim_id"]),
    "a time in seconds": (change({"filed_at_ms": 1_735_689_600}), ["filed_at_ms"]),
    "a time to come": (change({"filed_at_ms": 4_000_000_000_000}), ["filed_at_ms"]),
    "delivered before paid": (
        lambda claim: change({"order": {**claim["order"], "delivered_at_ms": claim["order"]["paid_at_ms"] - 1}})(claim),
        ["order"],
    ),
    "no order": (lambda claim: json.dumps({**claim, "order": None}), ["order"]),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_claim_that_is_wrong_is_refused_by_field_and_not_recorded(http: httpx.Client, new_id: NewId, case: str) -> None:
    """A caller learns what to mend, in one shape and no more; then the mended claim is new."""
    make_body, fields = BAD_BODIES[case]
    claim = claim_content(new_id())
    response = http.post("/v1/score", content=make_body(claim), headers=JSON)
    found = assert_error(response, 400, "invalid_request")
    assert sorted(each["field"] for each in found) == sorted(fields)
    assert all(each["reason"] for each in found)
    assert send(http, claim).json()["replayed"] is False


def in_chunks(body: bytes, size: int = 10_000) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def test_body_that_says_it_is_too_large_is_refused(http: httpx.Client) -> None:
    """However much is sent, the caller gets to read why it wasn't taken."""
    for size in (LARGEST_BODY_BYTES + 1, 5_000_000):
        assert_error(http.post("/v1/score", content=b" " * size, headers=JSON), 413, "too_large")


def test_body_that_is_too_large_without_saying_so_is_refused(http: httpx.Client, new_id: NewId) -> None:
    """A claim in chunks is a claim; padded beyond the limit it isn't, though it would be a good one."""
    claim = claim_content(new_id())
    padded = b" " * LARGEST_BODY_BYTES + json.dumps(claim).encode()
    assert_error(http.post("/v1/score", content=in_chunks(padded), headers=JSON), 413, "too_large")
    allowed = http.post("/v1/score", content=in_chunks(padded[1_000:], 1_000), headers=JSON)
    assert (allowed.status_code, allowed.json()["replayed"]) == (200, False)


def test_claim_with_the_longest_ids_and_text_is_not_too_large(http: httpx.Client, new_id: NewId) -> None:
    """The limit is never in the way of a claim, even with every character escaped."""
    order = {f"{name}_id": "字" * 128 for name in ("order", "buyer", "merchant", "product")}
    claim = claim_content(
        new_id(), text="\U0001f4a5" * 2_000, order=order, authority={**CONSENT, "reference": "字" * 128}
    )
    assert http.post("/v1/score", content=json.dumps(claim), headers=JSON).status_code == 200


def test_address_that_does_not_exist_is_not_found(http: httpx.Client) -> None:
    """The same shape for whatever is asked."""
    for method, path in (
        ("GET", "/nowhere"),
        ("POST", "/nowhere"),
        ("POST", "/v1/score/all"),
        ("GET", "/static_content/x"),
    ):
        assert assert_error(http.request(method, path), 404, "not_found") == []


def test_method_that_an_address_does_not_take_is_refused(http: httpx.Client) -> None:
    """The same shape, and the header that says which method it takes."""
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = http.request(method, "/v1/score")
        assert assert_error(response, 405, "method_not_allowed") == []
        assert response.headers["allow"] == "POST"


def test_pickled_body_is_refused(http: httpx.Client) -> None:
    """Nothing that a caller sends is ever unpickled."""
    headers = {"content-type": "application/vnd.bentoml+pickle"}
    assert_error(http.post("/v1/score", content=b"\x80\x04K\x01.", headers=headers), 415, "invalid_body")


def test_connection_goes_on_after_errors(http: httpx.Client, new_id: NewId) -> None:
    """One bad request costs its sender nothing but that request."""
    for body in (b"{", b" " * 200_000):
        http.post("/v1/score", content=body, headers=JSON)
        assert send(http, claim_content(new_id())).status_code == 200


# --- the page with the API


def test_api_page_lists_score_with_the_claims_fields(http: httpx.Client) -> None:
    """Whoever integrates reads there what to send and what comes back."""
    page = http.get("/v1/openapi.json").json()
    score = page["paths"]["/v1/score"]["post"]
    request = score["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in request:
        request = page["components"]["schemas"][request["$ref"].rsplit("/", 1)[-1]]
    assert set(request["properties"]) == set(Claim.model_fields)
    assert set(request["required"]) == {name for name, field in Claim.model_fields.items() if field.is_required()}
    assert request["additionalProperties"] is False
    assert set(page["components"]["schemas"]["OrderFacts"]["properties"]) == set(OrderFacts.model_fields)
    answer = score["responses"]["200"]["content"]["application/json"]["schema"]
    answer = page["components"]["schemas"][answer["$ref"].rsplit("/", 1)[-1]]
    assert set(answer["properties"]) == set(Answer.model_fields)


def test_root_is_a_page_for_people(http: httpx.Client) -> None:
    """An operator who opens the address sees the API."""
    response = http.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "/v1/score" in response.text
    assert "<script" not in response.text
