"""The labelled claims of a period, and the three periods of a training."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from training.dataset.checked import Checked
from training.labels.drawing import Labelling
from training.recovery.advances import Advances
from training.stored.hashing import HEX_DIGITS, add_array, add_vectors
from training.stored.vectors import Vectors, select
from training.text.claim_texts import ClaimTexts


@dataclass(frozen=True, slots=True)
class Period:
    """The labelled claims of one period, n of them, by `as_of_ms`.

    `vectors` has shape (n, columns) and may lie in a file (`training.stored.vectors`); `abusive` holds 1 and 0.
    `label_weights` say what each label counts for, with mean 1, and are None where all count for 1. `weights` share 1
    among the claims of each filing, times the label's weight, scaled so that they sum to the number of filings. `texts`
    are the claims'; `rows` their `claim_filed` events in what the dataset was cut from, and `buyers` the codes of their
    buyers there, both of shape (n,).
    """

    name: str
    vectors: Vectors
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
        """Some of the claims, one after the other, each with the weight that it has here."""
        return self.take(np.arange(len(self))[rows])

    def take(self, chosen: Ints) -> Period:
        """Some of the claims, by index, each with the weight that it has here."""
        return replace(
            self,
            vectors=select(self.vectors, chosen),
            abusive=self.abusive[chosen],
            weights=self.weights[chosen],
            as_of_ms=self.as_of_ms[chosen],
            label_weights=None if self.label_weights is None else self.label_weights[chosen],
            texts=None if self.texts is None else self.texts.take(chosen),
            rows=None if self.rows is None else self.rows[chosen],
            buyers=None if self.buyers is None else self.buyers[chosen],
        )

    @property
    def abusive_share(self) -> float:
        """The share of filings labelled abusive."""
        return float(np.average(self.abusive, weights=self.weights)) if len(self) else float("nan")

    def spread(self, most: int) -> Period:
        """At most so many of the claims, evenly spread over them, with their vectors in memory."""
        chosen = np.unique(np.linspace(0, len(self) - 1, min(len(self), most)).astype(np.int64))

        def some(array: npt.NDArray[Any] | None) -> Any:  # noqa: ANN401 - the type of what is given
            return None if array is None else array[chosen]

        return Period(
            self.name,
            np.asarray(self.vectors[chosen]),
            some(self.abusive),
            some(self.weights),
            some(self.as_of_ms),
            some(self.label_weights),
            None if self.texts is None else self.texts.take(chosen),
            some(self.rows),
            some(self.buyers),
        )

    @property
    def filings(self) -> int:
        """How many filings the claims come from."""
        return round(float(self.weights.sum()))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Three periods in order of time, and the hash of all that is in them.

    `without_order` and `without_buyer` count the claims that a service would never be asked to score; `advances` are
    those on all other claims; `labelling` says how the labels came about; `teaching` holds the texts of all claims in
    the training period, labelled or not; `checked` says what the checks for leakage saw, None before them.
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
    checked: Checked | None = None
    _hash: str | None = field(default=None, init=False, repr=False, compare=False)  # once told: it reads everything

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
        if self._hash is None:
            object.__setattr__(self, "_hash", self._hashed())
        return str(self._hash)

    def _hashed(self) -> str:
        digest = hashlib.sha256("\n".join((self.label, *self.columns)).encode())
        for period in self.periods:
            add_vectors(digest, period.vectors)
            for array in (period.abusive, period.weights, period.as_of_ms):
                add_array(digest, array)
        taught = self.advances.examples
        add_vectors(digest, taught.vectors)
        for array in (taught.recovered_share, taught.as_of_ms):
            add_array(digest, array)
        return digest.hexdigest()[:HEX_DIGITS]
