"""Which merchants decline, and what is said of them."""

from dataclasses import replace

import numpy as np
import pytest

from features.event_file import from_events
from features.events import Event, EventKind
from serving.insight.alarms.alarm import Alarm
from serving.insight.alarms.counting import NEVER, counted
from serving.insight.alarms.evidence import log_odds
from serving.insight.alarms.signs import goods_claims, late_parcels, slow_answers
from serving.insight.alarms.usual import usual_of
from serving.insight.alarms.working import alarms_of
from serving.insight.record import Record, record_of
from tests.spec.drawing import BASE_MS
from tests.unit.serving.insight.alarms.shop import DAY_MS

DAYS = 168
BEGINS = 84
MERCHANTS = 10
A_DAY = 4


class Street:
    """Merchants who all sell as much, laid out without any draw of chance: every so many parcels come late, answers are
    slow and goods are claimed. `worse` says of a merchant and a day by how much each of them is more frequent.
    """

    def __init__(self, worse=lambda _merchant, _day: (1, 1, 1), days: int = DAYS) -> None:
        self.events: list[Event] = []
        counts = np.zeros((MERCHANTS, 3))
        for day in range(days):
            for sold in range(A_DAY * MERCHANTS):
                merchant, number = sold % MERCHANTS, A_DAY * day + sold // MERCHANTS
                late, slow, claimed = worse(merchant, day)
                counts[merchant] += (late / 16, slow / 6 * (counts[merchant, 2] + claimed / 16 >= 1), claimed / 16)
                self._sell(f"order {merchant} {number}", f"{merchant} {number % 15}", day, counts[merchant])

    def record(self, days: int = DAYS) -> Record:
        """What was known after so many days."""
        return record_of(from_events(self.events), BASE_MS, BASE_MS + days * DAY_MS)

    def _sell(self, order: str, product: str, day: int, counts: np.ndarray) -> None:
        """An order, its parcel after two days or eight, and a claim with its answer after a few hours or two days."""
        late, claimed = counts[0] >= 1, counts[2] >= 1
        counts[0] -= late
        counts[2] -= claimed
        place = {"merchant_id": f"shop {product.partition(' ')[0]}", "product_id": product}
        promised = {"order_promised_at_ms": BASE_MS + (day + 6) * DAY_MS}
        self._add(
            EventKind.ORDER_PAID, day, order_id=order, buyer_id=order, category_id="home", amount_minor=500, quantity=1,
            **place, **promised,
        )  # fmt: skip
        self._add(EventKind.ORDER_DELIVERED, day + (8 if late else 2), order_id=order)
        if claimed:
            slow = counts[1] >= 1
            counts[1] -= slow
            claim = {"claim_id": f"claim {order}"}
            self._add(
                EventKind.CLAIM_FILED, day + 5, order_id=order, buyer_id=order, category_id="home", amount_minor=400,
                claim_type="return_refund", claim_reason="defective", **place, **claim,
            )  # fmt: skip
            self._add(EventKind.MERCHANT_RESPONDED, day + (7 if slow else 5), merchant_response="agreed", **claim)

    def _add(self, kind: EventKind, day: int, **fields: object) -> None:
        at_ms = BASE_MS + day * DAY_MS + 3_600_000 + len(self.events)
        self.events.append(
            Event(event_id=f"event {len(self.events)}", kind=kind, occurred_at_ms=at_ms, known_at_ms=at_ms, **fields)  # type: ignore[arg-type]
        )


def day_of(moment_ms: int) -> int:
    """The day of the street on which a moment is."""
    return (moment_ms - BASE_MS) // DAY_MS


def since(*factors: float, merchant: int | None = 3, until: int = DAYS):
    """One merchant (None: all) is worse from the day on which the decline begins."""

    def worse(of: int, day: int) -> tuple[float, ...]:
        return factors if merchant in (None, of) and BEGINS <= day < until else (1, 1, 1)

    return worse


@pytest.fixture(scope="module")
def record() -> Record:
    """The third shop's parcels come late four times as often, its goods are claimed twice as often."""
    return Street(since(4, 2, 2)).record()


@pytest.fixture(scope="module")
def alarm(record: Record) -> Alarm:
    """The one alarm of a decline."""
    [found] = [each for each in alarms_of(record) if each.kind == "decline"]
    return found


def declines(record: Record) -> list[Alarm]:
    """The alarms of declines."""
    return [each for each in alarms_of(record) if each.kind == "decline"]


def test_decline_is_named_with_its_beginning_and_signs(alarm: Alarm) -> None:
    """It is the merchant's, begins within a week or two of the true day, and says by which signs."""
    assert (alarm.entity, alarm.merchants, alarm.state, alarm.advice) == ("shop 3", ["shop 3"], "open", "ask_service")
    assert abs(day_of(alarm.batch_from_ms) - BEGINS) <= 14
    assert BEGINS < day_of(alarm.opened_ms) <= BEGINS + 50
    assert [each["name"] for each in alarm.signs] == ["late", "slow", "goods"]
    assert alarm.signs[0]["seen"] > 2.5 * alarm.signs[0]["usual"] > 0
    assert alarm.signs[2]["seen"] > 1.5 * alarm.signs[2]["usual"] > 0


