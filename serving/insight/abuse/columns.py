"""Orders and claims as numbers: a code for each buyer, shop, and thing, so that they are counted as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from serving.insight.abuse.chances import fit_shape
from serving.insight.record import Record, times

Flags: TypeAlias = npt.NDArray[np.bool_]
ThingKind: TypeAlias = Literal["device", "address", "payment", "picture"]
THING_KINDS: Final[tuple[ThingKind, ...]] = get_args(ThingKind)
NONE: Final = -1
LEAST_CLEARED: Final = 100  # claims, before they tell how honest buyers differ


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of orders and the one of claims under common codes: places in `names`, in their order; -1 is null."""

    names: list[str]
    orders: Ints
    claims: Ints


class Columns:
    """The columns of a record that patterns are looked for in.

    Attributes:
        record: itself.
        buyers, merchants: their codes.
        order_of: for each claim the row of its order, -1 where the order isn't on record.
        cleared: which claims were found legitimate: they speak for nobody's abuse.
        comparable: which claims can be held against what a buyer's orders would bring: those of a known buyer, on an
            order on record, and not cleared. One on an order of before the record would stand out from nothing.
        delivered: which claims were filed after their parcel was delivered.
        cheap_minor: the median order's price: goods at or below it are cheap.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        orders, claims = record.orders, record.claims
        self.buyers, self.merchants = self.codes("buyer_id"), self.codes("merchant_id")
        found = pc.index_in(claims["order_id"].combine_chunks(), orders["order_id"].combine_chunks())
        self.order_of: Ints = np.asarray(pc.fill_null(found, NONE), dtype=np.int64)
        self.cleared = self.says("verdict", "legitimate")
        self.comparable: Flags = ~self.cleared & (self.buyers.claims >= 0) & (self.order_of >= 0)
        delivered_at = times(claims, "delivered_at_ms")
        self.delivered: Flags = (delivered_at >= 0) & (times(claims, "filed_at_ms") >= delivered_at)
        self.order_amount = times(orders, "amount_minor")
        self.claim_order_amount = self._claimed_order_amount()
        known = self.order_amount[self.order_amount >= 0]
        self.cheap_minor = int(np.median(known)) if len(known) else 0
        self._cells = self._by_cell()

    def codes(self, name: str) -> Codes:
        """A column that orders and claims both have, by codes."""
        sides = [table[name].combine_chunks() for table in (self.record.orders, self.record.claims)]
        both = pc.unique(pa.concat_arrays(sides)).drop_null()
        names = both.take(pc.sort_indices(both))
        first, second = (np.asarray(pc.fill_null(pc.index_in(side, names), NONE), dtype=np.int64) for side in sides)
        return Codes(names.to_pylist(), first, second)

    def says(self, name: str, *words: str) -> Flags:
        """Which claims have one of these words in a column."""
        column = self.record.claims[name].combine_chunks()
        return np.asarray(pc.is_in(column, pa.array(words)), dtype=np.bool_)

    def expected(self, counted: Flags) -> Floats:
        """How many of the counted claims each buyer would have if all who order the same were alike, shape (buyers,).

        That is the sum, over the buyer's orders, of such claims per order in the category among cheap or among other
        goods. The buyer's own claims are part of that rate.
        """
        buyer, rate = self.buyers.orders, self.order_rates(counted)
        known = buyer >= 0
        number = np.bincount(buyer[known], weights=rate[known], minlength=len(self.buyers.names))
        return number.astype(np.float64)  # of no rows, NumPy counts in integers

    def order_rates(self, counted: Flags) -> Floats:
        """How many of the counted claims there are for each order such as this one, shape (orders,)."""
        number = len(self._cells.names)
        of = np.maximum(np.bincount(self._cells.orders, minlength=number), 1)
        rate = np.bincount(self._cells.claims[counted], minlength=number) / of
        return np.asarray(rate[self._cells.orders], dtype=np.float64)

    def spread(self, *claim_types: str) -> float:
        """How honest buyers differ in claims of these types: the gamma's shape, fitted to those found legitimate.

        Where fewer than a hundred were, it is fitted to all but the hundredth of buyers with the most: less is found.
        """
        sort = self.says("claim_type", *claim_types) & (self.buyers.claims >= 0) & (self.order_of >= 0)
        honest = sort & self.cleared
        if honest.sum() >= LEAST_CLEARED:
            return fit_shape(self.per_buyer(honest), self.expected(honest))
        counts, expected = self.per_buyer(sort), self.expected(sort)
        most = np.argsort(expected - counts, kind="stable")[: -(-len(counts) // 100)]
        return fit_shape(np.delete(counts, most), np.delete(expected, most))

    def rows_of_buyer(self, code: int) -> tuple[Ints, Ints]:
        """The rows of a buyer's orders and of its claims."""
        (orders, order_row), (claims, claim_row) = self._by_buyer
        begin, end = np.searchsorted(orders, [code, code + 1])
        first, last = np.searchsorted(claims, [code, code + 1])
        return order_row[begin:end], claim_row[first:last]

    @cached_property
    def _by_buyer(self) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """The codes of buyers in their order and the rows that they stand in, of orders and of claims."""
        rows = (np.argsort(codes, kind="stable") for codes in (self.buyers.orders, self.buyers.claims))
        of_orders, of_claims = rows
        return (self.buyers.orders[of_orders], of_orders), (self.buyers.claims[of_claims], of_claims)

    def per_buyer(self, claims: Flags) -> Ints:
        """How many of these claims each buyer has, shape (buyers,)."""
        buyer = self.buyers.claims[claims]
        return np.bincount(buyer[buyer >= 0], minlength=len(self.buyers.names)).astype(np.int64)

    def _by_cell(self) -> Codes:
        """Categories, each in two: cheap goods and others."""
        category = self.codes("category_id")
        orders = 2 * (category.orders + 1) + (self.order_amount <= self.cheap_minor)
        claims = 2 * (category.claims + 1) + (self.claim_order_amount <= self.cheap_minor)
        return Codes([""] * (2 * (len(category.names) + 1)), orders, claims)

    def _claimed_order_amount(self) -> Ints:
        said = times(self.record.claims, "order_amount_minor")
        if not len(self.order_amount):
            return said
        ordered = np.where(self.order_of >= 0, self.order_amount[self.order_of], NONE)
        return np.where(said >= 0, said, ordered)


def rows_of(codes: Ints, wanted: Sequence[int] | Ints) -> Ints:
    """The rows whose code is among some."""
    return np.flatnonzero(np.isin(codes, np.asarray(wanted, dtype=np.int64)))
