"""Why a claim is here: what each action was expected to cost, which rules fired, and what would have changed it."""

from __future__ import annotations

from dataclasses import dataclass

from features.changed_facts import ChangedFacts
from serving.answer import Answer, AuthorityAnswer, CostAnswer
from serving.explaining.changes import Changes, find_changes
from serving.explaining.known import Known
from serving.explaining.messages import RuleSaid
from serving.explaining.reviewer import rules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What the decision says of itself. Money is in minor units.

    Attributes:
        answer: as it was given.
        costs: of each action, the cheapest first; those without a figure last.
        rules: of the policy, that fired or whose condition couldn't be told.
        lists: of the policy, that the claim was on then.
        changes: what the buyer could have done for another outcome; None where that can't be worked out.
        notes: what isn't to be had of the decision, and why.
    """

    answer: Answer
    costs: tuple[CostAnswer, ...]
    rules: tuple[RuleSaid, ...]
    lists: tuple[str, ...]
    changes: Changes | None
    notes: tuple[str, ...]

    @property
    def authority(self) -> AuthorityAnswer | None:
        """What entitles the platform to charge the merchant."""
        return self.answer.authority


def find_why(known: Known, changed_facts: ChangedFacts) -> Why:
    """Why a claim was decided as it was."""
    answer = known.past.answer
    costs = sorted(answer.costs, key=lambda cost: (cost.expected_cost_minor is None, cost.expected_cost_minor or 0.0))
    return Why(
        answer=answer,
        costs=tuple(costs),
        rules=tuple(rules_of(known)),
        lists=() if known.basis is None else tuple(sorted(known.basis.lists)),
        changes=find_changes(known, changed_facts),
        notes=known.notes,
    )
