from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.event_file import EVENT_SCHEMA, check_events
from features.event_table import code_of
from features.events import KIND_FIELDS, OF_THE_CLAIM, EventKind
from training.simulate import SimulationConfig, World, simulate
from training.simulate.claims import Claims
from training.simulate.config import Flags
from training.simulate.day import Day
from training.simulate.deciding import Answers, OldRule
from training.simulate.goods import CATEGORIES
from training.simulate.life import DayDone
from training.simulate.people import KINDS
from training.simulate.scenarios import SCENARIOS
from training.simulate.stories import STORIES
from training.simulate.truth import CLAIM_SCHEMA

pytestmark = pytest.mark.slow

SMALL = SimulationConfig(orders=5_000, days=90)
LATER = [
    EventKind.CLAIM_DECIDED,
    EventKind.MERCHANT_RESPONDED,
    EventKind.RETURN_SHIPPED,
    EventKind.RETURN_INSPECTED,
    EventKind.CLAIM_ADJUDICATED,
    EventKind.ADVANCE_SETTLED,
    EventKind.FEEDBACK_GIVEN,
]
NOT_ALWAYS = {"order_delivered_at_ms", "evidence_hashes", "merchant_at_fault", "audit_propensity_ppm", "feedback_step"}
# of one kind about one claim, at most; ratings are of the whole and of five steps
SEVERAL = {EventKind.CLAIM_DECIDED: 2, EventKind.CLAIM_ADJUDICATED: 5, EventKind.FEEDBACK_GIVEN: 6}


def of_kind(events: pa.Table, kind: EventKind) -> pa.Table:
    return events.filter(pc.equal(events["kind"], str(kind)))


def times(table: pa.Table, name: str) -> np.ndarray:
    return table[name].to_numpy()


def test_simulate_same_config_gives_equal_worlds():
    """The same configuration gives the same world, event for event."""
    once, again = simulate(SMALL), simulate(SMALL)
    assert again.events.equals(once.events)
    assert again.truth.equals(once.truth)


def test_simulate_other_seed_gives_another_world():
    """Another seed gives other events."""
    other = simulate(replace(SMALL, seed=SMALL.seed + 1))
    assert not other.events.equals(simulate(SMALL).events)


def test_events_all_pass_the_checks(world):
    """Every event is one that the platform could have reported, and the table is in the event layout."""
    assert world.events.schema == EVENT_SCHEMA
    assert check_events(world.events, "simulated").equals(world.events)


@pytest.mark.parametrize("kind", list(EventKind))
def test_events_of_every_kind_carry_its_fields(world, kind):
    """Every kind of event happens, with all that it may carry; some facts are not there to be told each time."""
    events = of_kind(world.events, kind)
    assert len(events) > 100
    written = {*KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional} - {"claim_text"}
    for name in written:
        missing = events[name].null_count
        assert missing < len(events) if name in NOT_ALWAYS else missing == 0, name


@pytest.mark.parametrize("kind", LATER)
def test_later_event_follows_its_claim_and_repeats_its_facts(world, kind):
    """What is told of a claim later comes after its filing, few times, and names the same parties and pictures."""
    claims, later = of_kind(world.events, EventKind.CLAIM_FILED), of_kind(world.events, kind)
    times_told = later.group_by("claim_id").aggregate([("event_id", "count")])["event_id_count"]
    assert pc.max(times_told).as_py() <= SEVERAL.get(kind, 1)
    of_claim = claims.take(pc.index_in(later["claim_id"], value_set=claims["claim_id"]))
    assert pc.all(pc.greater(later["known_at_ms"], of_claim["known_at_ms"])).as_py()
    for name in OF_THE_CLAIM:
        said = "known_at_ms" if name == "claim_filed_at_ms" else name
        assert later[name].to_pylist() == of_claim[said].to_pylist(), name


def test_category_is_that_of_the_product(world):
    """Every event says the sort of goods, and a product is of one sort."""
    assert set(world.events["category_id"].to_pylist()) == {category.name for category in CATEGORIES}
    pairs = world.events.group_by(["product_id", "category_id"]).aggregate([])
    assert len(pairs) == len(world.events["product_id"].unique())


