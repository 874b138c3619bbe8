"""GET /v1/explain: each audience gets its own shape, and a wrong question one error that names the field."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.api.endpoint import ApiError, Call, Caller, Reply
from serving.api.explain import EXPLAIN, ExplanationAnswer
from serving.api.openapi import describe
from serving.claim_desk import ClaimDesk
from serving.explaining.explain import Explainer
from serving.model import Model
from tests.unit.serving.claims import make_claim
from tests.unit.serving.explained import Models

Get = Callable[..., Any]


@pytest.fixture
def get(store: Store, desk: ClaimDesk, champion: Model) -> Get:
    """Ask the endpoint about a claim, as a caller with some scopes."""
    office = SimpleNamespace(explainer=Explainer(store, Models(champion)), desk=desk)

    def get_(claim_id: str, scopes: frozenset[str] = frozenset(), **query: str) -> Any:
        call = Call(
            body=b"",
            path_values={"claim_id": claim_id},
            query=query,
            caller=Caller("ann", scopes),  # type: ignore[arg-type]
            request_id="r",
        )
        reply: Reply = asyncio.run(EXPLAIN.handler(office, call))  # type: ignore[arg-type]
        assert reply.status == 200
        return json.loads(reply.body)

    return get_


@pytest.mark.parametrize("audience", ["reviewer", "merchant", "buyer"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_each_audience_gets_its_own_shape(desk: ClaimDesk, get: Get, audience: str, language: str) -> None:
    """As the page describes it; and what is sent can be read back as that."""
    desk.score(make_claim())
    sent = get("C1", audience=audience, language=language)
    assert (sent["audience"], sent["language"], sent["claim_id"]) == (audience, language, "C1")
    assert ExplanationAnswer.model_validate(sent).root.audience == audience


@pytest.mark.parametrize(
    ("claim_id", "query", "field"),
    [
        ("C1", {}, "audience"),
        ("C1", {"audience": "everybody"}, "audience"),
        ("C1", {"audience": "buyer", "language": "de"}, "language"),
        ("C1", {"audience": "buyer", "what": "all"}, "what"),
        ("C\0", {"audience": "buyer"}, "claim_id"),
        ("C" * 600, {"audience": "buyer"}, "claim_id"),
    ],
)
def test_wrong_question_is_refused_by_field(get: Get, claim_id: str, query: dict[str, str], field: str) -> None:
    """Before the store is asked."""
    with pytest.raises(ApiError) as caught:
        get(claim_id, **query)
    assert (caught.value.status, [name for name, _ in caught.value.fields]) == (400, [field])


def test_claim_that_was_never_decided_is_not_found(get: Get) -> None:
    """Whatever the audience."""
    with pytest.raises(ApiError) as caught:
        get("C1", audience="buyer")
    assert caught.value.status == 404


def test_platform_is_not_told_what_reviewers_are(desk: ClaimDesk, get: Get) -> None:
    """Its key may show buyers and merchants what is theirs."""
    desk.score(make_claim())
    platform = frozenset({"platform"})
    with pytest.raises(ApiError) as caught:
        get("C1", platform, audience="reviewer")
    assert caught.value.status == 403
    assert get("C1", platform, audience="buyer")["audience"] == "buyer"
    assert get("C1", frozenset({"platform", "reviewer"}), audience="reviewer")["audience"] == "reviewer"


def test_store_that_fails_is_unavailable(desk: ClaimDesk, get: Get, store: Store) -> None:
    """With when to come again, and no trace."""
    desk.score(make_claim())
    with store.writing() as connection:
        connection.execute(sa.text("ALTER TABLE decision RENAME COLUMN answer TO lost"))
    with pytest.raises(ApiError) as caught:
        get("C1", audience="buyer")
    assert (caught.value.status, caught.value.headers) == (503, ((b"retry-after", b"2"),))


def test_page_describes_every_shape() -> None:
    """For programs that read the document."""
    document = describe([EXPLAIN])
    said = document["paths"]["/v1/explain/{claim_id}"]["get"]
    assert [each["name"] for each in said["parameters"]] == ["claim_id", "audience", "language"]
    assert {"200", "400", "401", "403", "404", "503"} <= said["responses"].keys()
    shapes = {"ReviewerExplanation", "MerchantExplanation", "BuyerExplanation"}
    assert shapes <= document["components"]["schemas"].keys()
