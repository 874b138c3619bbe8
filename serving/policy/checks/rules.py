"""Rules whose word never counts: they can't fire, or others always speak first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from serving.policy.checks.finding import Finding
from serving.policy.checks.searching import Wanted, find_claim, fires, fires_not
from serving.policy.expressions import Expression, compile_expression
from serving.policy.policy import Policy
from serving.policy.rules import Rule
from serving.policy.vocabulary import LISTS


def silent_rules(policy: Policy) -> Iterator[Finding]:
    """Rules that never fire, that never get their action, and lists that no rule asks."""
    expressions = {rule.id: compile_expression(rule.when, policy.lists) for rule in policy.rules}
    for place, rule in enumerate(policy.rules):
        fired = find_claim(fires(expressions[rule.id]))
        if not fired.found:
            yield _never_fires(rule, certain=fired.certain)
        elif rule.then.force is not None:
            yield from _never_forces(rule, policy.rules[:place], expressions)
    asked = {field.name for each in expressions.values() for field in each.whole.fields if field.root == LISTS}
    for name in policy.lists:
        if name not in asked:
            yield Finding("warning", f"lists.{name}", "no rule asks this list; take it out, or ask it in a rule")


def _never_fires(rule: Rule, *, certain: bool) -> Finding:
    if certain:
        said = f"never fires: no claim can meet {_short(rule.when)}; mend the condition, or take the rule out"
        return Finding("error", f"rules.{rule.id}.when", said)
    said = f"no claim was found on which it fires: {_short(rule.when)}; look whether one can meet it"
    return Finding("warning", f"rules.{rule.id}.when", said)


def _never_forces(rule: Rule, earlier: Sequence[Rule], expressions: dict[str, Expression]) -> Iterator[Finding]:
    key = f"rules.{rule.id}.then.force"
    # until a rule's day has come, it takes nobody's word
    earlier = [each for each in earlier if each.date <= rule.date]
    for said, rivals in (
        ("forces an action first", [each for each in earlier if each.then.force is not None]),
        (f"forbids {rule.then.force} first", [each for each in earlier if rule.then.force in each.then.forbid]),
    ):
        silencing = _silencing(rule, rivals, expressions)
        if silencing:
            yield Finding(
                "warning",
                key,
                f"never counts: where it fires, {' or '.join(silencing)} always {said}; "
                "give it a higher priority, or take it out",
            )


def _silencing(rule: Rule, rivals: Sequence[Rule], expressions: dict[str, Expression]) -> list[str]:
    """Those rivals one of which always fires where the rule fires; none where it may fire without them."""
    own = fires(expressions[rule.id])
    free = find_claim([*own, *(fires_not(expressions[each.id]) for each in rivals)])
    if free.found or not free.certain:
        return []
    needed = list(rivals)
    for each in rivals:  # name only those that it takes
        others = [other for other in needed if other is not each]
        if not _is_free(own, others, expressions):
            needed = others
    return [each.id for each in needed]


def _is_free(own: Sequence[Wanted], rivals: Sequence[Rule], expressions: dict[str, Expression]) -> bool:
    search = find_claim([*own, *(fires_not(expressions[each.id]) for each in rivals)])
    return search.found or not search.certain


def _short(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
