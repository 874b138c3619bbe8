"""The client against the real service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from serving.client import AsyncClearclaimClient, ClearclaimClient, ClearclaimError, Retries
from tests.integration.service.running_service import RunningService, free_port
from tests.unit.serving.claims import claim_content, make_claim

NewId = Callable[[], str]


@pytest.fixture
def client(service: RunningService) -> Iterator[ClearclaimClient]:
    with ClearclaimClient(service.url, timeout_seconds=30) as client:
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
        async with AsyncClearclaimClient(service.url, timeout_seconds=30) as client:
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
