"""What two models come to on the same claims: figures of each, their difference, and both by slice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from training.evaluation.evaluation import Interval
from training.gate.duel import Duel, Flags, GateError, Side
from training.gate.intervals import Draws, draw_buyers
from training.gate.ranked import NAMES, Ranked

COST: Final = "cost_minor_per_1000"
REVIEWED: Final = "reviewed_honest_share"
FIGURES: Final = (*NAMES, COST, REVIEWED)
SLICE_FIGURES: Final = (COST, REVIEWED)
LEAST_OF_EACH: Final = 20  # labels of either kind, without which no figure means anything
LEAST_IN_SLICE: Final = 100  # labels that a slice needs to be judged
PER: Final = 1_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure of both models, and the challenger's less the champion's."""

    challenger: Interval
    champion: Interval
    difference: Interval


@dataclass(frozen=True, slots=True)
class SlicePair:
    """Figures of both models on one slice; bounds of differences hold for all slices at once.

    `labels` is how many claims of it have one. A slice with too few has no figures.
    """

    slicing: str
    value: str
    labels: int
    figures: Mapping[str, Pair]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on one period.

    Attributes:
        figures: by the names of `FIGURES`; money in minor units per 1,000 claims.
        slices: by slicing and value.
        other_action_share: of all claims, those on which the policy takes another action with the challenger.
        claims, labels: how many there are.
        from_ms, to_ms: the first and the last claim with a label.
    """

    figures: Mapping[str, Pair]
    slices: tuple[SlicePair, ...]
    other_action_share: float
    claims: int
    labels: int
    from_ms: int
    to_ms: int


def compare(duel: Duel, rounds: int | None = None) -> Comparison:
    """Put both models beside each other, with intervals by buyer.

    Raises:
        GateError: there are too few labels to tell anything.
    """
    labelled = np.flatnonzero(duel.labelled)
    _enough(duel.abusive[labelled])
    slices = list(_slices(duel, labelled))
    judged = [members for _, _, members in slices if members.sum() >= LEAST_IN_SLICE]
    columns = _Columns(duel, labelled, judged)
    buyer = np.unique(duel.buyer[labelled], return_inverse=True)[1]
    draws = (
        draw_buyers(buyer, columns.figures) if rounds is None else draw_buyers(buyer, columns.figures, rounds=rounds)
    )
    as_of = duel.as_of_ms[labelled]
    return Comparison(
        figures={name: _pair(draws, name, place, columns.count + place) for place, name in enumerate(FIGURES)},
        slices=tuple(_slice_pairs(slices, draws, columns)),
        other_action_share=float((duel.challenger.action != duel.champion.action).mean()),
        claims=len(duel),
        labels=len(labelled),
        from_ms=int(as_of.min()),
        to_ms=int(as_of.max()),
    )


def _enough(abusive: Floats) -> None:
    found = int(abusive.sum())
    if min(found, len(abusive) - found) < LEAST_OF_EACH:
        raise GateError(
            f"the period has {found} abusive and {len(abusive) - found} honest claims that a label tells of; it needs "
            f"{LEAST_OF_EACH} of each: give later events, or a longer period"
        )


def _slices(duel: Duel, labelled: Ints) -> Iterator[tuple[str, str, Flags]]:
    for slicing in duel.slicings:
        code = slicing.code[labelled]
        for place, value in enumerate(slicing.values):
            yield slicing.name, value, np.equal(code, place)


class _Columns:
    """The figures of both models, in one row: the challenger's, with its slices', and then the champion's."""

    def __init__(self, duel: Duel, labelled: Ints, judged: list[Flags]) -> None:
        self._weight, self._claim_weight = duel.weight[labelled], duel.claim_weight[labelled]
        self._honest = 1 - duel.abusive[labelled]
        self._members = np.stack([np.ones(len(labelled), dtype=np.bool_), *judged]).astype(np.float64)
        self._sides = [self._side(each, duel.abusive[labelled], labelled) for each in (duel.challenger, duel.champion)]
        self.count = len(NAMES) + len(SLICE_FIGURES) * len(self._members)

    def figures(self, times: Floats) -> Floats:
        """Of each claim counted so often: shape (2 * count,)."""
        counted = times * self._claim_weight
        rows = np.stack([np.ones(len(times)), self._honest], axis=1) * counted[:, np.newaxis]
        of_all = self._members @ rows
        return np.concatenate([self._of(ranked, costs, of_all, times, counted) for ranked, costs in self._sides])

    def _side(self, side: Side, abusive: Floats, labelled: Ints) -> tuple[Ranked, Floats]:
        values = np.stack([PER * side.cost_minor[labelled], self._honest * side.reviewed[labelled]], axis=1)
        return Ranked.of(side.probability[labelled], abusive), values

    def _of(self, ranked: Ranked, values: Floats, of_all: Floats, times: Floats, counted: Floats) -> Floats:
        sums = self._members @ (values * counted[:, np.newaxis])
        shares = np.divide(sums, of_all, out=np.full_like(sums, np.nan), where=of_all > 0)
        return np.concatenate([ranked.figures(times * self._weight), shares.ravel()])


def _pair(draws: Draws, name: str, challenger: int, champion: int) -> Pair:
    if name == "calibration_error":
        return Pair(draws.mirrored(challenger), draws.mirrored(champion), draws.mirrored(challenger, champion))
    return Pair(draws.interval(challenger), draws.interval(champion), draws.difference(challenger, champion))


def _slice_pairs(slices: list[tuple[str, str, Flags]], draws: Draws, columns: _Columns) -> Iterator[SlicePair]:
    first = len(FIGURES)
    places = np.arange(first, columns.count)
    together = draws.differences_together(np.stack([places, places + columns.count], axis=1))
    place = first
    for slicing, value, members in slices:
        figures: dict[str, Pair] = {}
        if (labels := int(members.sum())) >= LEAST_IN_SLICE:
            for name in SLICE_FIGURES:
                both = draws.interval(place), draws.interval(place + columns.count)
                figures[name] = Pair(*both, together[place - first])
                place += 1
        yield SlicePair(slicing, value, labels, figures)
