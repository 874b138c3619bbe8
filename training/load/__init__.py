"""Files of order and return lines, turned into events by a small mapping file.

A mapping (TOML) says which column is what, in which unit, and which rows are orders, returns, or neither. Nothing
is guessed and nothing is dropped silently: a row is an order, a return, or left out under a cause that the report
counts, and a return that fits no purchase stays as a claim without order facts and is counted too.

Read `mapping` first, then `loading`, which calls the rest in order: `source` (open the file), `rows` (which row is
what), `lines` with `columns` (the values, checked), `matching` (which purchase a return gives back), `assemble`
(the events), `report` (the counts).
"""

from training.load.errors import LoadError
from training.load.loading import Loaded, load
from training.load.mapping import Mapping
from training.load.mapping_file import find_mapping, read_mapping, shipped_mapping
from training.load.report import LoadReport, Tally

__all__ = [
    "LoadError",
    "LoadReport",
    "Loaded",
    "Mapping",
    "Tally",
    "find_mapping",
    "load",
    "read_mapping",
    "shipped_mapping",
]
