"""What an event adds: for one event, and for many at once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.definition import Form, Measure, Quantity, Text, carrying, count, distinct, later, seconds, squares, total
from features.definition.quantity import LONGEST_SECONDS, SQUARE_BITS
from features.event_file import from_events
from features.event_table import from_arrow
from features.events import EARLIEST_MS, EVENT_FIELDS, LARGEST_AMOUNT, LATEST_MS, Event, EventKind
from features.plan import default_plan
from features.quantities import Selected, added_by, added_by_rows

WORDS = Text("words", "词")
CLAIM, SHIPPED = EventKind.CLAIM_FILED, EventKind.ORDER_SHIPPED
AMOUNT = total("amount", CLAIM, WORDS, of="amount_minor")
HIGH, LOW = squares("squares", CLAIM, WORDS, of="amount_minor")
WAIT = seconds("wait", CLAIM, WORDS, since="order_paid_at_ms")
LATE = later("late", CLAIM, WORDS, than="order_paid_at_ms")
KNOWN = carrying("known", CLAIM, WORDS, field="order_paid_at_ms")


def adds(events: list[Event], measure: Measure) -> list[int]:
    """What each event adds, one by one; the same as what is found at once, for those of the measure's kinds."""
    one_by_one = [added_by(event, measure) for event in events]
    rows = np.array([row for row, event in enumerate(events) if event.kind in measure.kinds], dtype=np.int64)
    at_once = added_by_rows(Selected(from_arrow(from_events(events)), rows), measure)
    assert at_once.dtype == np.int64
    assert at_once.tolist() == [one_by_one[row] for row in rows]
    return one_by_one


def shipped_late(event: Event, paid_at_ms: int | None, occurred_at_ms: int) -> Event:
    return replace(event, order_paid_at_ms=paid_at_ms, occurred_at_ms=occurred_at_ms)


@pytest.mark.parametrize("kind", EventKind)
def test_event_adds_nothing_to_measures_of_other_kinds(good_events, kind):
    """A delivery is no order, whatever it carries."""
    measures = {measure for plan in default_plan().entities for measure in plan.measures}
    for measure in measures:
        if kind not in measure.kinds:
            assert adds([good_events[kind]], measure) == [0]


@pytest.mark.parametrize("amount", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 2**39, LARGEST_AMOUNT - 1, LARGEST_AMOUNT])
def test_square_in_two_words_is_the_square(claim, amount):
    """High and low word together are exactly the square; each is small enough to be summed millions of times."""
    event = replace(claim, amount_minor=amount)
    (high,), (low,) = adds([event], HIGH), adds([event], LOW)
    assert (high << SQUARE_BITS) + low == amount * amount
    assert 0 <= low < 1 << SQUARE_BITS
    assert max(high, low) * 8_000_000 < 2**63


@pytest.mark.parametrize(
    ("wait_ms", "waited", "is_late"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (999, 0, 1),
        (1_000, 1, 1),
        (3_600_999, 3_600, 1),
        (-1, 0, 0),
        (-5_000, 0, 0),
        (LONGEST_SECONDS * 1_000, LONGEST_SECONDS, 1),
        (LONGEST_SECONDS * 1_000 + 1_000, LONGEST_SECONDS, 1),
    ],
)
def test_wait_is_in_whole_seconds_from_zero_to_400_days(claim, wait_ms, waited, is_late):
    """Begun seconds don't count, what was there before its time didn't wait, and no wait is endless."""
    event = shipped_late(claim, 1_704_067_200_000, 1_704_067_200_000 + wait_ms)
    assert (adds([event], WAIT), adds([event], LATE), adds([event], KNOWN)) == ([waited], [is_late], [1])


def test_extreme_times_neither_overflow_nor_wait_too_long(claim):
    """From the earliest time there is to the latest, and back."""
    events = [shipped_late(claim, EARLIEST_MS, LATEST_MS - 1), shipped_late(claim, LATEST_MS - 1, EARLIEST_MS)]
    assert (adds(events, WAIT), adds(events, LATE)) == ([LONGEST_SECONDS, 0], [1, 0])


def test_missing_time_adds_nothing(claim):
    """Who has no promised time is neither late nor in time, and isn't counted among those who have one."""
    event = replace(claim, order_paid_at_ms=None)
    assert [adds([event], measure) for measure in (WAIT, LATE, KNOWN)] == [[0]] * 3


