"""The advances that may teach, as known at one moment: what came back of each.

An example is a claim whose first decision was `pre_payment_compensation` of some money, with the feature vector of the
moment at which it was filed, and as target the share of the advance that came back, from 0 to 1. Left out are

- advances too young to tell (`training.recovery.settling`): those of them that are settled already were settled early,
  and what comes early is money;
- claims found abusive by then: the probability is wanted for honest claims, and merchants pay less for lies. Claims
  that nobody ruled on stay in. To weight them by 1 - abuse probability moved the mean by a hundredth in simulated
  worlds, and did the log loss against the truth no good.

An advance that is old enough and still open counts as lost: nothing has come back when practically all has that does.
How many these are is told, since a platform that doesn't report its write-offs would have many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.event_table import EventTable, code_of
from features.events import EventKind
from training.labels.adjudications import adjudications
from training.labels.decisions import first_decisions
from training.labels.reliability import estimate_reliability
from training.labels.verdicts import verdict_labels
from training.recovery.settling import Settling, settling_days
from training.stored.vectors import Vectors, select


@dataclass(frozen=True, slots=True)
class Examples:
    """n advances by time of filing, and how they were chosen. Nothing in it depends on what was known later.

    Attributes:
        vectors: of the claims, shape (n, columns).
        as_of_ms: when each claim was filed, shape (n,).
        recovered_share: of each advance, 0 to 1, shape (n,).
        known_by_ms: the moment.
        settling: how old an advance must be.
        advances: how many had been made by then.
        too_young: of these, how many were left out for their age.
        found_abusive: of the others, how many were left out since a verdict found their claim abusive.
        still_open: how many of the examples count as lost because nothing was reported of them.
    """

    vectors: Vectors
    as_of_ms: Ints
    recovered_share: Floats
    known_by_ms: int
    settling: Settling
    advances: int
    too_young: int
    found_abusive: int
    still_open: int

    def __len__(self) -> int:
        return len(self.recovered_share)

    @property
    def came_back(self) -> float:
        """The mean share that came back, NaN of none."""
        return float(self.recovered_share.mean()) if len(self) else float("nan")

    @property
    def open_share(self) -> float:
        """Of the examples, the share of which nothing was reported."""
        return self.still_open / max(len(self), 1)

    def since(self, from_ms: int) -> Examples:
        """Those filed at a moment or later; the counts of what was left out stay as they are."""
        later = self.as_of_ms >= from_ms
        return replace(
            self,
            vectors=select(self.vectors, np.flatnonzero(later)),
            as_of_ms=self.as_of_ms[later],
            recovered_share=self.recovered_share[later],
        )


def draw_examples(events: EventTable, claim_rows: Ints, vectors: Vectors, known_by_ms: int) -> Examples:
    """The advances on some claims that may teach at a moment.

    Args:
        events: all events; what is known at or after `known_by_ms` plays no part.
        claim_rows: `claim_filed` rows of n claims, by time of filing.
        vectors: their feature vectors, shape (n, columns).
        known_by_ms: the moment.

    Raises:
        ValueError: if a row is no `claim_filed` event.
    """
    decided = first_decisions(events, claim_rows, known_by_ms)
    paid_first = events["action"][decided] == code_of("action", "pre_payment_compensation")
    made = np.flatnonzero((decided >= 0) & paid_first & (events["amount_minor"][decided] > 0))
    age_ms = known_by_ms - events["known_at_ms"][decided[made]]
    settled = _settlements(events, events["claim_id"][claim_rows[made]], known_by_ms)
    delay_ms = np.clip(settled.last_ms - events["known_at_ms"][decided[made]], 0, None)
    seen = settled.any
    settling = settling_days(delay_ms[seen], age_ms[seen], settled.share[seen] == 1)
    old = age_ms >= settling.days * MS_PER_DAY
    abusive = _found_abusive(events, claim_rows, known_by_ms)[made]
    chosen = old & ~abusive
    claim = made[chosen]
    return Examples(
        vectors=select(vectors, claim),
        as_of_ms=events["known_at_ms"][claim_rows[claim]],
        recovered_share=settled.share[chosen],
        known_by_ms=known_by_ms,
        settling=settling,
        advances=len(made),
        too_young=int((~old).sum()),
        found_abusive=int((old & abusive).sum()),
        still_open=int((chosen & ~seen).sum()),
    )


@dataclass(frozen=True, slots=True)
class _Settlements:
    """Of n advances: whether any settlement is known, when the last one was, and the share that came back so far."""

    any: npt.NDArray[np.bool_]
    last_ms: Ints
    share: Floats


def _settlements(events: EventTable, claims: Ints, known_by_ms: int) -> _Settlements:
    """Several settlements of one advance add up, as they do in the catalogue's shares."""
    rows = events.rows_of(EventKind.ADVANCE_SETTLED)
    rows = rows[(events["known_at_ms"][rows] < known_by_ms) & (events["amount_minor"][rows] > 0)]
    rows = rows[np.isin(events["claim_id"][rows], claims)]
    order = np.argsort(claims, kind="stable")
    about = order[np.searchsorted(claims[order], events["claim_id"][rows])] if len(rows) else rows
    count, advanced, recovered, last_ms = (np.zeros(len(claims), dtype=np.int64) for _ in range(4))
    np.add.at(count, about, 1)
    np.add.at(advanced, about, events["amount_minor"][rows])
    np.add.at(recovered, about, events["recovered_minor"][rows])
    np.maximum.at(last_ms, about, events["known_at_ms"][rows])
    share = np.clip(recovered / np.maximum(advanced, 1), 0.0, 1.0)
    return _Settlements(count > 0, last_ms, share)


def _found_abusive(events: EventTable, claim_rows: Ints, known_by_ms: int) -> npt.NDArray[np.bool_]:
    rulings = adjudications(events, claim_rows, known_by_ms)
    return np.equal(verdict_labels(rulings, estimate_reliability(rulings)).abusive, 1)
