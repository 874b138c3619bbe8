"""The values of a column, cut into bins of about equal size, with a bin of their own for those that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints

PARTS: Final = 10


@dataclass(frozen=True, slots=True)
class Bins:
    """Bin 0 holds what is at most `edges[0]`, bin i what is above `edges[i - 1]` and at most `edges[i]`.

    Then comes the bin of what is above all edges, and last the bin of missing values (NaN). `edges` has shape (k,),
    strictly increasing; there are k + 2 bins.
    """

    edges: Floats

    @property
    def number(self) -> int:
        """How many bins there are."""
        return len(self.edges) + 2

    def of(self, values: Floats) -> Ints:
        """The bin of each value, shape (n,)."""
        found = np.searchsorted(self.edges, values, side="left")
        return np.where(np.isnan(values), len(self.edges) + 1, found).astype(np.int64)

    def counts(self, values: Floats) -> Ints:
        """How many values fall into each bin, shape (number,)."""
        return np.bincount(self.of(values), minlength=self.number).astype(np.int64)


def cut_bins(values: Floats, parts: int = PARTS) -> Bins:
    """Edges at the quantiles of values, shape (n,), fewer where many are alike.

    A value that many share keeps a bin for itself, so that a flag has two bins, and a column which never changed has
    one for its value, one for what is less and one for what is more.

    >>> cut_bins(np.array([0.0, 0.0, 0.0, 1.0])).counts(np.array([0.0, 1.0, 5.0, np.nan])).tolist()
    [1, 2, 1]
    >>> cut_bins(np.array([3.0, 3.0])).counts(np.array([2.0, 3.0, 4.0])).tolist()
    [1, 1, 1, 0]
    """
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return Bins(np.zeros(0))
    edges = np.unique(np.quantile(present, np.arange(1, parts) / parts, method="inverted_cdf"))
    highest, lowest = float(present.max()), float(present.min())
    if highest == lowest:
        return Bins(np.array([np.nextafter(lowest, -np.inf), lowest]))
    if edges[-1] == highest:  # many share the highest value: what is below it lies apart
        edges = np.unique(np.append(edges[:-1], present[present < highest].max()))
    return Bins(edges)
