"""A dataset with the columns that texts make, after those of the catalogue.

The training period is read by readers that learned nothing from the buyer at hand: one that had would agree with its
stated reasons better than it will with a stranger's, and the abuse model would trust that agreement too much. The later
periods are read by the reader that the service gets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.columns import Column
from features.progress import Progress
from serving.text.columns import TEXT_COLUMNS
from serving.text.grams import grams
from serving.text.reader import TextReader
from training.dataset import Dataset, Period
from training.stored.vectors import beside
from training.text.claim_texts import ClaimTexts
from training.text.cross_fit import Readers, fit_readers
from training.text.fitting import ReaderConfig

AT_ONCE: Final = 2_000  # texts whose n-grams are in memory


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
    """The values of `TEXT_COLUMNS` for each claim, to the bit as the service's `text_values` makes them one by one.

    Args:
        texts: of n claims.
        reader_for: which reader reads a buyer's texts, by the buyer's code.

    Returns:
        shape (n, columns).
    """
    values = np.full((len(texts), len(TEXT_COLUMNS)), np.nan)
    numbers_of = cache(grams)  # the same few words are written by many
    for start in range(0, len(texts), AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, len(texts)))
        numbers = [numbers_of(text or "") for text in texts.texts[start : start + AT_ONCE].to_pylist()]
        readers: dict[int, tuple[TextReader, list[int]]] = {}
        for place, buyer in enumerate(texts.buyers[rows].tolist()):
            if len(numbers[place]):
                reader = reader_for(buyer)
                readers.setdefault(id(reader), (reader, []))[1].append(place)
        for reader, places in readers.values():
            values[rows[places], :-1] = _read(reader, [numbers[place] for place in places])
        numbers_of.cache_clear()
    values[:, -1] = 1 - values[np.arange(len(texts)), texts.stated]
    return values


def _read(reader: TextReader, several: list[Ints]) -> Floats:
    """What `TextReader.of_grams` says of each of m texts, none of them empty; shape (m, reasons).

    Sums of whole numbers are exact in any order, and all else is done number by number in the same way.
    """
    sizes = np.array([len(numbers) for numbers in several])
    numbers = np.concatenate(several)
    places = reader.buckets.searchsorted(numbers.astype(np.int32))
    places[places == len(reader.buckets)] = 0
    weights = reader.weights[places] * (reader.buckets[places] == numbers)[:, None]
    total = np.add.reduceat(weights, np.cumsum(sizes) - sizes, axis=0, dtype=np.int64)
    log_odds = reader.intercepts + total * (reader.step / np.sqrt(sizes))[:, None]
    odds = np.exp(log_odds - log_odds.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def _append(period: Period, reader_for: Callable[[int], TextReader]) -> Period:
    if period.texts is None:
        raise ValueError(f"the {period.name} period has no texts beside its vectors; build the dataset from events")
    return replace(period, vectors=beside(period.vectors, read_texts(period.texts, reader_for)))
