"""Rules of equal priority that ask for opposite things of one claim: nobody said which of them counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from serving.policy.checks.finding import Finding
from serving.policy.checks.searching import find_claim, fires
from serving.policy.expressions import compile_expression
from serving.policy.policy import Policy
from serving.policy.rules import Rule


def contradictions(policy: Policy) -> Iterator[Finding]:
    """Pairs of rules of equal priority for which a claim was found on which both fire and contradict each other."""
    for one, other in combinations(policy.rules, 2):
        opposed = _opposed(one, other)
        if one.priority != other.priority or opposed is None:
            continue
        both = [
            *fires(compile_expression(one.when, policy.lists)),
            *fires(compile_expression(other.when, policy.lists)),
        ]
        if find_claim(both).found:
            yield Finding(
                "error",
                f"rules.{one.id}",
                f"{opposed}, and both can fire on one claim at priority {one.priority}; "
                "give one a higher priority, or narrow its condition",
            )


def _opposed(one: Rule, other: Rule) -> str | None:
    if one.then.force and other.then.force and one.then.force != other.then.force:
        return f"forces {one.then.force}, and {other.id} forces {other.then.force}"
    if one.then.force in other.then.forbid:
        return f"forces {one.then.force}, and {other.id} forbids it"
    if other.then.force in one.then.forbid:
        return f"forbids {other.then.force}, and {other.id} forces it"
    return None
