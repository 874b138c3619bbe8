"""A catalogue compiled: names that are derived, and hashes that change when they should."""

from dataclasses import replace

import pytest

from features.catalog import CATALOG, ENTITIES, reasons
from features.catalog.entities import BUYER, MERCHANT
from features.catalog.measures import CLAIMS, ORDERS, REFUND_ONLY_CLAIMS, SPEND
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimShare,
    Direction,
    Entity,
    FeatureGroup,
    Prior,
    RateGroup,
    RecencyGroup,
    Text,
    TotalGroup,
    Window,
)
from features.event_table import EVENT_FIELDS
from features.plan import Plan, columns_of, compile_plan, default_plan

WORDS = Text("words", "词")
REASON = reasons.BUYER_ORDERS
WEEK, EVER = Window.days(7), Window.ever()
TOTALS = TotalGroup(BUYER, (ORDERS, SPEND), (WEEK, EVER), REASON, Direction.RAISES)
RATE = RateGroup("claim_rate", BUYER, CLAIMS, ORDERS, Prior(0.1, 5), (WEEK,), WORDS, REASON)
RECENCY = RecencyGroup(BUYER, (CLAIMS,), REASON)


def plan_of(*groups: FeatureGroup) -> Plan:
    return compile_plan(groups, ENTITIES)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (
            TOTALS,
            [
                ("buyer_orders_7d", "count"),
                ("buyer_orders_ever", "count"),
                ("buyer_spend_minor_7d", "minor"),
                ("buyer_spend_minor_ever", "minor"),
            ],
        ),
        (RATE, [("buyer_claim_rate_7d", "ratio")]),
        (RECENCY, [("buyer_seconds_since_claims", "seconds")]),
        (ClaimAmount("paid", "order_amount_minor", WORDS, REASON), [("claim_paid", "minor")]),
        (ClaimAmount("units", "quantity", WORDS, REASON), [("claim_units", "count")]),
        (ClaimShare("share", "amount_minor", "order_amount_minor", WORDS, REASON), [("claim_share", "ratio")]),
        (ClaimElapsed("payment", "order_paid_at_ms", WORDS, REASON), [("claim_hours_since_payment", "hours")]),
        (
            ClaimCategory("verdict", dict.fromkeys(EVENT_FIELDS["verdict"].values, WORDS), REASON),
            [("verdict_is_legitimate", "flag"), ("verdict_is_abusive", "flag"), ("verdict_is_undetermined", "flag")],
        ),
    ],
)
def test_columns_of_a_group_have_names_and_units_that_follow_from_it(group, expected):
    """Nobody types a column's name: it says whose, what and how far back."""
    columns = columns_of(group)
    assert [(column.name, column.unit) for column in columns] == expected
    assert {column.reason for column in columns} == {REASON}


def test_columns_carry_the_direction_of_their_group():
    """A monotone constraint reaches every column that it was declared for."""
    assert [column.direction for column in plan_of(TOTALS, RATE).columns] == [1, 1, 1, 1, 0]


def test_columns_come_in_the_order_of_the_groups():
    """A model's columns stand where their groups stand."""
    assert plan_of(RATE, TOTALS).names == (*plan_of(RATE).names, *plan_of(TOTALS).names)


def test_two_features_of_one_name_are_refused():
    """A name belongs to one column, within a group and between groups."""
    with pytest.raises(ValueError, match="two features are called 'buyer_orders_7d'; rename or remove one"):
        plan_of(TOTALS, TotalGroup(BUYER, (ORDERS,), (WEEK,), REASON))
    with pytest.raises(ValueError, match="two features are called 'claim_x'"):
        plan_of(
            ClaimAmount("x", "quantity", WORDS, REASON),
            ClaimShare("x", "amount_minor", "order_amount_minor", WORDS, REASON),
        )


def test_two_measures_of_one_name_are_refused():
    """Two things that an entity counts can't share a name, even where their columns differ."""
    other = replace(CLAIMS, name="orders")
    with pytest.raises(ValueError, match="two different measures of buyer are called 'orders'; rename or remove one"):
        plan_of(TOTALS, RecencyGroup(BUYER, (other,), REASON))


def test_one_name_for_two_entities_is_fine():
    """Buyers and merchants are counted in the same words."""
    merchant = replace(TOTALS, entity=MERCHANT)
    assert len(plan_of(TOTALS, merchant).names) == 8


def test_measure_that_several_groups_use_is_kept_once():
    """A total is kept once, however many columns are made of it, and a cut is made once."""
    buyer = plan_of(TOTALS, RATE, RECENCY, replace(RATE, name="again")).entities[0]
    assert buyer.measures == (ORDERS, SPEND, CLAIMS)
    assert buyer.recent == (2,)
    assert buyer.cuts == ((0, WEEK), (0, EVER), (1, WEEK), (1, EVER), (2, WEEK))
    assert (buyer.width, buyer.windows) == (4, (WEEK,))