def test_order_is_shipped_after_payment_and_before_delivery(world):
    """Goods leave after they are paid and before they arrive; a few are never sent, and a few never arrive."""
    orders, shipped, delivered = (
        of_kind(world.events, kind)
        for kind in (EventKind.ORDER_PAID, EventKind.ORDER_SHIPPED, EventKind.ORDER_DELIVERED)
    )
    assert pc.all(pc.greater_equal(shipped["known_at_ms"], shipped["order_paid_at_ms"])).as_py()
    sent_at_ms = shipped["known_at_ms"].take(pc.index_in(delivered["order_id"], value_set=shipped["order_id"]))
    assert pc.all(pc.less(sent_at_ms, delivered["occurred_at_ms"]), skip_nulls=False).as_py()
    assert len(delivered) < len(shipped) < len(orders)


def test_promise_is_made_at_payment_and_mostly_kept(world):
    """An order has one promise, some days after payment; about one parcel in twenty comes later than that."""
    orders, delivered = (of_kind(world.events, kind) for kind in (EventKind.ORDER_PAID, EventKind.ORDER_DELIVERED))
    days = (times(orders, "order_promised_at_ms") - times(orders, "known_at_ms")) / (24 * 60 * 60 * 1_000)
    assert 2 <= days.min() < days.max() <= 15
    for kind in (EventKind.ORDER_SHIPPED, EventKind.ORDER_DELIVERED, EventKind.CLAIM_FILED):
        repeated = of_kind(world.events, kind)
        rows = pc.index_in(repeated["order_id"], value_set=orders["order_id"])
        assert repeated["order_promised_at_ms"].equals(orders["order_promised_at_ms"].take(rows))
        assert repeated["order_paid_at_ms"].equals(orders["known_at_ms"].take(rows))
    late = times(delivered, "occurred_at_ms") > times(delivered, "order_promised_at_ms")
    assert 0.02 < late.mean() < 0.09


def test_orders_are_those_asked_for_but_for_who_has_left(world, config):
    """`orders` counts what would be bought if nobody left or was thrown out; few do."""
    assert 0.97 * config.orders < len(of_kind(world.events, EventKind.ORDER_PAID)) < config.orders


def test_events_are_sorted_and_within_the_period(world, config):
    """Events come in the order in which they became known, none before the period and none at or after its end."""
    known_at_ms = times(world.events, "known_at_ms")
    assert (np.diff(known_at_ms) >= 0).all()
    assert known_at_ms[0] >= config.start_ms
    assert known_at_ms[-1] < config.end_ms
    assert (times(world.events, "occurred_at_ms") <= known_at_ms).all()


def test_simulate_end_off_midnight_keeps_to_the_period(config):
    """A period may end at any moment, such as now."""
    odd = SimulationConfig(orders=2_000, days=3, end_ms=config.end_ms + 12_345_678)
    known_at_ms = times(simulate(odd).events, "known_at_ms")
    assert known_at_ms.min() >= odd.start_ms
    assert known_at_ms.max() < odd.end_ms


def test_only_deliveries_become_known_later_than_they_happen(world):
    """Carriers report minutes late; the platform knows its own facts at once."""
    delivered = of_kind(world.events, EventKind.ORDER_DELIVERED)
    lag_ms = times(delivered, "known_at_ms") - times(delivered, "occurred_at_ms")
    assert lag_ms.min() >= 60_000
    assert np.median(lag_ms) < 60 * 60_000
    others = world.events.filter(pc.not_equal(world.events["kind"], str(EventKind.ORDER_DELIVERED)))
    assert others["known_at_ms"].equals(others["occurred_at_ms"])


def test_claim_comes_after_its_order_and_repeats_its_facts(world):
    """A claim is filed after payment, and after the delivery that it mentions; what it says of the order is true."""
    claims = of_kind(world.events, EventKind.CLAIM_FILED)
    filed_at_ms = times(claims, "known_at_ms")
    assert (filed_at_ms > times(claims, "order_paid_at_ms")).all()
    assert pc.all(pc.greater(claims["known_at_ms"], claims["order_delivered_at_ms"])).as_py()
    assert pc.all(pc.less_equal(claims["amount_minor"], claims["order_amount_minor"])).as_py()
    orders = of_kind(world.events, EventKind.ORDER_PAID)
    rows = pc.index_in(claims["order_id"], value_set=orders["order_id"])
    facts = [("order_amount_minor", "amount_minor"), ("order_paid_at_ms", "known_at_ms")]
    for said, true in [
        *facts,
        *((name, name) for name in ("buyer_id", "merchant_id", "product_id", "category_id", "address_id")),
    ]:
        assert claims[said].equals(orders[true].take(rows))


