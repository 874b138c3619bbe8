"""All that the team page tells, in one reading of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from features.spans import DAY_MS
from features.store import Store
from serving.cases.quality.agreement import Agreement, agreement
from serving.cases.quality.arms import ArmFigures, arm_figures
from serving.cases.quality.chance import Figure
from serving.cases.quality.pace import (
    Backlog,
    ClocksMet,
    Hour,
    backlog,
    clocks_met,
    hours,
    overturned_share,
    undo_share,
)
from serving.cases.quality.ratings import DoubledReview, doubled_reviews, gold_rulings
from serving.cases.quality.reliability import TeamRates, team_rates
from serving.policy import Policy

AGREEMENT_DAYS: Final = 90
GOLD_DAYS: Final = 180
MONTH_DAYS: Final = 30
UNDO_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """How the team does. `by_reason` holds the agreement of claim reasons that have some, the most doubled first."""

    clocks: list[ClocksMet]
    backlog: Backlog
    hours: list[Hour]
    rulings: Agreement
    verdicts: Agreement
    by_reason: dict[str, Agreement]
    rates: TeamRates
    arms: list[ArmFigures]
    overturned: Figure
    undone: Figure


def team_figures(store: Store, policy: Policy, now_ms: int) -> TeamFigures:
    """How the team does now; takes some tens of milliseconds whatever the number of cases is."""
    with store.reading() as connection:
        waiting = backlog(connection, now_ms)
        doubled = doubled_reviews(connection, now_ms - AGREEMENT_DAYS * DAY_MS)
        golds = gold_rulings(connection, now_ms - GOLD_DAYS * DAY_MS)
        return TeamFigures(
            clocks=clocks_met(connection, now_ms),
            backlog=waiting,
            hours=hours(connection, now_ms, waiting.open),
            rulings=agreement(each.rulings for each in doubled),
            verdicts=agreement(each.verdicts for each in doubled),
            by_reason=_by_reason(doubled),
            rates=team_rates(golds, policy.review),
            arms=arm_figures(golds, doubled),
            overturned=overturned_share(connection, now_ms - MONTH_DAYS * DAY_MS),
            undone=undo_share(connection, now_ms - UNDO_DAYS * DAY_MS),
        )


def _by_reason(doubled: Iterable[DoubledReview]) -> dict[str, Agreement]:
    found: dict[str, list[tuple[str, str]]] = {}
    for each in doubled:
        found.setdefault(each.claim_reason, []).append(each.rulings)
    ordered = sorted(found, key=lambda reason: (-len(found[reason]), reason))
    return {reason: agreement(found[reason]) for reason in ordered}
