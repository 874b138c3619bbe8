"""Categories that are named or seen, and that the policy says nothing about."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from serving.policy.checks.finding import Finding
from serving.policy.expressions import compile_expression
from serving.policy.policy import Policy

_FIELD = "order.category_id"


def missing_categories(policy: Policy, seen: Iterable[str] = ()) -> Iterator[Finding]:
    """Categories that rules name, or that were seen in a store's events, without a section of their own.

    A policy without any section says nothing about any category, and that is no mistake.
    """
    described: Mapping[str, object] = getattr(policy, "categories", {})
    if not described:
        return
    named: dict[str, str] = {}
    for rule in policy.rules:
        constants = compile_expression(rule.when, policy.lists).whole.constants.get(_FIELD, ())
        named |= {str(each): rule.id for each in constants if each and str(each) not in named}
    for category in sorted({*named, *filter(None, seen)} - {*described}):
        where = f"rule {named[category]} names it" if category in named else "it was seen in events"
        near = difflib.get_close_matches(category, described, n=1)
        instead = f"did you mean {near[0]}?" if near and category in named else "add a section for it"
        yield Finding("warning", f"categories.{category}", f"missing, though {where}; {instead}")
