"""The part: alarms of products first, then those of merchants without the products that have one, and declines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from features.arrays import Ints
from serving.insight.alarms.alarm import Alarm
from serving.insight.alarms.counting import NEVER, Counted, counted
from serving.insight.alarms.declining import find_declines
from serving.insight.alarms.detecting import Rule, Sales, detect
from serving.insight.alarms.settings import (
    FEWEST_PRODUCTS,
    MERCHANT_ODDS,
    MERCHANT_RISES,
    MERCHANT_SHAPE,
    PRODUCT_ODDS,
    PRODUCT_RISES,
    PRODUCT_SHAPE,
)
from serving.insight.alarms.telling import Found, basis_of, tell
from serving.insight.alarms.usual import Usual, usual_of
from serving.insight.keeping import Kept
from serving.insight.record import Record

if TYPE_CHECKING:
    from serving.insight.parts import Ground

MOST_KEPT: Final = 1_000  # the open ones, and the newest of the others
PRODUCT_RULE: Final = Rule(PRODUCT_SHAPE, PRODUCT_RISES, PRODUCT_ODDS)
MERCHANT_RULE: Final = Rule(MERCHANT_SHAPE, MERCHANT_RISES, MERCHANT_ODDS, FEWEST_PRODUCTS)


def compute(ground: Ground) -> list[Kept]:
    """The alarms of a record, open ones first, each group from the newest on."""
    alarms = sorted(alarms_of(ground.record), key=lambda each: (each.state != "open", -each.opened_ms, each.id))
    return [Kept(each.id, rank, each.to_body()) for rank, each in enumerate(alarms[:MOST_KEPT], 1)]


def alarms_of(record: Record) -> list[Alarm]:
    """All alarms that would have been raised over a record, each with what was known on its day."""
    orders = counted(record)
    usual = usual_of(orders)
    of_products = list(find_products(orders, usual))
    found = [
        *of_products,
        *find_merchants(orders, usual, of_products),
        *find_declining(record, orders, usual, of_products),
    ]
    if not found:
        return []
    basis = basis_of(record, orders, usual)
    return [tell(basis, each) for each in found]


def find_products(orders: Counted, usual: Usual, rule: Rule = PRODUCT_RULE) -> Iterator[Found]:
    """The alarms of products."""
    always = np.full(len(orders.row), NEVER)
    for name, place in zip(orders.products, _places(orders.product, len(orders.products)), strict=True):
        sales = sales_of(orders, place, always)
        for raised in detect(sales, usual, rule):
            yield Found("product", name, place, sales, rule, raised)


def find_merchants(
    orders: Counted, usual: Usual, of_products: list[Found], rule: Rule = MERCHANT_RULE
) -> Iterator[Found]:
    """The alarms of merchants. From a product's alarm on, its orders since the alarm's start play no part."""
    left_out_from = left_out(orders, of_products)
    for name, place in zip(orders.merchants, _places(orders.merchant, len(orders.merchants)), strict=True):
        sales = sales_of(orders, place, left_out_from)
        for raised in detect(sales, usual, rule):
            played = place[sales.left_out_from > raised.opened_day]
            yield Found("merchant", name, played, sales_of(orders, played, left_out_from), rule, raised)


def find_declining(record: Record, orders: Counted, usual: Usual, of_products: list[Found]) -> Iterator[Found]:
    """The alarms of merchants who decline; without those none of whose orders since then is of a known product."""
    left_out_from = left_out(orders, of_products)
    places = _places(orders.merchant, len(orders.merchants))
    for each in find_declines(record, orders, usual, left_out_from):
        place, raised = places[each.merchant], each.raised
        place = place[left_out_from[place] > raised.opened_day]
        day = orders.day[place]
        if np.any((day >= raised.start_day) & (day <= raised.last_day)):
            sales = sales_of(orders, place, left_out_from)
            name = orders.merchants[each.merchant]
            yield Found("decline", name, place, sales, MERCHANT_RULE, raised, each.signs)


def left_out(orders: Counted, of_products: list[Found]) -> Ints:
    """For each order the day from which on it is its product's alarm's, and plays no part in its merchant's."""
    left_out_from = np.full(len(orders.row), NEVER)
    for found in of_products:
        place = found.place[orders.day[found.place] >= found.raised.start_day]
        left_out_from[place] = np.minimum(left_out_from[place], found.raised.opened_day)
    return left_out_from


def sales_of(orders: Counted, place: Ints, left_out_from: Ints) -> Sales:
    """The sales of the orders at some places."""
    return Sales(
        orders.day[place],
        orders.category[place],
        orders.claim_day[place],
        orders.product[place],
        left_out_from[place],
    )


def _places(code: Ints, number: int) -> list[Ints]:
    """The places of each code from 0 on."""
    by_code = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[by_code], np.arange(number + 1))
    return [by_code[begin:end] for begin, end in pairwise(bounds)]
