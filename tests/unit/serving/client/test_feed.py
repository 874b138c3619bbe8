"""The feed of decisions, page by page, with its cursor."""

import inspect
from typing import Any

import httpx
import pytest

from serving.client import AsyncClearclaimClient, ClearclaimClient, ClearclaimError
from tests.unit.serving.client.answers import answer_content
from tests.unit.serving.client.scripted import Script, error


def page(cursor: str, *claim_ids: str) -> httpx.Response:
    answers = [{**answer_content(), "claim_id": each} for each in claim_ids]
    return httpx.Response(200, json={"decisions": answers, "next": cursor})


def read(most: int | None = None, **asked: Any) -> Any:
    """Reads a feed with either client: the claims' ids, and where the cursor stands then."""

    def work(client: Any) -> Any:
        feed = client.decisions(**asked)
        if isinstance(client, ClearclaimClient):
            ids = []
            for each in feed:
                ids.append(each.claim_id)
                if len(ids) == most:
                    break
            return ids, feed.cursor
        return awaited(feed)

    async def awaited(feed: Any) -> Any:
        ids = []
        async for each in feed:
            ids.append(each.claim_id)
            if len(ids) == most:
                break
        return ids, feed.cursor

    return work


def test_feed_is_read_page_by_page_up_to_the_newest(script: Script) -> None:
    """Each page is asked for by the cursor of the one before it."""
    client = script([page("c1", "A", "B"), page("c2", "C"), page("c2")])
    assert client.use(read(limit=2)) == (["A", "B", "C"], "c2")
    assert [dict(each.url.params) for each in client.sent] == [
        {"limit": "2"},
        {"limit": "2", "after": "c1"},
        {"limit": "2", "after": "c2"},
    ]


def test_feed_goes_on_from_a_cursor_that_was_kept(script: Script) -> None:
    """Whoever has read up to there sees what came after."""
    client = script([page("c2", "C"), page("c2")])
    assert client.use(read(cursor="c1")) == (["C"], "c2")


def test_feed_left_in_the_middle_of_a_page_keeps_its_cursor(script: Script) -> None:
    """The rest of the page isn't lost: it comes again."""
    client = script([page("c1", "A", "B"), page("c2", "C", "D")])
    assert client.use(read(3, limit=2)) == (["A", "B", "C"], "c1")


def test_feed_survives_a_failure_that_passes(script: Script) -> None:
    """A page is asked for again as anything else is."""
    client = script([page("c1", "A"), error(503), page("c1")])
    assert client.use(read()) == (["A"], "c1")


def test_feed_says_what_is_wrong_with_a_cursor(script: Script) -> None:
    """An error comes out of the loop."""
    with pytest.raises(ClearclaimError, match="400 invalid_request"):
        script([error(400, "invalid_request")]).use(read(cursor="yesterday"))


def test_both_clients_offer_the_same_methods() -> None:
    """What one can ask, the other can, with the same arguments."""

    def methods(kind: type[Any]) -> dict[str, list[str]]:
        public = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(each).parameters) for name, each in public if name[0] != "_"}

    assert methods(ClearclaimClient) == methods(AsyncClearclaimClient)
