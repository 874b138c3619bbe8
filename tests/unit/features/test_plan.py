"""A catalogue compiled: names that are derived, and hashes that change when they should."""

from dataclasses import replace

import pytest

from features.catalog import CATALOG, ENTITIES, RINGS, reasons
from features.catalog.entities import ADDRESS, BUYER, DEVICE, EVIDENCE, MERCHANT, PRODUCT, RING
from features.catalog.measures import (
    BUYERS,
    CLAIMANTS,
    CLAIMED,
    CLAIMED_SQUARES,
    CLAIMS,
    DEVICES,
    LATE_DELIVERIES,
    MERCHANTS,
    ORDERS,
    REFUND_ONLY_CLAIMS,
    REFUNDED,
    SPEND,
)
from features.definition import (
    ClaimAmount,
    Direction,
    Entity,
    FeatureGroup,
    Form,
    Link,
    LinkGroup,
    Prior,
    Quantity,
    Rate,
    RateGroup,
    RecencyGroup,
    RelativeGroup,
    Ring,
    Shared,
    SpreadGroup,
    Text,
    TotalGroup,
    UsualGroup,
    Window,
    distinct,
)
from features.events import EventKind
from features.plan import Plan, compile_plan, default_plan

WORDS = Text("words", "词")
REASON = reasons.BUYER_ORDERS
WEEK, EVER = Window.days(7), Window.ever()
TOTALS = TotalGroup(BUYER, (CLAIMS, SPEND), (WEEK, EVER), REASON, Direction.RAISES)
RATE = RateGroup("claim_rate", BUYER, CLAIMS, ORDERS, Prior(0.1, 5), (WEEK,), WORDS, REASON)
RECENCY = RecencyGroup(BUYER, (CLAIMS,), REASON)
UNITS = Quantity(Form.VALUE, "quantity")


def plan_of(*groups: FeatureGroup) -> Plan:
    """The plan of these groups and of the entities that they are about, in the catalogue's order."""
    named = [getattr(group, "entity", None) for group in groups]
    return compile_plan(groups, [entity for entity in ENTITIES if entity in named])


def test_columns_carry_the_direction_of_their_group():
    """A monotone constraint reaches every column that it was declared for."""
    assert [column.direction for column in plan_of(TOTALS, RATE).columns] == [1, 1, 1, 1, 0]


def test_columns_come_in_the_order_of_the_groups():
    """A model's columns stand where their groups stand."""
    assert plan_of(RATE, TOTALS).names == (*plan_of(RATE).names, *plan_of(TOTALS).names)


def test_two_features_of_one_name_are_refused():
    """A name belongs to one column, within a group and between groups."""
    with pytest.raises(ValueError, match="two features are called 'buyer_claims_7d'; rename or remove one"):
        plan_of(TOTALS, TotalGroup(BUYER, (CLAIMS,), (WEEK,), REASON))
    with pytest.raises(ValueError, match="two features are called 'claim_x'"):
        plan_of(
            ClaimAmount("x", "quantity", WORDS, REASON),
            ClaimAmount("x", "amount_minor", WORDS, REASON),
        )


def test_two_measures_of_one_name_are_refused():
    """Two things that an entity counts can't share a name, even where their columns differ."""
    other = replace(ORDERS, name="claims")
    with pytest.raises(ValueError, match="two different measures of buyer are called 'claims'; rename or remove one"):
        plan_of(TOTALS, RecencyGroup(BUYER, (other,), REASON))


def test_one_name_for_two_entities_is_fine():
    """Buyers and merchants are counted in the same words."""
    merchant = replace(TOTALS, entity=MERCHANT)
    assert len(plan_of(TOTALS, merchant).names) == 8


def test_measure_that_several_groups_use_is_kept_once():
    """A total is kept once, however many columns are made of it, and a cut is made once."""
    buyer = plan_of(TOTALS, RATE, RECENCY, replace(RATE, name="again")).entities[0]
    assert buyer.measures == (CLAIMS, SPEND, ORDERS)
    assert buyer.recent == (0,)
    assert buyer.cuts == ((0, WEEK), (0, EVER), (1, WEEK), (1, EVER), (2, WEEK))
    assert (buyer.width, buyer.windows) == (4, (WEEK,))


