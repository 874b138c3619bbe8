"""Rules fire: what the conditions of a policy's rules say of one claim.

Every field that any rule asks about is put into one context, once per claim; then each condition costs about a
microsecond.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

import cel

from features.arrays import Floats
from features.plan import default_plan
from serving.decision.asking import Asked, Read, reader
from serving.decision.economics import ActionCosts
from serving.decision.effects import NO_EFFECTS, RuleEffects, RuleReason, Setting
from serving.decision.facts import ClaimFacts
from serving.policy import Policy
from serving.policy.expressions import compile_expression
from serving.policy.rules import ListKind, Rule
from serving.policy.vocabulary import LISTS, PolicyField, Value
from serving.words import Action

_OF_MODELS: Final = frozenset({"probabilities", "costs"})  # roots of fields that hang on what models say


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    rule: Rule
    program: cel.Program
    from_ms: int
    lacking: frozenset[str]  # names of fields that a claim may lack
    asks_history: bool
    asks_model: bool
    reason: RuleReason | None


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """The rules of a policy, ready to fire; and what they ask for, so that nothing else need be found out.

    Attributes:
        rules: in order of priority.
        fields: every field that any of them asks about.
        lists: the lists that they ask, as names with kinds of member.
        asks_costs: whether they ask what actions are expected to cost.
        asks_history: whether they ask anything that needs history.
    """

    rules: tuple[_CompiledRule, ...]
    fields: tuple[PolicyField, ...]
    lists: Mapping[str, ListKind]
    asks_costs: bool
    asks_history: bool
    reads: tuple[tuple[str, str, Read], ...]
    zone: ZoneInfo


_compiled: dict[int, tuple[weakref.ref[Policy], CompiledRules]] = {}


def compile_rules(policy: Policy) -> CompiledRules:
    """The rules of a policy compiled; done once for each policy that is in use."""
    known = _compiled.get(id(policy))
    if known is not None and known[0]() is policy:
        return known[1]
    made = _compile(policy)
    number = id(policy)
    _compiled[number] = (weakref.ref(policy, lambda _: _compiled.pop(number, None)), made)
    return made


def _compile(policy: Policy) -> CompiledRules:
    expressions = {rule.id: compile_expression(rule.when, policy.lists) for rule in policy.rules}
    asked = {field.key: field for each in expressions.values() for field in each.whole.fields}
    fields = tuple(asked[key] for key in sorted(asked))
    columns = {name: number for number, name in enumerate(default_plan().names)}
    return CompiledRules(
        rules=tuple(
            _CompiledRule(
                rule,
                expressions[rule.id].whole.program,
                _begin_of(rule.date, policy.zone),
                frozenset(field.name for field in expressions[rule.id].whole.fields if field.may_lack),
                any(field.column is not None for field in expressions[rule.id].whole.fields),
                any(field.root in _OF_MODELS for field in expressions[rule.id].whole.fields),
                _reason(rule),
            )
            for rule in policy.rules
        ),
        fields=fields,
        lists={field.name: policy.lists[field.name] for field in fields if field.root == LISTS},
        asks_costs=any(field.root == "costs" for field in fields),
        asks_history=any(field.column is not None for field in fields),
        reads=tuple((field.root, field.name, reader(field, columns)) for field in fields),
        zone=policy.zone,
    )


def before_models(compiled: CompiledRules) -> CompiledRules:
    """The same rules for claims whose probabilities nobody has told yet: `fire` them with any.

    A rule that can be told without probabilities and costs does what it does with them, and one that can't has failed.
    So effects of which none failed are the same whatever a model says; the others must be asked for again with it.
    """
    return replace(
        compiled,
        # what compares a missing field could hide that a probability was asked for too
        rules=tuple(replace(rule, lacking=frozenset()) if rule.asks_model else rule for rule in compiled.rules),
        reads=tuple(read for read in compiled.reads if read[0] not in _OF_MODELS),
        asks_costs=False,
    )


def _reason(rule: Rule) -> RuleReason | None:
    texts = rule.then.reason
    return None if texts is None else RuleReason(rule.id, {str(language): text for language, text in texts.items()})


def _begin_of(day: dt.date, zone: ZoneInfo) -> int:
    return int(dt.datetime.combine(day, dt.time(), zone).timestamp() * 1000)


def fire(
    compiled: CompiledRules,
    facts: ClaimFacts,
    vector: Floats | None,
    *,
    abuse_probability: float | None,
    recovery_probability: float,
    costs: ActionCosts,
    lists: frozenset[str] = frozenset(),
) -> RuleEffects:
    """What the rules ask for on a claim.

    A condition that hangs on a missing field doesn't hold. One that can't be told has failed, and such a claim goes to
    a person: because history can't be reached, or it divides by nothing. Of what rules ask for, the first in order of
    priority counts: an action that a rule forces isn't forbidden by a later one, and one that is forbidden isn't forced
    by a later one.

    Args:
        compiled: the policy's rules.
        facts: the claim.
        vector: its feature vector, of which the catalogue's columns come first; None where history can't be reached.
        abuse_probability: None where the service can't tell; then no rule fires, as the claim goes to a person.
        recovery_probability: what the costs were made with.
        costs: what each action is expected to cost before rules; may be empty where `compiled.asks_costs` is false.
        lists: names of the lists that the claim is on; `serving.lists` finds those of `compiled.lists`.
    """
    if abuse_probability is None or not compiled.rules:
        return NO_EFFECTS
    asked = Asked(
        facts=facts,
        vector=vector,
        abuse_probability=abuse_probability,
        recovery_probability=recovery_probability,
        costs=costs,
        lists=lists,
        zone=compiled.zone,
    )
    fired, failed = _held(compiled, _context(compiled, asked), facts.as_of_ms, has_history=vector is not None)
    return _effects(fired, failed)


def _context(compiled: CompiledRules, asked: Asked) -> cel.Context:
    values: dict[str, dict[str, Value]] = {}
    for root, name, read in compiled.reads:
        named = values.get(root)
        if named is None:
            named = values[root] = {}
        value = read(asked)
        if value is not None:
            named[name] = value
    return cel.Context(values)


def _held(
    compiled: CompiledRules, context: cel.Context, as_of_ms: int, *, has_history: bool
) -> tuple[list[_CompiledRule], list[str]]:
    fired: list[_CompiledRule] = []
    failed: list[str] = []
    for each in compiled.rules:
        if as_of_ms < each.from_ms:
            continue
        if each.asks_history and not has_history:
            failed.append(each.rule.id)
            continue
        try:
            held = each.program.execute(context)
        except KeyError as error:
            if not error.args or str(error.args[0]).strip("'") not in each.lacking:
                failed.append(each.rule.id)
        except (ArithmeticError, RuntimeError, TypeError, ValueError):
            failed.append(each.rule.id)
        else:
            if held is True:
                fired.append(each)
            elif held is not False:
                failed.append(each.rule.id)
    return fired, failed


def _effects(fired: list[_CompiledRule], failed: list[str]) -> RuleEffects:
    if not fired and not failed:
        return NO_EFFECTS
    forced: tuple[Action, str] | None = None
    forbidden: dict[Action, str] = {}
    entitlements: dict[str, Setting] = {}
    for each in fired:
        then, number = each.rule.then, each.rule.id
        if forced is None and then.force is not None and then.force not in forbidden:
            forced = (then.force, number)
        for action in then.forbid:
            if forced is None or forced[0] != action:
                forbidden.setdefault(action, number)
        for name, setting in then.entitlements.items():
            entitlements.setdefault(name, setting)
    return RuleEffects(
        fired=tuple(each.rule.id for each in fired),
        failed=tuple(failed),
        forced=forced,
        forbidden=forbidden,
        borne_by=next((each.rule.id for each in fired if each.rule.then.platform_bears), None),
        reasons=tuple(each.reason for each in fired if each.reason is not None),
        entitlements=entitlements,
    )
