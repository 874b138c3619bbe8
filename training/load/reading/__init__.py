"""Where rows come from: a file, a folder of files, or a database, each read in chunks and never whole.

A source says which columns it has, gives chunks of the columns that are wanted, and marks after each chunk where the
next one begins, so that a later run can go on there.

Read `source` first, then `csv_blocks` (how a CSV file is cut), `files`, `database`, and `opening`, which picks one.
"""

from training.load.reading.opening import is_database, open_source
from training.load.reading.source import Chunk, Mark, Source

__all__ = ["Chunk", "Mark", "Source", "is_database", "open_source"]
