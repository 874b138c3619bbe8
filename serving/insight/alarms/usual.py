"""How many orders of a category are claimed by an age, as it was known on each day.

The chance that an order is claimed on the a-th day after it was paid is claims of that age over orders that reached it,
both up to that day. Each category's is drawn towards the whole platform's as by 500 orders of the platform's, so a
category with few orders has nearly the platform's. The sum over ages up to a is what is expected by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.alarms.counting import NEVER, Counted
from serving.insight.alarms.settings import MOST_AGE_DAYS

_BORROWED_ORDERS: Final = 500.0  # how much of the platform's is in a category's
_FIRST_RATE: Final = 0.03  # of orders are claimed, before anything is known
_FIRST_ORDERS: Final = 500.0  # and how many orders that belief is worth


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual.

    Attributes:
        by_age: claims expected of an order by an age, by day of the record, category and age in days: shape (days + 1,
            categories, ages); row d is what was known before day d.
        first_day: of the record.
    """

    by_age: Floats
    first_day: int

    def expected(self, on_day: int, category: Ints, age: Ints) -> Floats:
        """Claims expected of orders by an age, as known before a day; none of those that aren't paid yet."""
        told = self.by_age[on_day - self.first_day]
        return np.where(age < 0, 0.0, told[category, np.clip(age, 0, MOST_AGE_DAYS)])


def usual_of(counted: Counted) -> Usual:
    """What is usual on each day of a record."""
    days, ages = counted.last_day - counted.first_day + 1, MOST_AGE_DAYS + 1
    paid = counted.day - counted.first_day
    reached, claimed = (np.zeros((max(days, 0) + 1, counted.categories, ages)) for _ in range(2))
    bought = np.bincount(paid * counted.categories + counted.category, minlength=days * counted.categories)
    by_day = bought.reshape(days, counted.categories)
    for age in range(min(ages, days)):  # known at the end of the day of that age, so from the next one on
        reached[age + 1 :, :, age] = by_day[: days - age]
    is_claimed = counted.claim_day != NEVER
    claimed_at = np.where(is_claimed, counted.claim_day, counted.day) - counted.day
    counts = is_claimed & (claimed_at < ages)
    known = counted.claim_day[counts] - counted.first_day + 1
    np.add.at(claimed, (known, counted.category[counts], claimed_at[counts]), 1.0)
    reached, claimed = np.cumsum(reached, axis=0), np.cumsum(claimed, axis=0)
    first = _FIRST_RATE / ages
    of_all = (claimed.sum(axis=1, keepdims=True) + _FIRST_ORDERS * first) / (
        reached.sum(axis=1, keepdims=True) + _FIRST_ORDERS
    )
    rate = (claimed + _BORROWED_ORDERS * of_all) / (reached + _BORROWED_ORDERS)
    return Usual(np.cumsum(rate, axis=2), counted.first_day)
