"""A CEL expression in pieces: enough of its grammar to see which fields it uses and with what it compares them.

The library says whether an expression is well formed, and evaluates it; but it names no fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

TokenKind: TypeAlias = Literal["text", "number", "name", "sign"]
_TOKEN: Final = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*)
  | (?P<text>[bB]?[rR][bB]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
            |[bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING: Final = {"(", "[", "{"}
_CLOSING: Final = {")", "]", "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression, and where it stands there."""

    kind: TokenKind
    text: str
    start: int
    end: int


Tokens: TypeAlias = Sequence[Token]


def tokens_of(source: str) -> list[Token]:
    """The tokens of an expression that the library has compiled; comments and spaces are left out.

    >>> [token.text for token in tokens_of('claim.reason == "a.b" && !lists.x // why')]
    ['claim', '.', 'reason', '==', '"a.b"', '&&', '!', 'lists', '.', 'x']

    Raises:
        ValueError: a character that no token begins with.
    """
    found: list[Token] = []
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            raise ValueError(f"character {place + 1}, {source[place]!r}, is not taken here")
        if match.lastgroup != "skip":
            found.append(Token(match.lastgroup, match[0], match.start(), match.end()))  # type: ignore[arg-type]
        place = match.end()
    return found


def text_of(source: str, tokens: Tokens) -> str:
    """The part of an expression that these tokens are."""
    return source[tokens[0].start : tokens[-1].end]


def split(tokens: Tokens, sign: str) -> list[Tokens]:
    """The parts between those of these signs that stand in no brackets."""
    parts: list[Tokens] = []
    begin = depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in _OPENING) - (token.text in _CLOSING) if token.kind == "sign" else 0
        if depth == 0 and token.kind == "sign" and token.text == sign:
            parts.append(tokens[begin:place])
            begin = place + 1
    return [*parts, tokens[begin:]]


def unwrapped(tokens: Tokens) -> Tokens:
    """The tokens without brackets around all of them."""
    while len(tokens) > 2 and tokens[0].text == "(" and _closes(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closes(tokens: Tokens) -> int:
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in _OPENING) - (token.text in _CLOSING) if token.kind == "sign" else 0
        if depth == 0:
            return place
    return len(tokens)


def conjuncts(tokens: Tokens) -> list[Tokens]:
    """The conditions that must hold together, brackets seen through."""
    tokens = unwrapped(tokens)
    if len(split(tokens, "?")) > 1 or len(split(tokens, "||")) > 1:
        return [tokens]
    parts = split(tokens, "&&")
    return [tokens] if len(parts) == 1 else [each for part in parts for each in conjuncts(part)]


def atoms(tokens: Tokens) -> Iterator[Tokens]:
    """The conditions that are joined by and, or and not, each on its own."""
    tokens = unwrapped(tokens)
    if len(split(tokens, "?")) > 1:
        yield tokens
        return
    for sign in ("||", "&&"):
        parts = split(tokens, sign)
        if len(parts) > 1:
            for part in parts:
                yield from atoms(part)
            return
    if tokens and tokens[0].text == "!" and _is_one_thing(tokens[1:]):
        yield from atoms(tokens[1:])
        return
    yield tokens


def _is_one_thing(tokens: Tokens) -> bool:
    """Whether a "!" before these tokens is about all of them."""
    if not tokens:
        return False
    if tokens[0].text == "!":
        return _is_one_thing(tokens[1:])
    if tokens[0].text == "(":
        return _closes(tokens) == len(tokens) - 1
    names = [token.text for token in tokens]
    if names[:2] == ["has", "("]:
        return _closes(tokens[1:]) == len(tokens) - 2
    return all(token.kind == "name" or token.text == "." for token in tokens)
