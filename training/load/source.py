"""Rows to load, as columns that know which row of which file each cell came from."""

from __future__ import annotations

from collections.abc import Mapping as Keys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from training.load.columns import Column
from training.load.complaints import Complaints
from training.load.errors import LoadError, first_line
from training.load.reading import Source, open_source
from training.load.reading.source import check_columns


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of a file, all of them or those after the first `first_row`. `file` is what messages call it."""

    file: str
    table: pa.Table
    first_row: int = 0
    complaints: Complaints | None = None  # where a check gathers wrong cells

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str, positions: Ints | None = None) -> Column:
        """A column's cells at the given positions (from 0), or all of them."""
        values = self.table[name].combine_chunks()
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        if pa.types.is_null(values.type):  # a chunk without a single value doesn't tell what the column holds
            values = values.cast(pa.string())
        if positions is None:
            return Column(self.file, name, values, np.arange(1, len(self) + 1) + self.first_row, self.complaints)
        return Column(
            self.file, name, values.take(pa.array(positions)), positions + 1 + self.first_row, self.complaints
        )


def read_sheet(data: Source | Path, column_keys: Keys[str, str]) -> Sheet:
    """Read all rows of a source, the columns that a mapping names. Rows are counted through all of its files.

    Args:
        data: where the rows are; a path is opened as `open_source` does.
        column_keys: the columns to read, by the mapping's key that names them.

    Raises:
        LoadError: if the source can't be read, lacks a column, or its parts disagree on one.
    """
    source = open_source(str(data)) if isinstance(data, Path) else data
    check_columns(source, column_keys)
    names = sorted(set(column_keys.values()))
    tables = [chunk.table for chunk in source.chunks(names)]
    where = source.files[0] if len(source.files) == 1 else f"{source.files[0]} and the parts after it"
    if not tables:
        return Sheet(where, pa.table({name: pa.array([], type=pa.string()) for name in names}))
    try:
        return Sheet(where, pa.concat_tables(tables, promote_options="permissive"))
    except (pa.ArrowException, pa.lib.ArrowTypeError) as error:
        raise LoadError(f"{where}: {first_line(error)}; give parts alike") from error
