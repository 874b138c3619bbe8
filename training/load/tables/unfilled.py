"""Rows that needed something of an order or claim which isn't there: refused, or left out and counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from features.events import KIND_FIELDS
from training.load.errors import LoadError
from training.load.tables.mapping import Table, TablesMapping
from training.load.tables.places import Places


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Looks for rows that filling in left without a field that their kind needs; counts those it leaves out."""

    mapping: TablesMapping
    places: Places
    left_out: dict[int, Counter[str]] = field(default_factory=dict)

    def without(self, rows: pa.Table) -> pa.Table:
        """The rows that have all they need.

        Raises:
            LoadError: naming the first row that hasn't, if its table doesn't say to leave such rows out.
        """
        for index, table in enumerate(self.mapping.tables):
            needed = [name for name in KIND_FIELDS[table.kind].required if name in table.filled]
            for name in needed:
                lacking = pc.and_(pc.equal(rows["_table"], index), pc.is_null(rows[name]))
                number = pc.sum(lacking).as_py()
                if not number:
                    continue
                if table.unfilled == "refuse":
                    raise LoadError(self._message(rows.filter(lacking).slice(0, 1).to_pylist()[0], table, name))
                self.left_out.setdefault(index, Counter())[cause(table)] += number
                rows = rows.filter(pc.invert(lacking))
        return rows

    def _message(self, row: dict[str, object], table: Table, name: str) -> str:
        where = self.places.name(*(int(str(row[place])) for place in ("_table", "_file", "_row")))
        keys = " and ".join(f"{fill.key} {row[fill.key]!r}" for fill in table.fill)
        return (
            f"{where}: {table.kind} needs {name}, and nothing with {keys} gives it; add what is missing, or give the "
            f"table unfilled = 'leave_out'"
        )


def cause(table: Table) -> str:
    """Under which cause such rows of a table are counted."""
    return f"no {' or '.join(fill.source for fill in table.fill)} of theirs"
