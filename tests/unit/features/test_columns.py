"""Columns: names, units and meanings that follow from their groups."""

from collections import Counter

import pytest

from features.catalog import reasons
from features.catalog.entities import BUYER, CATEGORY, DEVICE, MERCHANT, RING
from features.catalog.measures import (
    BUYERS,
    CLAIMED,
    CLAIMED_SQUARES,
    CLAIMS,
    ORDERS,
    RATINGS,
    RESPONSE_SECONDS,
    SPEND,
)
from features.catalog_text import subject_of
from features.columns import columns_of
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimGap,
    ClaimShare,
    Direction,
    Link,
    LinkGroup,
    Prior,
    Rate,
    RateGroup,
    RecencyGroup,
    RelativeGroup,
    SpreadGroup,
    Text,
    TotalGroup,
    UsualGroup,
    Window,
)
from features.events import EVENT_FIELDS
from features.plan import default_plan

WORDS = Text("words", "词")
REASON = reasons.BUYER_ORDERS
WEEK, EVER = Window.days(7), Window.ever()
PRIOR = Prior(0.1, 5)
RATE = Rate(MERCHANT, CLAIMS, ORDERS, PRIOR)
USUAL = Rate(BUYER, CLAIMED, CLAIMS, Prior(1, 1))
VERDICT_WORDS = {
    "legitimate": Text("fair", "正当"),
    "abusive": Text("foul", "滥用"),
    "undetermined": Text("open", "未定"),
}

GROUPS = [
    (
        TotalGroup(BUYER, (ORDERS, SPEND), (WEEK, EVER), REASON, Direction.RAISES),
        [
            ("buyer_orders_7d", "count"),
            ("buyer_orders_ever", "count"),
            ("buyer_spend_minor_7d", "minor"),
            ("buyer_spend_minor_ever", "minor"),
        ],
    ),
    (TotalGroup(DEVICE, (BUYERS,), (WEEK,), REASON), [("device_buyers_7d", "count")]),
    (TotalGroup(RING, (CLAIMED,), (EVER,), REASON), [("ring_claimed_minor_ever", "minor")]),
    (TotalGroup(MERCHANT, (RESPONSE_SECONDS,), (WEEK,), REASON), [("merchant_response_seconds_7d", "seconds")]),
    (RateGroup("claim_rate", BUYER, CLAIMS, ORDERS, PRIOR, (WEEK,), WORDS, REASON), [("buyer_claim_rate_7d", "ratio")]),
    (
        RateGroup("mean", MERCHANT, RATINGS, CLAIMS, PRIOR, (WEEK, EVER), WORDS, REASON, unit="rating"),
        [("merchant_mean_7d", "rating"), ("merchant_mean_ever", "rating")],
    ),
    (
        RelativeGroup("claim_rate_to_category", RATE, Rate(CATEGORY, CLAIMS, ORDERS, PRIOR), (WEEK,), WORDS, REASON),
        [("merchant_claim_rate_to_category_7d", "ratio")],
    ),
    (UsualGroup("to_usual", "amount_minor", USUAL, (EVER,), WORDS, REASON), [("claim_to_usual_ever", "ratio")]),
    (
        SpreadGroup("spread", BUYER, CLAIMS, CLAIMED, CLAIMED_SQUARES, (WEEK,), WORDS, REASON),
        [("buyer_spread_7d", "minor")],
    ),
    (RecencyGroup(BUYER, (CLAIMS,), REASON), [("buyer_seconds_since_claims", "seconds")]),
    (LinkGroup(Link.RING_SIZE, WORDS, REASON), [("ring_size", "count")]),
    (LinkGroup(Link.PICTURES_OF_OTHERS, WORDS, REASON), [("claim_pictures_of_others", "count")]),
    (LinkGroup(Link.NEAREST_PICTURE, WORDS, REASON), [("claim_nearest_picture_bits", "bits")]),
    (ClaimAmount("paid", "order_amount_minor", WORDS, REASON), [("claim_paid", "minor")]),
    (ClaimAmount("units", "quantity", WORDS, REASON), [("claim_units", "count")]),
    (ClaimShare("share", "amount_minor", "order_amount_minor", WORDS, REASON), [("claim_share", "ratio")]),
    (ClaimElapsed("payment", "order_paid_at_ms", WORDS, REASON), [("claim_hours_since_payment", "hours")]),
    (
        ClaimGap("delay", "order_promised_at_ms", "order_delivered_at_ms", WORDS, REASON),
        [("claim_delay_hours", "hours")],
    ),
    (
        ClaimCategory("verdict", VERDICT_WORDS, REASON),
        [("verdict_is_legitimate", "flag"), ("verdict_is_abusive", "flag"), ("verdict_is_undetermined", "flag")],
    ),
]


