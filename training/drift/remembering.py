"""Makes the reference that a training leaves in its bundle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import EventTable
from serving.text.reader import TextReader
from training.dataset import Dataset, Gathered
from training.drift.bins import cut_bins
from training.drift.outcomes import outcome_figures
from training.drift.pace import delays_of, weeks_of
from training.drift.reference import Reference, Spread
from training.drift.stability import count
from training.stored.vectors import Vectors
from training.text.appended import read_texts

ALIKE: Final = ("buyer_id", "merchant_id", "category_id")  # claims that share one of them are
MOST_CLAIMS: Final = 20_000  # more would tell bins no better, and take time


def make_reference(
    gathered: Gathered,
    dataset: Dataset,
    reader: TextReader | None,
    probabilities_of: Callable[[Vectors], Floats],
) -> Reference:
    """Count the claims from the test's first on, labelled or not; of very many, every so-manieth.

    Args:
        gathered: what the dataset was cut from.
        dataset: of the fold whose model is in the bundle.
        reader: of texts, if the model takes what they say.
        probabilities_of: the model's calibrated probabilities of vectors, shape (n, columns), text columns included.
    """
    spine, test = gathered.spine, dataset.test
    from_ms, to_ms = int(test.as_of_ms[0]), gathered.end_ms
    since = np.flatnonzero(spine.as_of_ms >= from_ms)
    chosen = since[evenly(len(since))]
    rows, vectors = spine.rows[chosen], gathered.vectors[chosen]
    if reader is not None:
        vectors = np.concatenate([vectors, read_texts(gathered.texts.take(chosen), lambda _: reader)], axis=1)
    groups = groupings(gathered.table, rows)
    ledger = None if dataset.labelling is None else dataset.labelling.final.ledger
    buyers = test.as_of_ms if test.buyers is None else test.buyers
    return Reference(
        from_ms=from_ms,
        to_ms=to_ms,
        claims=len(since),
        columns=_spreads(dataset.columns, vectors, groups),
        probability=_spread(probabilities_of(vectors), groups),
        weeks=weeks_of(gathered.table, spine.rows[since], to_ms),
        delays=None if ledger is None else delays_of(ledger.maturity.everything),
        outcomes=outcome_figures(test.abusive, probabilities_of(test.vectors), test.weights, buyers),
    )


def evenly(number: int) -> Ints:
    """Positions of at most `MOST_CLAIMS` claims among so many, by even steps."""
    return np.linspace(0, max(number - 1, 0), min(number, MOST_CLAIMS)).round().astype(np.int64)


def groupings(events: EventTable, rows: Ints) -> tuple[Ints, ...]:
    """What makes claims alike: codes of buyers, merchants and categories, for `training.drift.stability.count`."""
    return tuple(np.unique(events[name][rows], return_inverse=True)[1].astype(np.int64) for name in ALIKE)


def _spreads(names: Sequence[str], vectors: Floats, groups: tuple[Ints, ...]) -> dict[str, Spread]:
    return {name: _spread(vectors[:, index], groups) for index, name in enumerate(names)}


def _spread(values: Floats, groups: tuple[Ints, ...]) -> Spread:
    bins = cut_bins(values)
    return Spread(bins, count(bins.of(values), bins.number, groups))
