"""A group as a drawing: buyers as circles, what they share as small shapes, each drawn near what it is linked to.

Where they stand comes from springs (Fruchterman and Reingold, 1991) that begin at places drawn from the ids: so the
same group is drawn alike each time, and one more member moves the others only a little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from serving.insight.abuse.columns import ThingKind
from serving.insight.abuse.finding import Finding, Thing

WIDTH: Final = 720
HEIGHT: Final = 480
EDGE: Final = 28
MOST_BUYERS: Final = 50
MOST_THINGS: Final = 60
_ROUNDS: Final = 250
_LETTERS: Final[Mapping[ThingKind, str]] = {"device": "D", "address": "A", "payment": "P", "picture": "E"}


@dataclass(frozen=True, slots=True)
class Spot:
    """A circle or shape: its middle, what it is ("buyer" or the kind of thing), its label, and the full id."""

    x: float
    y: float
    kind: str
    label: str
    id: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the page draws: lines as (x1, y1, x2, y2), then circles and shapes; how many were left out."""

    lines: tuple[tuple[float, float, float, float], ...]
    spots: tuple[Spot, ...]
    left_out: int


def labels_of(things: Sequence[Thing]) -> list[str]:
    """A letter for the kind and a number within it: D1, D2, A1.

    >>> labels_of([Thing("device", "d", ()), Thing("address", "a", ()), Thing("device", "e", ())])
    ['D1', 'A1', 'D2']
    """
    number: dict[str, int] = {}
    labels = []
    for thing in things:
        number[thing.kind] = number.get(thing.kind, 0) + 1
        labels.append(f"{_LETTERS[thing.kind]}{number[thing.kind]}")
    return labels


def draw(finding: Finding) -> Drawing:
    """The drawing of a finding's members, numbered from 1 in their order, and of what they share."""
    members = [member.buyer_id for member in finding.members[:MOST_BUYERS]]
    things = finding.things[:MOST_THINGS]
    number = {buyer: place for place, buyer in enumerate(members)}
    ties = [
        (number[buyer], len(members) + place)
        for place, thing in enumerate(things)
        for buyer in thing.buyers
        if buyer in number
    ]
    pairs = np.array(ties, dtype=np.int64).reshape(-1, 2)
    names = [*(f"buyer {buyer}" for buyer in members), *(f"{thing.kind} {thing.id}" for thing in things)]
    at = [(round(float(x), 1), round(float(y), 1)) for x, y in _fitted(_sprung(_begun(names), pairs))]
    spots = [Spot(*at[place], "buyer", str(place + 1), buyer) for place, buyer in enumerate(members)]
    spots += [
        Spot(*at[len(members) + place], thing.kind, label, thing.id)
        for place, (thing, label) in enumerate(zip(things, labels_of(things), strict=True))
    ]
    left_out = len(finding.members) - len(members) + len(finding.things) - len(things)
    return Drawing(tuple((*at[one], *at[other]) for one, other in ties), tuple(spots), left_out)


def _begun(names: Sequence[str]) -> Floats:
    """Places in the unit square that come from the names alone, shape (n, 2)."""
    digests = [hashlib.sha256(name.encode()).digest() for name in names]
    words = [[int.from_bytes(digest[at : at + 6]) / 2**48 for at in (0, 6)] for digest in digests]
    return np.array(words, dtype=np.float64).reshape(-1, 2)


def _sprung(place: Floats, pairs: Ints) -> Floats:
    """The places after all have pushed each other away and those linked have pulled, ever more slowly."""
    count = len(place)
    length = 1.0 / np.sqrt(max(count, 1))
    for round_ in range(_ROUNDS):
        apart = place[:, np.newaxis] - place[np.newaxis]
        far = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1e-3)
        push = (apart * (length**2 / far**2)[..., np.newaxis]).sum(axis=1)
        along = place[pairs[:, 0]] - place[pairs[:, 1]]
        pull = along * (np.hypot(along[:, 0], along[:, 1]) / length)[:, np.newaxis]
        np.add.at(push, pairs[:, 0], -pull)
        np.add.at(push, pairs[:, 1], pull)
        push -= (place - 0.5) * 0.5  # parts that nothing links stay in the picture
        size = np.maximum(np.hypot(push[:, 0], push[:, 1]), 1e-9)
        step = 0.1 * (1.0 - round_ / _ROUNDS)
        place = place + push * (np.minimum(size, step) / size)[:, np.newaxis]
    return place


def _fitted(place: Floats) -> Floats:
    """The places in the drawing's box; a line along which all would stand lies in its middle."""
    low, high = place.min(axis=0, initial=1e9), place.max(axis=0, initial=-1e9)
    room = np.array([WIDTH, HEIGHT]) - 2 * EDGE
    span = np.where(high - low > 1e-6, high - low, 1.0)
    return np.asarray(EDGE + np.where(high - low > 1e-6, (place - low) / span, 0.5) * room, dtype=np.float64)
