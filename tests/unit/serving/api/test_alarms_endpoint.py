"""Alarms over HTTP: page by page, from the oldest on."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from features.plan import default_plan
from features.store import Store
from serving.access.callers import Caller
from serving.api.alarms import MOST_ALARMS, alarms
from serving.api.endpoint import ApiError, Call
from serving.api.office import Office
from serving.insight.alarms.alarm import ALARMS_PART
from serving.insight.alarms.working import alarms_of
from serving.insight.keeping import Kept
from tests.unit.serving.insight.alarms.shop import Shop, with_batch
from tests.unit.serving.insight.kept import keep


@pytest.fixture
def store(tmp_path):
    """A store without tables of insight, as one of before has none."""
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    yield opened
    opened.close()


def ask(store: Store, after: str | None = None) -> Any:
    """A page, as the caller reads it."""
    query = {} if after is None else {"after": after}
    caller = cast("Caller", SimpleNamespace())
    call = Call(body=b"", path_values={}, query=query, caller=caller, request_id="r")
    return json.loads(asyncio.run(alarms(cast("Office", SimpleNamespace(store=store)), call)).body)


def test_alarms_before_the_first_refresh_are_none(store: Store) -> None:
    """Nothing fails, and the cursor of nothing leads on."""
    nothing = ask(store)
    assert nothing == {"alarms": [], "next": "0-0", "as_of_ms": None}
    assert ask(store, nothing["next"]) == nothing


def test_alarms_come_once_each_from_the_oldest_on(store: Store) -> None:
    """Pages follow each other, also where several were raised at one moment; the last one leads on to what comes."""
    [found] = alarms_of(with_batch(Shop().usual(3)).record())
    many = [replace(found, id=f"{number:03x}", opened_ms=1_000 + number // 7) for number in range(MOST_ALARMS + 20)]
    ask(store)  # makes the tables
    keep(store, ALARMS_PART, [Kept(each.id, rank, each.to_body()) for rank, each in enumerate(many, 1)], 5)
    first = ask(store)
    second = ask(store, first["next"])
    assert [each["id"] for each in first["alarms"] + second["alarms"]] == [each.id for each in many]
    assert ask(store, second["next"]) == {"alarms": [], "next": second["next"], "as_of_ms": 5}
    told = first["alarms"][0]
    assert (told["entity"], told["claims"], told["claim_ids"]) == ("mug", 11, found.claim_ids)


def test_decline_is_told_with_its_signs_also_where_nothing_was_claimed(store: Store) -> None:
    """A client reads what got worse; an alarm of claims has an empty list."""
    [found] = alarms_of(with_batch(Shop().usual(3)).record())
    sign = {"name": "late", "seen": 23, "usual": 6.1}
    decline = replace(found, id="d1", kind="decline", advice="ask_service", reason=None, signs=[sign])
    ask(store)  # makes the tables
    keep(store, ALARMS_PART, [Kept(each.id, 1, each.to_body()) for each in (decline, found)], 5)
    told = {each["id"]: each for each in ask(store)["alarms"]}
    assert (told["d1"]["kind"], told["d1"]["reason"], told["d1"]["signs"]) == ("decline", None, [sign])
    assert told[found.id]["signs"] == []


@pytest.mark.parametrize("after", ["", "x", "1", "1-", "-1-a", "1-a;", "9" * 20 + "-a"])
def test_cursor_of_nobody_is_refused(store: Store, after: str) -> None:
    """A typing error is no request for everything."""
    with pytest.raises(ApiError, match="a value in the path or query is wrong"):
        ask(store, after)
