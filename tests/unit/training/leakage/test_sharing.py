"""Buyers and rings on both sides of the test's start are counted; where they are to be apart, refused or left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.events import EventKind
from tests.unit.training.leakage.conftest import SPLIT
from training.dataset import cut_dataset, gather
from training.leakage.apart import keep_apart
from training.leakage.config import LeakageError
from training.leakage.sharing import find_sharing, find_sides, rings_of_buyers

SHARING = {"device_id": "phone", "address_id": "home", "payment_id": "card"}


@pytest.fixture(scope="module")
def strangers(shop):
    """The shop, but buyers never come back: each claim and its order has a buyer of its own."""
    return [replace(event, buyer_id=f"buyer {_number(event)}") for event in shop]


@pytest.fixture(scope="module")
def cut_of(table_of, plan):
    def cut(events):
        gathered = gather(table_of(events), plan)
        return cut_dataset(gathered, SPLIT), gathered.table

    return cut


def _number(event):
    return int(event.event_id.rsplit("-", 2)[1])


def _meeting(events, numbers, **shared):
    """The same, with something shared by the buyers of some claims' orders."""
    return [
        replace(event, **shared) if event.kind is EventKind.ORDER_PAID and _number(event) in numbers else event
        for event in events
    ]


def test_find_sides_of_returning_buyers_counts_their_claims(dataset, gathered, plan):
    """The shop's forty buyers have claims in all periods, and share nothing."""
    shared = find_sides(dataset, gathered.table, plan).shared
    assert (shared.claims, shared.by_buyer, shared.by_ring) == (len(dataset.test),) * 3
    (line,) = find_sharing(find_sides(dataset, gathered.table, plan))
    assert line.startswith(f"period test: {len(dataset.test)} of {len(dataset.test)} claims are of buyers who have")
    assert "--drop-shared" in line


def test_find_sides_of_strangers_finds_none(strangers, cut_of, plan):
    """Nobody on both sides."""
    dataset, table = cut_of(strangers)
    sides = find_sides(dataset, table, plan)
    assert (sides.shared.by_buyer, sides.shared.by_ring) == (0, 0)
    assert find_sharing(sides) == []


@pytest.mark.parametrize("field", list(SHARING))
def test_find_sides_of_strangers_who_share_a_thing_finds_a_ring(strangers, cut_of, plan, field):
    """Two in train, over one in the gap, with two in the test: all of them by one device, address or card."""
    dataset, table = cut_of(_meeting(strangers, {3, 4, 500}, **{field: SHARING[field]}))
    in_test = int(np.isin(table["buyer_id"][dataset.test.rows], [_code(table, "buyer 500")]).sum())
    sides = find_sides(dataset, table, plan)
    assert in_test == 1
    assert (sides.shared.by_buyer, sides.shared.by_ring) == (0, 1)
    (line,) = find_sharing(sides)
    assert "1 of" in line
    assert "share a device, an address or a payment with others" in line


def test_find_sides_of_strangers_at_a_public_place_finds_none(strangers, cut_of, plan):
    """More than a ring's limit have had parcels sent there: it joins nobody."""
    dataset, table = cut_of(_meeting(strangers, {*range(3, 9), 500}, address_id="station"))
    assert find_sides(dataset, table, plan).shared.by_ring == 0


def test_rings_of_buyers_go_on_over_several_things(strangers, table_of, plan):
    """One shares a device with the second, who shares a card with the third; a fourth shares nothing."""
    events = _meeting(_meeting(strangers, {1, 2}, device_id="phone"), {2, 3}, payment_id="card")
    table = gather(table_of(events), plan).table
    first, second, third, fourth = rings_of_buyers(table, plan, table["known_at_ms"].max() + 1)[
        [_code(table, f"buyer {number}") for number in (1, 2, 3, 4)]
    ]
    assert first == second == third != fourth


def test_rings_of_buyers_know_nothing_of_later_meetings(strangers, table_of, plan):
    """What the two come to share after the moment joins them then, and not before."""
    table = gather(table_of(_meeting(strangers, {1, 400}, device_id="phone")), plan).table
    codes = [_code(table, "buyer 1"), _code(table, "buyer 400")]
    early, late = (rings_of_buyers(table, plan, moment)[codes] for moment in _around(table))
    assert early[0] != early[1]
    assert late[0] == late[1]


def test_keep_apart_leaves_out_all_of_those_on_both_sides(strangers, cut_of, plan):
    """From either side; the other one, and the weights of those who stay, are as they were."""
    back = [replace(event, buyer_id="buyer 3") if _number(event) == 501 else event for event in strangers]
    dataset, table = cut_of(_meeting(back, {4, 500}, device_id="phone"))
    sides = find_sides(dataset, table, plan)
    for drop, gone in (("train", {"buyer 3", "buyer 4"}), ("test", {"buyer 3", "buyer 500"})):
        kept, dropped = keep_apart(dataset, sides, drop)
        changed, same = (kept.train, kept.test) if drop == "train" else (kept.test, kept.train)
        before = dataset.train if drop == "train" else dataset.test
        assert dropped == 2
        assert same is (dataset.test if drop == "train" else dataset.train)
        assert not set(changed.buyers.tolist()) & {_code(table, name) for name in gone}
        assert len(changed) == len(before) - 2
        assert changed.weights.sum() == pytest.approx(len(changed))
        assert find_sharing(find_sides(kept, table, plan)) == []


def test_keep_apart_of_trains_buyers_teaches_no_reader_their_texts(strangers, cut_of, plan):
    """Texts are learned from too."""
    dataset, table = cut_of([*(replace(e, buyer_id="buyer 3") if _number(e) == 501 else e for e in strangers)])
    kept, _ = keep_apart(dataset, find_sides(dataset, table, plan), "train")
    assert len(kept.teaching) == len(dataset.teaching) - 1
    assert _code(table, "buyer 3") not in kept.teaching.buyers


def test_keep_apart_that_leaves_too_few_says_what_to_do(dataset, gathered, plan):
    """All of the shop's buyers are on both sides."""
    with pytest.raises(LeakageError, match="it has 0 abusive and 0 other claims, and needs 20 of each; leave them out"):
        keep_apart(dataset, find_sides(dataset, gathered.table, plan), "test")


def _code(table, name):
    return table.ids["buyer_id"].to_pylist().index(name)


def _around(table):
    met = np.flatnonzero(table["device_id"] >= 0)
    return int(table["known_at_ms"][met].max()), int(table["known_at_ms"][met].max()) + 1
