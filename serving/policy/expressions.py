"""A rule's condition compiled: a CEL expression whose mistakes are found when it is read, not when a claim comes in.

Besides what the library says, the fields that it names must be known, words must be among those that a field can have,
and each of the conditions joined in it is tried on sample values, so that none hides behind another.

Where a field is missing, a comparison with it is neither true nor false: `has(order.amount_minor)` asks for it. A
condition that hangs on a missing field doesn't hold.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import cel

from serving.policy.comparisons import Comparison, compared_in
from serving.policy.samples import samples_of
from serving.policy.tokens import Tokens, atoms, conjuncts, text_of, tokens_of
from serving.policy.vocabulary import LISTS, PolicyField, Value, vocabulary

Values: TypeAlias = Mapping[str, Mapping[str, Value]]
FUNCTIONS: Final = ("has", "size", "int", "double", "string")
METHODS: Final = ("contains", "startsWith", "endsWith", "matches", "size", "exists", "exists_one", "all")
_BINDING: Final = frozenset({"exists", "exists_one", "all"})
_WORDS: Final = frozenset({"true", "false", "null", "in"})
_SIGNS: Final[Mapping[str, str]] = {"and": "&&", "or": "||", "= ": "==", "&": "&&"}  # what people write, and CEL
_SAMPLES: Final = 24


class ExpressionError(ValueError):
    """A condition that can't be used: the message says what is wrong and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that is compiled.

    Attributes:
        source: as it was written.
        program: what the library made of it.
        fields: what it asks about, in the order of their keys.
        constants: what each field, by key, is compared with.
        exact: whether it compares nothing but fields with constants, so that trying values just at, below and above
            each constant tells all that it can do.
    """

    source: str
    program: cel.Program
    fields: tuple[PolicyField, ...]
    constants: Mapping[str, tuple[Value, ...]]
    exact: bool

    def holds(self, values: Values) -> bool:
        """Whether it holds of these values, each under its root and name; missing ones are left out."""
        return self.holds_in(cel.Context(dict(values)))

    def holds_in(self, context: cel.Context) -> bool:
        """The same for values that were put into a context before."""
        try:
            return self.program.execute(context) is True
        except (ArithmeticError, KeyError, RuntimeError, TypeError, ValueError):
            return False  # what is missing, or can't be computed, holds of nothing


@dataclass(frozen=True, slots=True)
class Expression:
    """A rule's condition, whole and in the parts that must hold together."""

    whole: Condition
    parts: tuple[Condition, ...]


def compile_expression(source: str, lists: Mapping[str, str]) -> Expression:
    """Compile and check a condition.

    Args:
        source: CEL.
        lists: the lists of the policy, as names with kinds of member.

    Raises:
        ExpressionError: it is no CEL, names what there is not, or doesn't come out as true or false.
    """
    return _compile(source, tuple(sorted(lists.items())))


@lru_cache(maxsize=1024)
def _compile(source: str, lists: tuple[tuple[str, str], ...]) -> Expression:
    _program(source)
    try:
        tokens = tokens_of(source)
    except ValueError as error:
        raise ExpressionError(f"{error}; leave it out") from error
    known = vocabulary(dict(lists))
    _check_functions(tokens)
    whole = _condition(source, tokens, known)
    for atom in atoms(tokens):
        _try(_condition(source, atom, known))
    return Expression(whole, tuple(_condition(source, part, known) for part in conjuncts(tokens)))


def _program(source: str) -> cel.Program:
    try:
        return cel.compile(source)
    except ValueError as error:
        raise ExpressionError(f"no CEL: {_said(str(error))}; mend it there") from error


def _said(message: str) -> str:
    """The library's complaint in one line: `character 12: mismatched input 'and' ...`."""
    first = next((line for line in message.splitlines() if "ERROR:" in line), message.splitlines()[0])
    place, _, complaint = first.partition("ERROR: <input>:")[2].partition(": ")
    line, _, column = place.partition(":")
    where = f"character {column}" if line == "1" else f"line {line}, character {column}"
    said = complaint.removeprefix("Syntax error: ").partition(" expecting ")[0]
    other = next((f" (CEL writes {sign})" for word, sign in _SIGNS.items() if f"'{word}" in said), "")
    return f"{where}, {said}{other}" if complaint else first


def _condition(source: str, tokens: Tokens, known: Mapping[str, PolicyField]) -> Condition:
    text = text_of(source, tokens)
    fields = _fields(tokens, known)
    pieces = [compared_in(atom, fields) for atom in atoms(tokens)]
    constants: dict[str, tuple[Value, ...]] = {}
    for piece in pieces:
        _check_words(piece, fields)
        for key, found in piece.constants.items():
            constants[key] = tuple(dict.fromkeys([*constants.get(key, ()), *found]))
    ordered = tuple(fields[key] for key in sorted(fields))
    return Condition(text, _program(text), ordered, constants, all(piece.exact for piece in pieces))


