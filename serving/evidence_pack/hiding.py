"""Ids and names in the place of which something else is shown, in every text of a pack.

A masked id is its kind and a number in the order of the record (`buyer #1`): enough to tell accounts of this claim
apart, and nothing that could be tried out, as a hash of a short id could. People who ruled stand under the keyed
reference that the platform is told (`person~3f0c6c1b9d2e47a0`); a pack for a court, made by who may know, says beside
each who it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from features.catalog.entities import ADDRESS, BUYER, DEVICE, PAYMENT
from features.store.keys import entity_key, id_in
from features.store.schema import HISTORY
from serving.access.pseudonyms import PSEUDONYM

Json: TypeAlias = Any  # whatever JSON can hold

OTHER: Final = "[another person's id]"
# shorter ones are words and amounts; a text with each of these replaced could not be read any more
SHORTEST: Final = 3
SHORTEST_LOOKED_UP: Final = 4
SHORTEST_NUMBER: Final = 7
MOST_LOOKED_UP: Final = 400  # of one text, in one question
# not \w: in Chinese an id has no space around it
_WORD: Final = "A-Za-z0-9_~-"
_TOKEN: Final = re.compile(r"[^\s\x00-\x1f,;:!?\"'()\[\]{}<>，。；：！？、“”‘’（）【】《》\u4e00-\u9fff]{4,128}")
_PEOPLE: Final = (BUYER, DEVICE, ADDRESS, PAYMENT)

Lookup: TypeAlias = Callable[[Collection[str]], set[str]]


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is shown in the place of what.

    Attributes:
        shown_for: the mask of each id and name that is hidden.
        own: ids of this claim, which are nobody else's.
        keep: what stays as it is, wherever it stands alone: the claim's id.
        people_among: tells which of some words are ids of people on record.
    """

    shown_for: Mapping[str, str]
    own: frozenset[str]
    keep: str
    people_among: Lookup
    _pattern: re.Pattern[str] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", _pattern_of(self.shown_for))

    def id(self, plain: str) -> str:
        """An id or a name as it is shown."""
        return self.shown_for.get(plain, plain)

    def text(self, text: str) -> str:
        """A text without hidden ids."""
        if text == self.keep:
            return text
        if text in self.shown_for:
            return self.shown_for[text]
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: self.shown_for[found[0]], text)
        return PSEUDONYM.sub(lambda found: found[0] if found[0] in self.own else OTHER, text) if "~" in text else text

    def free_text(self, text: str) -> str:
        """What a person wrote, without hidden ids, and without ids of anybody else on record."""
        text = self.text(text)
        words = sorted({word for word in _words(text) if word not in self.own})[:MOST_LOOKED_UP]
        for word in sorted(self.people_among(words), key=len, reverse=True) if words else ():
            text = re.sub(rf"(?<![{_WORD}]){re.escape(word)}(?![{_WORD}])", lambda _: OTHER, text)
        return text

    def walk(self, value: Json) -> Json:
        """All texts in something of JSON, names of fields left as they are."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {name: self.walk(each) for name, each in value.items()}
            case list() | tuple():
                return [self.walk(each) for each in value]
            case _:
                return value

    def walk_free(self, value: Json) -> Json:
        """The same for what people wrote."""
        match value:
            case str():
                return self.free_text(value)
            case Mapping():
                return {name: self.walk_free(each) for name, each in value.items()}
            case list() | tuple():
                return [self.walk_free(each) for each in value]
            case _:
                return value


def mask_ids(ids: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is shown for (kind, id), numbered in the order in which they come.

    >>> mask_ids([("buyer", "B17"), ("device", "D1"), ("device", "D2")])
    {'B17': 'buyer #1', 'D1': 'device #1', 'D2': 'device #2'}
    """
    masks: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for kind, plain in ids:
        if plain not in masks:
            numbers[kind] = numbers.get(kind, 0) + 1
            masks[plain] = f"{kind} #{numbers[kind]}"
    return masks


def people_on_record(connection: sa.Connection) -> Lookup:
    """Tells which of some words are ids of buyers, devices, addresses or payments with a history."""

    def among(words: Collection[str]) -> set[str]:
        keys = [entity_key(entity, [word]) for entity in _PEOPLE for word in words]
        query = sa.select(HISTORY.c.entity).where(HISTORY.c.entity.in_(keys)).distinct()
        return {id_in(key) for key in connection.scalars(query)}

    return among


def _words(text: str) -> Iterable[str]:
    for token in _TOKEN.findall(text):
        for word in {token, token.strip("./-+*#@"), *token.split("/"), *token.split("=")}:
            if len(word) >= (SHORTEST_NUMBER if word.isdigit() else SHORTEST_LOOKED_UP):
                yield word


def _pattern_of(hidden: Iterable[str]) -> re.Pattern[str] | None:
    long = sorted((each for each in hidden if len(each) >= SHORTEST), key=lambda each: (-len(each), each))
    if not long:
        return None
    return re.compile(rf"(?<![{_WORD}])(?:{'|'.join(re.escape(each) for each in long)})(?![{_WORD}])")
