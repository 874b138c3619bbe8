from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.simulate.groups import LARGEST_RING, NO_RING, SMALLEST_RING, make_groups
from training.simulate.identities import Belongings
from training.simulate.market import make_market
from training.simulate.people import kind_code

pytestmark = pytest.mark.slow

SORTS = {"device_id": 3, "address_id": 2, "payment_id": 2}


@pytest.fixture(scope="module")
def orders(events) -> pd.DataFrame:
    """A row per order, with what it was made with."""
    return events.loc[events["kind"] == "order_paid", ["order_id", "buyer_id", *SORTS]]


@pytest.fixture(scope="module")
def people(config):
    return make_market(config).people


@pytest.fixture(scope="module")
def groups(config, people):
    return make_groups(config, people)


@pytest.fixture(scope="module")
def belongings(config, people, groups):
    return Belongings(config, people, groups)


@pytest.fixture(scope="module")
def abusive_buyers(filed) -> set[str]:
    return set(filed.loc[filed["abusive"], "buyer_id"])


@pytest.mark.parametrize(("sort", "most"), SORTS.items())
def test_buyer_has_few_of_each_sort(orders, sort, most):
    """A buyer uses one device, address or payment, sometimes another, and never more than a few."""
    used = orders.groupby("buyer_id")[sort].nunique()
    assert used.max() == most
    assert 0.1 < (used > 1).mean() < 0.5


@pytest.mark.parametrize("sort", SORTS)
def test_sharing_a_thing_does_not_settle_what_a_buyer_is(abusive_buyers, orders, sort):
    """Most things that two to four buyers share belong to honest households."""
    buyers = orders.groupby(sort)["buyer_id"].unique()
    shared = buyers[buyers.map(len).between(2, 4)]
    assert len(shared) > 20
    assert shared.map(lambda sharers: not abusive_buyers.intersection(sharers)).mean() > 0.5


def test_households_share_an_address_and_some_a_device(orders):
    """Many homes have two to four buyers; fewer have a device in common."""
    at = {sort: orders.groupby(sort)["buyer_id"].nunique().between(2, 4) for sort in SORTS}
    assert 0.15 < at["address_id"].mean() < 0.4
    assert 0.005 < at["device_id"].mean() < 0.1


def test_household_is_one_to_four_people_and_no_farm(people, groups):
    """Accounts of a farm live alone on paper."""
    sizes = np.bincount(groups.household)
    assert set(sizes) == {1, 2, 3, 4}
    assert set(sizes[groups.household[people.kind == kind_code("account_farm")]]) == {1}


def test_parcel_stations_are_used_by_hundreds_of_strangers(abusive_buyers, orders):
    """A few addresses serve hundreds of buyers, hardly any of whom abuse: a busy address is no ring."""
    buyers = orders.groupby("address_id")["buyer_id"].unique()
    stations = buyers[buyers.map(len) > 100]
    assert 2 <= len(stations) <= 10
    assert stations.map(lambda users: len(abusive_buyers.intersection(users)) / len(users)).max() < 0.15


def test_ring_is_of_three_to_forty_abusers(people, groups):
    """Nearly all accounts of farms are in rings, and a share of the serial abusers."""
    ringed = groups.ring != NO_RING
    sizes = np.bincount(groups.ring[ringed])
    assert len(sizes) == groups.rings > 3
    assert SMALLEST_RING <= sizes.min() < sizes.max() <= LARGEST_RING
    assert set(people.kind[ringed]) == {kind_code(kind) for kind in ("account_farm", "ring_script", "serial_refunds")}
    assert ringed[people.kind == kind_code("ring_script")].mean() > 0.8
    assert ringed[people.kind == kind_code("account_farm")].mean() > 0.9
    assert 0.1 < ringed[people.kind == kind_code("serial_refunds")].mean() < 0.5


def test_ring_shares_a_sort_of_thing_among_most_accounts(groups, belongings):
    """In each ring most accounts meet others in what they use first, be it device, address or payment."""
    for ring in range(groups.rings):
        members = np.flatnonzero(groups.ring == ring)
        meet = []
        for held in (belongings.device, belongings.address, belongings.payment):
            _, number, counts = np.unique(held[members, 0], return_inverse=True, return_counts=True)
            meet.append((counts[number.ravel()] > 1).mean())
        assert max(meet) >= 0.5


def test_ring_takes_in_new_accounts_over_time(people, groups):
    """The accounts of a farm's ring arrive over weeks, not at once."""
    farm = people.kind == kind_code("account_farm")
    spans = [np.ptp(people.arrive_day[farm & (groups.ring == ring)]) for ring in set(groups.ring[farm]) - {NO_RING}]
    assert np.median(spans) > 14


def test_device_of_more_buyers_than_a_household_is_a_rings(abusive_buyers, orders):
    """Five or more buyers on one device are a ring, so a device's history carries signal."""
    buyers = orders.groupby("device_id")["buyer_id"].unique()
    crowded = buyers[buyers.map(len) >= 5]
    assert len(crowded) >= 1
    assert crowded.map(lambda users: len(abusive_buyers.intersection(users)) / len(users)).mean() > 0.5


@pytest.mark.parametrize("sort", ["buyer_id", *SORTS])
def test_number_in_an_id_tells_nothing(filed, orders, sort):
    """Ids are in no order: those of rings lie among the others."""
    rank = orders[sort].drop_duplicates().rank(pct=True).set_axis(orders[sort].drop_duplicates())
    of_rings = orders[orders["buyer_id"].isin(filed.loc[filed["ring"].notna(), "buyer_id"])][sort].unique()
    assert len(of_rings) > 20
    assert rank[of_rings].mean() == pytest.approx(0.5, abs=5 * np.sqrt(1 / 12 / len(of_rings)))


def test_belongings_are_numbered_without_gaps(belongings):
    """Every number from zero on is somebody's, and none is at or above the count of its sort."""
    for sort in ("device", "address", "payment"):
        held = getattr(belongings, sort)
        assert np.array_equal(np.unique(held), np.arange(held.max() + 1))
        assert held.max() < belongings.counts[sort]


def test_claim_is_made_with_what_the_buyer_has(filed, orders):
    """A claim goes with its order's account and address, mostly its device and nearly always its payment."""
    claims = filed.merge(orders, on="order_id", suffixes=("", "_of_order"))
    same = {sort: (claims[sort] == claims[f"{sort}_of_order"]).mean() for sort in ("buyer_id", *SORTS)}
    assert same["buyer_id"] == same["address_id"] == 1.0
    assert 0.8 < same["device_id"] < 0.97
    assert 0.95 < same["payment_id"] < 1.0


def test_person_with_several_accounts_changes_payment_with_each(den):
    """A new account of the same person has never the payment of an earlier one, and often its device."""
    paid = den.of_kind("order_paid").merge(den.claims[["person", "order_id"]], on="order_id")
    payments = paid.groupby(["person", "payment_id"])["buyer_id"].nunique()
    assert payments.max() == 1
    devices = paid.groupby(["person", "device_id"])["buyer_id"].nunique()
    assert (devices > 1).sum() > 20


def test_households_where_everyone_lives_alone_are_as_many_as_people(config, people):
    """A marketplace of nothing but farms and attackers has a home for each."""
    alone = replace(people, kind=np.full(len(people), kind_code("account_farm")))
    groups = make_groups(config, alone)
    assert sorted(groups.household) == list(range(len(alone)))
    assert Belongings(config, alone, groups).counts["account"] > len(alone)
