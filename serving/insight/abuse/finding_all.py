"""All findings of a record, those with the most money first."""

from __future__ import annotations

from collections.abc import Iterator

from serving.insight.abuse.columns import Columns
from serving.insight.abuse.evidence import find_reused
from serving.insight.abuse.finding import Finding
from serving.insight.abuse.groups import find_new_accounts, find_rings
from serving.insight.abuse.habits import find_habits
from serving.insight.abuse.links import Place, all_shared, linking, pictures_of
from serving.insight.abuse.merchants import find_collusion
from serving.insight.record import Record


def find_abuse(record: Record, public: frozenset[Place] = frozenset()) -> list[Finding]:
    """All findings, the one with the most money paid and open first; links through public places don't count."""
    if not len(record.claims):
        return []
    return sorted(_found(record, public), key=lambda each: (-each.paid_minor - each.open_minor, each.key))


def _found(record: Record, public: frozenset[Place]) -> Iterator[Finding]:
    columns = Columns(record)
    pictures = pictures_of(columns)
    things = linking(all_shared(columns, pictures), public)
    yield from find_rings(columns, things)
    yield from find_new_accounts(columns, things)
    yield from find_reused(columns, pictures, things, public)
    yield from find_collusion(columns)
    yield from find_habits(columns)
