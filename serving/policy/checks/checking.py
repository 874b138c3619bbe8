"""All checks of a policy."""

from __future__ import annotations

from collections.abc import Iterable

from serving.policy.checks.categories import missing_categories
from serving.policy.checks.contradictions import contradictions
from serving.policy.checks.finding import Finding
from serving.policy.checks.limits import limits
from serving.policy.checks.rules import silent_rules
from serving.policy.policy import Policy


def check_policy(policy: Policy, seen_categories: Iterable[str] = ()) -> list[Finding]:
    """All that is odd about a policy, errors first.

    Args:
        policy: one that `parse_policy` read.
        seen_categories: ids of the categories that goods are known to have.
    """
    found = [
        *contradictions(policy),
        *silent_rules(policy),
        *limits(policy),
        *missing_categories(policy, seen_categories),
    ]
    return sorted(found, key=lambda finding: finding.severity != "error")
