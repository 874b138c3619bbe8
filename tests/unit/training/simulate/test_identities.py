from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.simulate.groups import LARGEST_RING, NO_RING, SMALLEST_RING, make_groups
from training.simulate.identities import make_belongings
from training.simulate.market import kind_code, make_market

SORTS = {"device_id": 3, "address_id": 2, "payment_id": 2}


@pytest.fixture(scope="module")
def orders(world) -> pd.DataFrame:
    """A row per order, with what it was made with."""
    events = world.events.to_pandas()
    return events.loc[events["kind"] == "order_paid", ["order_id", "buyer_id", *SORTS]]


@pytest.fixture(scope="module")
def buyers(config):
    return make_market(config).buyers


@pytest.fixture(scope="module")
def groups(config, buyers):
    return make_groups(config, buyers)


@pytest.fixture(scope="module")
def belongings(config, groups):
    return make_belongings(config, groups)


def abusive_buyers(world) -> set[str]:
    events = world.events.to_pandas()
    claims = events[events["kind"] == "claim_filed"].merge(world.truth.to_pandas(), on="claim_id")
    return set(claims.loc[claims["abusive"], "buyer_id"])


@pytest.mark.parametrize(("sort", "most"), SORTS.items())
def test_buyer_has_few_of_each_sort(orders, sort, most):
    """A buyer uses one device, address or payment, sometimes another, and never more than a few."""
    used = orders.groupby("buyer_id")[sort].nunique()
    assert used.max() == most
    assert 0.1 < (used > 1).mean() < 0.5


@pytest.mark.parametrize("sort", SORTS)
def test_sharing_a_thing_does_not_settle_what_a_buyer_is(world, orders, sort):
    """Most things that two to four buyers share belong to honest households."""
    buyers = orders.groupby(sort)["buyer_id"].unique()
    shared = buyers[buyers.map(len).between(2, 4)]
    abusive = abusive_buyers(world)
    assert len(shared) > 20
    assert shared.map(lambda sharers: not abusive.intersection(sharers)).mean() > 0.5


def test_households_share_an_address_and_some_a_device(orders):
    """Many homes have two to four buyers; fewer have a device in common."""
    at = {sort: orders.groupby(sort)["buyer_id"].nunique().between(2, 4) for sort in SORTS}
    assert 0.15 < at["address_id"].mean() < 0.4
    assert 0.005 < at["device_id"].mean() < 0.1


def test_household_is_one_to_four_people_and_no_farm(buyers, groups):
    """Accounts of a farm live alone on paper."""
    sizes = np.bincount(groups.household)
    assert set(sizes) == {1, 2, 3, 4}
    assert set(sizes[groups.household[buyers.kind == kind_code("account_farm")]]) == {1}


def test_parcel_stations_are_used_by_hundreds_of_strangers(world, orders):
    """A few addresses serve hundreds of buyers, hardly any of whom abuse: a busy address is no ring."""
    buyers = orders.groupby("address_id")["buyer_id"].unique()
    stations = buyers[buyers.map(len) > 100]
    assert 2 <= len(stations) <= 10
    abusive = abusive_buyers(world)
    assert stations.map(lambda users: len(abusive.intersection(users)) / len(users)).max() < 0.15


def test_ring_is_of_three_to_forty_abusers(buyers, groups):
    """Nearly all accounts of farms are in rings, and a share of the serial abusers."""
    ringed = groups.ring != NO_RING
    sizes = np.bincount(groups.ring[ringed])
    assert len(sizes) == groups.rings > 3
    assert SMALLEST_RING <= sizes.min() < sizes.max() <= LARGEST_RING
    assert set(buyers.kind[ringed]) == {kind_code("account_farm"), kind_code("serial_refunds")}
    assert ringed[buyers.kind == kind_code("account_farm")].mean() > 0.9
    assert 0.1 < ringed[buyers.kind == kind_code("serial_refunds")].mean() < 0.5


def test_ring_shares_a_sort_of_thing_among_most_accounts(groups, belongings):
    """In each ring most accounts meet others in what they use first, be it device, address or payment."""
    for ring in range(groups.rings):
        members = np.flatnonzero(groups.ring == ring)
        meet = []
        for held in (belongings.device, belongings.address, belongings.payment):
            _, number, counts = np.unique(held[members, 0], return_inverse=True, return_counts=True)
            meet.append((counts[number.ravel()] > 1).mean())
        assert max(meet) >= 0.5


def test_ring_takes_in_new_accounts_over_time(buyers, groups):
    """The accounts of a farm's ring arrive over weeks, not at once."""
    farm = buyers.kind == kind_code("account_farm")
    spans = [np.ptp(buyers.arrive_day[farm & (groups.ring == ring)]) for ring in set(groups.ring[farm]) - {NO_RING}]
    assert np.median(spans) > 14


def test_device_of_more_buyers_than_a_household_is_a_rings(world, orders):
    """Five or more buyers on one device are a ring, so a device's history carries signal."""
    buyers = orders.groupby("device_id")["buyer_id"].unique()
    crowded = buyers[buyers.map(len) >= 5]
    assert len(crowded) >= 1
    abusive = abusive_buyers(world)
    assert crowded.map(lambda users: len(abusive.intersection(users)) / len(users)).mean() > 0.5


@pytest.mark.parametrize("sort", ["device", "address", "payment"])
def test_number_of_a_thing_tells_nothing(groups, belongings, sort):
    """Ids are shuffled: those of rings lie among the others, and every number from zero on is taken."""
    held = getattr(belongings, sort)
    assert np.array_equal(np.unique(held), np.arange(held.max() + 1))
    ringed = held[groups.ring != NO_RING, 0] / held.max()
    assert 0.35 < ringed.mean() < 0.65


def test_claim_is_made_with_what_the_buyer_has(world, orders):
    """A claim goes with its order's address, mostly its device and nearly always its payment."""
    events = world.events.to_pandas()
    claims = events[events["kind"] == "claim_filed"].merge(orders, on="order_id", suffixes=("", "_of_order"))
    same = {sort: (claims[sort] == claims[f"{sort}_of_order"]).mean() for sort in SORTS}
    assert same["address_id"] == 1.0
    assert 0.8 < same["device_id"] < 0.97
    assert 0.95 < same["payment_id"] < 1.0
