"""Everyone and everything on the marketplace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Ints
from training.simulate.config import SimulationConfig
from training.simulate.goods import Products, make_products
from training.simulate.people import People, kind_code, make_people
from training.simulate.seasons import Calendar, make_calendar
from training.simulate.sellers import Carriers, Merchants, make_carriers, make_merchants

NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Market:
    """Everyone and everything on the marketplace.

    `partner` is, for each person, the merchant it colludes with, or `NOBODY`; shape (people,).
    """

    people: People
    partner: Ints
    merchants: Merchants
    carriers: Carriers
    products: Products
    calendar: Calendar


def make_market(config: SimulationConfig) -> Market:
    """Draw the people, merchants, carriers and products for a number of orders; at least one of each."""
    merchants = make_merchants(config)
    people = make_people(config)
    return Market(
        people=people,
        partner=_partners(config, people, merchants),
        merchants=merchants,
        carriers=make_carriers(config),
        products=make_products(config, merchants.size),
        calendar=make_calendar(config),
    )


def _partners(config: SimulationConfig, people: People, merchants: Merchants) -> Ints:
    """Who colludes does so with one merchant; where no merchant does, nobody can."""
    partner = np.full(len(people), NOBODY, dtype=np.int64)
    willing = np.flatnonzero(merchants.colludes)
    if len(willing):
        colluding = np.flatnonzero(people.kind == kind_code("collusion"))
        partner[colluding] = config.stream("collusion").choice(willing, size=len(colluding))
    return partner
