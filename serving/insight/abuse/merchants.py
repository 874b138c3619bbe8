"""A few buyers who claim against one merchant again and again, and get it each time, at the platform's expense.

A failing merchant has many buyers with one claim each. What tells collusion apart is that the same ones come back: the
number beyond each buyer's first claim against a merchant is compared with what their orders there would bring.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.abuse.chances import unlikely
from serving.insight.abuse.columns import Columns, Flags
from serving.insight.abuse.finding import Finding, Strength, make_finding
from serving.insight.record import times
from serving.insight.tails import tail

LEAST_AGAIN: Final = 3  # claims beyond the first ones of their buyers
LEAST_LOST: Final = 1  # advances that never came back


def find_collusion(columns: Columns) -> Iterator[Finding]:
    """Merchants who agree to refund-only claims of the same buyers again and again, and pay no advance back."""
    agreed = columns.says("claim_type", "refund_only") & columns.says("merchant_response", "agreed")
    counted = agreed & columns.comparable & (columns.merchants.claims >= 0)
    lost = _lost(columns)
    shop, counts, expected = _pairs(columns, counted)
    shape = columns.spread("refund_only")
    shops = len(columns.merchants.names)
    again = np.bincount(shop, weights=np.maximum(counts - 1, 0), minlength=shops).astype(np.int64)
    usual = np.bincount(shop, weights=_expected_again(expected, shape), minlength=shops)
    several = np.flatnonzero(again >= LEAST_AGAIN)
    # those of one buyer come together, which the gamma's shape allows for as it does for buyers
    chances = np.array([tail(int(again[each]), float(usual[each]), shape) for each in several])
    tested = int((usual > 0).sum())
    for place in unlikely(chances, tested):
        at = counted & (columns.merchants.claims == several[place])
        returning = np.flatnonzero(columns.per_buyer(at) > 1)
        rows = np.flatnonzero(at & np.isin(columns.buyers.claims, returning))
        if lost[rows].sum() >= LEAST_LOST:
            strength = Strength(float(usual[several[place]]) + len(returning), float(chances[place]), tested)
            merchant = int(several[place])
            yield make_finding(columns, "collusion", returning.tolist(), rows, strength, merchant=merchant)


def _lost(columns: Columns) -> Flags:
    """Advances of which the merchant gave back a tenth at most."""
    advanced = times(columns.record.claims, "advanced_minor")
    recovered = np.maximum(times(columns.record.claims, "recovered_minor"), 0)
    lost: Flags = (advanced > 0) & (recovered * 10 <= advanced)
    return lost


def _pairs(columns: Columns, counted: Flags) -> tuple[Ints, Ints, Floats]:
    """For each buyer and merchant with an order or a claim: the merchant, the counted claims, and those expected."""
    rate = columns.order_rates(counted)
    buyers = len(columns.buyers.names) + 1
    ordered = columns.merchants.orders * buyers + columns.buyers.orders + 1
    claimed = columns.merchants.claims[counted] * buyers + columns.buyers.claims[counted] + 1
    usable = (columns.merchants.orders >= 0) & (columns.buyers.orders >= 0)
    pairs = np.unique(np.concatenate([ordered[usable], claimed]))
    expected = np.bincount(np.searchsorted(pairs, ordered[usable]), weights=rate[usable], minlength=len(pairs))
    counts = np.bincount(np.searchsorted(pairs, claimed), minlength=len(pairs)).astype(np.int64)
    return (pairs // buyers).astype(np.int64), counts, expected.astype(np.float64)


def _expected_again(mean: Floats, shape: float) -> Floats:
    """How many claims beyond the first are expected of each pair: the mean less the chance of any."""
    none = np.exp(-mean) if np.isinf(shape) else (shape / (shape + mean)) ** shape
    return np.asarray(np.maximum(mean - 1.0 + none, 0.0), dtype=np.float64)
