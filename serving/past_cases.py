"""Past decisions of a store, with what they rest on and what became of them: many at a time, never claim by claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import sqlalchemy as sa

from features.arrays import Floats
from features.events import EventKind
from features.progress import Progress
from features.store import Store, StoreError
from features.store.schema import EVENT, VECTOR
from serving.decision import Action, Case, facts_from_json
from serving.ledger import DECISION, refuse_old_ledger
from serving.past_lists import PastLists
from serving.policy.rules import ListKind
from serving.policy_compare.past import Counts, PastCase

PART_CASES: Final = 5_000  # in one go: a part's feature vectors take some ten megabytes
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """Decisions from a moment on, before another one; milliseconds UTC, None for no bound."""

    from_ms: int | None = None
    to_ms: int | None = None

    def holds(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on a decision."""
        bounds = []
        if self.from_ms is not None:
            bounds.append(DECISION.c.decided_at_ms >= self.from_ms)
        if self.to_ms is not None:
            bounds.append(DECISION.c.decided_at_ms < self.to_ms)
        return bounds


@dataclass(slots=True)
class _Found:
    """What became of a claim, as far as it was reported."""

    abusive: bool | None = None
    found_by: str | None = None
    advanced_minor: int = 0
    recovered_minor: int = 0


def read_past_cases(
    store: Store,
    window: Window,
    counts: Counts,
    lists: Mapping[str, ListKind] | None = None,
    progress: Progress | None = None,
) -> Iterator[PastCase]:
    """Past decisions in the order in which they were made; those without facts are left out and counted.

    Of several verdicts on a claim the last one counts that is not `undetermined`: who rules on an appeal has the first
    finding before them.

    Args:
        store: where they were recorded.
        window: from when to when.
        counts: is filled in on the way.
        lists: those that rules ask (`serving.past_lists.lists_asked`); cases say on which of them they were then.
        progress: called with (done, total, what is being done).

    Raises:
        StoreError: an older clearclaim made the ledger, or facts in it can't be read.
    """
    refuse_old_ledger(store)
    with store.reading() as connection:
        if not sa.inspect(connection).has_table(DECISION.name):
            return
        past_lists = PastLists(connection, lists or {})
        total = connection.scalar(sa.select(sa.func.count()).select_from(DECISION).where(*window.holds())) or 0
        for rows in _parts(connection, store.plan.catalog_hash, window):
            found = _found(connection, rows[0].decided_at_ms, rows[-1].decided_at_ms)
            for row in rows:
                counts.decisions += 1
                if row.facts is None:
                    counts.without_facts += 1
                    continue
                counts.without_vector += row.vector is None
                yield _past_case(store, row, found.get(row.claim_id, _Found()), past_lists)
            if progress is not None:
                progress(counts.decisions, total, "past decisions")


def latest_moment_ms(store: Store) -> int:
    """The newest moment of which the store knows anything, 0 if there is none: what is old is old as of then."""
    with store.reading() as connection:
        return connection.scalar(sa.select(sa.func.max(EVENT.c.known_at_ms))) or 0


def _parts(connection: sa.Connection, catalog_hash: str, window: Window) -> Iterator[Sequence[sa.Row[Any]]]:
    place = sa.tuple_(DECISION.c.decided_at_ms, DECISION.c.claim_id)
    of_catalog = (VECTOR.c.claim_id == DECISION.c.claim_id) & (VECTOR.c.catalog_hash == catalog_hash)
    query = (
        sa.select(
            DECISION.c.claim_id,
            DECISION.c.decided_at_ms,
            DECISION.c.action,
            DECISION.c.abuse_probability,
            DECISION.c.recovery_probability,
            # the ledger has the probability that was used; whether a model said it stands in the answer
            DECISION.c.answer.like('%"recovery_source":"model"%').label("by_model"),
            DECISION.c.capacity_price_minor,
            DECISION.c.audit_propensity_ppm,
            DECISION.c.audited,
            DECISION.c.facts,
            VECTOR.c.vector,
        )
        .join_from(DECISION, VECTOR, of_catalog, isouter=True)
        .where(*window.holds())
        .order_by(DECISION.c.decided_at_ms, DECISION.c.claim_id)
        .limit(PART_CASES)
    )
    rows = connection.execute(query).all()
    while rows:
        yield rows
        rows = connection.execute(query.where(place > (rows[-1].decided_at_ms, rows[-1].claim_id))).all()


def _found(connection: sa.Connection, first_ms: int, last_ms: int) -> dict[str, _Found]:
    """What was reported on the claims that were decided between two moments, both included."""
    query = (
        sa.select(
            EVENT.c.claim_id,
            EVENT.c.kind,
            EVENT.c.verdict,
            EVENT.c.verdict_source,
            EVENT.c.amount_minor,
            EVENT.c.recovered_minor,
        )
        .join_from(DECISION, EVENT, EVENT.c.claim_id == DECISION.c.claim_id)
        .where(
            DECISION.c.decided_at_ms.between(first_ms, last_ms),
            EVENT.c.kind.in_([str(EventKind.CLAIM_ADJUDICATED), str(EventKind.ADVANCE_SETTLED)]),
        )
        .order_by(EVENT.c.known_at_ms, EVENT.c.sequence)
    )
    found: dict[str, _Found] = {}
    for row in connection.execute(query):
        of_claim = found.setdefault(row.claim_id, _Found())
        if row.kind == EventKind.ADVANCE_SETTLED:
            of_claim.advanced_minor, of_claim.recovered_minor = row.amount_minor, row.recovered_minor
        elif row.verdict != "undetermined":
            of_claim.abusive, of_claim.found_by = row.verdict == "abusive", row.verdict_source
    return found


def _past_case(store: Store, row: sa.Row[Any], found: _Found, lists: PastLists) -> PastCase:
    try:
        facts = facts_from_json(row.facts)
    except (ValueError, TypeError) as error:
        raise StoreError(f"store {store.name}, claim {row.claim_id!r}: {error}") from error
    return PastCase(
        case=Case(
            facts=facts,
            vector=_vector(row.vector),
            abuse_probability=row.abuse_probability,
            recovery_probability=row.recovery_probability if row.by_model else None,
            capacity_price_minor=row.capacity_price_minor,
            lists=lists.of(facts),
        ),
        action=cast(Action, row.action),
        audit_chance=None if row.audit_propensity_ppm is None else row.audit_propensity_ppm / MILLION,
        audited=bool(row.audited),
        abusive=found.abusive,
        found_by=found.found_by,
        advanced_minor=found.advanced_minor,
        recovered_minor=found.recovered_minor,
    )


def _vector(stored: bytes | None) -> Floats | None:
    return None if stored is None else np.frombuffer(stored, dtype="<f8")
