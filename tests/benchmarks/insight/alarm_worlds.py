"""Simulated marketplaces whose bad batches are known: what alarms are held to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq

from features.arrays import Ints
from features.spans import DAY_MS
from serving.insight.alarms.counting import NEVER, Counted, counted
from serving.insight.alarms.detecting import Sales
from serving.insight.alarms.usual import Usual, usual_of
from serving.insight.alarms.working import sales_of
from serving.insight.record import Record, record_of
from training.simulate import SimulationConfig
from training.simulate.world import write_world

ORDERS, DAYS = 60_000, 365
LATEST_DAYS = 45  # after a batch's end, an alarm still counts as having found it
MONTH_DAYS = 30.0


@dataclass(frozen=True)
class Lot:
    """A product: its sales, and the days [from, to) of its bad batch; `NEVER` where it has none."""

    name: str
    sales: Sales
    from_day: int
    to_day: int

    @property
    def of_batch(self) -> Ints:
        """Places of the orders of the batch."""
        return np.flatnonzero((self.sales.day >= self.from_day) & (self.sales.day < self.to_day))

    def found_on(self, days: list[int]) -> int | None:
        """The first of some days on which the batch was found; None if it wasn't."""
        last = min(self.to_day, NEVER - LATEST_DAYS) + LATEST_DAYS
        return next((day for day in days if self.from_day <= day <= last), None) if len(self.of_batch) else None

    def false(self, days: list[int]) -> int:
        """How many of some days are false alarms: before the batch, and not within a month of another one."""
        count, last = 0, -MONTH_DAYS
        for day in days:
            if day < self.from_day and day - last > MONTH_DAYS:
                count, last = count + 1, day
        return count


@dataclass(frozen=True)
class World:
    """One marketplace: what alarms see of it, and the truth."""

    record: Record
    orders: Counted
    usual: Usual
    lots: list[Lot]
    declines: dict[str, int]  # the day from which a merchant serves badly; `NEVER` if it doesn't

    @property
    def months(self) -> float:
        """Months of products without a batch, or before it."""
        first, last = self.orders.first_day, self.orders.last_day
        return sum(max(0, min(lot.from_day, last) - first) for lot in self.lots) / MONTH_DAYS


@cache
def world_of(scenario: str, seed: int) -> World:
    """A year of a thousand products."""
    with TemporaryDirectory() as folder:
        written = write_world(SimulationConfig(orders=ORDERS, days=DAYS, seed=seed, scenario=scenario), Path(folder))
        events = pq.read_table(written.events_path)
        truths = {name: pq.read_table(Path(folder) / "truth" / f"{name}.parquet") for name in ("products", "merchants")}
    known = events["known_at_ms"].to_numpy()
    record = record_of(events, int(known.min()), int(known.max()) + 1)
    orders = counted(record)
    always = np.full(len(orders.row), NEVER)
    truth = {each["product_id"]: each for each in truths["products"].to_pylist()}
    lots = []
    for code, name in enumerate(orders.products):
        sales = sales_of(orders, np.flatnonzero(orders.product == code), always)
        lots.append(Lot(name, sales, *(_day(truth[name][f"batch_{end}_ms"]) for end in ("from", "to"))))
    declines = {each["merchant_id"]: _day(each["declines_at_ms"]) for each in truths["merchants"].to_pylist()}
    return World(record, orders, usual_of(orders), lots, declines)


def false_rate(worlds: list[World], find: Callable[[World, Lot], list[int]]) -> float:
    """False alarms per 1,000 products a month; `find` gives the days of a product's alarms."""
    false = sum(lot.false(find(world, lot)) for world in worlds for lot in world.lots)
    return 1_000.0 * false / sum(world.months for world in worlds)


def batches(worlds: list[World], least: int, most: int) -> Iterator[tuple[World, Lot]]:
    """The batches of which at least so many and fewer than so many pieces were sold."""
    for world in worlds:
        yield from ((world, lot) for lot in world.lots if least <= len(lot.of_batch) < most)


def _day(moment_ms: int | None) -> int:
    return NEVER if moment_ms is None else moment_ms // DAY_MS
