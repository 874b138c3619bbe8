"""The claims and orders of a period as arrays, each with its local day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from serving.insight.record import Record, times
from serving.insight.returns.days import Days
from serving.insight.returns.ledger import Ledger, no_ledger
from serving.policy import Policy

Flags = npt.NDArray[np.bool_]
PAYS: Final = ("refund_only", "return_refund")  # claims of other types ask for goods or work, and give no money back


@dataclass(frozen=True, slots=True)
class Words:
    """Words of n rows: the different ones, and the place of each row's among them, shape (n,); "" where nobody told."""

    names: tuple[str, ...]
    code: Ints

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Words:
        """The words of a column."""
        told = pc.fill_null(column.combine_chunks(), "").dictionary_encode()
        return cls(tuple(told.dictionary.to_pylist()), np.asarray(told.indices, dtype=np.int64))

    def are(self, *words: str) -> Flags:
        """Which rows have one of these words, shape (n,)."""
        return np.asarray(np.isin(self.code, [at for at, name in enumerate(self.names) if name in words]))


@dataclass(frozen=True)
class Seen:
    """What is looked at: n claims filed and m orders paid in [from_ms, until_ms).

    Attributes:
        known_until_ms: the record's end, as of which all is told.
        days: of the period.
        claims, orders: their rows of the record.
        told: what the ledger tells of each claim, n rows.
        claim_day, order_day: the place of each one's day, shapes (n,) and (m,).
        order_claims: how many claims each of the orders has so far, whenever they were filed, shape (m,).
    """

    from_ms: int
    until_ms: int
    known_until_ms: int
    policy: Policy
    days: Days
    claims: pa.Table
    orders: pa.Table
    told: pa.Table
    claim_day: Ints
    order_day: Ints
    order_claims: Ints

    @cached_property
    def category(self) -> Words:
        """Of the claims."""
        return Words.of(self.claims["category_id"])

    @cached_property
    def order_category(self) -> Words:
        """Of the orders."""
        return Words.of(self.orders["category_id"])

    @cached_property
    def type(self) -> Words:
        """Of the claims."""
        return Words.of(self.claims["claim_type"])

    @cached_property
    def reason(self) -> Words:
        """Of the claims, as stated."""
        return Words.of(self.claims["claim_reason"])

    @cached_property
    def action(self) -> Words:
        """What was decided on the claims, "" where nothing was."""
        return Words.of(self.claims["action"])

    @cached_property
    def asked_minor(self) -> Ints:
        """What the claims ask for, shape (n,)."""
        return amounts(self.claims["amount_minor"])

    @cached_property
    def refunded_minor(self) -> Ints:
        """What buyers got for the claims so far, shape (n,).

        A released ruling says it; else what the decision says was paid; else the whole of a reviewed claim that a
        person found legitimate.
        """
        paid = amounts(self.claims["refunded_minor"])
        found = Words.of(self.claims["verdict"]).are("legitimate")
        by_person = Words.of(self.claims["verdict_source"]).are("reviewer", "appeal", "platform")
        granted = self.action.are("manual_review") & found & by_person & self.type.are(*PAYS) & (paid == 0)
        ruled = times(self.told, "ruled_refund_minor")
        return np.where(ruled >= 0, ruled, np.where(granted, self.asked_minor, paid))


def amounts(column: pa.ChunkedArray) -> Ints:
    """Money as int64, 0 where nobody told."""
    return np.asarray(pc.fill_null(column, 0).combine_chunks(), dtype=np.int64)


def look_at(
    record: Record,
    policy: Policy,
    from_ms: int | None = None,
    until_ms: int | None = None,
    ledger: Ledger | None = None,
) -> Seen:
    """The claims and orders of a period; by default, of all the record."""
    from_ms = record.from_ms if from_ms is None else from_ms
    until_ms = record.until_ms if until_ms is None else until_ms
    days = Days.of(from_ms, until_ms, policy.zone)
    claims, claimed_at = _within(record.claims, "filed_at_ms", from_ms, until_ms)
    orders, paid_at = _within(record.orders, "paid_at_ms", from_ms, until_ms)
    return Seen(
        from_ms=from_ms,
        until_ms=until_ms,
        known_until_ms=record.until_ms,
        policy=policy,
        days=days,
        claims=claims,
        orders=orders,
        told=(ledger or no_ledger()).of(claims["claim_id"]),
        claim_day=days.number(claimed_at),
        order_day=days.number(paid_at),
        order_claims=_claims_of(orders["order_id"], record.claims["order_id"]),
    )


def _within(table: pa.Table, name: str, from_ms: int, until_ms: int) -> tuple[pa.Table, Ints]:
    at_ms = times(table, name)
    inside = (at_ms >= from_ms) & (at_ms < until_ms)
    return table.filter(pa.array(inside)), at_ms[inside]


def _claims_of(orders: pa.ChunkedArray, claimed: pa.ChunkedArray) -> Ints:
    """How often each order stands among those claimed."""
    known = orders.combine_chunks()
    place = pc.index_in(claimed.combine_chunks(), known, skip_nulls=True).drop_null()
    return np.bincount(np.asarray(place, dtype=np.int64), minlength=len(known)).astype(np.int64)


def counted(code: Ints, number: int, rows: Flags | None = None) -> Ints:
    """How many rows have each code, shape (number,); of some rows alone where flags are given."""
    chosen: Sequence[int] | Ints = code if rows is None else code[rows]
    return np.bincount(chosen, minlength=number).astype(np.int64)


def summed(code: Ints, values: Ints, number: int) -> Ints:
    """The sum of the values of each code, exactly, shape (number,)."""
    total = np.zeros(number, dtype=np.int64)
    np.add.at(total, code, values)
    return total
