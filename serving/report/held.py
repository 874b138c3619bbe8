"""Which quarters a store holds events of, so that nobody takes a report about nothing for one about bad days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store
from features.store.schema import EVENT
from serving.policy import Policy
from serving.report.quarter import Quarter, ReportError, Span, quarter_at

# A small shop may have some quiet days before the quarter's end; a record that ends earlier doesn't tell all of it
QUIET_MS: Final = 14 * 86_400_000


@dataclass(frozen=True, slots=True)
class Held:
    """From the first to the last moment (ms) at which something became known."""

    first_ms: int
    last_ms: int

    def quarters(self, policy: Policy) -> tuple[Quarter, Quarter]:
        """The first and the last quarter of which there is something."""
        return quarter_at(self.first_ms, policy.zone), quarter_at(self.last_ms, policy.zone)

    def ends_before(self, span: Span) -> bool:
        """Whether the record ends long before a stretch of time does."""
        return self.last_ms < span.until_ms - QUIET_MS


def held_by(store: Store, now_ms: int) -> Held | None:
    """What a store holds of the time before `now_ms`; None if it holds nothing."""
    known = EVENT.c.known_at_ms
    with store.reading() as connection:
        first, last = (
            connection.scalar(sa.select(end(known)).where(known < now_ms)) for end in (sa.func.min, sa.func.max)
        )
    return None if first is None or last is None else Held(first, last)


def last_whole(held: Held | None, policy: Policy, now_ms: int) -> Quarter:
    """The last whole quarter, and of a record that ended before its end the last one that the record covers."""
    last = quarter_at(now_ms, policy.zone).before()
    if held is None or not held.ends_before(last.span(policy.zone)):
        return last
    first, of_record = held.quarters(policy)
    return max(first, of_record.before()) if held.ends_before(of_record.span(policy.zone)) else of_record


def refuse_unheld(held: Held | None, quarter: Quarter, policy: Policy) -> None:
    """Refuse a quarter of which a record holds nothing. A store without events has nothing to name in its place.

    Raises:
        ReportError: says which quarters it holds.
    """
    if held is None:
        return
    first, last = held.quarters(policy)
    if not first <= quarter <= last:
        told = f"{first} to {last}" if first != last else f"{first} only"
        raise ReportError(f"quarter {quarter}: nothing is on record of it; this store holds {told}: name one of these")
