"""Ten thousand bodies that nobody should send: each gets an answer that helps, none a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ValidationError

from serving.api.adjudicate import ADJUDICATE
from serving.api.endpoint import Endpoint
from serving.api.score import SCORE
from serving.api.table import ENDPOINTS
from tests.integration.robust.mutations import Body, mutants
from tests.integration.service.running_service import RunningService
from tests.unit.serving.claims import claim_content

BODIES = 10_000
POSTS = [each for each in ENDPOINTS if each.request is not None]
INSIDE = (
    "traceback",
    'file "',
    "pydantic",
    "bentoml",
    "starlette",
    "sqlalchemy",
    "serving.",
    "errors.pydantic",
    "input_value",
)
IDS = ("claim_id", "event_id")


@pytest.mark.parametrize("endpoint", POSTS, ids=lambda each: each.path)
def test_mutated_body_is_refused_in_the_one_shape_unless_it_is_good(
    service: RunningService, endpoint: Endpoint
) -> None:
    """Whatever is sent: 4xx with a code, a sentence and fields; 200 only for what the API's own model takes."""
    wrong, seen = [], Counter[str]()
    with service.client() as http:
        # a claim of its own that was ruled on: what others have sent of the example's, a fuzzer above all, isn't known
        claim_id = f"before-{endpoint.path.rpartition('/')[2]}"
        claim, verdict = SCORE.example or {}, ADJUDICATE.example or {}
        http.post(SCORE.path, json={**claim, "claim_id": claim_id}).raise_for_status()
        ruled = {**verdict, "claim_id": claim_id, "adjudication_id": claim_id}
        http.post(ADJUDICATE.path, json=ruled).raise_for_status()
        http.post(SCORE.path, json=claim).raise_for_status()  # of which the example of a verdict is
        path = endpoint.path.replace("{claim_id}", claim_id)
        for body in mutants(_good(endpoint), BODIES // len(POSTS), endpoint.path, endpoint.largest_body_bytes):
            response = http.post(path, content=body.data, headers=body.headers)
            seen[str(response.status_code)] += 1
            complaint = _complaint(response, body, endpoint)
            if complaint is not None:
                wrong.append((complaint, body.made_by, response.status_code, response.text[:300], body.data[:300]))
        assert wrong[:10] == []
        assert http.post("/v1/score", json=claim_content(f"after {endpoint.path}")).status_code == 200
    assert {"200", "400", "413", "415"} <= set(seen)  # all sorts were among them
    assert "Traceback" not in service.log.read_text()


def _good(endpoint: Endpoint) -> Callable[[int], dict[str, Any]]:
    """Makes good bodies of an endpoint, each with ids of its own."""

    def good(number: int) -> dict[str, Any]:
        return _renamed(deepcopy(dict(endpoint.example or {})), f"{endpoint.path} {number}")

    return good


def _renamed(content: Any, suffix: str) -> Any:
    match content:
        case {"adjudication_id": own}:  # of a claim that is there
            return {**content, "adjudication_id": f"{own} {suffix}"}
        case {"appeal_id": _}:  # a claim has one open appeal: the same one again is taken, too
            return content
        case dict():
            return {
                key: f"{value} {suffix}" if key in IDS and isinstance(value, str) else _renamed(value, suffix)
                for key, value in content.items()
            }
        case list():
            return [_renamed(each, suffix) for each in content]
    return content


def _complaint(response: httpx.Response, body: Body, endpoint: Endpoint) -> str | None:
    """What is wrong with an answer, or None."""
    if response.headers.get("content-type") != "application/json":
        return "no JSON"
    if response.status_code == 200:
        return None if _is_good(endpoint.request, body.data) else "taken, though the model refuses it"
    if not 400 <= response.status_code < 500:
        return "neither taken nor refused"
    if said := [word for word in INSIDE if word in response.text.lower()]:
        return f"tells what is inside: {said}"
    match response.json():
        case {"error": {"code": str(code), "message": str(message), "fields": [*fields]}} as content:
            in_shape = code and message and len(content) == 1 and len(content["error"]) == 3
            return None if in_shape and all(set(each) == {"field", "reason"} for each in fields) else "another shape"
    return "another shape"


def _is_good(model: type[BaseModel] | None, data: bytes) -> bool:
    try:
        return model is not None and model.model_validate_json(data) is not None
    except ValidationError:
        return False
