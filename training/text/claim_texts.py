"""Texts of claims, with the reasons that were stated and the buyers who stated them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import Ints
from features.event_table import EventTable
from serving.text.columns import has_words


@dataclass(frozen=True, slots=True)
class ClaimTexts:
    """Of n claims: strings (null where there is none), the index of the stated reason, and the buyer's code."""

    texts: pa.Array
    stated: Ints
    buyers: Ints

    def __len__(self) -> int:
        return len(self.stated)

    def take(self, chosen: npt.NDArray[np.bool_] | Ints) -> ClaimTexts:
        """Some of the claims, by a mask of shape (n,) or by index."""
        rows = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return ClaimTexts(self.texts.take(pa.array(rows)), self.stated[rows], self.buyers[rows])

    def written(self) -> ClaimTexts:
        """Those that have a text, with something in it."""
        return self.take(np.array([has_words(text) for text in self.texts.to_pylist()], dtype=np.bool_))


def texts_of(events: pa.Table, table: EventTable, rows: Ints) -> ClaimTexts:
    """The texts of claims that were filed.

    Args:
        events: checked events.
        table: the same as NumPy columns.
        rows: the claims' rows in both.
    """
    texts = events["claim_text"].take(pa.array(rows)).combine_chunks()
    return ClaimTexts(texts, table["claim_reason"][rows], table["buyer_id"][rows])
