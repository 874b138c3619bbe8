"""Sentence frames: rows of small dictionaries of words, read from the data files beside this module."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import cycle, islice
from typing import Final, TypeAlias

from features.events import CLAIM_REASONS

LANGUAGES: Final = ("zh-CN", "en")
_FILES: Final = {"zh-CN": "zh_cn.toml", "en": "en.toml"}
HOLD_OUT_EACH: Final = 4  # of each list every so-manieth frame is held out
MOST_WORDS: Final = 96  # of one choice; what is beyond that is thinned out evenly

Words: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with open places: one word out of each part, in order, makes it. A fixed part has one word."""

    parts: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of one reason for longer texts and for curt ones."""

    plain: tuple[Frame, ...]
    curt: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """All of one language: frames by reason, in the order of `CLAIM_REASONS`, and what may stand around them."""

    frames: tuple[Frames, ...]
    openers: Words
    details: Words
    feelings: Words
    wishes: Words
    emoji: Words
    fillers: Words


@cache
def read_phrases(language: str, *, held_out: bool) -> Phrases:
    """The phrases of a language, with the frames that are held out, or with all others."""
    data = tomllib.loads(files(__package__).joinpath(_FILES[language]).read_text(encoding="utf-8"))
    slots: dict[str, Words] = {name: tuple(words) for name, words in data["slots"].items()}

    def frames(texts: list[str]) -> tuple[Frame, ...]:
        chosen = [text for place, text in enumerate(texts) if _is_held_out(place) == held_out]
        return tuple(Frame(_parts(text, slots)) for text in chosen)

    shared: dict[str, list[str]] = data["shared"]
    return Phrases(
        tuple(Frames(frames(reason["plain"]), frames(reason["curt"])) for reason in _in_order(data["reasons"])),
        details=_even(_expand(text, slots) for text in shared.pop("details")),
        **{name: tuple(words) for name, words in shared.items()},
    )


def _is_held_out(place: int) -> bool:
    return place % HOLD_OUT_EACH == HOLD_OUT_EACH - 1


def _in_order(reasons: Mapping[str, dict[str, list[str]]]) -> Iterator[dict[str, list[str]]]:
    return (reasons[name] for name in CLAIM_REASONS)


def _parts(text: str, slots: Mapping[str, Words]) -> tuple[Words, ...]:
    """The parts of a frame.

    >>> _parts("the (red|blue) {thing} broke", {"thing": ("cup", "jar")})
    (('the ',), ('red', 'blue'), (' ',), ('cup', 'jar'), (' broke',))
    """
    parts: list[Words] = []
    for piece in _pieces(text):
        if piece.startswith("("):
            parts.append(_even(_expand(each, slots) for each in _alternatives(piece[1:-1])))
        elif piece.startswith("{"):
            parts.append(slots[piece[1:-1]])
        else:
            parts.append((piece,))
    return tuple(parts)


def _expand(text: str, slots: Mapping[str, Words]) -> Words:
    """All that a text with open places can say, thinned out evenly to at most `MOST_WORDS`."""
    said: list[str] = [""]
    for words in _parts(text, slots):
        said = [head + word for head in said for word in words]
        said = said[:: -(-len(said) // MOST_WORDS)]
    return tuple(said)


def _even(alternatives: Iterable[Words]) -> Words:
    """Alternatives in one list, each as often as any other, however much each can say."""
    several = list(alternatives)
    most = max(len(words) for words in several)
    return tuple(word for words in several for word in islice(cycle(words), most))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text into choices in brackets (which may hold others), slots in braces, and what is between."""
    depth = start = 0
    for place, mark in enumerate(text):
        if mark == "(":
            if depth == 0:
                yield from _plain_pieces(text[start:place])
                start = place
            depth += 1
        elif mark == ")":
            depth -= 1
            if depth == 0:
                yield text[start : place + 1]
                start = place + 1
    if depth:
        raise ValueError(f"frame {text!r}: a bracket is left open")
    yield from _plain_pieces(text[start:])


def _plain_pieces(text: str) -> Iterator[str]:
    return (piece for piece in re.split(r"(\{\w+\})", text) if piece)


def _alternatives(text: str) -> list[str]:
    """Cut at the bars that lie in no inner bracket.

    >>> _alternatives("a|b (c|d)|")
    ['a', 'b (c|d)', '']
    """
    found, depth = [""], 0
    for mark in text:
        depth += (mark == "(") - (mark == ")")
        if mark == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += mark
    return found
