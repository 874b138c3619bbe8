"""What the service logged, computed again from the event log by the batch engine and compared bit for bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.engines.batch import feature_vectors
from features.event_table import from_arrow
from features.events import EventKind
from features.progress import Progress
from features.store.check_results import CheckResult
from features.store.database import Store
from features.store.log import read_log
from features.store.vectors import read_vectors


@dataclass(frozen=True, slots=True)
class Parity:
    """How many vectors and values were compared, and how many differed, by column (only those that did)."""

    claims: int
    values: int
    mismatches: dict[str, int]
    missing_claims: tuple[str, ...]

    @property
    def differing(self) -> int:
        """How many values differed."""
        return sum(self.mismatches.values())

    @property
    def holds(self) -> bool:
        """Whether every vector was found and every value was equal."""
        return not self.mismatches and not self.missing_claims


def check_parity(store: Store, progress: Progress | None = None) -> Parity:
    """Compare every vector that was served under the store's catalogue with what the event log gives today."""
    plan = store.plan
    with store.reading() as connection:
        logged = read_vectors(connection, plan.catalog_hash, len(plan.columns))
        events = from_arrow(read_log(connection))
    claims = events.rows_of(EventKind.CLAIM_FILED)
    names = events.ids["claim_id"].take(events["claim_id"][claims]).to_pylist()
    row_of = dict(zip(names, claims.tolist(), strict=True))
    found = [index for index, claim_id in enumerate(logged.claim_ids) if claim_id in row_of]
    rows = np.array([row_of[logged.claim_ids[index]] for index in found], dtype=np.int64)
    again = feature_vectors(plan, events, rows, progress)
    served = logged.vectors[found]
    differs = ~((served == again) | (np.isnan(served) & np.isnan(again)))
    counts = {name: int(number) for name, number in zip(plan.names, differs.sum(axis=0), strict=True) if number}
    missing = tuple(claim_id for claim_id in logged.claim_ids if claim_id not in row_of)
    return Parity(len(found), int(differs.size), counts, missing)


def line_of(result: Parity) -> str:
    """What was compared and found, in a line."""
    return f"{result.claims:,} vectors, {result.values:,} values, {result.differing:,} mismatches"


def result_of(result: Parity, at_ms: int) -> CheckResult:
    """The same as it is left in the store: each value that differs and each claim that is missing is a finding."""
    findings = result.differing + len(result.missing_claims)
    return CheckResult("parity", at_ms, "holds" if result.holds else "differs", findings, line_of(result))
