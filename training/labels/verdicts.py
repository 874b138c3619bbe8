"""Labels from adjudications: what people found, and what silence is taken to mean."""

from __future__ import annotations

import numpy as np

from features.arrays import Ints
from features.definition.window import MS_PER_DAY
from features.event_table import EventTable, code_of
from features.events import EventKind
from training.labels.labels import Labels, blank_labels


def verdict_labels(
    events: EventTable, claim_rows: Ints, known_by_ms: int, maturity_days: float | None = None
) -> Labels:
    """Label claims by their latest verdict `legitimate` or `abusive` known before `known_by_ms`.

    With `maturity_days`, a claim on which nobody has ruled by then counts as clean once it is that old, and that label
    became known when it turned that old. This is an assumption: it holds as far as abuse comes to light by itself
    within that time, and where claims are approved without a look it makes abuse seem rarer than it is. Without it,
    such a claim teaches nothing, and what is learned holds for claims like those that somebody rules on. Labels that
    weigh audited claims by their propensity need neither assumption; until there are any, choose with care.

    A verdict `undetermined` is no label, nor silence: a claim that has no other stays unknown. Of two verdicts known
    at the same moment the later row counts.

    Args:
        events: all events; what is known at or after `known_by_ms` plays no part.
        claim_rows: the `claim_filed` rows to label, shape (n,).
        known_by_ms: when the labels are drawn.
        maturity_days: how long silence must last to count as clean; None if it never does.

    Raises:
        ValueError: if a row is no `claim_filed` event.
    """
    labels = blank_labels(events, claim_rows, "verdict" if maturity_days is None else "verdict_or_silence")
    claims = events["claim_id"][claim_rows]
    rulings = events.rows_of(EventKind.CLAIM_ADJUDICATED)
    rulings = rulings[events["known_at_ms"][rulings] < known_by_ms]

    if maturity_days is not None:
        matures_at_ms = events["known_at_ms"][claim_rows] + round(maturity_days * MS_PER_DAY)
        clean = (matures_at_ms <= known_by_ms) & ~np.isin(claims, events["claim_id"][rulings])
        labels.abusive[clean] = 0
        labels.known_at_ms[clean] = matures_at_ms[clean]

    found = rulings[events["verdict"][rulings] != code_of("verdict", "undetermined")]
    latest = _latest(events, found, claims)
    ruled = latest >= 0
    labels.abusive[ruled] = events["verdict"][latest[ruled]] == code_of("verdict", "abusive")
    labels.known_at_ms[ruled] = events["known_at_ms"][latest[ruled]]
    return labels


def _latest(events: EventTable, rows: Ints, claims: Ints) -> Ints:
    """For each claim, the row among `rows` about it that was known last; -1 if there is none."""
    if len(rows) == 0:
        return np.full(len(claims), -1)
    order = rows[np.lexsort((events["known_at_ms"][rows], events["claim_id"][rows]))]
    after = np.searchsorted(events["claim_id"][order], claims, side="right")
    last = order[np.maximum(after - 1, 0)]
    return np.where((after > 0) & (events["claim_id"][last] == claims), last, -1)
