"""Which rises in claims are alarms, and what is said of them."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from features.event_file import from_events
from serving.insight.alarms.alarm import Alarm
from serving.insight.alarms.counting import NEVER
from serving.insight.alarms.detecting import Sales, detect
from serving.insight.alarms.usual import Usual
from serving.insight.alarms.working import MERCHANT_RULE, alarms_of
from serving.insight.record import Record, record_of
from tests.spec.drawing import BASE_MS
from tests.unit.serving.insight.alarms.shop import DAY_MS, DAYS, DELAY_DAYS, Shop, with_batch


@pytest.fixture(scope="module")
def record() -> Record:
    """Ten usual products, and a mug of which every second piece is claimed that was sold from day 80 to day 100."""
    return with_batch(Shop().usual()).record()


@pytest.fixture(scope="module")
def alarm(record: Record) -> Alarm:
    """The one alarm of that."""
    [found] = alarms_of(record)
    return found


def day_of(moment_ms: int) -> int:
    """The day of the shop on which a moment is."""
    return (moment_ms - BASE_MS) // DAY_MS


def test_bad_batch_is_named_by_product_and_dates(alarm: Alarm) -> None:
    """The days of payment are those of the batch, to a few days, and the alarm comes while it is still sold."""
    assert (alarm.kind, alarm.entity, alarm.merchants, alarm.category) == ("product", "mug", ["shop"], "home")
    assert 78 <= day_of(alarm.batch_from_ms) <= 80
    assert 101 <= day_of(alarm.batch_to_ms) <= 103
    assert 80 + DELAY_DAYS < day_of(alarm.opened_ms) <= 95
    assert day_of(alarm.last_ms) == 100 + DELAY_DAYS


def test_figures_of_a_batch_are_those_of_its_orders(alarm: Alarm) -> None:
    """Eleven pieces of the batch were claimed, all for one reason; the others may still be."""
    assert (alarm.claims, alarm.reported, alarm.buyers, alarm.claimed_minor) == (11, 11, 11, 4_400)
    assert alarm.unclaimed == alarm.sold - 11
    assert (alarm.reason, alarm.reason_share, len(alarm.claim_ids)) == ("defective", 1.0, 11)
    assert alarm.ratio_low < alarm.ratio < alarm.ratio_high
    assert alarm.ratio == pytest.approx(11 / alarm.expected)
    assert sum(alarm.daily) == 11


def test_what_is_usual_raises_no_alarm() -> None:
    """Products of which every 20th piece is claimed, and a flood of orders of one of them."""
    shop = Shop().usual()
    for number in range(400):
        order = shop.sell("shop 1", 90)
        if number % 19 == 0:
            shop.claim(order, "shop 1")
    assert alarms_of(shop.record()) == []


def test_alarm_would_have_been_raised_on_its_day_by_what_was_known_then(alarm: Alarm) -> None:
    """The record as it was at the end of that day has the same alarm; that of the day before has none."""
    events = with_batch(Shop().usual()).events
    day = day_of(alarm.opened_ms)
    [found] = alarms_of(record_of(from_events(events), BASE_MS, BASE_MS + (day + 1) * DAY_MS))
    assert (found.id, found.opened_ms, found.state, found.advice) == (alarm.id, alarm.opened_ms, "open", "stop_sale")
    assert alarms_of(record_of(from_events(events), BASE_MS, BASE_MS + day * DAY_MS)) == []


def test_alarm_is_over_once_nothing_more_is_claimed(alarm: Alarm) -> None:
    """Thirty quiet days after the last claim it is over, and then stock is to be checked, not the sale stopped."""
    assert (alarm.state, alarm.advice) == ("over", "check_stock")
    assert DAYS - day_of(alarm.last_ms) > 30


@pytest.mark.parametrize("shared", ["buyer_id", "device_id", "address_id"])
def test_claims_of_one_source_count_once(shared: str) -> None:
    """Who claims a product again and again, even under other names from one device or address, raises nothing."""
    shop = with_batch(Shop().usual())
    events = [
        replace(event, **{shared: "the same"}) if event.product_id == "mug" and event.claim_id else event
        for event in shop.events
    ]
    assert alarms_of(record_of(from_events(events), BASE_MS, BASE_MS + DAYS * DAY_MS)) == []


def test_claims_that_do_not_speak_of_the_goods_raise_nothing() -> None:
    """Changed minds and late parcels are no fault of the product."""
    for reason in ("changed_mind", "late_delivery", "not_received"):
        assert alarms_of(with_batch(Shop().usual(), reason=reason).record()) == []


def test_rise_over_many_products_is_their_merchants() -> None:
    """Where more of all of a merchant's products is claimed, too little of each to tell, the merchant has the alarm."""
    shop = Shop().usual(8, merchant="good").usual(20, merchant="bad", days=70)
    for sold in range(20 * 70):
        product = f"bad {sold % 20}"
        order = shop.sell(product, 70 + sold // 20, merchant="bad")
        if sold % 9 == 0:
            shop.claim(order, product, merchant="bad")
    merchants = [alarm for alarm in alarms_of(shop.record()) if alarm.kind == "merchant"]
    assert [(each.entity, each.advice) for each in merchants] == [("bad", "ask_merchant")]
    assert merchants[0].products > 3


def test_merchant_of_one_bad_product_has_no_alarm_of_its_own(record: Record) -> None:
    """What one product did stays that product's."""
    assert [each.kind for each in alarms_of(record)] == ["product"]


def test_record_of_nothing_or_of_claims_alone_has_no_alarm(record: Record) -> None:
    """A store may be empty, or know claims without orders, products or reasons."""
    nothing = record_of(from_events([]), 0, BASE_MS)
    assert alarms_of(nothing) == []
    assert alarms_of(replace(record, orders=nothing.orders)) == []


def test_alarm_comes_back_from_its_body(alarm: Alarm) -> None:
    """Pages have it as it was kept."""
    assert Alarm.of_body(alarm.to_body()) == alarm


@pytest.mark.parametrize("day", [-5_000, DAYS + 400])
def test_order_paid_outside_of_the_records_time_changes_no_alarm(alarm: Alarm, day: int) -> None:
    """One reported years late, or dated into the future by mistake, and claimed."""
    shop = with_batch(Shop().usual())
    order = shop.sell("mug", day)
    known = [replace(event, known_at_ms=BASE_MS + 90 * DAY_MS) for event in shop.events[-1:]]
    shop.events[-1:] = known
    shop.claim((order[0], 90), "mug")
    [found] = alarms_of(record_of(from_events(shop.events), BASE_MS, BASE_MS + DAYS * DAY_MS))
    assert (found.entity, found.claims, found.sold, found.daily) == ("mug", alarm.claims, alarm.sold, alarm.daily)


class Rarely:
    """What is usual: one order of a hundred is claimed, whatever it is and when."""

    def expected(self, _on_day: int, _category: np.ndarray, age: np.ndarray) -> np.ndarray:
        return np.full(len(age), 0.01)


def test_claim_that_plays_no_part_keeps_no_alarm_going() -> None:
    """Claims about a product with an alarm of its own aren't the merchant's: none of its claims is of that day."""
    claimed, left_out_from = np.array([12] * 8 + [15]), np.array([NEVER] * 8 + [13])
    sales = Sales(np.full(9, 10), np.zeros(9, np.int64), claimed, np.arange(9), left_out_from)
    raised = detect(sales, cast("Usual", Rarely()), MERCHANT_RULE)
    assert [(each.opened_day, each.last_day) for each in raised] == [(12, 12)]
