"""A declaration that can't be meant is refused where it is written."""

import pytest

from features.catalog.entities import ADDRESS, BUYER, DEVICE, MERCHANT
from features.catalog.measures import (
    BUYERS,
    CLAIMED,
    CLAIMED_SQUARES,
    CLAIMS,
    DEVICES,
    ORDERS,
    REFUND_ONLY_CLAIMS,
    SPEND,
    SPEND_SQUARES,
)
from features.definition import (
    ClaimCategory,
    Form,
    Measure,
    Prior,
    Quantity,
    Rate,
    Reason,
    RelativeGroup,
    Ring,
    Shared,
    SpreadGroup,
    Text,
    UsualGroup,
    Window,
    carrying,
    count,
    distinct,
    each,
    later,
    seconds,
    squares,
    total,
)
from features.events import CLAIM_TYPES, EventKind

WORDS = Text("words", "词")
REASON = Reason("odd", WORDS)
MEANINGS = dict.fromkeys(CLAIM_TYPES, WORDS)


def test_sum_of_an_optional_field_is_refused():
    """A total needs a number from every event, or it would mean something else than it says."""
    with pytest.raises(
        ValueError, match="measure pictures: evidence_count is nothing that every claim_filed event carries"
    ):
        total("pictures", EventKind.CLAIM_FILED, WORDS, of="evidence_count")


@pytest.mark.parametrize("field", ["merchant_id", "known_at_ms", "claim_type", "verdict", "action"])
def test_sum_of_what_is_no_amount_is_refused(field):
    """Ids, moments and words don't add up, nor do fields of other events."""
    with pytest.raises(ValueError, match=f"{field} is no number"):
        total("odd", EventKind.CLAIM_FILED, WORDS, of=field)
    with pytest.raises(ValueError, match=f"{field} is no number"):
        squares("odd", EventKind.CLAIM_FILED, WORDS, of=field)


@pytest.mark.parametrize("field", ["rating", "recovered_minor"])
def test_sum_of_what_other_events_carry_is_refused(field):
    """A claim has no rating: its sum would be nothing, for ever."""
    with pytest.raises(ValueError, match=f"measure odd: {field} is nothing that every claim_filed event carries"):
        total("odd", EventKind.CLAIM_FILED, WORDS, of=field)


@pytest.mark.parametrize("field", ["amount_minor", "merchant_id", "claim_type"])
def test_wait_since_what_is_no_time_is_refused(field):
    """Seconds pass between times."""
    with pytest.raises(ValueError, match=f"{field} is no time"):
        seconds("odd", EventKind.CLAIM_FILED, WORDS, since=field)
    with pytest.raises(ValueError, match=f"{field} is no time"):
        later("odd", EventKind.CLAIM_FILED, WORDS, than=field)


@pytest.mark.parametrize("field", ["order_delivered_at_ms", "claim_filed_at_ms"])
def test_wait_since_a_time_that_the_events_never_carry_is_refused(field):
    """A time may be missing on one event, but not on all of its kind."""
    for declare in (
        lambda: seconds("odd", EventKind.ORDER_SHIPPED, WORDS, since=field),
        lambda: later("odd", EventKind.ORDER_SHIPPED, WORDS, than=field),
        lambda: carrying("odd", EventKind.ORDER_SHIPPED, WORDS, field=field),
    ):
        with pytest.raises(ValueError, match=f"measure odd: {field} is nothing that every order_shipped event carries"):
            declare()


@pytest.mark.parametrize("field", ["device_id", "amount_minor", "claim_type"])
def test_count_of_different_ones_that_the_events_do_not_name_is_refused(field):
    """Nobody is met in an event that doesn't say who."""
    with pytest.raises(ValueError, match=f"measure odd: {field} is no id that order_(paid|delivered) events carry"):
        distinct("odd", (EventKind.ORDER_PAID, EventKind.ORDER_DELIVERED), WORDS, of=field)


def test_first_meetings_that_are_summed_or_filtered_are_refused():
    """A first meeting is the first of all: a filter would make it another one."""
    kinds = (EventKind.CLAIM_FILED,)
    for odd in ({"where": (("claim_type", "repair"),)}, {"of": Quantity(Form.VALUE, "amount_minor")}):
        with pytest.raises(ValueError, match="measure odd: first meetings are counted, neither summed nor filtered"):
            Measure("odd", kinds, WORDS, "count", first="buyer_id", **odd)


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (EventKind.CLAIM_FILED, {"claim_type": "refund"}),
        (EventKind.CLAIM_FILED, {"verdict": "abusive"}),
        (EventKind.ORDER_PAID, {"claim_type": "repair"}),
        (EventKind.ORDER_PAID, {"buyer_id": "ann"}),
        (EventKind.CLAIM_ADJUDICATED, {"merchant_at_fault": "true"}),
    ],
)
def test_count_of_events_that_can_not_be_is_refused(kind, where):
    """A filter is on a category that every such event carries, and on one of its words."""
    field, word = next(iter(where.items()))
    with pytest.raises(ValueError, match=f"measure odd: {kind} events have no {field} = '{word}'"):
        count("odd", kind, WORDS, **where)


def test_measures_of_the_same_filters_in_another_order_are_equal():
    """The order of filters says nothing."""
    one = count("odd", EventKind.CLAIM_FILED, WORDS, claim_type="repair", claim_reason="other")
    assert one == count("odd", EventKind.CLAIM_FILED, WORDS, claim_reason="other", claim_type="repair")


