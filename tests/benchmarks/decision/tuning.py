"""What rivals may learn before the first day: from the labels of the training period, as a platform would have them.

Claims that the model was fitted on are left out: it knows them too well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats
from features.definition.window import MS_PER_DAY
from features.event_table import MISSING
from features.events import CLAIM_TYPES
from serving.decision import ClaimFacts, RecordedAuthority, decide
from serving.policy import Policy
from training.dataset import Period
from training.simulate.baselines import NEVER_REVIEWED, ApproveAll, sent
from training.simulate.claims import Claims
from training.simulate.config import Flags
from training.simulate.day import Day

SETTLED_DAYS: Final = 75  # after which an advance has come back or is written off
STEPS: Final = 200


class Clerk(ApproveAll):
    """Looks on while the old rule decides, and keeps what a decision would have known of each claim."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.facts: dict[int, ClaimFacts] = {}  # by the moment; of those that share one, the last

    def watch(self, day: Day, claims: Claims, consents: Flags) -> None:  # noqa: ARG002 - the claims will do
        """Keep the claims of a day."""
        for row, consent in enumerate(consents.tolist()):
            at_ms, delivered = int(claims.filed_at_ms[row]), int(claims.delivered_at_ms[row])
            self.facts[at_ms] = ClaimFacts(
                amount_minor=int(claims.amount_minor[row]),
                claim_type=CLAIM_TYPES[claims.claim_type[row]],
                as_of_ms=at_ms,
                order_delivered_at_ms=None if delivered == MISSING else delivered,
                authority=RecordedAuthority("consent", "on record") if consent else None,
            )


@dataclass(frozen=True)
class Labelled:
    """Labelled claims that the model wasn't fitted on: what each answer would have cost, by its label. Shape (n,)."""

    probability: Floats
    weight: Floats
    machine_minor: Floats
    review_minor: Floats
    only_person: Flags


def measured_recovery(events: pa.Table, now_ms: int) -> float:
    """The share of the platform's advances that came back, of those old enough to be settled."""
    settled = events.filter(pc.equal(events["kind"], "advance_settled"))
    old = settled.filter(pc.less(settled["claim_filed_at_ms"], now_ms - SETTLED_DAYS * MS_PER_DAY))
    return float(pc.sum(old["recovered_minor"]).as_py() / pc.sum(old["amount_minor"]).as_py())


def labelled(periods: list[Period], probabilities: list[Floats], clerk: Clerk, policy: Policy) -> Labelled:
    """The claims of some periods, with the probabilities that the model gives them."""
    rows = []
    for period, found in zip(periods, probabilities, strict=True):
        counts = period.label_weights if period.label_weights is not None else np.ones(len(period))
        columns = (period.as_of_ms.tolist(), found, counts, period.abusive)
        for at_ms, probability, weight, abusive in zip(*columns, strict=True):
            facts = clerk.facts[at_ms]
            costs = {cost.action: cost.expected_cost_minor for cost in decide(facts, float(abusive), policy).costs}
            machine = sent(decide(facts, NEVER_REVIEWED, policy), to_a_person=False).action
            rows.append(
                (probability, weight, costs[machine], costs["manual_review"], float(machine == "manual_review"))
            )
    columns = np.array(rows, dtype=np.float64).T
    return Labelled(columns[0], columns[1], columns[2], columns[3], columns[4] > 0)


def best_threshold(claims: Labelled, places_share: float) -> float:
    """The threshold at which these claims would have cost least, with places for such a share of them.

    Where more ask for a person than there are places, each gets one by the same chance: they come in any order.
    """
    claims_weight = claims.weight.sum()
    room = max(places_share - float(claims.weight[claims.only_person].sum()) / claims_weight, 0.0)
    best, best_cost = 1.0, np.inf
    for threshold in np.quantile(claims.probability, np.linspace(0, 1, STEPS)):
        asks = (claims.probability >= threshold) & ~claims.only_person
        share = float(claims.weight[asks].sum()) / claims_weight
        gets = min(1.0, room / share) if share > 0 else 0.0
        cost = claims.machine_minor + np.where(asks, gets, 0.0) * (claims.review_minor - claims.machine_minor)
        total = float((claims.weight * cost).sum())
        if total < best_cost:
            best, best_cost = float(threshold), total
    return best
