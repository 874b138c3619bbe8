"""Events as orders and claims."""

import pyarrow as pa
import pytest

from features.event_file import from_events
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.insight.reading import read_record
from serving.insight.record import CLAIM_SCHEMA, ORDER_SCHEMA, record_of
from tests.spec.drawing import BASE_MS, draw

DAY_MS = 86_400_000
DRAWN = """
    known_at | kind               | buyer | claim | order | verdict      | rating | evidence | amount
    0d       | order_paid         | ann   | -     | o1    | -            | -      | -        | 500
    1d       | order_delivered    | ann   | -     | o1    | -            | -      | -        | -
    2d       | claim_filed        | ann   | c1    | o1    | -            | -      | 00..0f   | 400
    3d       | claim_decided      | ann   | c1    | o1    | -            | -      | -        | 400
    4d       | claim_adjudicated  | ann   | c1    | o1    | undetermined | -      | -        | -
    5d       | claim_adjudicated  | ann   | c1    | o1    | abusive      | -      | -        | -
    5d       | feedback_given     | ann   | c1    | o1    | -            | 4      | -        | -
    6d       | feedback_given     | ann   | c1    | o1    | -            | 2      | -        | -
    7d       | claim_filed        | bob   | c2    | -     | -            | -      | none     | 900
"""


@pytest.fixture
def events() -> pa.Table:
    """What happened to two claims."""
    return from_events(list(draw(DRAWN).events))


def test_claim_is_told_with_the_last_of_what_became_of_it(events: pa.Table) -> None:
    """A second verdict counts in the place of the first, and so does a second rating; each rating is there as well."""
    record = record_of(events, BASE_MS, BASE_MS + 10 * DAY_MS)
    first, second = record.claims.to_pylist()
    assert (first["claim_id"], first["verdict"], first["rating"], first["refunded_minor"]) == ("c1", "abusive", 2, 400)
    assert first["ruled_at_ms"] - BASE_MS == 5 * DAY_MS
    assert (second["claim_id"], second["action"], second["verdict"]) == ("c2", None, None)
    assert record.ratings["rating"].to_pylist() == [4, 2]
    [order] = record.orders.to_pylist()
    assert (order["amount_minor"], order["delivered_at_ms"], order["shipped_at_ms"]) == (500, BASE_MS + DAY_MS, None)


def test_what_became_known_later_plays_no_part(events: pa.Table) -> None:
    """The record holds what was known before its end, so a verdict of that very moment isn't in it."""
    record = record_of(events, BASE_MS, BASE_MS + 5 * DAY_MS)
    [claim] = record.claims.to_pylist()
    assert (claim["verdict"], len(record.ratings)) == ("undetermined", 0)


def test_claim_of_before_is_left_out_with_all_that_follows_it(events: pa.Table) -> None:
    """A record from later on knows nothing of claims filed before, whatever became of them since."""
    record = record_of(events, BASE_MS + 3 * DAY_MS, BASE_MS + 10 * DAY_MS)
    assert record.claims["claim_id"].to_pylist() == ["c2"]


def test_record_of_nothing_has_its_columns() -> None:
    """An empty store has a record, too."""
    record = record_of(from_events([]), 0, BASE_MS)
    assert (len(record.claims), len(record.orders), len(record.ratings)) == (0, 0, 0)
    assert (record.claims.schema, record.orders.schema) == (CLAIM_SCHEMA, ORDER_SCHEMA)


def test_record_of_a_store_is_that_of_its_events(events: pa.Table, tmp_path) -> None:
    """Flags and pictures come out of the database as they went in."""
    store = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    import_events(store, events, "drawn")
    until_ms = BASE_MS + 10 * DAY_MS
    read, held = read_record(store, until_ms), record_of(events, BASE_MS, until_ms)
    assert (read.claims, read.orders, read.ratings) == (held.claims, held.orders, held.ratings)
    store.close()


def test_order_and_claim_that_are_reported_twice_count_once(events: pa.Table) -> None:
    """A platform that sends a message again under another id buys nothing twice."""
    once, again = (record_of(each, BASE_MS, BASE_MS + 10 * DAY_MS) for each in (events, pa.concat_tables([events] * 2)))
    assert (again.orders, again.claims) == (once.orders, once.claims)