def test_units_of_measures_follow_from_what_they_sum():
    """Money is in minor units; counts and sums of counts are counts."""
    assert count("orders", EventKind.ORDER_PAID, WORDS).unit == "count"
    assert total("spend", EventKind.ORDER_PAID, WORDS, of="amount_minor").unit == "minor"
    assert total("units", EventKind.ORDER_PAID, WORDS, of="quantity").unit == "count"
    assert seconds("wait", EventKind.ORDER_SHIPPED, WORDS, since="order_paid_at_ms").unit == "seconds"
    assert distinct("buyers", (EventKind.ORDER_PAID,), WORDS, of="buyer_id").unit == "count"
    assert later("late", EventKind.ORDER_DELIVERED, WORDS, than="order_promised_at_ms").unit == "count"
    assert carrying("known", EventKind.ORDER_DELIVERED, WORDS, field="order_promised_at_ms").unit == "count"


def test_squares_are_two_words_of_one_number():
    """What doesn't fit one total goes into two, named after their place."""
    high, low = squares("odd", EventKind.ORDER_PAID, WORDS, of="amount_minor")
    assert (high.name, low.name) == ("odd_high", "odd_low")
    assert (high.of, low.of) == (Quantity(Form.SQUARE_HIGH, "amount_minor"), Quantity(Form.SQUARE_LOW, "amount_minor"))
    assert high.kinds == low.kinds == (EventKind.ORDER_PAID,)


def test_each_makes_a_measure_for_every_word():
    """One count for each word, named after it, in the order of the meanings."""
    measures = each("claims", EventKind.CLAIM_FILED, "claim_type", MEANINGS)
    assert measures == tuple(
        Measure(f"claims_{word}", (EventKind.CLAIM_FILED,), WORDS, "count", None, (("claim_type", word),))
        for word in CLAIM_TYPES
    )


@pytest.mark.parametrize(
    "meanings",
    [
        {word: WORDS for word in CLAIM_TYPES if word != "repair"},
        {**MEANINGS, "gift": WORDS},
        {},
    ],
)
def test_each_without_a_meaning_for_every_word_is_refused(meanings):
    """A word that is added to the events must be explained before it is counted."""
    with pytest.raises(ValueError, match="measures claims: give each of refund_only, return_refund, exchange, repair"):
        each("claims", EventKind.CLAIM_FILED, "claim_type", meanings)


@pytest.mark.parametrize("meanings", [dict(list(MEANINGS.items())[1:]), dict(reversed(MEANINGS.items()))])
def test_category_with_words_missing_or_out_of_order_is_refused(meanings):
    """A flag's place is its word's code, so the meanings stand in the order of the words."""
    with pytest.raises(ValueError, match=r"claim_type: give each of refund_only, .* a meaning"):
        ClaimCategory("claim_type", meanings, REASON)


@pytest.mark.parametrize("strength", [0, -1])
def test_prior_without_strength_is_refused(strength):
    """An empty history would divide by zero."""
    with pytest.raises(ValueError, match="strength must be more than 0"):
        Prior(0.1, strength)


@pytest.mark.parametrize("rate", [0, -0.1])
def test_rate_that_others_are_set_against_needs_a_prior_above_zero(rate):
    """An empty history would divide by zero."""
    of_buyer = Rate(BUYER, CLAIMS, ORDERS, Prior(0, 5))
    with pytest.raises(ValueError, match="odd: the rate that others are set against needs a prior above 0"):
        RelativeGroup("odd", of_buyer, Rate(MERCHANT, CLAIMS, ORDERS, Prior(rate, 5)), (Window.ever(),), WORDS, REASON)
    with pytest.raises(ValueError, match="odd: a usual number needs a prior above 0"):
        UsualGroup("odd", "amount_minor", Rate(BUYER, CLAIMED, CLAIMS, Prior(rate, 1)), (Window.ever(),), WORDS, REASON)


@pytest.mark.parametrize(
    ("counted", "summed", "squared", "complaint"),
    [
        (ORDERS, CLAIMED, CLAIMED_SQUARES, "must be of one number over the same events"),
        (CLAIMS, SPEND, CLAIMED_SQUARES, "must be of one number over the same events"),
        (CLAIMS, CLAIMED, SPEND_SQUARES, "must be of one number over the same events"),
        (REFUND_ONLY_CLAIMS, CLAIMED, CLAIMED_SQUARES, "must be of one number over the same events"),
        (
            CLAIMS,
            total("units", EventKind.CLAIM_FILED, WORDS, of="quantity"),
            CLAIMED_SQUARES,
            "must be of one number over the same events",
        ),
        (CLAIMED, CLAIMS, CLAIMED_SQUARES, "give a count, a sum, and the two words of its squares"),
        (CLAIMS, CLAIMED, CLAIMED_SQUARES[::-1], "give a count, a sum, and the two words of its squares"),
        (CLAIMS, CLAIMED, (CLAIMED, CLAIMED), "give a count, a sum, and the two words of its squares"),
    ],
)
def test_spread_of_several_numbers_is_refused(counted, summed, squared, complaint):
    """A spread is of one number: its count, its sum and its squares belong together."""
    with pytest.raises(ValueError, match=f"spread odd: .*{complaint}"):
        SpreadGroup("odd", BUYER, counted, summed, squared, (Window.ever(),), WORDS, REASON)


def test_ring_of_things_that_do_not_count_its_members_is_refused():
    """A thing joins the members who have met it, so it must know who they are."""
    for meets in (CLAIMS, DEVICES):
        with pytest.raises(ValueError, match=f"ring odd: {meets.name} doesn't count buyers"):
            Ring("odd", BUYER, (Shared(DEVICE, BUYERS, 2), Shared(ADDRESS, meets, 2)), most_things=5, largest=5)


def test_windows_are_named_after_their_lengths():
    """A window's name goes into columns' names."""
    assert (Window.hours(6), Window.days(30), Window.ever()) == (
        Window("6h", 21_600_000),
        Window("30d", 2_592_000_000),
        Window("ever", None),
    )
