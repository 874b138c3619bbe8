"""What one condition compares: `claim.amount_minor > 5000` is one field and one constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cel

from serving.policy.tokens import Token, Tokens, split, unwrapped
from serving.policy.vocabulary import Kind, PolicyField, Value

_ORDERING: Final = ("<=", ">=", "<", ">")
_EQUALITY: Final = ("==", "!=")
_CONSTANTS: Final = ("true", "false")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The constants that each field of a condition, by key, is compared with.

    `exact` says that this is all there is to it: one field, compared with constants. Otherwise constants are every one
    in it that the field could be compared with. `unlike` are two fields whose values are never of one type.
    """

    constants: Mapping[str, tuple[Value, ...]]
    exact: bool
    unlike: tuple[str, str] | None = None


def compared_in(tokens: Tokens, fields: Mapping[str, PolicyField]) -> Comparison:
    """What a condition without and, or and not compares."""
    tokens = unwrapped(tokens)
    if [token.text for token in tokens[:2]] == ["has", "("]:
        key = _key(tokens[2:-1], fields)
        return Comparison({} if key is None else {key: ()}, exact=key is not None)
    if len(tokens) == 1 and tokens[0].text in _CONSTANTS:
        return Comparison({}, exact=True)
    alone = _key(tokens, fields)
    if alone is not None:
        return Comparison({alone: ()}, exact=fields[alone].kind is Kind.FLAG)
    return _sides(tokens, fields) or _all_constants(tokens, fields)


def _sides(tokens: Tokens, fields: Mapping[str, PolicyField]) -> Comparison | None:
    for sign in (*_ORDERING, *_EQUALITY, "in"):
        parts = _sides_of(tokens, sign)
        if parts is None:
            continue
        left, right = parts
        one, other = _key(left, fields), _key(right, fields)
        if one is not None and other is not None:
            return _two_fields(one, other, fields)
        key, constant = (one, right) if one is not None else (other, left)
        if sign == "in":
            found = _list(constant) if one is not None else None
        else:
            alone = _constant(constant)
            found = None if alone is None else (alone,)
        if key is None or found is None:
            return None
        # which texts come before others hangs on more than those at hand
        return Comparison({key: found}, exact=fields[key].kind is not Kind.TEXT or sign not in _ORDERING)
    return None


def _two_fields(one: str, other: str, fields: Mapping[str, PolicyField]) -> Comparison:
    numbers = {Kind.WHOLE, Kind.NUMBER}
    kinds = {fields[one].kind, fields[other].kind}
    alike = len(kinds) == 1 or kinds == numbers
    return Comparison({one: (), other: ()}, exact=False, unlike=None if alike else (one, other))


def _sides_of(tokens: Tokens, sign: str) -> tuple[Tokens, Tokens] | None:
    if sign == "in":
        places = [place for place, token in enumerate(tokens) if token.kind == "name" and token.text == "in"]
        return (tokens[: places[0]], tokens[places[0] + 1 :]) if len(places) == 1 else None
    parts = split(tokens, sign)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _key(tokens: Tokens, fields: Mapping[str, PolicyField]) -> str | None:
    tokens = unwrapped(tokens)
    key = "".join(token.text for token in tokens) if len(tokens) == 3 else ""
    return key if key in fields else None


def _list(tokens: Tokens) -> tuple[Value, ...] | None:
    tokens = unwrapped(tokens)
    if len(tokens) < 3 or tokens[0].text != "[" or tokens[-1].text != "]":
        return None
    found = [_constant(part) for part in split(tokens[1:-1], ",")]
    return None if any(each is None for each in found) else tuple(each for each in found if each is not None)


def _constant(tokens: Tokens) -> Value | None:
    tokens = unwrapped(tokens)
    if len(tokens) == 2 and tokens[0].text == "-" and tokens[1].kind == "number":
        return _value(tokens[1], negative=True)
    return _value(tokens[0]) if len(tokens) == 1 else None


def _value(token: Token, *, negative: bool = False) -> Value | None:
    if token.kind == "name" and token.text not in _CONSTANTS:
        return None
    try:
        value = cel.evaluate(f"-{token.text}" if negative else token.text)
    except TypeError:  # an unsigned number has no negative
        return None
    return value if isinstance(value, bool | int | float | str) else None


def _all_constants(tokens: Tokens, fields: Mapping[str, PolicyField]) -> Comparison:
    values = [_value(token) for token in tokens if token.kind in {"text", "number"}]
    found = [value for value in values if value is not None]
    return Comparison(
        {key: tuple(value for value in found if field.takes(value)) for key, field in fields.items()}, exact=False
    )
