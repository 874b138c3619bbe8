"""What amounts and rules leave to the machine: actions that are never taken, and limits that cut off others."""

from __future__ import annotations

from collections.abc import Iterator

from serving.policy.checks.finding import Finding
from serving.policy.checks.searching import Wanted, find_claim, fires, fires_not
from serving.policy.expressions import compile_expression
from serving.policy.policy import Policy
from serving.policy.rules import Forbidden, Rule

_ACTIONS: tuple[Forbidden, ...] = ("auto_approve", "pre_payment_compensation")


def limits(policy: Policy) -> Iterator[Finding]:
    """Machine actions that no claim can get, and rules and limits without effect."""
    yield from _nothing_left(policy)
    yield from _platform_bears(policy)
    for rule in policy.rules:
        yield from _over_limit(policy, rule)


def _nothing_left(policy: Policy) -> Iterator[Finding]:
    closed = [found for action in _ACTIONS if (found := _closed(policy, action)) is not None]
    yield from closed
    if len(closed) == len(_ACTIONS):
        yield Finding("warning", "actions", "neither machine action is ever taken: every claim goes to a person")


def _closed(policy: Policy, action: Forbidden) -> Finding | None:
    limit = _limit(policy, action)
    if limit == 0:
        said = f"{action} is taken on no claim of more than 0; raise the limit if that isn't meant"
        return Finding("warning", f"actions.{action}_up_to_minor", said)
    bearing = any(rule.then.platform_bears for rule in policy.rules) or policy.actions.platform_bears_up_to_minor > 0
    if action == "auto_approve" and not policy.authorities.kinds and not bearing:
        said = "none counts and the platform bears nothing, so auto_approve is never taken; name kinds of authority"
        return Finding("warning", "authorities.kinds", said)
    forbidding = [rule for rule in policy.rules if action in rule.then.forbid]
    if not forbidding:
        return None
    left = find_claim([fires_not(compile_expression(rule.when, policy.lists)) for rule in forbidding])
    if left.found or not left.certain:
        return None
    ids = " or ".join(rule.id for rule in forbidding)
    return Finding("warning", "rules", f"{action} is forbidden on every claim, by {ids}; narrow their conditions")


def _platform_bears(policy: Policy) -> Iterator[Finding]:
    actions = policy.actions
    if actions.platform_bears_up_to_minor > actions.auto_approve_up_to_minor:
        yield Finding(
            "warning",
            "actions.platform_bears_up_to_minor",
            f"is over auto_approve_up_to_minor = {actions.auto_approve_up_to_minor}, above which nothing is approved; "
            "lower it, or raise the other",
        )


def _over_limit(policy: Policy, rule: Rule) -> Iterator[Finding]:
    """A rule that asks for an action only on claims that are too dear for it."""
    for key, action in (("force", rule.then.force), ("platform_bears", "auto_approve")):
        if key == "platform_bears" and (not rule.then.platform_bears or rule.then.force == "auto_approve"):
            continue
        if action is None or action == "manual_review":
            continue
        limit = _limit(policy, action)
        own = compile_expression(rule.when, policy.lists)
        within = compile_expression(f"claim.amount_minor <= {limit}", {}).whole
        search = find_claim([*fires(own), Wanted(within)])
        if not search.found and search.certain and find_claim(fires(own)).found:
            yield Finding(
                "warning",
                f"rules.{rule.id}.then.{key}",
                f"has no effect: it fires only on claims over actions.{action}_up_to_minor = {limit}; "
                "raise the limit, or narrow the rule",
            )


def _limit(policy: Policy, action: str) -> int:
    if action == "auto_approve":
        return policy.actions.auto_approve_up_to_minor
    return policy.actions.pre_payment_compensation_up_to_minor
