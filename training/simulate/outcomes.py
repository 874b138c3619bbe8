"""What a marketplace's answers were worth: the figures by which policies are compared. They look at the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from features.event_table import code_of
from features.spans import DAY_MS, HOUR_MS
from serving.decision.capacity import day_began_ms
from serving.policy import Costs, Policy
from training.simulate.config import Flags, SimulationConfig
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
    "cost_of_buyers_minor": "  the honest: waiting, and being refused",
    "cost_of_merchants_minor": "  merchants: what they paid to lies, weighted",
    "cost_of_platform_minor": "  the platform: reviews, advances, what it paid to lies",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTotals:
    """Sums over the days that were watched; money in minor units.

    `cost_minor` prices what happened as the decision prices what it expects (`serving.decision.expected_costs`), and is
    the sum of three parties' costs. What a lie gets weighs `merchant_loss_weight` where its merchant is charged for an
    approval, and else what it is; goods that a lie is sent in exchange are worth its amount. `abuse_paid_minor` counts
    money alone. The merchant pays for lies that a person believed, for a person's ruling entitles to that.
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
    cost_of_buyers_minor: float
    cost_of_merchants_minor: float
    cost_of_platform_minor: float

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
            **self._priced(day, reviewed, advanced, int(lost_minor.sum())),
        )

    def totals(self) -> OutcomeTotals:
        """The sums so far; the waiting as a mean over honest claims."""
        sums = {name: self._sums.get(name, 0) for name in OutcomeTotals.__dataclass_fields__}
        sums["honest_waited_hours"] /= max(self._honest, 1)
        whole = {name: value if name in _FRACTIONS else int(value) for name, value in sums.items()}
        return OutcomeTotals(**whole)  # type: ignore[arg-type] # each name has its own type, which `_FRACTIONS` knows

    def _priced(self, day: DayDone, reviewed: Flags, advanced: Flags, lost_minor: int) -> dict[str, float]:
        """What the day cost, and whom."""
        claims, refused, costs = day.claims, day.rulings.refused, self._costs
        honest, charged = ~claims.abusive, day.answers.charges_merchant
        got_minor = np.where(claims.abusive & ~refused, claims.amount_minor, 0)
        buyers = costs.delay_cost_minor * int((reviewed & honest).sum())
        buyers += costs.wrongful_denial_cost_minor * int((refused & honest).sum())
        merchants = costs.merchant_loss_weight * int(got_minor[charged].sum()) + int(got_minor[reviewed].sum())
        platform = int(got_minor[~charged & ~reviewed].sum()) + lost_minor
        platform += costs.review_cost_minor * int(reviewed.sum()) + costs.advance_fee_minor * int(advanced.sum())
        return {
            "cost_minor": buyers + merchants + platform,
            "cost_of_buyers_minor": buyers,
            "cost_of_merchants_minor": merchants,
            "cost_of_platform_minor": platform,
        }

    def _add(self, **figures: float) -> None:
        for name, figure in figures.items():
            self._sums[name] = self._sums.get(name, 0) + figure


class ReviewsPerDay:
    """Counts reviews by the policy's days, from the simulation's day on which it decides to the last.

    Days that aren't wholly within that time don't count.
    """

    def __init__(self, policy: Policy, config: SimulationConfig, from_day: int = 0) -> None:
        self._policy = policy
        self._from_ms, self._end_ms = config.start_ms + from_day * DAY_MS, config.end_ms
        began = range(self._from_ms, self._end_ms, DAY_MS)
        self._reviews = Counter({day_began_ms(policy, moment): 0 for moment in began})

    def watch(self, day: DayDone) -> None:
        """Count a day that is over."""
        reviewed = day.answers.action == code_of("action", "manual_review")
        self._reviews.update(day_began_ms(self._policy, moment) for moment in day.claims.filed_at_ms[reviewed].tolist())

    def counts(self) -> list[int]:
        """The reviews of each whole day, in order."""
        whole = [
            began
            for began in sorted(self._reviews)
            if began >= self._from_ms and day_began_ms(self._policy, self._end_ms) > began
        ]
        return [self._reviews[began] for began in whole]


_FRACTIONS: Final = frozenset({
    "honest_waited_hours", "cost_minor", "cost_of_buyers_minor", "cost_of_merchants_minor", "cost_of_platform_minor",
})  # fmt: skip


def _shown(value: float, name: str) -> str:
    if name.endswith("_minor"):
        return f"{value / 100:,.2f}"
    return f"{value:,.1f}" if name in _FRACTIONS else f"{int(value):,}"
