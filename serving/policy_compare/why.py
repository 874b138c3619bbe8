"""Why two policies decide a claim otherwise: which actions they allow, and which parts of which costs differ."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from serving.decision import Action, ActionCost, Case, Decision
from serving.decision.outcomes import CODES, PART_WORDS, Goods, cost_parts
from serving.policy import Policy

PRICE = "a place in the queue"
WEIGHT = "the weight of a merchant's loss"
LEAST_MINOR = 0.5  # what rounds to nothing differs in nothing


def costs_that_differ(case: Case, a: tuple[Policy, Decision], b: tuple[Policy, Decision]) -> tuple[str, ...]:
    """What differs between two decisions on a claim, a line each; money in units of the currency."""
    return tuple(_differences(case, a, b))


def _differences(case: Case, a: tuple[Policy, Decision], b: tuple[Policy, Decision]) -> Iterator[str]:
    for ours, theirs in zip(a[1].costs, b[1].costs, strict=True):
        if (ours.available, ours.why) != (theirs.available, theirs.why):
            yield f"{ours.action}: {_standing(ours)} under A, {_standing(theirs)} under B"
    if a[1].effects.fired != b[1].effects.fired:
        yield f"rules that fire: {_names(a[1].effects.fired)} under A, {_names(b[1].effects.fired)} under B"
    if case.abuse_probability is None:
        return
    for action in CODES:
        ours_parts, their_parts = _parts(case, *a, action), _parts(case, *b, action)
        for name in dict.fromkeys([*ours_parts, *their_parts]):
            one, other = ours_parts.get(name, 0.0), their_parts.get(name, 0.0)
            if abs(one - other) >= LEAST_MINOR:
                yield f"{action}: {name} {one / 100:,.2f} under A, {other / 100:,.2f} under B"


def _standing(cost: ActionCost) -> str:
    return f"{'allowed' if cost.available else 'not allowed'} ({cost.why})"


def _names(rules: tuple[str, ...]) -> str:
    return ", ".join(rules) or "none"


def _parts(case: Case, policy: Policy, decision: Decision, action: Action) -> dict[str, float]:
    """The parts of an action's expected cost, in words; they sum to it."""
    standing = {cost.action: cost for cost in decision.costs}
    parts = cost_parts(
        policy,
        goods=Goods.of([case.facts.category_id]),
        action=np.array([CODES[action]]),
        charged=np.array([False]),
        amount_minor=np.array([case.facts.amount_minor]),
        abusive=np.array([case.abuse_probability]),
        back=np.array([decision.recovery_probability]),
    )
    named = {PART_WORDS[name]: float(part[0]) for name, part in parts.items() if part[0]}
    if action == "manual_review":
        return {**named, PRICE: decision.capacity_price_minor}
    if action == "auto_approve":
        plain = sum(named.values())
        whole = standing[action].expected_cost_minor or 0.0
        return {"abuse paid": plain, WEIGHT: whole - plain}
    return named
