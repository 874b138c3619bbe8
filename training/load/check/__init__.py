"""A look at what is to be loaded: all that is wrong or strange, found in one run, and nothing written.

An error says that the load would fail or be wrong, a warning that someone should look. Rows are dealt into a temporary
folder, which is removed, so that orders and claims that lie far apart can be held against each other.

Read `findings` first, then `profile` (columns), `rows` (each event by itself), `links` (events of one order or claim),
`days` (the calendar), and `tables` and `lines`, which look at the two layouts.
"""

from training.load.check.findings import CheckReport, Finding, Severity
from training.load.check.lines import check_lines
from training.load.check.tables import check_tables

__all__ = ["CheckReport", "Finding", "Severity", "check_lines", "check_tables"]
