"""The file to load, opened: Parquet or CSV, only the columns that the mapping names.

CSV cells stay text until a mapping says what they are, so that a product code such as 00123 keeps its zeros.
Rows are counted from 1, and a CSV header is not a row.
"""

from __future__ import annotations

from collections.abc import Mapping as Keys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from features.arrays import Ints
from training.load.columns import Column
from training.load.errors import LoadError, first_line

_CSV: Final = csv.ParseOptions(newlines_in_values=True)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns of a file, all its rows. `file` is what messages call it."""

    file: str
    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str, positions: Ints | None = None) -> Column:
        """A column's cells at the given positions (from 0), or all of them."""
        values = self.table[name].combine_chunks()
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        if positions is None:
            return Column(self.file, name, values, np.arange(1, len(self) + 1))
        return Column(self.file, name, values.take(pa.array(positions)), positions + 1)


def read_sheet(path: Path, column_keys: Keys[str, str]) -> Sheet:
    """Read the columns that a mapping names from a .parquet or .csv file.

    Args:
        path: the file.
        column_keys: the columns to read, by the mapping's key that names them.

    Raises:
        LoadError: if the file is missing, of another kind, broken, or lacks a column.
    """
    if not path.is_file():
        raise LoadError(f"{path}: no such file; give the path of a .parquet or .csv file")
    names = sorted(set(column_keys.values()))
    try:
        match path.suffix.lower():
            case ".parquet":
                _check_columns(path, pq.read_schema(path).names, column_keys)
                table = pq.read_table(path, columns=names)
            case ".csv":
                _check_columns(path, csv.open_csv(path, parse_options=_CSV).schema.names, column_keys)
                table = csv.read_csv(path, parse_options=_CSV, convert_options=_all_text(names))
            case suffix:
                raise LoadError(f"{path}: is a {suffix or 'nameless'} file; give a .parquet or .csv file")
    except pa.ArrowException as error:
        raise LoadError(f"{path}: not a readable {path.suffix[1:]} file ({first_line(error)}); correct it") from error
    return Sheet(str(path), table)


def _all_text(names: list[str]) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        include_columns=names,
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
    )


def _check_columns(path: Path, present: list[str], column_keys: Keys[str, str]) -> None:
    for key, column in column_keys.items():
        if column not in present:
            raise LoadError(
                f"{path}: no column {column!r}, which the mapping's key {key} names; "
                f"name one of {', '.join(repr(name) for name in present)}"
            )