def _fields(tokens: Tokens, known: Mapping[str, PolicyField]) -> dict[str, PolicyField]:
    """The fields that these tokens name, by key."""
    roots = {field.root for field in known.values()} | {LISTS}
    bound = _bound(tokens)
    found: dict[str, PolicyField] = {}
    for place, token in enumerate(tokens):
        before = tokens[place - 1].text if place else ""
        after = [each.text for each in tokens[place + 1 : place + 3]]
        if token.kind != "name" or before == "." or after[:1] == ["("] or token.text in _WORDS | bound:
            continue
        if token.text not in roots:
            raise ExpressionError(f"{token.text}: nothing that rules can ask about; {_nearest(token.text, roots)}")
        if after[:1] != ["."] or len(after) < 2:
            raise ExpressionError(f"{token.text}: needs a field after a point, such as {_example(token.text, known)}")
        key = f"{token.text}.{after[1]}"
        if key not in known:
            raise ExpressionError(f"{key}: {_unknown(key, known)}")
        found[key] = known[key]
    return found


def _bound(tokens: Tokens) -> frozenset[str]:
    """Names that stand for a member of a list, as x in `["a", "b"].exists(x, x == claim.id)`."""
    return frozenset(
        tokens[place + 2].text
        for place, token in enumerate(tokens[:-2])
        if token.text in _BINDING and tokens[place + 1].text == "(" and tokens[place + 2].kind == "name"
    )


def _unknown(key: str, known: Mapping[str, PolicyField]) -> str:
    root = key.partition(".")[0]
    if root == LISTS:
        names = [field.key for field in known.values() if field.root == LISTS]
        return f"no list of this policy; declare it under [lists], or {_nearest(key, names)}"
    return f"no field of {root}; {_nearest(key, [each for each in known if each.startswith(f'{root}.')])}"


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    if near := difflib.get_close_matches(name, names, n=1):
        return f"did you mean {near[0]}?"
    if len(names) > 12:
        return "'clearclaim policy fields' lists them"
    return f"use one of {', '.join(names)}" if names else "take it out"


def _example(root: str, known: Mapping[str, PolicyField]) -> str:
    return next((key for key, field in known.items() if field.root == root), f"{root}.NAME")


def _check_functions(tokens: Tokens) -> None:
    for place, token in enumerate(tokens[:-1]):
        if token.kind != "name" or tokens[place + 1].text != "(" or token.text in _WORDS:
            continue
        method = place > 0 and tokens[place - 1].text == "."
        taken = METHODS if method else FUNCTIONS
        if token.text not in taken:
            raise ExpressionError(f"{token.text}(): no function that rules can use; {_nearest(token.text, taken)}")


def _check_words(piece: Comparison, fields: Mapping[str, PolicyField]) -> None:
    if piece.unlike is not None:
        one, other = (fields[key] for key in piece.unlike)
        raise ExpressionError(
            f"{one.key}: is a {one.kind.value}, and {other.key} a {other.kind.value}; compare like with like"
        )
    if not piece.exact:
        return
    for key, constants in piece.constants.items():
        field = fields[key]
        for constant in constants:
            said = _shown(constant)
            if not field.takes(constant):
                raise ExpressionError(f"{key}: is a {field.kind.value}, and never {said}; compare like with like")
            if field.words and constant not in field.words:
                raise ExpressionError(f"{key}: is never {said}; {_nearest(str(constant), field.words)}")


def _shown(constant: Value) -> str:
    return str(constant).lower() if isinstance(constant, bool) else repr(constant)


def _try(atom: Condition) -> None:
    """Evaluate it on samples: types that don't go together show on any."""
    for values in samples_of(atom.fields, atom.constants, random.Random(0), _SAMPLES):  # noqa: S311 - no secret
        try:
            result = atom.program.execute(dict(values))
        except TypeError as error:
            raise ExpressionError(
                f"{atom.source}: types that don't go together; text goes with text, and whole numbers are made "
                "decimals by double(...) before they are added to or multiplied with decimals"
            ) from error
        except RuntimeError as error:
            raise ExpressionError(f"{atom.source}: {' '.join(str(error).split())}; mend it") from error
        except (ArithmeticError, KeyError, ValueError):
            continue  # of these values only
        if not isinstance(result, bool):
            raise ExpressionError(f"{atom.source}: is neither true nor false; compare it with something")
