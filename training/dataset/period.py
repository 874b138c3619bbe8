"""The labelled claims of a period, and the three periods of a training."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from training.labels.drawing import Labelling
from training.recovery.advances import Advances
from training.text.claim_texts import ClaimTexts


@dataclass(frozen=True, slots=True)
class Period:
    """The labelled claims of one period, n of them, by `as_of_ms`.

    `vectors` has shape (n, columns); `abusive` holds 1 and 0. `label_weights` say what each label counts for, with mean
    1, and are None where all count for 1. `weights` share 1 among the claims of each filing, times the label's weight,
    scaled so that they sum to the number of filings. `texts` are the claims'; `rows` their `claim_filed` events in what
    the dataset was cut from, and `buyers` the codes of their buyers there, both of shape (n,).
    """

    name: str
    vectors: Floats
    abusive: npt.NDArray[np.int8]
    weights: Floats
    as_of_ms: Ints
    label_weights: Floats | None = None
    texts: ClaimTexts | None = None
    rows: Ints | None = None
    buyers: Ints | None = None

    def __len__(self) -> int:
        return len(self.abusive)

    def part(self, rows: slice) -> Period:
        """Some of the claims, as a period; their weights stay as they were."""
        return replace(
            self,
            vectors=self.vectors[rows],
            abusive=self.abusive[rows],
            weights=self.weights[rows],
            as_of_ms=self.as_of_ms[rows],
            label_weights=None if self.label_weights is None else self.label_weights[rows],
            texts=None if self.texts is None else self.texts.take(np.arange(len(self))[rows]),
            rows=None if self.rows is None else self.rows[rows],
            buyers=None if self.buyers is None else self.buyers[rows],
        )

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
    def gap_ms(self) -> int:
        """How long labels were waited for, before the test and after it."""
        return 0 if self.labelling is None else round(self.labelling.gap.days * MS_PER_DAY)

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
