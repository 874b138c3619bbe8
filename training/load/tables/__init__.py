"""A platform's own tables (orders, deliveries, claims, decisions, verdicts ...), each turned into events of one kind.

What a table lacks of its order or claim is filled in from the table that has it. Nothing is held in memory whole:
chunks become parts in a work folder, parts are joined by dealing them out by id, and put in order by time ranges. A
stopped run goes on at the part where it stopped.

Read `mapping` first, then `fields` (cells), `convert` (rows), `work` (parts and what is done), `filling`, `merging`,
and `loading`, which calls them in order.
"""

from training.load.tables.loading import load_tables
from training.load.tables.mapping import TablesMapping
from training.load.tables.report import TablesReport

__all__ = ["TablesMapping", "TablesReport", "load_tables"]
