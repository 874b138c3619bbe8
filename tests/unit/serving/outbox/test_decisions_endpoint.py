"""GET /v1/decisions: pages of decisions, and errors that name what is wrong."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from features.store import Store
from serving.api.decisions import DecisionPage, body_of, decisions
from serving.api.endpoint import ApiError, Call, Caller
from serving.outbox.feed import Page, cursor_at
from serving.outbox.pruning import prune_outbox
from tests.contract.outbox import decide_in_turn, with_outbox
from tests.unit.serving.claims import NOW_MS


@pytest.fixture
def office(store: Store) -> Any:
    return SimpleNamespace(store=with_outbox(store))


def ask(office: Any, **query: str) -> dict[str, Any]:
    """The parsed page for a query."""
    call = Call(body=b"", path_values={}, query=query, caller=Caller("ann", frozenset()), request_id="r")
    reply = asyncio.run(decisions(office, call))
    assert reply.status == 200
    return json.loads(reply.body)


def test_pages_lead_to_the_end(office: Any) -> None:
    """Who follows `next` gets every decision once."""
    decide_in_turn(office.store, "a", "b", "c")
    first = ask(office, limit="2")
    second = ask(office, limit="2", after=first["next"])
    assert [each["claim_id"] for page in (first, second) for each in page["decisions"]] == ["a", "b", "c"]
    assert ask(office, after=second["next"]) == {"decisions": [], "next": second["next"]}


def test_page_has_a_hundred_decisions_unless_asked(office: Any) -> None:
    """And up to a thousand if asked."""
    decide_in_turn(office.store, *(f"c{number}" for number in range(101)))
    assert len(ask(office)["decisions"]) == 100
    assert len(ask(office, limit="1000")["decisions"]) == 101


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "", "1.0", "٣", "9" * 5_000])
def test_limit_that_is_none_is_refused(office: Any, limit: str) -> None:
    """With the field's name."""
    with pytest.raises(ApiError, match="path or query") as refusal:
        ask(office, limit=limit)
    assert (refusal.value.status, refusal.value.fields[0][0]) == (400, "limit")


@pytest.mark.parametrize("after", ["nonsense", "\udc80", cursor_at(7)])
def test_cursor_that_is_none_is_refused(office: Any, after: str) -> None:
    """With the field's name and what to do."""
    with pytest.raises(ApiError) as refusal:
        ask(office, after=after)
    assert (refusal.value.status, refusal.value.fields[0][0]) == (400, "after")


def test_cursor_from_before_what_was_pruned_is_gone(office: Any) -> None:
    """Another status than a slip's: the reader has to begin anew."""
    decide_in_turn(office.store, "a", "b")
    prune_outbox(office.store, NOW_MS + 1)
    with pytest.raises(ApiError) as refusal:
        ask(office, after=cursor_at(0))
    assert (refusal.value.status, refusal.value.code) == (410, "cursor_expired")


def test_page_without_decisions_is_a_page() -> None:
    """The body is what the description says, whatever it holds."""
    page = DecisionPage.model_validate_json(body_of(Page((), "MTow")))
    assert page == DecisionPage(decisions=[], next="MTow")