def test_late_parcels_told_are_those_of_the_orders_since_then(alarm: Alarm, record: Record) -> None:
    """Each order of these days that hadn't come when it was promised, as far as that is past."""
    orders = record.orders.to_pylist()
    late = [
        each["paid_at_ms"] >= alarm.batch_from_ms
        and each["merchant_id"] == "shop 3"
        and each["promised_at_ms"] < record.until_ms
        and (each["delivered_at_ms"] or record.until_ms) > each["promised_at_ms"]
        for each in orders
    ]
    assert alarm.signs[0]["seen"] == sum(late)


def test_case_counts_from_the_day_on_which_it_turned_out(record: Record) -> None:
    """A parcel's on the promised day, as nobody knows before that it is late; an answer's when it is given."""
    parcels, answers = (find(record, counted(record)) for find in (late_parcels, slow_answers))
    assert set(parcels.known_day - parcels.day) == {6}
    assert 0 < parcels.bad.sum() < len(parcels.bad)
    took = answers.known_day - answers.day
    assert set(zip(took.tolist(), answers.bad.tolist(), strict=True)) == {(0, 0.0), (2, 1.0)}


def test_one_sign_alone_is_no_decline_however_strong() -> None:
    """All parcels of a shop are late, as its carrier fails; what it answers and sells is as ever."""
    assert declines(Street(since(16, 1, 1)).record()) == []


def test_what_befalls_all_merchants_is_nobodys_decline() -> None:
    """A festival: parcels late, answers slow and goods claimed more, everywhere."""
    assert declines(Street(since(4, 2, 2, merchant=None)).record()) == []


def test_decline_would_have_been_told_on_its_day_by_what_was_known_then(alarm: Alarm) -> None:
    """The record as it was at the end of that day has the same alarm; that of the day before has none."""
    street, day = Street(since(4, 2, 2)), day_of(alarm.opened_ms)
    [found] = declines(street.record(day + 1))
    assert (found.id, found.opened_ms, found.batch_from_ms) == (alarm.id, alarm.opened_ms, alarm.batch_from_ms)
    assert declines(street.record(day)) == []


def test_decline_is_over_once_the_merchant_serves_as_before() -> None:
    """Its alarm closes, and nothing new is raised by the days that raised it."""
    mended, days = BEGINS + 28, 231
    [found] = declines(Street(since(8, 4, 4, until=mended), days).record(days))
    assert (found.state, found.advice) == ("over", "watch_service")
    assert mended < day_of(found.last_ms) < days - 30


def test_merchant_without_claims_can_decline_by_answers_and_parcels() -> None:
    """Claims that say nothing of the goods are answered slowly, and parcels late: no reason is told then."""
    events = [
        replace(event, claim_reason="changed_mind") if event.kind is EventKind.CLAIM_FILED else event
        for event in Street(since(6, 5, 3)).events
    ]
    [found] = declines(record_of(from_events(events), BASE_MS, BASE_MS + DAYS * DAY_MS))
    assert (found.claims, found.reason, found.reason_share, found.claim_ids) == (0, None, 0.0, [])
    assert found.signs[1]["seen"] > 2 * found.signs[1]["usual"]


def test_platform_that_tells_of_no_promise_and_no_answer_has_no_decline() -> None:
    """Goods alone are one sign: what a platform doesn't report counts neither way."""
    events = [
        replace(event, order_promised_at_ms=None)
        for event in Street(since(4, 2, 6)).events
        if event.kind is not EventKind.MERCHANT_RESPONDED
    ]
    bare = record_of(from_events(events), BASE_MS, BASE_MS + DAYS * DAY_MS)
    assert len(late_parcels(bare, counted(bare)).day) == len(slow_answers(bare, counted(bare)).day) == 0
    assert declines(bare) == []


def test_orders_of_another_alarm_are_taken_back_from_claims(record: Record) -> None:
    """Of a merchant whose orders all leave, nothing is left, neither claims nor what is usual; others keep all."""
    orders = counted(record)
    usual, leaves = usual_of(orders), orders.merchant == 3
    without = np.full(len(orders.row), NEVER)
    sums = []
    for left_out_from in (without, np.where(leaves, orders.first_day + 100, NEVER)):
        cases = list(goods_claims(orders, usual, left_out_from))
        merchant = np.concatenate([each.merchant for each in cases])
        sums.append(
            [
                np.bincount(merchant, np.concatenate([getattr(each, name) for each in cases]))
                for name in ("bad", "usual")
            ]
        )
    (claims, due), (claims_left, due_left) = sums
    assert list(claims) == list(np.bincount(orders.merchant, orders.claim_day != NEVER))
    assert (claims_left[3], due_left[3]) == (0.0, pytest.approx(0.0, abs=1e-9))
    for all_of, left in ((claims, claims_left), (due, due_left)):
        assert np.delete(left, 3) == pytest.approx(np.delete(all_of, 3))
        assert all_of[3] > 1


def test_odds_of_many_entities_at_once_are_those_of_each() -> None:
    """One number for all of an entity's orders, or one for each row."""
    claims, usual = np.array([4.0, 2.0]), np.array([1.5, 0.5])
    at_once = log_odds(claims, usual, np.array([6.0, 3.0]), np.array([4.0, 5.0]), 2.0, (1.0, 2.0))
    first = log_odds(claims[:1], usual[:1], 6.0, 4.0, 2.0, (1.0, 2.0))
    second = log_odds(claims[1:], usual[1:], 3.0, 5.0, 2.0, (1.0, 2.0))
    assert at_once == pytest.approx([first[0], second[0]])
