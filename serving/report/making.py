"""A report as one value: everything that it tells, before any word of it is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.progress import Progress
from features.store import Store
from serving.insight.reading import read_record
from serving.insight.record import Record
from serving.ledger import DECISION, refuse_old_ledger
from serving.policy import Policy
from serving.report.checklist import Item, checklist, transparency, verify
from serving.report.figures import Said, Standing, Target, Value
from serving.report.ground import Ground, Period, period_of
from serving.report.quarter import Quarter
from serving.report.rest import (
    Alarms,
    Appeals,
    Decisions,
    Findings,
    InForce,
    Money,
    Ranking,
    alarms,
    appeals,
    decisions,
    findings,
    in_force,
    money,
    ranking,
    stars,
)
from serving.report.targets import TARGETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report tells. `stars` counts claims rated with 1 to 5 stars."""

    period: Period
    targets: Sequence[Target]
    items: Sequence[Item]
    decisions: Decisions
    money: Money
    stars: tuple[int, ...]
    models: Sequence[InForce]
    policies: Sequence[InForce]
    appeals: Appeals | None
    merchants: Ranking
    alarms: Alarms
    findings: Findings

    @property
    def standings(self) -> Mapping[Standing, int]:
        """How many targets stand how."""
        found: dict[Standing, int] = {"met": 0, "missed": 0, "unsure": 0, "missing": 0}
        for target in self.targets:
            found[target.standing] += 1
        return found


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a store once, for the report and for plots beside it."""

    period: Period
    record: Record
    verified: Value | Said


def read(store: Store, policy: Policy, quarter: Quarter, now_ms: int, progress: Progress | None = None) -> Read:
    """Read what a report of a quarter needs of a store.

    Args:
        store: with the events; what else it has tables for is told, too.
        policy: its time zone says when the quarter begins.
        quarter: which one.
        now_ms: when the report is made.
        progress: called with (done, total, what is being done).

    Raises:
        ReportError: the quarter hasn't begun.
        StoreError: an older clearclaim made the ledger.
    """
    period = period_of(quarter, policy, now_ms)
    refuse_old_ledger(store)
    record = read_record(store, period.as_of_ms, period.read_from_ms, progress)
    return Read(period, record, verify(store, progress))


def make_report(store: Store, policy: Policy, known: Read, progress: Progress | None = None) -> Report:
    """Work out everything that a report tells, from what was read."""
    steps = len(TARGETS) + 1
    with store.reading() as connection:
        ground = Ground(known.period, known.record, policy, connection)
        targets = []
        for number, measure in enumerate(TARGETS, 1):
            targets.append(measure(ground))
            if progress is not None:
                progress(number, steps, "targets worked out")
        items = checklist(ground, known.verified, targets)
        report = Report(
            period=known.period,
            targets=(*targets, transparency(items)),
            items=items,
            decisions=decisions(ground),
            money=money(ground),
            stars=stars(ground),
            models=in_force(ground, DECISION.c.model_version),
            policies=in_force(ground, DECISION.c.policy_version),
            appeals=appeals(ground),
            merchants=ranking(ground),
            alarms=alarms(ground),
            findings=findings(ground),
        )
    if progress is not None:
        progress(steps, steps, "targets worked out")
    return report
