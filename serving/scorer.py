"""From a claim's feature vector to its abuse probability and what moved it, and to the recovery probability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from serving.booster import Booster, BundleError
from serving.bundle import Bundle
from serving.probes import check_scores, stand_in_rows
from serving.text.columns import text_values


@dataclass(frozen=True, slots=True)
class Scored:
    """The calibrated abuse probability, and the raw score (log-odds, not calibrated) that it was made from."""

    abuse_probability: float
    raw_score: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """How far the columns of one reason code moved the raw score together.

    `column` is the one among them that moved most, as evidence, and `value` what it held (None where missing).
    """

    code: str
    raw_score_change: float
    column: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All contributions, the largest first, and the raw score before any of them.

    `bias_raw_score` and the changes sum to the raw score, up to rounding.
    """

    contributions: tuple[Contribution, ...]
    bias_raw_score: float


class Scorer:
    """Scores and explains feature vectors with the models of one bundle.

    Before it scores any claim it scores the bundle's probes (`serving.probes`), and is warm then.

    Safe to share between threads (see `Booster`). Scoring takes microseconds and explaining about a millisecond, so
    explain where somebody reads it.

    Raises:
        BundleError: a model of the bundle can't be loaded, or its probes come out otherwise here.
    """

    def __init__(self, bundle: Bundle) -> None:
        contents = bundle.contents
        self.model_version: str = bundle.model_version
        self._calibration = contents.calibration
        self._reader = contents.reader
        self._catalog_columns = contents.catalog_columns
        self._column_names = tuple(column.name for column in contents.columns)
        self._codes = tuple(sorted({column.reason for column in contents.columns}))
        self._code_columns = tuple(
            [index for index, column in enumerate(contents.columns) if column.reason == code] for code in self._codes
        )
        self._booster = _load(bundle, "abuse.txt", contents.model_text)
        head = contents.recovery
        self._recovery = None if head is None else (_load(bundle, "recovery.txt", head.model_text), head.calibration)
        self._check(bundle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def complete(self, vector: NDArray[np.float64], text: str | None, stated: str) -> NDArray[np.float64]:
        """The vector that the model takes: the catalogue's columns, and after them what a claim's text says.

        A model that reads no texts takes the catalogue's columns as they are.

        Args:
            vector: float64, shape (catalogue's columns,), as a store logs it; NaN means missing.
            text: what the buyer wrote, if anything.
            stated: the claim reason that was stated, a word of `features.events.CLAIM_REASONS`.

        Raises:
            BundleError: the vector has another shape.
        """
        return self.join(vector, self.read_text(text, stated))

    def read_text(self, text: str | None, stated: str) -> NDArray[np.float64] | None:
        """What a claim's text tells, shape (text columns,), for `join`; None if the model reads no texts."""
        return None if self._reader is None else text_values(self._reader, text, stated)

    def join(self, vector: NDArray[np.float64], text: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """The vector that the model takes, of the catalogue's columns and of what `read_text` of this scorer gave.

        Raises:
            BundleError: the vector has another shape.
        """
        if vector.shape != (self._catalog_columns,):
            raise BundleError(f"a vector of shape {vector.shape} was given; the catalogue has {self._catalog_columns}")
        return np.ascontiguousarray(vector) if text is None else np.concatenate([vector, text])

    def score(self, vector: NDArray[np.float64]) -> Scored:
        """The abuse probability of one claim.

        Args:
            vector: float64, shape (columns,), in the bundle's order; NaN means missing.

        Raises:
            BundleError: the vector has another shape, or the scorer is closed.
        """
        raw_score = self._booster.raw_score(vector)
        return Scored(self._calibration.probability(raw_score), raw_score)

    def score_many(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """The abuse probabilities of many claims: float64, shape (n,); each equals `score` of its row, bit for bit.

        Args:
            vectors: float64, shape (n, columns); NaN means missing.

        Raises:
            BundleError: the vectors have another shape, or the scorer is closed.
        """
        return self._calibration.probabilities(self._booster.raw_scores(vectors))

    def recovery_probability(self, vector: NDArray[np.float64]) -> float | None:
        """The share of an advance on the claim that is expected to come back from the merchant, if the claim is honest.

        None if the bundle has no recovery model.

        Args:
            vector: float64, shape (columns,), in the bundle's order; NaN means missing.

        Raises:
            BundleError: the vector has another shape, or the scorer is closed.
        """
        if self._recovery is None:
            return None
        booster, calibration = self._recovery
        return calibration.probability(booster.raw_score(vector))

    def recovery_probabilities(self, vectors: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The same for many claims: float64, shape (n,); each equals `recovery_probability` of its row, bit for bit.

        None if the bundle has no recovery model.

        Args:
            vectors: float64, shape (n, columns); NaN means missing.

        Raises:
            BundleError: the vectors have another shape, or the scorer is closed.
        """
        if self._recovery is None:
            return None
        booster, calibration = self._recovery
        return calibration.probabilities(booster.raw_scores(vectors))

    def explain(self, vector: NDArray[np.float64]) -> Explanation:
        """What moved the raw score of one claim, by reason code: the largest change first, ties by code.

        Args:
            vector: float64, shape (columns,), in the bundle's order; NaN means missing.

        Raises:
            BundleError: the vector has another shape, or the scorer is closed.
        """
        parts: list[float] = self._booster.contributions(vector).tolist()
        contributions = [
            self._contribution(code, columns, parts, vector)
            for code, columns in zip(self._codes, self._code_columns, strict=True)
        ]
        contributions.sort(key=lambda each: (-abs(each.raw_score_change), each.code))
        return Explanation(tuple(contributions), bias_raw_score=parts[-1])

    def column_changes(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far each column moved the raw score of one claim: float64, shape (columns,); `explain` sums them by code.

        Args:
            vector: float64, shape (columns,), in the bundle's order; NaN means missing.

        Raises:
            BundleError: the vector has another shape, or the scorer is closed.
        """
        return self._booster.contributions(vector)[:-1]

    @property
    def n_trees(self) -> int:
        """How many trees the abuse model has."""
        return self._booster.n_trees

    def leaves(self, vectors: NDArray[np.float64]) -> NDArray[np.uint16]:
        """In which leaf of each tree of the abuse model claims fall: shape (n, trees). Few claims at a time.

        Args:
            vectors: float64, shape (n, columns), in the bundle's order; NaN means missing.

        Raises:
            BundleError: the vectors have another shape, or the scorer is closed.
        """
        return self._booster.leaves(vectors)

    def close(self) -> None:
        """Free the models' memory. Calling it twice does no harm; collecting the object does it too."""
        self._booster.close()
        if self._recovery is not None:
            self._recovery[0].close()

    def _check(self, bundle: Bundle) -> None:
        probes = bundle.contents.probes
        rows = stand_in_rows(self._booster.n_columns) if probes is None else probes.matrix
        heads = [("abuse.txt", self._booster, self._calibration, None if probes is None else probes.abuse)]
        if self._recovery is not None:
            heads.append(("recovery.txt", *self._recovery, None if probes is None else probes.recovery))
        for file, booster, calibration, known in heads:
            try:
                check_scores(booster, calibration, rows, known)
            except BundleError as error:
                raise BundleError(f"{bundle.path}: {file}: {error}") from error

    def _contribution(
        self, code: str, columns: list[int], parts: list[float], vector: NDArray[np.float64]
    ) -> Contribution:
        moved = list(map(parts.__getitem__, columns))
        change = math.fsum(moved)
        # The evidence must point the way its reason does: a column that pulled against it would contradict the words.
        # Of equals the first is taken, so the bundle's order settles ties.
        top = columns[moved.index(max(moved) if change >= 0 else min(moved))]
        value = float(vector[top])
        return Contribution(code, change, self._column_names[top], None if math.isnan(value) else value)


def _load(bundle: Bundle, file: str, model_text: str) -> Booster:
    try:
        return Booster(model_text)
    except BundleError as error:
        raise BundleError(f"{bundle.path}: {file}: {error}") from error
