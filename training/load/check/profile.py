"""What a column holds: its type, from what to what, how many cells are empty, how many are different."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.load.columns import Column, is_text
from training.load.deals import Hashes, hashes

MOST_DIFFERENT: Final = 1_000_000  # past that, a column has "more"
LONGEST_SHOWN: Final = 24
# what all cells of a column of text look like, the narrowest first; a code such as 00123 is text
_LOOKS: Final = {
    "whole numbers": r"^[+-]?(0|[1-9][0-9]{0,17})$",
    "numbers": r"^[+-]?[0-9]{1,18}(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$",
    "times": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+ ?(Z|[+-][0-9:]+)?)?$",
}
_NUMBERS: Final = ("whole numbers", "numbers")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column, summed up. `different` is None where there are more than are counted."""

    name: str
    type: str
    lowest: str | None
    highest: str | None
    missing: int
    different: int | None

    def cells(self) -> tuple[str, ...]:
        """The line that a table shows of it."""
        different = f"> {MOST_DIFFERENT:,}" if self.different is None else f"{self.different:,}"
        return (self.name, self.type, _short(self.lowest), _short(self.highest), f"{self.missing:,}", different)


class ColumnLook:
    """Looks at a column piece by piece."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._types: dict[str, None] = {}
        self._looks = list(_LOOKS)
        self._ends: list[Any] = []
        self._number_ends: list[float] = []
        self._missing = 0
        self._seen = _Different()

    def add(self, column: Column) -> None:
        """Look at further cells."""
        missing = column.is_missing()
        self._missing += int(missing.sum())
        cells = column.values.filter(pa.array(~missing))
        if len(cells) == 0:
            return
        if pa.types.is_nested(cells.type) or pa.types.is_binary(cells.type):
            self._types[str(cells.type)] = None
            return
        if is_text(cells.type):
            self._look_at_text(cells)
        else:
            self._types[str(cells.type)] = None
        ends = pc.min_max(cells).as_py()
        self._ends = [choose([ends[end], *self._ends[place : place + 1]]) for place, (end, choose) in enumerate(_ENDS)]
        self._seen.add(cells)

    def profile(self) -> ColumnProfile:
        """What was seen."""
        kind = " and ".join(self._types) or "empty"
        ends: list[Any] = self._ends
        if "text" in self._types and len(self._types) == 1 and self._looks:
            kind = f"text: {self._looks[0]}"
            ends = self._number_ends if self._looks[0] in _NUMBERS else self._ends
        lowest, highest = (None, None) if not ends else (_written(ends[0]), _written(ends[1]))
        return ColumnProfile(self._name, kind, lowest, highest, self._missing, self._seen.count())

    def _look_at_text(self, cells: pa.Array) -> None:
        self._types["text"] = None
        self._looks = [look for look in self._looks if pc.all(pc.match_substring_regex(cells, _LOOKS[look])).as_py()]
        if any(look in _NUMBERS for look in self._looks):
            numbers = pc.min_max(cells.cast(pa.float64())).as_py()
            self._number_ends = [
                choose([numbers[end], *self._number_ends[place : place + 1]])
                for place, (end, choose) in enumerate(_ENDS)
            ]


class _Different:
    """Counts different cells by 64 bits of each; memory is bounded, since it gives up where there are too many."""

    def __init__(self) -> None:
        self._seen: Hashes | None = np.empty(0, dtype=np.uint64)
        self._fresh: list[Hashes] = []

    def add(self, cells: pa.Array) -> None:
        """Count further cells."""
        if self._seen is None:
            return
        self._fresh.append(hashes(pc.unique(cells)))
        # merged only once there is as much to add as there is already, so that each is sorted a few times and not often
        if sum(map(len, self._fresh)) > len(self._seen):
            self.count()

    def count(self) -> int | None:
        """How many there are; None for more than are counted."""
        if self._seen is not None and self._fresh:
            every = np.sort(np.concatenate([self._seen, *self._fresh]))
            self._fresh = []
            self._seen = every[np.concatenate([[True], every[1:] != every[:-1]])]
            if len(self._seen) > MOST_DIFFERENT:
                self._seen = None
        return None if self._seen is None else len(self._seen)


_ENDS: Final = (("min", min), ("max", max))


def _written(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _short(text: str | None) -> str:
    one_line = "" if text is None else " ".join(text.split())
    return one_line if len(one_line) <= LONGEST_SHOWN else one_line[: LONGEST_SHOWN - 3] + "..."
