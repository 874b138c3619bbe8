"""Buyers, and rings of buyers, on both sides of the test's start.

In life buyers come back, and a model meets those that it learned from: a split by time shares them. Where a protocol
asks how a model does on strangers, it may not share any, nor anybody who is joined to them by a device, an address or a
payment, as the features of rings know them (`features.rings`): a thing that too many have met is a public place and
joins nobody, and who has met too many things buys for others. A ring here has no end, so that belonging to one is
mutual: a feature looks at the nearest fifty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.arrays import Ints
from features.definition import Ring
from features.event_table import EventTable
from features.plan import Plan
from features.rings import first_meetings
from training.dataset import Dataset, Period
from training.dataset.checked import Shared
from training.leakage.sound import rows_of

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sides:
    """Flags for the claims of train, calibration and test: whose buyer, and whose ring, is on both sides.

    A buyer who is joined to nobody is a ring alone, so `ringed` claims are all those of `buyers` and more.
    """

    buyers: tuple[Flags, Flags, Flags]
    ringed: tuple[Flags, Flags, Flags]

    @property
    def shared(self) -> Shared:
        """The figures for the test."""
        return Shared(len(self.buyers[2]), int(self.buyers[2].sum()), int(self.ringed[2].sum()))


def find_sides(dataset: Dataset, events: EventTable, plan: Plan) -> Sides:
    """Which claims are of buyers, and of rings, that are on both sides of the test's start.

    Rings are as they were known by the end of the test. Grows with the number of orders and claims.
    """
    rings = rings_of_buyers(events, plan, int(dataset.test.as_of_ms[-1]) + 1)
    buyers = [buyers_of(period, events) for period in dataset.periods]
    return Sides(_on_both_sides(buyers), _on_both_sides([rings[own] for own in buyers]))


def find_sharing(sides: Sides) -> list[str]:
    """What is forbidden where buyers are to be apart: a line for buyers, and one for rings."""
    what = "leave out their claims with --drop-shared train or --drop-shared test"
    shared = sides.shared
    lines = []
    if shared.by_buyer:
        lines.append(
            f"period test: {shared.by_buyer:,} of {shared.claims:,} claims are of buyers who have claims in train or "
            f"calibration too; {what}"
        )
    if shared.by_ring > shared.by_buyer:
        lines.append(
            f"period test: {shared.by_ring - shared.by_buyer:,} of {shared.claims:,} claims are of buyers who share a "
            f"device, an address or a payment with others in train or calibration; {what}"
        )
    return lines


def buyers_of(period: Period, events: EventTable) -> Ints:
    """The codes of a period's buyers."""
    return np.asarray(events["buyer_id"][rows_of(period)])


def rings_of_buyers(events: EventTable, plan: Plan, known_by_ms: int) -> Ints:
    """The number of each buyer's ring, by the buyer's code, as known before a moment. Shape (buyers,)."""
    count = len(events.ids["buyer_id"])
    if plan.ring is None:
        return np.arange(count)
    buyers, things = _joins(events, plan.ring.ring, known_by_ms)
    nodes = count + int(things.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(buyers), dtype=np.int8), (buyers, count + things)), shape=(nodes, nodes))
    return np.asarray(connected_components(graph, directed=False)[1][:count], dtype=np.int64)


def _joins(events: EventTable, ring: Ring, known_by_ms: int) -> tuple[Ints, Ints]:
    """Pairs of a buyer and a thing that join, things of all kinds numbered in one row."""
    buyers, things, first = [], [], 0
    met: list[Ints] = []
    for number, shared in enumerate(ring.shared):
        member, thing, moment = first_meetings(events, ring, number)
        known = moment < known_by_ms
        member, thing = member[known], thing[known]
        met.append(member)
        joins = np.bincount(thing)[thing] <= shared.most if len(thing) else known[known]
        buyers.append(member[joins])
        things.append(thing[joins] + first)
        first += int(thing.max(initial=-1)) + 1
    buyer, thing = np.concatenate(buyers), np.concatenate(things)
    number_met = np.bincount(np.concatenate(met), minlength=len(events.ids["buyer_id"]))
    own = number_met[buyer] <= ring.most_things
    return buyer[own], thing[own]


def _on_both_sides(groups: list[Ints]) -> tuple[Flags, Flags, Flags]:
    train, calibration, test = groups
    both = np.intersect1d(np.concatenate([train, calibration]), test)
    return np.isin(train, both), np.isin(calibration, both), np.isin(test, both)
