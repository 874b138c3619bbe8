"""A dataset with the columns that texts make, after those of the catalogue.

The training period is read by readers that learned nothing from the buyer at hand: one that had would agree with its
stated reasons better than it will with a stranger's, and the abuse model would trust that agreement too much. The later
periods are read by the reader that the service gets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Floats
from features.columns import Column
from features.events import CLAIM_REASONS
from features.progress import Progress
from serving.text.columns import TEXT_COLUMNS, text_values
from serving.text.reader import TextReader
from training.dataset import Dataset, Period
from training.stored.vectors import beside
from training.text.claim_texts import ClaimTexts
from training.text.cross_fit import Readers, fit_readers
from training.text.fitting import ReaderConfig


@dataclass(frozen=True, slots=True)
class Reading:
    """A dataset with text columns and the readers behind them; or as it was and None, where texts teach nothing."""

    dataset: Dataset
    readers: Readers | None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that were appended."""
        return () if self.readers is None else TEXT_COLUMNS


def append_texts(dataset: Dataset, config: ReaderConfig, progress: Progress | None = None) -> Reading:
    """Learn to read from the training period's claims, and append what texts say to the vectors of all periods.

    Args:
        dataset: as `build_dataset` makes it, with its texts.
        config: how to fit a reader.
        progress: called with (done, total, what).
    """
    readers = None if dataset.teaching is None else fit_readers(dataset.teaching, config, progress)
    if readers is None:
        return Reading(dataset, None)
    whole = readers.whole
    appended = replace(
        dataset,
        train=_append(dataset.train, readers.for_buyer),
        calibration=_append(dataset.calibration, lambda _: whole),
        test=_append(dataset.test, lambda _: whole),
        columns=(*dataset.columns, *(column.name for column in TEXT_COLUMNS)),
    )
    return Reading(appended, readers)


def read_texts(texts: ClaimTexts, reader_for: Callable[[int], TextReader]) -> Floats:
    """The values of `TEXT_COLUMNS` for each claim, each by the service's own function. Shape (n, columns).

    Args:
        texts: of n claims.
        reader_for: which reader reads a buyer's texts, by the buyer's code.
    """
    values = np.full((len(texts), len(TEXT_COLUMNS)), np.nan)
    claims = zip(texts.texts.to_pylist(), texts.stated.tolist(), texts.buyers.tolist(), strict=True)
    for row, (text, stated, buyer) in enumerate(claims):
        values[row] = text_values(reader_for(buyer), text, CLAIM_REASONS[stated])
    return values


def _append(period: Period, reader_for: Callable[[int], TextReader]) -> Period:
    if period.texts is None:
        raise ValueError(f"the {period.name} period has no texts beside its vectors; build the dataset from events")
    return replace(period, vectors=beside(period.vectors, read_texts(period.texts, reader_for)))
