"""Values to try a condition on: those at which a comparison changes, and some between."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from serving.policy.vocabulary import Kind, PolicyField, Value

ANOTHER: Final = "another"
_LARGE: Final = 10**9


def candidates_of(field: PolicyField, constants: Sequence[Value]) -> list[Value]:
    """Values of a field that tell all comparisons of it with these constants apart, within what it can be.

    Between two neighbouring constants, and beyond them, comparisons come out alike; so a value at each, one just below
    and one just above are enough.
    """
    match field.kind:
        case Kind.FLAG:
            return [True, False]
        case Kind.TEXT:
            return list(field.words) or [*dict.fromkeys([*(str(each) for each in constants), ANOTHER, ""])]
        case Kind.WHOLE:
            return [int(value) for value in _numbers(field, constants)]
        case Kind.NUMBER:
            return [float(value) for value in _numbers(field, constants)]


def _numbers(field: PolicyField, constants: Sequence[Value]) -> list[float]:
    values = {value for constant in constants if not isinstance(constant, str) for value in _around(field, constant)}
    # a constant beyond what the field can be tells nothing apart, and yet there must be something to try
    values |= {limit for limit in (field.least, field.most) if limit is not None} or {0}
    if not constants:
        values |= {1, _LARGE}
    return sorted(value for value in values if _can_be(field, value))


def _can_be(field: PolicyField, value: float) -> bool:
    return (field.least is None or field.least <= value) and (field.most is None or value <= field.most)


def _around(field: PolicyField, constant: float) -> tuple[float, ...]:
    if field.whole:
        floor = math.floor(constant)
        return (floor - 1, floor, floor + 1)
    return (math.nextafter(constant, -math.inf), constant, math.nextafter(constant, math.inf))


def samples_of(
    fields: Sequence[PolicyField], constants: Mapping[str, Sequence[Value]], chance: random.Random, number: int
) -> Iterator[dict[str, dict[str, Value]]]:
    """Values for all of these fields, drawn from their candidates, under their roots and names."""
    candidates = [candidates_of(field, constants.get(field.key, ())) for field in fields]
    for _ in range(number if fields else 1):
        values: dict[str, dict[str, Value]] = {}
        for field, options in zip(fields, candidates, strict=True):
            if options:
                values.setdefault(field.root, {})[field.name] = chance.choice(options)
        yield values
