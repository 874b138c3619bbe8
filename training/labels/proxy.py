"""A stand-in label for files without verdicts: did the buyer go on to have unusually much refunded?

It says nothing about intent, and is called a proxy wherever it appears. It is the rule of thumb by which one large
platform lets apparel merchants block buyers: a refund rate over 90 days of more than three times the average.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np
import numpy.typing as npt

from features.arrays import Ints
from features.definition.window import MS_PER_DAY
from features.event_table import EventTable
from features.events import EventKind
from training.labels.labels import Labels, blank_labels, refuse_other_rows


def high_refund_labels(
    events: EventTable, claim_rows: Ints, known_by_ms: int, horizon_days: float = 90, multiple: float = 3.0
) -> Labels:
    """Label claims whose buyer's refunded share of spend, over the days after the claim, exceeds `multiple` averages.

    The label's window is `(as_of, as_of + horizon]` over `known_at_ms`, where `as_of` is the moment the claim became
    known. Features look at `[.., as_of)`, so the two can't overlap, and a refund granted at the moment of the claim
    itself is in neither. Where decisions come later than claims, the claim's own refund does fall into the window.

    The average is all money refunded over all money spent, by buyers with an id, known before `known_by_ms`: one
    figure for all labels drawn together. It looks past a claim's own window, but never past the moment at which the
    labels are drawn, and so nothing leaks from after it. A share per 90 days would ask how to average buyers who spent
    nothing; totals need no such choice and give a buyer weight by spend.

    Refunds without any spend exceed every average; no refunds exceed none. The comparison is exact, in integers.
    A label is known at `as_of + horizon`, and unknown as long as that is not before `known_by_ms`, or without a buyer.

    Args:
        events: all events; what is known at or after `known_by_ms` plays no part.
        claim_rows: the `claim_filed` rows to label, shape (n,).
        known_by_ms: when the labels are drawn.
        horizon_days: how far the window reaches.
        multiple: how many averages are too much.

    Raises:
        ValueError: if a row is no `claim_filed` event.
    """
    refuse_other_rows(events, claim_rows)
    labels = blank_labels(len(claim_rows), "high_refund_proxy")
    refunds = _Totals.of(events, EventKind.CLAIM_DECIDED, known_by_ms)
    spends = _Totals.of(events, EventKind.ORDER_PAID, known_by_ms)
    as_of_ms, buyer = events["known_at_ms"][claim_rows], events["buyer_id"][claim_rows]
    until_ms = as_of_ms + round(horizon_days * MS_PER_DAY)

    known = (until_ms < known_by_ms) & (buyer >= 0)
    refunded = refunds.between(buyer[known], as_of_ms[known], until_ms[known])
    spent = spends.between(buyer[known], as_of_ms[known], until_ms[known])
    labels.abusive[known] = _exceeds(refunded, spent, Fraction(multiple) * refunds.overall, spends.overall)
    labels.known_at_ms[known] = until_ms[known]
    return labels


def _exceeds(refunded: Ints, spent: Ints, refund_limit: Fraction, spend: int) -> npt.NDArray[np.bool_]:
    """Whether refunded / spent > refund_limit / spend, multiplied out: Python's integers have no upper end."""
    ours = refunded.astype(object) * (max(spend, 1) * refund_limit.denominator)
    return np.asarray(ours > spent.astype(object) * refund_limit.numerator, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Totals:
    """Running totals of money per buyer, after each event: a window is a difference of two of them.

    A moment is written as its rank among all moments, so that buyer and moment fit into one sorted int64 key.
    """

    moments_ms: Ints  # ascending, each once
    keys: Ints  # of each event, ascending
    totals: Ints  # before each event, over all events in the order of the keys, and at last the sum of all
    overall: int

    @classmethod
    def of(cls, events: EventTable, kind: EventKind, known_by_ms: int) -> Self:
        """Total the amounts of a kind of event that buyers with an id had before `known_by_ms`."""
        rows = events.rows_of(kind)
        rows = rows[(events["known_at_ms"][rows] < known_by_ms) & (events["buyer_id"][rows] >= 0)]
        moments_ms, rank = np.unique(events["known_at_ms"][rows], return_inverse=True)
        keys = events["buyer_id"][rows] * (len(moments_ms) + 1) + rank
        order = np.argsort(keys, kind="stable")
        totals = np.concatenate([[0], np.cumsum(events["amount_minor"][rows][order])]).astype(np.int64)
        return cls(moments_ms, keys[order], totals, int(totals[-1]))

    def between(self, buyer: Ints, after_ms: Ints, until_ms: Ints) -> Ints:
        """The sum over `(after_ms, until_ms]` for each buyer, in minor units."""
        return self._through(buyer, until_ms) - self._through(buyer, after_ms)

    def _through(self, buyer: Ints, moment_ms: Ints) -> Ints:
        rank = np.searchsorted(self.moments_ms, moment_ms, side="right")
        return self.totals[np.searchsorted(self.keys, buyer * (len(self.moments_ms) + 1) + rank, side="left")]