@pytest.mark.parametrize(("group", "expected"), GROUPS, ids=[type(group).__name__ for group, _ in GROUPS])
def test_columns_of_a_group_have_names_and_units_that_follow_from_it(group, expected):
    """Nobody types a column's name: it says whose, what and how far back."""
    columns = columns_of(group)
    assert [(column.name, column.unit) for column in columns] == expected
    assert {column.reason for column in columns} == {REASON}


def test_columns_of_every_sort_of_group_in_the_catalogue_are_tried_here():
    """A new sort of group gets names here before it gets features."""
    assert {type(group) for group in default_plan().catalog} == {type(group) for group, _ in GROUPS}


@pytest.mark.parametrize(
    ("window", "meaning"),
    [
        (Window.hours(1), Text("claims filed, last hour", "售后申请数（近1小时）")),
        (Window.hours(6), Text("claims filed, last 6 hours", "售后申请数（近6小时）")),
        (Window.days(1), Text("claims filed, last day", "售后申请数（近1天）")),
        (Window.hours(48), Text("claims filed, last 2 days", "售后申请数（近2天）")),
        (Window.days(90), Text("claims filed, last 90 days", "售后申请数（近90天）")),
        (Window("90m", 5_400_000), Text("claims filed, last 1.5 hours", "售后申请数（近1.5小时）")),
        (EVER, Text("claims filed, ever", "售后申请数（历史累计）")),
    ],
)
def test_meaning_of_a_windowed_column_says_how_far_back_it_looks(window, meaning):
    """Whoever reads a column's meaning learns its window, in their language."""
    assert [column.meaning for column in columns_of(TotalGroup(BUYER, (CLAIMS,), (window,), REASON))] == [meaning]
    rate = RateGroup("rate", BUYER, CLAIMS, ORDERS, PRIOR, (window,), CLAIMS.meaning, REASON)
    assert [column.meaning for column in columns_of(rate)] == [meaning]


def test_meaning_of_a_recency_names_what_it_is_the_last_of():
    """Seconds since what: the measure says it."""
    (column,) = columns_of(RecencyGroup(BUYER, (CLAIMS,), REASON))
    assert column.meaning == Text("seconds since the last of: claims filed", "距上次的秒数：售后申请数")


def test_meanings_of_a_category_are_those_of_its_words():
    """Each flag says what its word says."""
    assert [column.meaning for column in columns_of(ClaimCategory("verdict", VERDICT_WORDS, REASON))] == list(
        VERDICT_WORDS.values()
    )
    assert tuple(VERDICT_WORDS) == EVENT_FIELDS["verdict"].values


@pytest.mark.parametrize("direction", Direction)
def test_columns_carry_the_direction_of_their_group(direction):
    """A monotone constraint reaches every column that it was declared for; a category's flags have none."""
    group = TotalGroup(BUYER, (CLAIMS, ORDERS), (WEEK, EVER), REASON, direction)
    assert [column.direction for column in columns_of(group)] == [direction] * 4
    flags = columns_of(ClaimCategory("verdict", VERDICT_WORDS, REASON))
    assert {column.direction for column in flags} == {Direction.EITHER}


def test_meanings_of_columns_of_one_entity_are_all_different():
    """Two columns that say the same to a reader are one too many, or badly described."""
    for language in ("en", "zh"):
        told = [
            (subject_of(group), getattr(column.meaning, language))
            for group in default_plan().catalog
            for column in columns_of(group)
        ]
        assert [each for each, number in Counter(told).items() if number > 1] == []
