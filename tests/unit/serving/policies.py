"""Policies for tests: the shipped one with rules of the test's own."""

from __future__ import annotations

from functools import cache
from typing import Any

from serving.policy import Policy, default_policy_path, read_policy

LISTS = {"vip_buyers": "buyer", "trusted_merchants": "merchant", "bad_goods": "product", "blocked_evidence": "evidence"}


def rule(number: str, when: str, **changes: Any) -> dict[str, Any]:
    """A rule as a file would say it; what isn't said forces a review, from 2020 on, at priority 0."""
    then = {key: changes.pop(key) for key in list(changes) if key not in {"date", "priority", "then", "note"}}
    return {
        "id": number,
        "date": "2020-01-01",
        "priority": 0,
        "when": when,
        "then": then or {"force": "manual_review"},
        **changes,
    }


def policy_with(*rules: dict[str, Any], **changes: Any) -> Policy:
    """The shipped policy with these rules instead of its own, and no categories."""
    return Policy.model_validate({**_shipped(), "categories": {}, "lists": LISTS, "rules": list(rules), **changes})


@cache
def _shipped() -> dict[str, Any]:
    return read_policy(default_policy_path()).model_dump()