def test_claim_says_delivered_exactly_when_the_platform_knew(world):
    """The delivery time on a claim is there if the delivery was known before the filing, and only then."""
    claims, delivered = (of_kind(world.events, kind) for kind in (EventKind.CLAIM_FILED, EventKind.ORDER_DELIVERED))
    rows = pc.index_in(claims["order_id"], value_set=delivered["order_id"])
    known = pc.fill_null(pc.less(delivered["known_at_ms"].take(rows), claims["known_at_ms"]), False)
    expected = pc.if_else(known, delivered["occurred_at_ms"].take(rows), None)
    assert claims["order_delivered_at_ms"].to_pylist() == expected.to_pylist()
    assert 0 < claims["order_delivered_at_ms"].null_count < len(claims) / 4


def test_claim_is_one_per_order_and_has_one_truth(world):
    """No order is claimed twice, and the truth covers the claims in the events, each once."""
    claims = of_kind(world.events, EventKind.CLAIM_FILED)
    assert len(claims["order_id"].unique()) == len(claims)
    assert world.truth["claim_id"].to_pylist() == claims["claim_id"].to_pylist()


def test_truth_is_of_the_documented_layout(world):
    """Truth has a row per claim, and its story settles whether it was abusive."""
    assert world.truth.schema == CLAIM_SCHEMA
    assert not any(world.truth[name].null_count for name in CLAIM_SCHEMA.names if name != "ring")
    abusive_stories = [story.name for story in STORIES if story.abusive]
    assert pc.is_in(world.truth["story"], value_set=pa.array(abusive_stories)).equals(world.truth["abusive"])


def test_events_hold_nothing_of_the_truth(world):
    """No column of the events is one of the truth's own, and no story's name appears among the values."""
    assert not {"abusive", "abuse_probability", "story", "careful", "person", "ring"} & set(world.events.column_names)
    names = pa.array([story.name for story in STORIES])
    for column in world.events.columns:
        if column.type == pa.string():
            assert not pc.any(pc.is_in(column, value_set=names)).as_py()


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("orders", "days"), [(1, 1), (1, 40), (7, 2), (100, 1)])
def test_simulate_tiny_sizes_work(orders, days, scenario):
    """The smallest marketplaces are valid too, with or without claims, in every scenario."""
    world = simulate(SimulationConfig(orders=orders, days=days, seed=3, scenario=scenario))
    assert len(of_kind(world.events, EventKind.ORDER_PAID)) >= 0.9 * orders
    assert len(of_kind(world.events, EventKind.CLAIM_FILED)) == len(world.truth)
    assert world.events.schema == EVENT_SCHEMA


def test_simulate_of_one_person_of_any_kind_works(monkeypatch):
    """Even if the only buyer is a farm, a ring of one or a partner in crime."""
    for kind in KINDS:
        monkeypatch.setattr("training.simulate.people.KINDS", {each: float(each == kind) for each in KINDS})
        world = simulate(SimulationConfig(orders=5, days=30))
        assert len(of_kind(world.events, EventKind.ORDER_PAID)) >= 1


def test_simulate_reports_and_shows_each_day_once():
    """Whoever listens hears every day, counted up to the total, and whoever watches sees each day's claims."""
    heard: list[tuple[int, int, str]] = []
    seen: list[DayDone] = []
    world = simulate(
        SimulationConfig(orders=500, days=10),
        lambda done, total, what: heard.append((done, total, what)),
        watch=seen.append,
    )
    assert heard == [(day, 10, "days") for day in range(1, 11)]
    assert [day.number for day in seen] == list(range(10))
    assert sum(len(day.claims) for day in seen) == len(world.truth)


def test_orders_and_their_luck_do_not_depend_on_who_answers_claims():
    """Other answers change who stays and what is claimed next, but no order's goods, price, or time of arrival."""

    class PaysAll(OldRule):
        def answer(self, day: Day, claims: Claims, consents: Flags) -> Answers:
            answers = super().answer(day, claims, consents)
            return replace(answers, action=np.full(len(claims), code_of("action", "auto_approve")))

    world, other = simulate(SMALL), simulate(SMALL, decider=PaysAll(SMALL))
    assert not other.events.equals(world.events)
    for kind in (EventKind.ORDER_PAID, EventKind.ORDER_DELIVERED):
        here, there = ({row["order_id"]: row for row in rows_of(each, kind)} for each in (world, other))
        shared = here.keys() & there.keys()
        assert len(shared) > 0.95 * len(here)
        assert all(here[name] == there[name] for name in shared)


def rows_of(world: World, kind: EventKind) -> list[dict[str, object]]:
    columns = ["order_id", "product_id", "merchant_id", "amount_minor", "occurred_at_ms", "known_at_ms"]
    return of_kind(world.events, kind).select(columns).to_pylist()
