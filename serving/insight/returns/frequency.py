"""How often buyers claim."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints
from serving.insight.returns.chance import share
from serving.insight.returns.columns import Flags, Seen, Words, counted, summed
from serving.insight.returns.figures import Frequency

_MOST: Final = 5  # claims; more are told together
_FEW_BUYERS: Final = 0.01


def frequency(seen: Seen) -> Frequency:
    """How claims spread over buyers and orders."""
    claims = claims_per_buyer(seen)
    named = int(claims.sum())
    repeated = claims > 1
    few = math.ceil(len(claims) * _FEW_BUYERS)
    none, one, two, three, four, more = np.bincount(np.minimum(claims, _MOST), minlength=_MOST + 1).tolist()
    return Frequency(
        buyers=len(claims),
        by_claims=(none, one, two, three, four, more),
        claims_per_buyer=named / len(claims) if len(claims) else None,
        repeated=share(int(repeated.sum()), int((claims > 0).sum())),
        claims_of_repeated=share(int(claims[repeated].sum()), named),
        most_share=share(int(np.sort(claims)[::-1][:few].sum()), named),
    )


def claims_per_buyer(seen: Seen) -> Ints:
    """How many claims each buyer has in the period, shape (buyers,)."""
    of_claim, _, told = _buyers(seen)
    return counted(of_claim, len(told))[told]


def of_buyers(seen: Seen, rates: Floats) -> tuple[Ints, Floats, Ints]:
    """How many claims each buyer has, how many their orders make one expect, and what was refunded to them.

    Args:
        seen: claims and orders.
        rates: how many claims each order makes one expect, shape (orders,).
    """
    of_claim, of_order, told = _buyers(seen)
    expected = np.asarray(np.bincount(of_order, weights=rates, minlength=len(told)), dtype=np.float64)
    return (
        counted(of_claim, len(told))[told],
        expected[told],
        summed(of_claim, seen.refunded_minor, len(told))[told],
    )


def _buyers(seen: Seen) -> tuple[Ints, Ints, Flags]:
    """The place of each claim's and order's buyer among all, and which of these places have a name."""
    names = pa.chunked_array([*seen.claims["buyer_id"].chunks, *seen.orders["buyer_id"].chunks], pa.string())
    words = Words.of(names)
    told = np.array([name != "" for name in words.names], dtype=np.bool_)
    return words.code[: len(seen.claims)], words.code[len(seen.claims) :], told


def expected_with(claims: int, rates: Floats) -> float:
    """How many buyers would have so many claims or more if each claimed by dice alone at a rate of their own: Poisson.

    >>> round(expected_with(1, np.array([1.0, 2.0])), 3)
    1.497
    """
    terms = np.exp(-rates)
    fewer = np.zeros_like(rates)
    for number in range(claims):
        fewer = fewer + terms
        terms = terms * rates / (number + 1)
    return float((1 - fewer).sum())
