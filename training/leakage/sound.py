"""Claims that are there twice, periods out of order, weights that are no numbers, and labels from the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from features.arrays import Ints
from features.event_table import EventTable
from training.dataset import Dataset, Period
from training.labels.adjudications import adjudications
from training.labels.drawing import Drawn

SILENCE = "verdict_or_silence"


def find_unsound(dataset: Dataset, events: EventTable) -> list[str]:
    """What makes a dataset's figures meaningless whatever its features are: a line each.

    Args:
        dataset: periods that lead back to their claims by `rows`.
        events: the events that it was cut from.
    """
    numbers = [line for period in dataset.periods for line in _numbers(period)]
    if numbers:
        return numbers
    lines = [line for period in dataset.periods if (line := _moments(period, events)) is not None]
    return [*lines, *_repeats(dataset, events), *_order(dataset), *_labels(dataset, events)]


def claim_name(events: EventTable, row: int) -> str:
    """The id of the claim that was filed in a row."""
    return str(events.ids["claim_id"][int(events["claim_id"][row])].as_py())


def rows_of(period: Period) -> Ints:
    """The rows of a period's claims among the events.

    Raises:
        ValueError: if the period doesn't say.
    """
    if period.rows is None:
        raise ValueError(f"the {period.name} period has no rows that lead back to events; build the dataset from them")
    return period.rows


def _numbers(period: Period) -> Iterator[str]:
    count = len(period.abusive)
    shaped = {"vectors": len(period.vectors), "weights": len(period.weights), "as_of_ms": len(period.as_of_ms)}
    for name, length in {**shaped, "rows": len(rows_of(period))}.items():
        if length != count:
            yield f"period {period.name}: {length:,} {name} for {count:,} labels; build the dataset again"
    wrong = int((~np.isin(period.abusive, (0, 1))).sum())
    if wrong:
        yield f"period {period.name}: {wrong:,} labels are neither 0 nor 1; leave out claims without a label"
    for name, values in (("weights", period.weights), ("label_weights", period.label_weights)):
        bad = 0 if values is None else int((~(np.isfinite(values) & (values > 0))).sum())
        if bad:
            yield f"period {period.name}: {bad:,} {name} are no finite numbers above 0; weigh its labels again"


def _moments(period: Period, events: EventTable) -> str | None:
    """A vector is as of its claim's own moment, and of no other."""
    rows = rows_of(period)
    off = np.flatnonzero(events["known_at_ms"][rows] != period.as_of_ms)
    if len(off) == 0:
        return None
    first = off[0]
    return (
        f"period {period.name}: {len(off):,} claims are as of another moment than the one at which they became known, "
        f"such as claim {claim_name(events, rows[first])}, {_moment(period.as_of_ms[first])} instead of "
        f"{_moment(events['known_at_ms'][rows[first]])}; make their vectors again"
    )


def _repeats(dataset: Dataset, events: EventTable) -> Iterator[str]:
    rows = np.concatenate([rows_of(period) for period in dataset.periods])
    where = np.repeat(np.arange(3), [len(period) for period in dataset.periods])
    claims = events["claim_id"][rows]
    order = np.argsort(claims, kind="stable")
    again = np.flatnonzero(claims[order][1:] == claims[order][:-1])
    pairs = np.stack([where[order][again], where[order][again + 1]], axis=1)
    for one, other in np.unique(pairs, axis=0).tolist():
        own = again[(pairs == (one, other)).all(axis=1)]
        names = dataset.periods[one].name, dataset.periods[other].name
        place = f"in {names[0]} and in {names[1]}" if one != other else f"more than once in {names[0]}"
        claim = claim_name(events, rows[order][own[0]])
        yield f"{len(own):,} claims are {place}, such as claim {claim}; keep each claim once"


def _order(dataset: Dataset) -> Iterator[str]:
    drawn_ms, end_ms = dataset.label_drawn_at_ms
    for earlier, later in zip(dataset.periods, dataset.periods[1:], strict=False):
        if earlier.as_of_ms.max() >= later.as_of_ms.min():
            yield (
                f"period {earlier.name} reaches to {_moment(earlier.as_of_ms.max())}, and {later.name} begins at "
                f"{_moment(later.as_of_ms.min())}; split by time"
            )
    if drawn_ms > dataset.test.as_of_ms.min() or end_ms <= dataset.test.as_of_ms.max():
        yield (
            f"labels were drawn at {_moment(drawn_ms)} and {_moment(end_ms)}, but the test lasts from "
            f"{_moment(dataset.test.as_of_ms.min())} to {_moment(dataset.test.as_of_ms.max())}; draw the former's "
            "before it and its own after it"
        )


def _labels(dataset: Dataset, events: EventTable) -> Iterator[str]:
    if dataset.labelling is None:
        return
    drawn = (dataset.labelling.development, dataset.labelling.development, dataset.labelling.final)
    moments = (dataset.label_drawn_at_ms[0], *dataset.label_drawn_at_ms)
    for period, own, by_ms in zip(dataset.periods, drawn, moments, strict=True):
        if (line := _known_later(period, own, by_ms)) is not None:
            yield line
        if (line := _ruled_later(period, own, by_ms, events)) is not None:
            yield line


def _known_later(period: Period, drawn: Drawn, by_ms: int) -> str | None:
    """Silence counts from the very moment at which it has lasted; all else must have been known before."""
    known_ms = drawn.labels.known_at_ms[drawn.labels.is_known]
    late = int((known_ms > by_ms).sum() if drawn.labels.kind == SILENCE else (known_ms >= by_ms).sum())
    if not late:
        return None
    return (
        f"period {period.name}: {late:,} labels became known at {_moment(by_ms)} or later, when they had been drawn "
        "already; draw labels from what was known before"
    )


def _ruled_later(period: Period, drawn: Drawn, by_ms: int, events: EventTable) -> str | None:
    """Each label that comes from verdicts has one that was known in time."""
    if drawn.ledger is None or drawn.labels.kind == SILENCE:
        return None
    rows = np.unique(rows_of(period))
    ruled = np.zeros(len(rows), dtype=np.bool_)
    ruled[adjudications(events, rows, by_ms).claim] = True
    missing = np.flatnonzero(~ruled)
    if len(missing) == 0:
        return None
    claim = claim_name(events, rows[missing[0]])
    return (
        f"period {period.name}: nobody had ruled on {len(missing):,} claims by {_moment(by_ms)}, when they were "
        f"labelled, such as claim {claim}; draw labels from what was known before"
    )


def _moment(moment_ms: int) -> str:
    return datetime.fromtimestamp(int(moment_ms) / 1000, UTC).strftime("%Y-%m-%d %H:%M")
