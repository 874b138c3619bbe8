"""All figures of a period."""

from __future__ import annotations

from collections.abc import Sequence

from serving.insight.record import Record
from serving.insight.returns import counting
from serving.insight.returns.bearing import costs_of, parts_of
from serving.insight.returns.chance import share
from serving.insight.returns.columns import Seen, amounts, look_at
from serving.insight.returns.effects import effects_of
from serving.insight.returns.figures import ChangeEffect, PolicyChange, Returns
from serving.insight.returns.findings import findings_of
from serving.insight.returns.frequency import frequency
from serving.insight.returns.ledger import Ledger
from serving.insight.returns.seasons import seasons
from serving.policy import Policy


def work_out(
    record: Record,
    policy: Policy,
    *,
    from_ms: int | None = None,
    until_ms: int | None = None,
    changes: Sequence[PolicyChange] = (),
    ledger: Ledger | None = None,
) -> Returns:
    """What the claims and orders of a period tell.

    Args:
        record: orders and claims, of more than the period if there are more: what happened to its claims later, and
            what was filed on its orders later, counts as far as it is known at the record's end.
        policy: its prices, authorities and time zone count.
        from_ms: from which moment on claims were filed and orders paid; by default the record's start.
        until_ms: before which moment; by default the record's end.
        changes: of the policy (`ledger.changes_of`); those in the period are told, by days around them that may lie
            outside of it.
        ledger: what it tells of the claims (`ledger.read_ledger`); without it, who bore what is told by events alone.
    """
    seen = look_at(record, policy, from_ms, until_ms, ledger)
    found_seasons, effects = seasons(seen), _effects(record, policy, seen, changes, ledger)
    claimed = int((seen.order_claims > 0).sum())
    return Returns(
        from_ms=seen.from_ms,
        until_ms=seen.until_ms,
        currency=policy.currency,
        orders=len(seen.orders),
        paid_minor=int(amounts(seen.orders["amount_minor"]).sum()),
        claimed=share(claimed, len(seen.orders)),
        total=counting.total(seen),
        months=counting.months(seen),
        weeks=counting.weeks(seen),
        types=counting.types(seen),
        reasons=counting.reasons(seen),
        categories=counting.categories(seen),
        frequency=frequency(seen),
        seasons=found_seasons,
        costs=costs_of(seen, parts_of(seen)),
        changes=effects,
        findings=findings_of(seen, found_seasons, effects),
    )


def _effects(
    record: Record, policy: Policy, seen: Seen, changes: Sequence[PolicyChange], ledger: Ledger | None
) -> tuple[ChangeEffect, ...]:
    """The effects of the changes in the period, found on all days of the record and bounded by all changes."""
    if not changes:
        return ()
    known = [change for change in changes if record.from_ms <= change.at_ms < record.until_ms]
    found = effects_of(look_at(record, policy, ledger=ledger), known)
    return tuple(each for each in found if seen.from_ms <= each.change.at_ms < seen.until_ms)
