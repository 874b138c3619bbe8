"""The client against the real service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import get_args

import pytest

from serving.client import AsyncClearclaimClient, ClearclaimClient, ClearclaimError, Retries
from serving.explaining.messages import Audience
from serving.intake.verdict import Adjudication
from tests.integration.service.running_service import RunningService, free_port
from tests.unit.serving.claims import claim_content, make_claim

NewId = Callable[[], str]


@pytest.fixture
def client(service: RunningService) -> Iterator[ClearclaimClient]:
    with ClearclaimClient(service.url, api_key=service.key, timeout_seconds=30) as client:
        yield client


def test_claim_is_answered_and_replayed(client: ClearclaimClient, new_id: NewId) -> None:
    """What is sent as a model or as JSON is the same claim."""
    claim_id = new_id()
    first = client.score(make_claim(claim_id))
    again = client.score(claim_content(claim_id))
    assert (first.claim_id, first.replayed, again.replayed) == (claim_id, False, True)
    assert again == first.model_copy(update={"replayed": True})


def test_claims_are_answered_at_once_by_the_async_client(service: RunningService, new_id: NewId) -> None:
    """Many requests wait side by side, over several connections."""
    claim_ids = [new_id() for _ in range(20)]

    async def score_all() -> list[str]:
        async with AsyncClearclaimClient(service.url, api_key=service.key, timeout_seconds=30) as client:
            assert await client.ready()
            answers = await asyncio.gather(*(client.score(claim_content(each)) for each in claim_ids))
        return [each.claim_id for each in answers]

    assert asyncio.run(score_all()) == claim_ids


def test_claim_that_is_wrong_names_its_fields(client: ClearclaimClient, new_id: NewId) -> None:
    """The error has what is needed to mend it."""
    with pytest.raises(ClearclaimError) as caught:
        client.score(claim_content(new_id(), amount_minor=-1, surprise=True))
    assert (caught.value.status, caught.value.code, caught.value.attempts) == (400, "invalid_request", 1)
    assert sorted(each.field for each in caught.value.fields) == ["amount_minor", "surprise"]


def test_claim_with_other_content_is_a_conflict(client: ClearclaimClient, new_id: NewId) -> None:
    """It isn't asked again: the first answer stands."""
    claim_id = new_id()
    client.score(claim_content(claim_id))
    with pytest.raises(ClearclaimError, match="409 claim_conflict"):
        client.score(claim_content(claim_id, amount_minor=1))


def test_service_that_is_not_there_is_unreachable() -> None:
    """After the last attempt, and readiness says so at once."""
    retries = Retries(most=2, first_pause_seconds=0.001)
    with ClearclaimClient(f"http://127.0.0.1:{free_port()}", retries=retries) as client:
        assert not client.ready()
        with pytest.raises(ClearclaimError, match=r"unreachable: .*refused.*\(asked 3 times\)"):
            client.score(claim_content())


def test_claim_is_followed_from_its_order_to_a_verdict(client: ClearclaimClient, new_id: NewId) -> None:
    """Every endpoint through the client, each answer in its model."""
    claim_id = new_id()
    order = {
        name: claim_content(claim_id)["order"][name] for name in ("order_id", "buyer_id", "merchant_id", "product_id")
    }
    paid = {"event_id": f"paid {claim_id}", "kind": "order_paid", **order, "amount_minor": 8_000, "quantity": 1}
    assert (client.send_events([paid]).taken, client.send_events([paid]).known) == (1, 1)
    [result] = client.score_batch([claim_content(claim_id)]).results
    assert (result.status, result.answer) == (200, client.claim(claim_id).decision)
    for audience in get_args(Audience):
        explained = client.explain(claim_id, audience, "en")
        assert (explained.audience, explained.claim_id) == (audience, claim_id)
    ruling = {"adjudication_id": f"of {claim_id}", "claim_id": claim_id, "verdict": "legitimate"}
    first, again = client.adjudicate(ruling), client.adjudicate(Adjudication.model_validate(ruling))
    assert (first.verdict, first.replayed, again.replayed) == ("legitimate", False, True)
    assert client.claim(claim_id).state == "adjudicated"
    assert client.policy_card("womens_wear", "en").category_id == "womens_wear"


def test_decisions_are_read_from_where_the_cursor_was_kept(client: ClearclaimClient, new_id: NewId) -> None:
    """Whoever has read them all sees only what is decided after that, and in its order."""
    feed = client.decisions(limit=7)
    before = [answer.claim_id for answer in feed]
    new = [new_id() for _ in range(3)]
    for claim_id in new:
        client.score(claim_content(claim_id))
    assert [answer.claim_id for answer in client.decisions(feed.cursor, limit=2)] == new
    assert [answer.claim_id for answer in feed] == new
    assert set(before).isdisjoint(new)


def test_claim_whose_id_looks_like_a_path_is_found(client: ClearclaimClient, new_id: NewId) -> None:
    """An id is one piece of an address, whatever stands in it."""
    for strange in ("a/b", "..", "50 %", "?x=1", "字#"):
        claim_id = f"{new_id()} {strange}" if strange != ".." else ".."
        client.score(claim_content(claim_id))
        assert client.claim(claim_id).claim_id == claim_id