def test_indexes_lead_to_the_totals_of_their_entity():
    """Totals lie flat, entity by entity."""
    plan = plan_of(replace(TOTALS, entity=MERCHANT), TOTALS, RECENCY, replace(RECENCY, entity=MERCHANT))
    assert plan.cut_index(BUYER, SPEND, EVER) == 3
    assert plan.cut_index(MERCHANT, ORDERS, WEEK) == 4
    assert plan.recent_index(BUYER, CLAIMS) == 0
    assert plan.recent_index(MERCHANT, CLAIMS) == 1
    with pytest.raises(KeyError, match="device"):
        plan.cut_index(Entity("device", "d", ("device_id",)), ORDERS, WEEK)


@pytest.mark.parametrize(
    "changed",
    [
        replace(TOTALS, windows=(Window.days(8), EVER)),
        replace(TOTALS, windows=(Window("7d", 1), EVER)),
        replace(TOTALS, windows=(EVER, WEEK)),
        replace(TOTALS, measures=(SPEND, ORDERS)),
        replace(TOTALS, measures=(ORDERS, replace(SPEND, of="quantity"))),
        replace(TOTALS, measures=(ORDERS, replace(REFUND_ONLY_CLAIMS, name="spend_minor"))),
        replace(TOTALS, direction=Direction.EITHER),
        replace(TOTALS, reason=reasons.BUYER_CLAIMS),
        replace(TOTALS, entity=MERCHANT),
    ],
)
def test_catalog_hash_changes_with_whatever_decides_a_number(changed):
    """A model belongs to one catalogue: no change of windows, measures, order or direction goes unnoticed."""
    assert plan_of(changed, RATE).catalog_hash != plan_of(TOTALS, RATE).catalog_hash


@pytest.mark.parametrize("prior", [Prior(0.2, 5), Prior(0.1, 6)])
def test_prior_changes_the_catalog_hash_and_not_the_layout_hash(prior):
    """Another prior makes other columns from the same totals: models are retrained, stores stay."""
    changed = plan_of(TOTALS, replace(RATE, prior=prior))
    assert changed.catalog_hash != plan_of(TOTALS, RATE).catalog_hash
    assert changed.layout_hash == plan_of(TOTALS, RATE).layout_hash


def test_window_changes_the_catalog_hash_and_not_the_layout_hash():
    """Any window can be cut from the same running totals."""
    changed = plan_of(replace(TOTALS, windows=(Window.days(9),)), RATE)
    assert changed.catalog_hash != plan_of(TOTALS, RATE).catalog_hash
    assert changed.layout_hash == plan_of(TOTALS, RATE).layout_hash


def test_words_change_neither_hash():
    """A better wording is no other model."""
    words = Text("better words", "更好的词")
    measure = replace(ORDERS, meaning=words)
    reworded = [
        replace(TOTALS, measures=(measure, SPEND), reason=replace(REASON, text=words)),
        replace(RATE, meaning=words, per=measure),
    ]
    plan = plan_of(*reworded)
    assert plan.columns != plan_of(TOTALS, RATE).columns
    assert (plan.catalog_hash, plan.layout_hash) == (
        plan_of(TOTALS, RATE).catalog_hash,
        plan_of(TOTALS, RATE).layout_hash,
    )


@pytest.mark.parametrize(
    "changed",
    [
        [TOTALS],
        [RATE, TOTALS],
        [TOTALS, RATE, RECENCY],
        [replace(TOTALS, measures=(ORDERS, replace(SPEND, of="quantity"))), RATE],
        [replace(TOTALS, entity=MERCHANT), RATE],
    ],
)
def test_layout_hash_changes_with_what_a_row_of_history_holds(changed):
    """Fewer, more, other or reordered totals make another layout: a store must be rebuilt."""
    assert plan_of(*changed).layout_hash != plan_of(TOTALS, RATE).layout_hash


def test_layout_hash_changes_with_an_entity_and_its_code():
    """A store's keys are part of its layout."""
    renamed = [replace(entity, code="x") if entity == MERCHANT else entity for entity in ENTITIES]
    assert compile_plan((TOTALS,), renamed).layout_hash != plan_of(TOTALS).layout_hash
    assert compile_plan((TOTALS,), ENTITIES[:2]).layout_hash != plan_of(TOTALS).layout_hash


def test_hashes_of_one_catalogue_are_always_the_same():
    """Compiling twice gives the same plan."""
    assert compile_plan(CATALOG, ENTITIES) == default_plan()