def test_present_field_counts_whatever_it_holds(good_events, claim):
    """Zero, false and the first word of a list are values."""
    bare = replace(claim, evidence_count=None, device_id=None)
    for field in ("evidence_count", "device_id", "order_amount_minor"):
        measure = carrying("known", CLAIM, WORDS, field=field)
        events = [claim, replace(claim, order_amount_minor=0, evidence_count=0), replace(bare, order_amount_minor=None)]
        assert adds(events, measure) == [1, 1, 0]
    ruled = carrying("known", EventKind.CLAIM_ADJUDICATED, WORDS, field="merchant_at_fault")
    ruling = good_events[EventKind.CLAIM_ADJUDICATED]
    rulings = [replace(ruling, merchant_at_fault=fault) for fault in (False, True, None)]
    assert adds(rulings, ruled) == [1, 1, 0]
    assert adds(rulings, carrying("known", EventKind.CLAIM_ADJUDICATED, WORDS, field="verdict")) == [1, 1, 1]


def test_filter_on_a_flag_takes_true_for_true_and_missing_for_neither(good_events):
    """What nobody said is not false."""
    ruling = good_events[EventKind.CLAIM_ADJUDICATED]
    events = [replace(ruling, merchant_at_fault=fault) for fault in (True, False, None)]
    for fault, expected in ((True, [1, 0, 0]), (False, [0, 1, 0])):
        assert adds(events, count("fault", EventKind.CLAIM_ADJUDICATED, WORDS, merchant_at_fault=fault)) == expected


def test_filters_must_all_hold(claim):
    """A damaged mug for which money is asked back, and not one of the two."""
    measure = count("odd", CLAIM, WORDS, claim_type="refund_only", claim_reason="damaged")
    events = [
        replace(claim, claim_type=claim_type, claim_reason=reason)
        for claim_type in ("refund_only", "repair")
        for reason in ("damaged", "other")
    ]
    assert adds(events, measure) == [1, 0, 0, 0]


def test_meeting_may_happen_in_any_of_its_kinds_where_both_are_named(good_events, claim):
    """Whether it is the first, the engines find out; here it is whether there is one at all."""
    measure = distinct("devices", (EventKind.ORDER_PAID, CLAIM), WORDS, of="device_id")
    order, delivery = good_events[EventKind.ORDER_PAID], good_events[EventKind.CLAIM_DECIDED]
    assert adds([order, claim, delivery, replace(claim, device_id=None)], measure) == [1, 1, 0, 0]


def test_rating_is_summed_as_it_is(good_events):
    """One to five stars."""
    ratings = total("ratings", EventKind.FEEDBACK_GIVEN, WORDS, of="rating")
    events = [replace(good_events[EventKind.FEEDBACK_GIVEN], rating=rating) for rating in range(1, 6)]
    assert adds(events, ratings) == [1, 2, 3, 4, 5]


def test_rows_that_are_asked_for_are_answered_in_their_order(claim):
    """Rows may be some, and in any order."""
    table = from_arrow(from_events([replace(claim, event_id=str(n), amount_minor=n) for n in range(5)]))
    for rows in ([3, 0, 4, 4], []):
        some = Selected(table, np.array(rows, dtype=np.int64))
        assert (added_by_rows(some, AMOUNT).tolist(), len(some)) == (rows, len(rows))


TIMES = st.none() | st.integers(EARLIEST_MS, LATEST_MS - 1) | st.integers(1_704_067_190_000, 1_704_067_210_000)
FORMS = [
    Measure("m", (CLAIM, EventKind.ORDER_PAID), WORDS, "count", Quantity(form, "amount_minor"))
    for form in Form
    if form.of_amount
] + [
    Measure("m", (SHIPPED, CLAIM), WORDS, "count", Quantity(form, "order_paid_at_ms"))
    for form in Form
    if not form.of_amount
]


def test_forms_are_all_tried():
    """A new form is held equal in both of its ways before it is used."""
    assert {measure.of.form for measure in FORMS if measure.of} == set(Form)
    assert "order_paid_at_ms" in EVENT_FIELDS


@given(
    kind=st.sampled_from([CLAIM, SHIPPED, EventKind.ORDER_PAID]),
    amount=st.integers(0, LARGEST_AMOUNT),
    then=TIMES,
    now=TIMES.filter(lambda time: time is not None),
)
def test_one_event_and_a_row_of_a_table_add_the_same(good_events, kind, amount, then, now):
    """Whatever the amounts and times, both ways of adding agree, in every form."""
    event = replace(good_events[kind], occurred_at_ms=now)
    if kind is not SHIPPED:
        event = replace(event, amount_minor=amount)
    if kind is not EventKind.ORDER_PAID:
        event = replace(event, order_paid_at_ms=then)
    for measure in FORMS:
        adds([event], measure)
