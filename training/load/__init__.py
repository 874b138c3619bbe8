"""What a data scientist has, turned into events by a small mapping file: order and return lines, or several tables.

A mapping (TOML) says which column is what, in which unit, and which rows are what. Nothing is guessed and nothing is
dropped silently: what gives no event is left out under a cause that the report counts.

- `load` takes one table of order and return lines. A return is matched to the purchase that it gives back, so all
  lines are held in memory. Read `mapping` first, then `loading`, which calls the rest in order: `source` (open),
  `rows` (which row is what), `lines` with `columns` (the values, checked), `matching` (which purchase a return gives
  back), `assemble` (the events), `report` (the counts).
- `load_tables` takes a platform's own tables, as large as they come: `tables`.

`reading` gives the rows of files and databases to both, and `check` tells of both what is wrong before anything is
written.
"""

from training.load.errors import LoadError
from training.load.loading import Loaded, load
from training.load.mapping import Mapping
from training.load.mapping_file import find_mapping, read_mapping, shipped_mapping
from training.load.report import LoadReport, Tally
from training.load.tables import TablesMapping, TablesReport, load_tables

__all__ = [
    "LoadError",
    "LoadReport",
    "Loaded",
    "Mapping",
    "TablesMapping",
    "TablesReport",
    "Tally",
    "find_mapping",
    "load",
    "load_tables",
    "read_mapping",
    "shipped_mapping",
]
