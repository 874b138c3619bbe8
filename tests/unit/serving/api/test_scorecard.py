"""A merchant's scorecard over HTTP: the kept one, or which of both it is that is missing."""

import asyncio
import json
from unittest.mock import Mock

import pytest

from features.event_file import from_events
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.api.endpoint import ApiError, Call, Reply
from serving.api.scorecard import scorecard
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.insight.refreshing import refresh
from serving.policy import default_policy_path, read_policy
from tests.spec.drawing import BASE_MS, draw

UNTIL_MS = BASE_MS + 90 * 86_400_000
DRAWN = """
    known_at | kind        | merchant | buyer | claim | order
    30d      | order_paid  | a/b      | ann   | -     | o1
    35d      | claim_filed | a/b      | ann   | c1    | o1
"""


@pytest.fixture
def store(tmp_path):
    """A merchant with an order and a claim, whose scorecard isn't worked out yet."""
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    import_events(opened, from_events(list(draw(DRAWN).events)), "drawn")
    yield opened
    opened.close()


def ask(store: Store, merchant_id: str) -> Reply:
    call = Call(body=b"", path_values={"merchant_id": merchant_id}, query={}, caller=Mock(), request_id="r")
    return asyncio.run(scorecard(Mock(store=store), call))


def test_scorecard_says_whether_it_or_all_are_missing(store: Store) -> None:
    """Before the first time nobody has one; then whose order or claim is on record has one, and others are unknown."""
    with pytest.raises(ApiError, match="insight refresh") as none_yet:
        ask(store, "a/b")
    assert (none_yet.value.status, none_yet.value.code) == (404, "not_worked_out")
    refresh(store, read_policy(default_policy_path()), UNTIL_MS)
    card = json.loads(ask(store, "a/b").body)
    assert (card["merchant_id"], card["as_of_ms"], card["counts"]["orders"]) == ("a/b", UNTIL_MS, 1)
    assert MerchantScorecard.model_validate(card).place is None
    for unknown in ("shop", "a\x00b"):
        with pytest.raises(ApiError, match="no merchant of this id") as missing:
            ask(store, unknown)
        assert (missing.value.status, missing.value.code) == (404, "unknown_merchant")
