"""Claims with features and labels, split by time so that nothing is learned from the future.

    |------- train -------|-- calibration --|~~~ gap ~~~|------ test ------|~~~ gap ~~~|
                                                        ^ labels of the first two       ^ labels of the test
                                                          are drawn here                  are drawn here

The gap is the time that a label takes to be known. Without it, the last claims before the test would be those whose
verdicts happened to come early, and they are not like the others.

Claims that few looked at count for those that nobody did, by the inverse of their chance of a label
(`training.labels.propensity`). Where reviewers were measured, labels to learn from count by them as well
(`training.labels.measured`); those of the test don't, so that it asks the same of every training.

Claims that one buyer files at one moment are one filing: one decision of the buyer, in several lines. Each filing
weighs 1, shared among its claims, in fitting and in figures; else a few large filings would drown all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.event_table import EventTable
from features.plan import Plan
from features.progress import Progress
from training.dataset.config import LABELS, PROXY, DatasetError, SplitConfig
from training.dataset.gathering import Gathered, gather
from training.dataset.period import Dataset, Period
from training.labels import high_refund_labels
from training.labels.drawing import Drawn, Labelling, draw_labels, find_gap
from training.labels.maturity import LONGEST_DAYS
from training.labels.measured import MeasuredReviewers, label_worth
from training.labels.propensity import Weights
from training.recovery.advances import draw_advances
from training.stored.vectors import select

LEAST_OF_EACH: Final = 20  # labels of either kind that a period needs before a figure about it means anything


def build_dataset(events: pa.Table, plan: Plan, config: SplitConfig, progress: Progress | None = None) -> Dataset:
    """Make features, draw labels and split by time.

    Args:
        events: checked events (`training.source.events_from`).
        plan: the compiled catalogue.
        config: how to cut time.
        progress: called with (done, total, what).

    Raises:
        DatasetError: if there is too little time, or there are too few labels of either kind in a period.
    """
    return cut_dataset(gather(events, plan, progress), config)


def cut_dataset(gathered: Gathered, config: SplitConfig, end_ms: int | None = None) -> Dataset:
    """Draw labels and split by time, with what was known before a moment.

    Args:
        gathered: claims with their vectors.
        config: how to cut time.
        end_ms: the moment; None for just after the last event. Nothing known at or after it plays a part.

    Raises:
        DatasetError: if there is too little time, or there are too few labels of either kind in a period.
    """
    end_ms = gathered.end_ms if end_ms is None else end_ms
    table, spine, texts = gathered.table, gathered.spine, gathered.texts
    past = spine.as_of_ms < end_ms
    rows, as_of, buyers = spine.rows[past], spine.as_of_ms[past], spine.buyers[past]
    vectors = select(gathered.vectors, np.arange(len(rows)))
    gap = find_gap(table, rows, _test_start(as_of, end_ms, LONGEST_DAYS, config), _fixed_gap(config))
    cuts = _cut_time(as_of, end_ms, gap.days, config)
    reviewers = _reviewers(gathered, config)
    development = _labels(table, rows, cuts.test_start_ms, gap.days, config, reviewers)
    final = _labels(table, rows, cuts.end_ms, gap.days, config)
    counted: dict[str, Weights] = {}

    def period(name: str, drawn: Drawn, start_ms: int, stop_ms: int) -> Period:
        chosen = np.flatnonzero((as_of >= start_ms) & (as_of < stop_ms) & drawn.labels.is_known)
        weights, labels_count = filing_weights(buyers[chosen], as_of[chosen]), None
        if LABELS[config.label].weighted and drawn.ledger is not None:
            counted[name] = drawn.ledger.weights(chosen, fitting=name == "train")
            labels_count = counted[name].values
            weights = _shared(weights, labels_count)
        if reviewers is not None and name != "test":
            worth = label_worth(drawn.labels, chosen, weights)
            weights, labels_count = weights * worth, worth if labels_count is None else labels_count * worth
        abusive = drawn.labels.abusive[chosen]
        taken, read = select(vectors, chosen), texts.take(chosen)
        return _check(
            Period(name, taken, abusive, weights, as_of[chosen], labels_count, read, rows[chosen], buyers[chosen])
        )

    return Dataset(
        train=period("train", development, int(as_of[0]), cuts.calibration_start_ms),
        calibration=period("calibration", development, cuts.calibration_start_ms, cuts.development_end_ms),
        test=period("test", final, cuts.test_start_ms, cuts.test_end_ms),
        columns=gathered.columns,
        label=config.label,
        label_drawn_at_ms=(cuts.test_start_ms, cuts.end_ms),
        claims=spine.filed,
        without_order=spine.without_order,
        without_buyer=spine.without_buyer,
        advances=draw_advances(table, rows, vectors, cuts.end_ms, config.test_share),
        labelling=Labelling(gap, development, final, counted, reviewers),
        teaching=texts.take(np.flatnonzero(as_of < cuts.calibration_start_ms)),
    )


def rolling_datasets(gathered: Gathered, config: SplitConfig, folds: int) -> Iterator[Dataset]:
    """Datasets whose tests follow one another without overlap, the latest first.

        |-- train --|-- cal. --|~~~|-- test --|~~~|            the earlier one ends where
        |-------- train --------|---- cal. ----|~~~|-- test --|~~~|    the later one's test begins, a gap after it

    Each was cut with what was known at its own end, so each tells how a training at that moment would have done. Fewer
    come where the history is too short; the latest always comes.

    Raises:
        DatasetError: if there is too little history for the latest.
    """
    dataset = cut_dataset(gathered, config)
    yield dataset
    for _ in range(folds - 1):
        try:
            dataset = cut_dataset(gathered, config, dataset.label_drawn_at_ms[0] + dataset.gap_ms)
        except DatasetError:
            return
        yield dataset


def _shared(weights: Floats, labels_count: Floats) -> Floats:
    """The weights of filings times those of their labels, with the sum that the former had."""
    shared = weights * labels_count
    return shared * (weights.sum() / shared.sum()) if len(shared) else shared


def _fixed_gap(config: SplitConfig) -> float | None:
    """The gap that is told by nobody's delays: the one given, or a proxy's own horizon."""
    return LABELS[PROXY].days if config.gap_days is None and config.label == PROXY else config.gap_days


@dataclass(frozen=True, slots=True)
class _Cuts:
    calibration_start_ms: int
    development_end_ms: int
    test_start_ms: int
    test_end_ms: int
    end_ms: int


def _test_start(as_of: Ints, end_ms: int, gap_days: float, config: SplitConfig) -> int | None:
    """Where the test begins if labels take so long to be known; None if there is too little time."""
    mature = as_of[as_of < end_ms - round(gap_days * MS_PER_DAY)]
    return int(mature[int(len(mature) * (1 - config.test_share))]) if len(mature) >= 2 else None


def _cut_time(as_of: Ints, end_ms: int, gap_days: float, config: SplitConfig) -> _Cuts:
    gap_ms = round(gap_days * MS_PER_DAY)
    test_start_ms = _test_start(as_of, end_ms, gap_days, config)
    development_end_ms = (test_start_ms or 0) - gap_ms
    development = as_of[as_of < development_end_ms]
    if test_start_ms is None or len(development) < 2:
        raise DatasetError(
            f"the events span too little time: labels take {gap_days:g} days to be known, once before the test and "
            "once after it; bring a longer history"
        )
    calibration_start_ms = int(development[int(len(development) * (1 - config.calibration_share))])
    return _Cuts(calibration_start_ms, development_end_ms, test_start_ms, end_ms - gap_ms, end_ms)


def filing_weights(buyers: Ints, as_of: Ints) -> Floats:
    """What each claim counts for if its filing, by one buyer at one moment, counts for 1. Shape (n,)."""
    _, filing, sizes = np.unique(np.stack([buyers, as_of], axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.asarray(1 / sizes[filing], dtype=np.float64)


def _reviewers(gathered: Gathered, config: SplitConfig) -> MeasuredReviewers | None:
    """Whose rates were measured.

    Raises:
        DatasetError: if labels come from nobody's ruling, so that there is nothing to weigh.
    """
    if gathered.reviewers is not None and config.label == PROXY:
        raise DatasetError(f"reviewers' rates weigh verdicts, and the label {PROXY} has none; leave one of them out")
    return gathered.reviewers


def _labels(
    table: EventTable,
    rows: Ints,
    known_by_ms: int,
    gap_days: float,
    config: SplitConfig,
    reviewers: MeasuredReviewers | None = None,
) -> Drawn:
    if config.label == PROXY:
        return Drawn(high_refund_labels(table, rows, known_by_ms, LABELS[PROXY].days))
    return draw_labels(table, rows, known_by_ms, gap_days, silence=LABELS[config.label].silence, reviewers=reviewers)


def _check(period: Period) -> Period:
    abusive = int(period.abusive.sum())
    if min(abusive, len(period) - abusive) < LEAST_OF_EACH:
        raise DatasetError(
            f"the {period.name} period has {abusive} abusive and {len(period) - abusive} other claims; it needs "
            f"{LEAST_OF_EACH} of each: bring more history"
        )
    return period
