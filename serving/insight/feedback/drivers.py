"""Why ratings fall: what each of a few plain things costs, all others alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.feedback.answered import Answered, Flags
from serving.insight.feedback.groups import FEWEST_RATED
from serving.insight.feedback.regression import explained, holm, independent, least_squares, telling_rows
from serving.insight.feedback.satisfaction import SATISFIED_FROM

REFUND_DAYS: Final = (3.0, 7.0)
RETURN_DAYS: Final = 5.0
MOST_EXPLAINED: Final = 0.9  # of a driver by the others: a variance inflation of ten
# a row of what can be said in one sentence; each is a yes or no about a claim
DRIVERS: Final = (
    "denied",
    "denied_though_legitimate",
    "wait_24h",
    "wait_72h",
    "wait_longer",
    "refund_3d",
    "refund_7d",
    "returned",
    "return_5d",
    "pictures",
    "by_person",
    "paid_first",
    "merchant_refused",
    "merchant_silent",
)


@dataclass(frozen=True, slots=True)
class Driver:
    """What a driver costs in stars; positive where ratings are lower with it, all other drivers alike.

    Attributes:
        name: one of `DRIVERS`.
        count: rated claims with it.
        cost, low, high: stars, with the interval (95 %).
        satisfied_cost: how much lower the share of 4 and 5 is with it (0.1 for ten points).
        sure: whether there is an effect at all, with one chance of error (5 %) over all drivers.
    """

    name: str
    count: int
    cost: float
    low: float
    high: float
    satisfied_cost: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Drivers of the `count` ratings of the whole or of a step; of those `left_out`, too few rated claims tell."""

    of: str
    count: int
    drivers: tuple[Driver, ...]
    left_out: tuple[str, ...]


def why(answered: Answered, rating: Ints, of: str) -> Why:
    """What drives a rating, shape (n,), 0 where nobody rated.

    A regression of stars on yes-or-no columns (`regression.least_squares`): what a driver costs is the difference
    between two groups of claims that are alike in all other drivers. It is no experiment: what isn't among the drivers
    may stand behind one that is.
    """
    flags = driver_flags(answered)
    rows = _without_rare(flags, np.flatnonzero(rating > 0))
    columns = {name: each[rows] for name, each in flags.items()}
    told = _told_apart(columns)
    design = _design(columns, told, len(rows))
    stars = rating[rows]
    costs = least_squares(design, -stars.astype(np.float64), answered.buyer[rows])
    shares = least_squares(design, -(stars >= SATISFIED_FROM).astype(np.float64), answered.buyer[rows])
    found = [
        (name, cost, share)
        for name, cost, share in zip(told, costs, shares, strict=True)
        if cost is not None and share is not None
    ]
    sure = holm([cost.p for _, cost, _ in found])
    drivers = [
        Driver(name, int(columns[name].sum()), cost.value, cost.low, cost.high, share.value, is_sure)
        for (name, cost, share), is_sure in zip(found, sure, strict=True)
    ]
    kept = {driver.name for driver in drivers}
    ordered = sorted(drivers, key=lambda driver: (not driver.sure, -driver.cost))
    return Why(of, len(rows), tuple(ordered), tuple(name for name in DRIVERS if name not in kept))


def _without_rare(flags: dict[str, Flags], rows: Ints) -> Ints:
    """The rows without those of drivers that too few share: they would colour what the others are compared with."""
    while True:
        rare = [each for each in flags.values() if 0 < int(each[rows].sum()) < FEWEST_RATED]
        if not rare:
            return rows
        rows = rows[~np.any([each[rows] for each in rare], axis=0)]


def _told_apart(columns: dict[str, Flags]) -> list[str]:
    """The drivers that enough rated claims tell from the others; of two that coincide, the first one."""
    rows = len(next(iter(columns.values())))
    told = [name for name, each in columns.items() if FEWEST_RATED <= int(each.sum()) <= rows - FEWEST_RATED]
    told = [told[place] for place in independent(_design(columns, told, rows))]
    while told:
        design = _design(columns, told, rows)
        unclear = (telling_rows(design) < FEWEST_RATED) | (explained(design) > MOST_EXPLAINED)
        if not unclear.any():
            break
        del told[int(np.flatnonzero(unclear)[-1])]
    return told


def _design(columns: dict[str, Flags], names: list[str], rows: int) -> Floats:
    return np.array([columns[name] for name in names], dtype=np.float64).reshape(len(names), rows).T


def driver_flags(answered: Answered) -> dict[str, Flags]:
    """Which claims have each driver, in the order of `DRIVERS`, shape (n,) each."""
    action, wait, response = (answered.words[name] for name in ("action", "wait", "merchant_response"))
    first, second = REFUND_DAYS
    days = np.nan_to_num(answered.refund_days, nan=0.0)
    flags: dict[str, Flags] = {
        "denied": answered.denied,
        "denied_though_legitimate": answered.denied & answered.verdict_legitimate,
        "wait_24h": wait == "within_24h",
        "wait_72h": wait == "within_72h",
        "wait_longer": wait == "over_72h",
        "refund_3d": (days > first) & (days <= second),
        "refund_7d": days > second,
        "returned": answered.returned,
        "return_5d": np.nan_to_num(answered.return_days, nan=0.0) > RETURN_DAYS,
        "pictures": answered.pictures,
        "by_person": action == "manual_review",
        "paid_first": action == "pre_payment_compensation",
        "merchant_refused": response == "refused",
        "merchant_silent": response == "timed_out",
    }
    return {name: np.asarray(flags[name], dtype=np.bool_) for name in DRIVERS}
