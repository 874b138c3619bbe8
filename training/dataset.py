"""Claims with features and labels, split by time so that nothing is learned from the future.

    |------- train -------|-- calibration --|~~~ gap ~~~|------ test ------|~~~ gap ~~~|
                                                        ^ labels of the first two       ^ labels of the test
                                                          are drawn here                  are drawn here

The gap is the time that a label takes to be known. Without it, the last claims before the test would be those whose
verdicts happened to come early, and they are not like the others.

Claims that few looked at count for those that nobody did, by the inverse of their chance of a label
(`training.labels.propensity`).

Claims that one buyer files at one moment are one filing: one decision of the buyer, in several lines. Each filing
weighs 1, shared among its claims, in fitting and in figures; else a few large filings would drown all others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.engines.batch import feature_vectors
from features.event_table import MISSING, EventTable, from_arrow
from features.events import EventKind
from features.plan import Plan
from features.progress import Progress
from training.labels import high_refund_labels
from training.labels.drawing import Drawn, Labelling, draw_labels, find_gap
from training.labels.maturity import FALLBACK_DAYS, LONGEST_DAYS
from training.labels.propensity import Weights
from training.recovery.advances import Advances, draw_advances
from training.text.claim_texts import ClaimTexts, texts_of

PROXY: Final = "high_refund_proxy"
LEAST_OF_EACH: Final = 20  # labels of either kind that a period needs before a figure about it means anything


@dataclass(frozen=True, slots=True)
class LabelKind:
    """A way to label claims: what it takes a label to mean, and how long one takes to be known if data don't tell.

    `weighted` says whether labels stand for claims that had none, `silence` whether lasting silence counts as clean.
    """

    meaning: str
    days: float
    weighted: bool = False
    silence: bool = False


LABELS: Final[Mapping[str, LabelKind]] = {
    "verdict": LabelKind(
        "verdicts on claims; where they disagree, the more probable one. Each counts by the inverse of the chance that "
        "its claim got one, so that figures speak of all claims",
        FALLBACK_DAYS,
        weighted=True,
    ),
    "verdict_unweighted": LabelKind(
        "verdicts on claims; a claim that nobody ruled on teaches nothing, so figures speak of those ruled on",
        FALLBACK_DAYS,
    ),
    "verdict_or_silence": LabelKind(
        "verdicts on claims; a claim without one counts as clean once verdicts on its kind have come, so abuse seems "
        "rarer than it is",
        FALLBACK_DAYS,
        silence=True,
    ),
    PROXY: LabelKind(
        "a PROXY, not abuse: within 90 days after the claim the buyer's refunded share of spend exceeds three times "
        "the average. It says nothing about intent",
        90,
    ),
}


class DatasetError(ValueError):
    """Events from which no model can be trained: the message says what is lacking and what to do."""


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """How to cut time. Shares are of the claims that can be scored.

    `label` names what to learn from, a key of `LABELS`. `gap_days` is how long labels take to be known; None tells it
    from the delays of verdicts known before the test.
    """

    label: str = "verdict"
    test_share: float = 0.25
    calibration_share: float = 0.25
    gap_days: float | None = None

    def __post_init__(self) -> None:
        """Refuse a label that nobody makes, and shares that leave a period empty."""
        if self.label not in LABELS:
            raise DatasetError(f"label {self.label!r}: use one of {', '.join(LABELS)}")
        if not (0 < self.test_share < 1 and 0 < self.calibration_share < 1):
            raise DatasetError("test_share and calibration_share must lie between 0 and 1")
        if self.gap_days is not None and not self.gap_days > 0:
            raise DatasetError("gap_days must be more than 0, or None to tell it from the delays of verdicts")


@dataclass(frozen=True, slots=True)
class Period:
    """The labelled claims of one period, n of them, by `as_of_ms`.

    `vectors` has shape (n, columns); `abusive` holds 1 and 0. `label_weights` say what each label counts for, with mean
    1, and are None where all count for 1. `weights` share 1 among the claims of each filing, times the label's weight,
    scaled so that they sum to the number of filings. `texts` are the claims'.
    """

    name: str
    vectors: Floats
    abusive: npt.NDArray[np.int8]
    weights: Floats
    as_of_ms: Ints
    label_weights: Floats | None = None
    texts: ClaimTexts | None = None

    def __len__(self) -> int:
        return len(self.abusive)

    @property
    def abusive_share(self) -> float:
        """The share of filings labelled abusive."""
        return float(np.average(self.abusive, weights=self.weights)) if len(self) else float("nan")

    @property
    def filings(self) -> int:
        """How many filings the claims come from."""
        return round(float(self.weights.sum()))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Three periods in order of time, and the hash of all that is in them.

    `without_order` and `without_buyer` count the claims that a service would never be asked to score; `advances` are
    those on all other claims; `labelling` says how the labels came about; `teaching` holds the texts of all claims in
    the training period, labelled or not.
    """

    train: Period
    calibration: Period
    test: Period
    columns: tuple[str, ...]
    label: str
    label_drawn_at_ms: tuple[int, int]
    claims: int
    without_order: int
    without_buyer: int
    advances: Advances
    labelling: Labelling | None = None
    teaching: ClaimTexts | None = None

    @property
    def periods(self) -> tuple[Period, Period, Period]:
        """Train, calibration, test."""
        return self.train, self.calibration, self.test

    @property
    def data_hash(self) -> str:
        """First 16 hex digits of a SHA-256 over columns, vectors, labels and times of all periods, and advances."""
        digest = hashlib.sha256("\n".join((self.label, *self.columns)).encode())
        for period in self.periods:
            for array in (period.vectors, period.abusive, period.weights, period.as_of_ms):
                digest.update(np.ascontiguousarray(array).tobytes())
        taught = self.advances.examples
        for array in (taught.vectors, taught.recovered_share, taught.as_of_ms):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


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
    table = from_arrow(events)
    claims = _scorable(table)
    end_ms = int(table["known_at_ms"].max()) + 1
    gap = find_gap(table, claims.rows, _test_start(claims.as_of, end_ms, LONGEST_DAYS, config), _fixed_gap(config))
    cuts = _cut_time(claims.as_of, end_ms, gap.days, config)
    vectors = feature_vectors(plan, table, claims.rows, progress)
    texts = texts_of(events, table, claims.rows)
    development = _labels(table, claims.rows, cuts.test_start_ms, gap.days, config)
    final = _labels(table, claims.rows, cuts.end_ms, gap.days, config)
    counted: dict[str, Weights] = {}

    def period(name: str, drawn: Drawn, start_ms: int, stop_ms: int) -> Period:
        chosen = (claims.as_of >= start_ms) & (claims.as_of < stop_ms) & drawn.labels.is_known
        weights, labels_count = _filing_weights(claims.buyers[chosen], claims.as_of[chosen]), None
        if LABELS[config.label].weighted and drawn.ledger is not None:
            counted[name] = drawn.ledger.weights(chosen, fitting=name == "train")
            labels_count = counted[name].values
            weights = _shared(weights, labels_count)
        abusive, as_of = drawn.labels.abusive[chosen], claims.as_of[chosen]
        return _check(Period(name, vectors[chosen], abusive, weights, as_of, labels_count, texts.take(chosen)))

    return Dataset(
        train=period("train", development, int(claims.as_of[0]), cuts.calibration_start_ms),
        calibration=period("calibration", development, cuts.calibration_start_ms, cuts.development_end_ms),
        test=period("test", final, cuts.test_start_ms, cuts.test_end_ms),
        columns=plan.names,
        label=config.label,
        label_drawn_at_ms=(cuts.test_start_ms, cuts.end_ms),
        claims=claims.filed,
        without_order=claims.without_order,
        without_buyer=claims.without_buyer,
        advances=draw_advances(table, claims.rows, vectors, cuts.end_ms, config.test_share),
        labelling=Labelling(gap, development, final, counted),
        teaching=texts.take(claims.as_of < cuts.calibration_start_ms),
    )


