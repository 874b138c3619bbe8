"""What is kept for the pages: the figures of the last 365, 90 and 30 days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.spans import DAY_MS
from serving.insight.keeping import Kept
from serving.insight.returns.body import to_body
from serving.insight.returns.ledger import changes_of, read_ledger
from serving.insight.returns.working_out import work_out

if TYPE_CHECKING:  # the list of parts imports this one
    from serving.insight.parts import Ground

RETURNS: Final = "returns"
PERIODS: Final = (365, 90, 30)  # days


def compute_returns(ground: Ground) -> list[Kept]:
    """The figures of each period, by its days; nothing at all where the longest has neither order nor claim."""
    record, policy = ground.record, ground.policy
    ledger = read_ledger(ground.connection, record.from_ms, record.until_ms)
    changes = changes_of(ledger, policy)
    found = []
    for rank, days in enumerate(PERIODS, 1):
        from_ms = max(record.until_ms - days * DAY_MS, record.from_ms)
        returns = work_out(record, policy, from_ms=from_ms, changes=changes, ledger=ledger)
        if days == PERIODS[0] and returns.is_empty:
            return []
        found.append(Kept(str(days), rank, to_body(returns)))
    return found
