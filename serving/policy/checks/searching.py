"""Looking for a claim on which some conditions hold and others don't.

Where conditions compare fields with constants only, trying every field at, below and above each of its constants tells
all that they can do. Conditions that share no field are solved apart, so that there is little to try. Where there is
too much, or a condition computes, claims are drawn at random, and none found is no proof.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cel

from serving.policy.expressions import Condition, Expression
from serving.policy.samples import candidates_of
from serving.policy.vocabulary import Kind, PolicyField, Value

_MOST_TRIED: Final = 3000
_DRAWN_NUMBERS: Final = 6

Claim = dict[str, dict[str, Value]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition, and whether it should hold."""

    condition: Condition
    holds: bool = True

    def met_in(self, context: cel.Context) -> bool:
        """Whether it is so of the values in this context. What hangs on a missing field doesn't hold."""
        return self.condition.holds_in(context) is self.holds


@dataclass(frozen=True, slots=True)
class Search:
    """What was found: values of a claim, if any; where there are none, whether that is certain."""

    values: Claim | None
    certain: bool = True

    @property
    def found(self) -> bool:
        """Whether there is such a claim."""
        return self.values is not None


def fires(expression: Expression) -> list[Wanted]:
    """That a rule fires, as conditions on their own."""
    return [Wanted(part) for part in expression.parts]


def fires_not(expression: Expression) -> Wanted:
    """That a rule doesn't fire."""
    return Wanted(expression.whole, holds=False)


def find_claim(wanted: Sequence[Wanted]) -> Search:
    """Look for values of a claim that meet all of these at once.

    They are consistent within a field, but fields are taken for independent of each other.
    """
    values: Claim = {}
    certain = True
    for group in _sharing_fields(wanted):
        part = _solve(group)
        if part.values is None:
            # nothing can meet this group, so nothing meets all, whatever is known of the others
            return part
        certain = certain and part.certain
        for root, named in part.values.items():
            values.setdefault(root, {}).update(named)
    return Search(values, certain)


def _sharing_fields(wanted: Iterable[Wanted]) -> list[list[Wanted]]:
    groups: list[tuple[set[str], list[Wanted]]] = []
    for each in wanted:
        keys = {field.key for field in each.condition.fields}
        members = [each]
        apart: list[tuple[set[str], list[Wanted]]] = []
        for other_keys, others in groups:
            if keys & other_keys:
                keys |= other_keys
                members = [*others, *members]
            else:
                apart.append((other_keys, others))
        groups = [*apart, (keys, members)]
    return [members for _, members in groups]


def _solve(group: Sequence[Wanted]) -> Search:
    fields = {field.key: field for each in group for field in each.condition.fields}
    constants = _constants(group)
    exact = all(each.condition.exact for each in group)
    options = [_options(field, constants.get(key, ()), exact=exact) for key, field in sorted(fields.items())]
    ordered = [fields[key] for key in sorted(fields)]
    whole = math.prod(map(len, options)) <= _MOST_TRIED
    tried = itertools.product(*options) if whole else _drawn(options)
    for choice in tried:
        values = _claim(ordered, choice)
        context = cel.Context(dict(values))
        if all(each.met_in(context) for each in group):
            return Search(values)
    return Search(None, certain=whole and exact)


def _constants(group: Sequence[Wanted]) -> Mapping[str, tuple[Value, ...]]:
    found: dict[str, tuple[Value, ...]] = {}
    for each in group:
        for key, constants in each.condition.constants.items():
            found[key] = (*found.get(key, ()), *constants)
    return found


def _options(field: PolicyField, constants: Sequence[Value], *, exact: bool) -> list[Value | None]:
    options: list[Value | None] = [*candidates_of(field, constants)]
    if not exact and field.kind in {Kind.WHOLE, Kind.NUMBER}:
        options += _random_numbers(field)
    return [*options, None] if field.may_lack else options


def _random_numbers(field: PolicyField) -> list[Value]:
    """Numbers of every size, for conditions that compute."""
    chance = random.Random(field.key)  # noqa: S311 - no secret: the same search every time
    low = 0 if field.least is None else field.least
    high = 1e7 if field.most is None else min(field.most, 1e7)
    span = max(high - low, 0.0)
    drawn = [low + span ** chance.random() if span > 1 else low + span * chance.random() for _ in range(_DRAWN_NUMBERS)]
    return [int(value) if field.kind is Kind.WHOLE else float(value) for value in drawn]


def _drawn(options: Sequence[Sequence[Value | None]]) -> Iterator[tuple[Value | None, ...]]:
    chance = random.Random(0)  # noqa: S311 - no secret: the same search every time
    for _ in range(_MOST_TRIED):
        yield tuple(chance.choice(each) for each in options)


def _claim(fields: Sequence[PolicyField], choice: Sequence[Value | None]) -> Claim:
    # a root whose fields are all missing is there all the same, as it is when claims are judged
    values: Claim = {field.root: {} for field in fields}
    for field, value in zip(fields, choice, strict=True):
        if value is not None:
            values[field.root][field.name] = value
    return values