@dataclass(frozen=True, slots=True)
class _Scorable:
    """Claims that a service would be asked to score, by time, and how many were filed and left out."""

    rows: Ints
    as_of: Ints
    buyers: Ints
    filed: int
    without_order: int
    without_buyer: int


def _scorable(table: EventTable) -> _Scorable:
    filed = table.rows_of(EventKind.CLAIM_FILED)
    has_order = table["order_amount_minor"][filed] != MISSING
    has_buyer = table["buyer_id"][filed] >= 0
    rows = filed[has_order & has_buyer]
    if len(rows) == 0:
        raise DatasetError("no claim with a buyer and its order's facts; load or simulate some")
    rows = rows[np.argsort(table["known_at_ms"][rows], kind="stable")]
    without_order, without_buyer = int((~has_order).sum()), int((has_order & ~has_buyer).sum())
    return _Scorable(
        rows, table["known_at_ms"][rows], table["buyer_id"][rows], len(filed), without_order, without_buyer
    )


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


def _filing_weights(buyers: Ints, as_of: Ints) -> Floats:
    _, filing, sizes = np.unique(np.stack([buyers, as_of], axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.asarray(1 / sizes[filing], dtype=np.float64)


def _labels(table: EventTable, rows: Ints, known_by_ms: int, gap_days: float, config: SplitConfig) -> Drawn:
    if config.label == PROXY:
        return Drawn(high_refund_labels(table, rows, known_by_ms, LABELS[PROXY].days))
    return draw_labels(table, rows, known_by_ms, gap_days, silence=LABELS[config.label].silence)


def _check(period: Period) -> Period:
    abusive = int(period.abusive.sum())
    if min(abusive, len(period) - abusive) < LEAST_OF_EACH:
        raise DatasetError(
            f"the {period.name} period has {abusive} abusive and {len(period) - abusive} other claims; it needs "
            f"{LEAST_OF_EACH} of each: bring more history"
        )
    return period
