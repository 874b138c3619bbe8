"""What truly goes wrong with orders, and who says so: the chances of each honest story, and what happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.simulate.config import SimulationConfig
from training.simulate.goods import CATEGORIES
from training.simulate.market import Market
from training.simulate.orders import Deliveries, Orders
from training.simulate.sellers import month_of
from training.simulate.stories import HONEST, HONEST_STORIES, NO_STORY, story_code

WRONG_PARCEL_RATE: Final = 0.005
LATE_CLAIM_SHARE: Final = 0.4  # of the parcels that come after the promised time, by impatient people
LOST_CLAIM_SHARE: Final = 0.95
MOST_CHANGES: Final = 0.95


@dataclass(frozen=True, slots=True)
class Trouble:
    """What honest claims come from, for one marketplace and its orders."""

    config: SimulationConfig
    market: Market
    orders: Orders
    deliveries: Deliveries

    def chances(self, order: Ints) -> Floats:
        """How likely each honest story is for these orders, shape (n, honest stories).

        That is before it has been drawn what is wrong with the goods, but knowing whether and when the parcel came.
        Earlier stories go before later ones; what is left is that nothing is said.
        """
        orders, deliveries, people, products = self.orders, self.deliveries, self.market.people, self.market.products
        person, merchant, product, day = (
            orders.person[order], orders.merchant[order], orders.product[order], orders.day[order]
        )  # fmt: skip
        speaks = people.outspokenness[person]
        factor = self.market.merchants.fault[merchant, month_of(day)]
        batch = self.config.what_befalls.batch_fault_rate * products.in_batch(product, day)
        late = deliveries.delivered_at_ms[order] > orders.promised_at_ms[order]
        lost = deliveries.lost[order]
        happens = {
            "lost_parcel": np.where(lost, LOST_CLAIM_SHARE, 0.0),
            "misdelivered_parcel": speaks * self.market.carriers.misplaced[deliveries.carrier[order]],
            "late_parcel": late * LATE_CLAIM_SHARE * (1.0 - people.patience[person]),
            "faulty_goods": speaks * np.minimum(products.fault_rate[product] * factor + batch, 0.9),
            "wrong_parcel": speaks * np.minimum(WRONG_PARCEL_RATE * factor, 0.9),
            "change_of_mind": self._change_of_mind(person, product, day),
        }
        chances = np.zeros((len(order), HONEST))
        left = np.ones(len(order))
        for name, chance in happens.items():
            # nothing else can be said of goods that never came
            chances[:, story_code(name)] = left * np.where(lost & (name != "lost_parcel"), 0.0, chance)
            left = left - chances[:, story_code(name)]
        return chances

    def stories(self, order: Ints, chances: Floats) -> Ints:
        """What is claimed of each order by whoever is honest: a story's code, or `NO_STORY`; shape (n,)."""
        silent = 1.0 - chances.sum(axis=1, keepdims=True)
        place = self.config.dice("trouble").pick("story", order, np.column_stack([chances, np.maximum(silent, 0.0)]))
        return np.where(place == len(HONEST_STORIES), NO_STORY, place)

    def _change_of_mind(self, person: Ints, product: Ints, day: Floats) -> Floats:
        products, calendar = self.market.products, self.market.calendar
        drift = np.array([one.drift for one in CATEGORIES])[products.category[product]]
        moved = 1.0 + self.config.what_befalls.drift * 0.3 * drift * day / self.config.days
        regret = calendar.regret[np.minimum(day.astype(np.int64), self.config.days - 1)]
        wish = products.change_of_mind[product] * self.market.people.pickiness[person] * moved * regret
        return np.minimum(wish, MOST_CHANGES)
