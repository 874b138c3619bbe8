"""Parts joined with the facts of their orders and claims, dealt out by id so that one deal at a time is in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.engines.partitioned.spill import Spill
from features.progress import Progress
from training.load.deals import deal
from training.load.tables.convert import part_schema
from training.load.tables.facts import Facts, fact_schema, facts_in
from training.load.tables.mapping import TablesMapping
from training.load.tables.places import Places
from training.load.tables.work import read_part, write_part


@dataclass(frozen=True, slots=True)
class Filling:
    """One pass: rows of some tables take fields over from their order, or from their claim."""

    source: Literal["order", "claim"]
    fields: dict[int, tuple[str, ...]]  # by table
    schema: pa.Schema  # of the rows
    places: Places

    @property
    def key(self) -> str:
        """The field by which rows find what they take over."""
        return f"{self.source}_id"


def fillings(mapping: TablesMapping, places: Places) -> list[Filling]:
    """The passes that a mapping asks for: from orders first, since claims hand on what they took from those."""
    sources: tuple[Literal["order", "claim"], ...] = ("order", "claim")
    found, schema = [], part_schema(mapping)
    for source in sources:
        fields = {index: table.filled_from(source) for index, table in enumerate(mapping.tables)}
        if any(fields.values()):
            found.append(Filling(source, {index: names for index, names in fields.items() if names}, schema, places))
    return found


def fill(parts: Sequence[Path], filling: Filling, folder: Path, deals: int, progress: Progress | None) -> list[Path]:
    """The parts with a pass's fields filled in: new files in a folder, and those that it doesn't concern.

    Args:
        parts: what was read.
        filling: which rows take what from where.
        folder: an empty folder.
        deals: how many times the rows are dealt out; a deal lies in memory.
        progress: called with (done, total, what).

    Raises:
        LoadError: if two rows say different things of one order or claim.
    """
    folder.mkdir(parents=True)
    rows = Spill(folder, "rows", filling.schema, deals, "lz4")
    facts = Spill(folder, "facts", fact_schema(filling.source), deals, "lz4")
    what = f"filling in from {filling.source}s"
    kept: list[Path] = []
    for number, path in enumerate(parts):
        if progress is not None:
            progress(number, len(parts) + deals, what)
        kept += _deal(path, filling, rows, facts, folder)
    for number in range(deals):
        if progress is not None:
            progress(len(parts) + number, len(parts) + deals, what)
        known = Facts(facts.read(number), filling.source, filling.places)
        facts.remove(number)
        path = folder / f"filled-{number:06}.parquet"
        with pq.ParquetWriter(path, filling.schema, compression="lz4") as writer:
            for piece in rows.pieces(number):
                writer.write_table(_fill_in(piece, filling, known))
        rows.remove(number)
        kept.append(path)
    if progress is not None:
        progress(len(parts) + deals, len(parts) + deals, what)
    return kept


def _deal(path: Path, filling: Filling, rows: Spill, facts: Spill, folder: Path) -> list[Path]:
    """Deal out the rows and facts of a part; where the rest of it lies, if there is any."""
    rest: list[pa.Table] = []
    read = taken = 0
    for part in read_part(path):
        stated = facts_in(part, filling.source)
        stated = stated.filter(pc.is_valid(stated[filling.key]))
        facts.add(stated, deal(stated, filling.key, len(facts.rows)))
        tables = pa.array(list(filling.fields), type=pa.int16())
        takes = pc.and_(pc.is_in(part["_table"], value_set=tables), pc.is_valid(part[filling.key]))
        takers = part.filter(takes)
        rows.add(takers, deal(takers, filling.key, len(rows.rows)))
        rest.append(part.filter(pc.invert(takes)))
        read, taken = read + len(part), taken + len(takers)
    if taken == 0:
        return [path]
    if taken == read:
        return []
    left = folder / f"rest-{path.stem}.parquet"
    write_part(pa.concat_tables(rest), left)
    return [left]


def _fill_in(rows: pa.Table, filling: Filling, facts: Facts) -> pa.Table:
    filled = []
    for table, names in filling.fields.items():
        own = rows.filter(pc.equal(rows["_table"], table))
        if len(own):
            filled.append(facts.fill(own, names))
    return pa.concat_tables(filled)
