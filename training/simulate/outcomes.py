"""What a marketplace's answers were worth: the figures by which policies are compared. They look at the truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from features.event_table import code_of
from serving.policy import Costs
from training.simulate.config import HOUR_MS
from training.simulate.deciding import gives_money
from training.simulate.life import DayDone

LABELS: Final = {
    "claims": "claims",
    "automatic": "  approved automatically",
    "advanced": "  paid first by the platform",
    "reviewed": "  decided by a person",
    "abusive": "claims that were lies",
    "abuse_asked_minor": "money that lies asked for",
    "abuse_paid_minor": "  of it paid",
    "advances_lost_minor": "advances on honest claims that no merchant pays back",
    "honest_refused": "honest claims refused",
    "honest_waited_hours": "hours that honest claims waited, mean",
    "cost_minor": "what it all cost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTotals:
    """Sums over the days that were watched; money in minor units.

    `cost_minor` prices what happened at the policy's costs, as the decision does what it expects: money paid to lies,
    advances on honest claims that never come back, fees of advances, reviews, the waiting of the honest, and the honest
    who were refused.
    """

    days: int
    claims: int
    automatic: int
    advanced: int
    reviewed: int
    abusive: int
    abuse_asked_minor: int
    abuse_paid_minor: int
    advances_lost_minor: int
    honest_refused: int
    honest_waited_hours: float
    cost_minor: float

    @property
    def avoided_share(self) -> float:
        """The share of the avoidable loss, which is what lies asked for, that was not paid."""
        return 1.0 - self.abuse_paid_minor / self.abuse_asked_minor if self.abuse_asked_minor else float("nan")

    def as_dict(self) -> dict[str, float | None]:
        """All figures by name; None for a share of nothing."""
        return {**asdict(self), "avoided_share": self.avoided_share if self.abuse_asked_minor else None}

    def lines(self) -> list[str]:
        """The figures as a table, a line each."""
        width = max(map(len, LABELS.values())) + 2
        rows = [f"{label:<{width}}{_shown(getattr(self, name), name):>18}" for name, label in LABELS.items()]
        return [*rows, f"{'avoidable loss avoided':<{width}}{self.avoided_share:>18.1%}"]


class Watcher:
    """Adds up the outcomes of days from a given one on."""

    def __init__(self, costs: Costs, from_day: int = 0) -> None:
        self._costs, self._from_day = costs, from_day
        self._sums: dict[str, float] = {}
        self._honest = 0

    def watch(self, day: DayDone) -> None:
        """Take a day that is over into account."""
        if day.number < self._from_day:
            return
        claims, action, rulings = day.claims, day.answers.action, day.rulings
        abusive, refused, pays = claims.abusive, rulings.refused, gives_money(claims)
        reviewed = action == code_of("action", "manual_review")
        advanced = action == code_of("action", "pre_payment_compensation")
        paid_minor = np.where(pays & ~refused, claims.amount_minor, 0)
        waited_hours = np.where(reviewed, (rulings.settled_at_ms - claims.filed_at_ms) / HOUR_MS, 0.0)
        honest_refused = ~abusive & refused
        settled = day.settlements
        lost_minor = np.where(abusive[settled.row], 0, settled.advanced_minor - settled.recovered_minor)
        self._honest += int((~abusive).sum())
        self._add(
            days=1,
            claims=len(claims),
            automatic=int((action == code_of("action", "auto_approve")).sum()),
            advanced=int(advanced.sum()),
            reviewed=int(reviewed.sum()),
            abusive=int(abusive.sum()),
            abuse_asked_minor=int(claims.amount_minor[abusive & pays].sum()),
            abuse_paid_minor=int(paid_minor[abusive].sum()),
            advances_lost_minor=int(lost_minor.sum()),
            honest_refused=int(honest_refused.sum()),
            honest_waited_hours=float(waited_hours[~abusive].sum()),
            cost_minor=float(paid_minor[abusive].sum() + lost_minor.sum())
            + self._costs.review_cost_minor * int(reviewed.sum())
            + self._costs.advance_fee_minor * int(advanced.sum())
            + self._costs.delay_cost_minor * int((reviewed & ~abusive).sum())
            + self._costs.wrongful_denial_cost_minor * int(honest_refused.sum()),
        )

    def totals(self) -> OutcomeTotals:
        """The sums so far; the waiting as a mean over honest claims."""
        sums = {name: self._sums.get(name, 0) for name in OutcomeTotals.__dataclass_fields__}
        sums["honest_waited_hours"] /= max(self._honest, 1)
        whole = {name: value if name in _FRACTIONS else int(value) for name, value in sums.items()}
        return OutcomeTotals(**whole)  # type: ignore[arg-type] # each name has its own type, which `_FRACTIONS` knows

    def _add(self, **figures: float) -> None:
        for name, figure in figures.items():
            self._sums[name] = self._sums.get(name, 0) + figure


_FRACTIONS: Final = frozenset({"honest_waited_hours", "cost_minor"})


def _shown(value: float, name: str) -> str:
    if name.endswith("_minor"):
        return f"{value / 100:,.2f}"
    return f"{value:,.1f}" if name in _FRACTIONS else f"{int(value):,}"
