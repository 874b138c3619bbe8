"""A declaration that can't be meant is refused where it is written."""

import pytest

from features.definition import ClaimCategory, Measure, Prior, Reason, Text, Window, count, each, total
from features.events import CLAIM_TYPES, EventKind

WORDS = Text("words", "词")
MEANINGS = dict.fromkeys(CLAIM_TYPES, WORDS)


def test_sum_of_an_optional_field_is_refused():
    """A total needs a number from every event, or it would mean something else than it says."""
    with pytest.raises(ValueError, match="measure pictures: evidence_count is no number that every claim_filed event"):
        total("pictures", EventKind.CLAIM_FILED, WORDS, of="evidence_count")


@pytest.mark.parametrize("field", ["merchant_id", "known_at_ms", "claim_type", "verdict", "action"])
def test_sum_of_what_is_no_amount_is_refused(field):
    """Ids, moments and words don't add up, nor do fields of other events."""
    with pytest.raises(ValueError, match=f"measure odd: {field} is no number that every claim_filed event carries"):
        total("odd", EventKind.CLAIM_FILED, WORDS, of=field)


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


def test_each_makes_a_measure_for_every_word():
    """One count for each word, named after it, in the order of the meanings."""
    measures = each("claims", EventKind.CLAIM_FILED, "claim_type", MEANINGS)
    assert measures == tuple(
        Measure(f"claims_{word}", EventKind.CLAIM_FILED, WORDS, "count", None, (("claim_type", word),))
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
        ClaimCategory("claim_type", meanings, Reason("odd", WORDS))


@pytest.mark.parametrize("strength", [0, -1])
def test_prior_without_strength_is_refused(strength):
    """An empty history would divide by zero."""
    with pytest.raises(ValueError, match="strength must be more than 0"):
        Prior(0.1, strength)


def test_windows_are_named_after_their_lengths():
    """A window's name goes into columns' names."""
    assert (Window.hours(6), Window.days(30), Window.ever()) == (
        Window("6h", 21_600_000),
        Window("30d", 2_592_000_000),
        Window("ever", None),
    )
