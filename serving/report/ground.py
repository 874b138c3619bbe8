"""What a report is read from: the record of two quarters, read once, and a connection for what is no event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from features.arrays import Ints
from features.events import EventKind
from features.spans import DAY_MS
from features.store.schema import EVENT
from serving.insight.record import Record, times
from serving.policy import Policy
from serving.report.quarter import Quarter, ReportError, Span

# A claim may be about an order of some months ago, and an order be on its way for weeks
REACH_DAYS: Final = 92
# How long after the quarter's end its last claims may still be answered in time
AFTER_MS: Final = DAY_MS


@dataclass(frozen=True, slots=True)
class Period:
    """Which time a report is about.

    Attributes:
        quarter: the quarter.
        span: its days; of a quarter that still runs, up to now.
        whole: its days to the last.
        before: those of the quarter before.
        months: six months, the quarter's own being the last three; the last one that has begun ends now at the latest.
        as_of_ms: what was known before this moment plays a part.
        now_ms: when it is made.
    """

    quarter: Quarter
    span: Span
    whole: Span
    before: Span
    months: tuple[Span, ...]
    as_of_ms: int
    now_ms: int

    @property
    def is_running(self) -> bool:
        """Whether the quarter isn't over yet."""
        return self.now_ms < self.whole.until_ms

    @property
    def read_from_ms(self) -> int:
        """From when on events are read."""
        return self.before.from_ms - REACH_DAYS * DAY_MS


def period_of(quarter: Quarter, policy: Policy, now_ms: int) -> Period:
    """The time that a report about a quarter is about.

    Raises:
        ReportError: if the quarter hasn't begun.
    """
    whole, before = quarter.span(policy.zone), quarter.before()
    if whole.from_ms >= now_ms:
        raise ReportError(f"quarter {quarter}: it hasn't begun yet; name an earlier one")
    months = (*before.months(policy.zone), *quarter.months(policy.zone))
    begun = tuple(_until(month, now_ms) for month in months if month.from_ms < now_ms)
    as_of_ms = min(now_ms, whole.until_ms + AFTER_MS)
    return Period(quarter, _until(whole, now_ms), whole, before.span(policy.zone), begun, as_of_ms, now_ms)


@dataclass(frozen=True)
class Ground:
    """What every part of a report is worked out from. `connection` is only read."""

    period: Period
    record: Record
    policy: Policy
    connection: sa.Connection

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables that the store has: a service that never ran has made few of them."""
        return frozenset(sa.inspect(self.connection).get_table_names())

    def has(self, *tables: sa.Table) -> bool:
        """Whether the store has all of these tables."""
        return all(table.name in self.tables for table in tables)

    @cached_property
    def first_ruled_ms(self) -> Mapping[str, int]:
        """When the first verdict on each claim was given that had any, by claim (ms)."""
        known = EVENT.c.known_at_ms
        query = (
            sa.select(EVENT.c.claim_id, sa.func.min(EVENT.c.occurred_at_ms))
            .where(EVENT.c.kind == EventKind.CLAIM_ADJUDICATED)
            .where(known >= self.period.read_from_ms, known < self.period.as_of_ms)
            .group_by(EVENT.c.claim_id)
        )
        return {claim_id: int(at_ms) for claim_id, at_ms in self.connection.execute(query)}

    @cached_property
    def filed_ms(self) -> Ints:
        """When each claim of the record was filed (ms), shape (claims,)."""
        return moments_or(self.record.claims, "filed_at_ms", "known_at_ms")


def moments_or(table: pa.Table, name: str, other: str) -> Ints:
    """A column of moments (ms); where it is silent, those of another one. -1 where both are."""
    first = times(table, name)
    return np.where(first < 0, times(table, other), first)


def _until(span: Span, end_ms: int) -> Span:
    return Span(span.name, span.from_ms, min(span.until_ms, end_ms))