def test_indexes_lead_to_the_totals_of_their_entity():
    """Totals lie flat, entity by entity."""
    plan = plan_of(replace(TOTALS, entity=MERCHANT), TOTALS, RECENCY, replace(RECENCY, entity=MERCHANT))
    assert plan.cut_index(BUYER, SPEND, EVER) == 3
    assert plan.cut_index(MERCHANT, CLAIMS, WEEK) == 4
    assert plan.recent_index(BUYER, CLAIMS) == 0
    assert plan.recent_index(MERCHANT, CLAIMS) == 1
    with pytest.raises(KeyError, match="device"):
        plan.cut_index(Entity("device", "d", ("device_id",)), CLAIMS, WEEK)


@pytest.mark.parametrize(
    "changed",
    [
        replace(TOTALS, windows=(Window.days(8), EVER)),
        replace(TOTALS, windows=(Window("7d", 1), EVER)),
        replace(TOTALS, windows=(EVER, WEEK)),
        replace(TOTALS, measures=(SPEND, CLAIMS)),
        replace(TOTALS, measures=(CLAIMS, replace(SPEND, of=UNITS))),
        replace(TOTALS, measures=(CLAIMS, replace(REFUND_ONLY_CLAIMS, name="spend_minor"))),
        replace(TOTALS, direction=Direction.EITHER),
        replace(TOTALS, reason=reasons.BUYER_CLAIMS),
        replace(TOTALS, entity=MERCHANT, measures=(CLAIMS, SPEND, ORDERS)),
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
    measure = replace(CLAIMS, meaning=words)
    reworded = [
        replace(TOTALS, measures=(measure, SPEND), reason=replace(REASON, text=words)),
        replace(RATE, meaning=words, of=measure),
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
        [TOTALS, RATE, replace(TOTALS, entity=MERCHANT)],
        [TOTALS, RATE, LinkGroup(Link.NEAREST_PICTURE, WORDS, REASON)],
        [TOTALS, RATE, TotalGroup(BUYER, (DEVICES,), (EVER,), REASON)],
        [replace(TOTALS, measures=(CLAIMS, replace(SPEND, of=UNITS))), RATE],
    ],
)
def test_layout_hash_changes_with_what_a_row_of_history_holds(changed):
    """Fewer, more, other or reordered totals make another layout: a store must be rebuilt."""
    assert plan_of(*changed).layout_hash != plan_of(TOTALS, RATE).layout_hash


def test_layout_hash_changes_with_an_entity_and_its_code():
    """A store's keys are part of its layout."""
    before = compile_plan((TOTALS, replace(TOTALS, entity=MERCHANT)), (BUYER, MERCHANT))
    marked = replace(MERCHANT, code="x")
    after = compile_plan((TOTALS, replace(TOTALS, entity=marked)), (BUYER, marked))
    assert after.layout_hash != before.layout_hash
    assert compile_plan((TOTALS,), (BUYER,)).layout_hash != before.layout_hash


def test_hashes_of_one_catalogue_are_always_the_same():
    """Compiling twice gives the same plan."""
    assert compile_plan(CATALOG, ENTITIES, RINGS) == default_plan()


# --- what a claim must leave behind


@pytest.mark.parametrize(
    "group",
    [
        TotalGroup(MERCHANT, (ORDERS, SPEND), (EVER,), REASON),
        RecencyGroup(MERCHANT, (REFUNDED,), REASON),
        TotalGroup(MERCHANT, (LATE_DELIVERIES,), (WEEK,), REASON),
    ],
)
def test_entity_without_a_total_that_a_claim_moves_is_refused(group):
    """A claim that reads a history leaves a mark in it: else nothing could tell that it was read."""
    with pytest.raises(ValueError, match="merchant: keeps no total that a claim moves; add one, such as its count"):
        plan_of(TOTALS, group)
    plan_of(TOTALS, group, RecencyGroup(MERCHANT, (CLAIMS,), REASON))


def test_entity_that_no_feature_is_about_is_refused():
    """An entity without totals is kept for nothing."""
    with pytest.raises(ValueError, match="product: keeps no total that a claim moves"):
        compile_plan([TOTALS], [BUYER, PRODUCT])


def test_first_meeting_in_a_claim_moves_an_entity():
    """A count of different ones rises in claims too, if that is where they may meet."""
    assert plan_of(TotalGroup(MERCHANT, (BUYERS,), (EVER,), REASON)).entities[0].measures == (BUYERS,)


# --- meetings


def kept(plan: Plan) -> list[tuple[str, str, tuple[EventKind, ...]]]:
    """The meetings of a plan: whose, with what, in which kinds of event."""
    return [(plan.entities[each.entity].entity.name, each.other, each.kinds) for each in plan.meetings]


def test_meetings_are_kept_for_each_count_of_different_ones():
    """What has been met must be on record, or the next meeting would count again."""
    plan = plan_of(
        TotalGroup(BUYER, (DEVICES, MERCHANTS), (EVER,), REASON), TotalGroup(EVIDENCE, (CLAIMANTS,), (EVER,), REASON)
    )
    assert kept(plan) == [
        ("buyer", "device_id", DEVICES.kinds),
        ("buyer", "merchant_id", MERCHANTS.kinds),
        ("evidence", "buyer_id", CLAIMANTS.kinds),
    ]
    assert kept(plan_of(TOTALS)) == []


def ring_plan(ring: Ring, *groups: FeatureGroup) -> Plan:
    """A plan of buyers, devices and addresses, with a ring."""
    always = [RecencyGroup(entity, (CLAIMS,), REASON) for entity in (BUYER, DEVICE, ADDRESS)]
    return compile_plan(
        [*always, TotalGroup(ring, (CLAIMS,), (WEEK,), REASON), *groups], (BUYER, DEVICE, ADDRESS), [ring]
    )


GANG = Ring("gang", BUYER, (Shared(DEVICE, BUYERS, 2),), most_things=3, largest=4)


def test_meetings_of_a_ring_are_kept_both_ways():
    """A ring is walked from a buyer to what it has met, and from there to the other buyers."""
    assert kept(ring_plan(GANG)) == [("buyer", "device_id", BUYERS.kinds), ("device", "buyer_id", BUYERS.kinds)]


@pytest.mark.parametrize(
    "group",
    [
        TotalGroup(DEVICE, (CLAIMANTS,), (EVER,), REASON),
        TotalGroup(
            BUYER, (distinct("claiming_devices", (EventKind.CLAIM_FILED,), WORDS, of="device_id"),), (EVER,), REASON
        ),
    ],
)
def test_meetings_over_different_kinds_of_event_are_refused(group):
    """One record of who has met whom can't answer for orders and claims, and for claims alone."""
    with pytest.raises(
        ValueError,
        match=r"meetings over different kinds of event are counted of '(device and buyer_id|buyer and device_id)'",
    ):
        ring_plan(GANG, group)


def test_meetings_over_the_same_kinds_are_kept_once():
    """A count of devices and a ring over devices share their record."""
    group = TotalGroup(BUYER, (DEVICES,), (EVER,), REASON)
    assert kept(ring_plan(GANG, group)) == kept(ring_plan(GANG))


# --- rings


def test_several_rings_are_refused():
    """A second ring is not silently left out."""
    other = replace(GANG, name="other", largest=9)
    with pytest.raises(ValueError, match="of rings there is one at most; remove all but one of gang, other"):
        compile_plan([TOTALS], [BUYER, DEVICE], [GANG, other])


def test_size_of_a_ring_that_is_not_there_is_refused():
    """A column that would be missing for every claim is a mistake."""
    with pytest.raises(ValueError, match="ring_size needs a ring; give one, or remove the feature"):
        plan_of(TOTALS, LinkGroup(Link.RING_SIZE, WORDS, REASON))


def test_totals_of_a_ring_are_its_members_own():
    """What a ring sums, its members keep; it is cut after all entities."""
    plan = ring_plan(GANG, TotalGroup(GANG, (REFUNDED,), (EVER,), REASON))
    assert plan.ring is not None
    assert plan.entities[0].measures == (CLAIMS, REFUNDED)
    assert plan.ring.cuts == ((0, WEEK), (1, EVER))
    assert plan.widths == (2, 3, 3)
    assert (plan.cut_index(GANG, CLAIMS, WEEK), plan.cut_index(GANG, REFUNDED, EVER)) == (0, 1)
    assert plan.longest_window_ms == WEEK.length_ms
    with pytest.raises(KeyError, match="ring"):
        plan.cut_index(RING, CLAIMS, WEEK)


@pytest.mark.parametrize(
    "changed",
    [
        replace(GANG, largest=5),
        replace(GANG, most_things=4),
        replace(GANG, shared=(Shared(DEVICE, BUYERS, 3),)),
    ],
)
def test_limits_of_a_ring_change_the_catalog_hash_and_not_the_layout_hash(changed):
    """Other limits join other buyers over the same record of meetings: models are retrained, stores stay."""
    assert ring_plan(changed).catalog_hash != ring_plan(GANG).catalog_hash
    assert ring_plan(changed).layout_hash == ring_plan(GANG).layout_hash


@pytest.mark.parametrize(
    "shared",
    [
        (Shared(ADDRESS, BUYERS, 2),),
        (Shared(DEVICE, BUYERS, 2), Shared(ADDRESS, BUYERS, 2)),
        (Shared(DEVICE, CLAIMANTS, 2),),
    ],
)
def test_things_that_join_a_ring_change_both_hashes(shared):
    """Other things are other meetings: a store must be rebuilt."""
    changed = ring_plan(replace(GANG, shared=shared))
    assert changed.catalog_hash != ring_plan(GANG).catalog_hash
    assert changed.layout_hash != ring_plan(GANG).layout_hash


# --- what groups of several totals need


def test_groups_of_several_totals_have_each_of_them_cut():
    """A relative rate needs four totals, a usual number two, a spread four."""
    rate, to = Rate(BUYER, CLAIMS, ORDERS, Prior(0.1, 5)), Rate(MERCHANT, CLAIMS, ORDERS, Prior(0.1, 5))
    groups = [
        RelativeGroup("relative", rate, to, (WEEK,), WORDS, REASON),
        UsualGroup("usual", "amount_minor", Rate(DEVICE, CLAIMED, CLAIMS, Prior(1, 1)), (EVER,), WORDS, REASON),
        SpreadGroup("spread", ADDRESS, CLAIMS, CLAIMED, CLAIMED_SQUARES, (EVER,), WORDS, REASON),
    ]
    plan = compile_plan(groups, (BUYER, MERCHANT, DEVICE, ADDRESS))
    assert [each.measures for each in plan.entities] == [
        (CLAIMS, ORDERS),
        (CLAIMS, ORDERS),
        (CLAIMED, CLAIMS),
        (CLAIMS, CLAIMED, *CLAIMED_SQUARES),
    ]
    assert plan.widths == (10, 0, 3)


@pytest.mark.parametrize("prior", [Prior(0.2, 5), Prior(0.1, 6)])
def test_priors_of_relative_rates_change_the_catalog_hash_and_not_the_layout_hash(prior):
    """Both priors decide the number."""
    rate = Rate(BUYER, CLAIMS, ORDERS, Prior(0.1, 5))
    group = RelativeGroup("relative", rate, replace(rate, entity=MERCHANT), (WEEK,), WORDS, REASON)
    plans = [
        compile_plan([each], (BUYER, MERCHANT))
        for each in (
            group,
            replace(group, rate=replace(group.rate, prior=prior)),
            replace(group, to=replace(group.to, prior=prior)),
        )
    ]
    assert len({plan.catalog_hash for plan in plans}) == 3
    assert len({plan.layout_hash for plan in plans}) == 1


def test_pictures_are_kept_only_where_a_feature_looks_at_them():
    """A catalogue without near pictures files none."""
    assert not ring_plan(GANG, LinkGroup(Link.RING_SIZE, WORDS, REASON)).keeps_pictures
    assert plan_of(LinkGroup(Link.PICTURES_OF_OTHERS, WORDS, REASON)).keeps_pictures
