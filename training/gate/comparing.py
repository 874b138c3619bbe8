"""What two models come to on the same claims: figures of each, their difference, and both by slice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from features.arrays import Floats, Ints
from training.evaluation.evaluation import Interval
from training.evaluation.intervals import Drawn, Ratios, Statistic, bootstrap
from training.evaluation.probability_figures import CalibrationError, log_losses
from training.evaluation.ranking_figures import RankingFigures
from training.gate.duel import Duel, GateError, Side
from training.gate.together import intervals_together

COST: Final = "cost_minor_per_1000"
REVIEWED: Final = "reviewed_honest_share"
CALIBRATION: Final = "calibration_error"
FIGURES: Final = ("average_precision", "auc", CALIBRATION, "log_loss", COST, REVIEWED)
SLICE_FIGURES: Final = (COST, REVIEWED)
LEAST_OF_EACH: Final = 20  # labels of either kind, without which no figure means anything
LEAST_IN_SLICE: Final = 100  # labels that a slice needs to be judged
PER: Final = 1_000
ROUNDS: Final = 500
SEED: Final = 7


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


def compare(duel: Duel, rounds: int = ROUNDS) -> Comparison:
    """Put both models beside each other, with intervals by buyer.

    Raises:
        GateError: there are too few labels to tell anything.
    """
    labelled = np.flatnonzero(duel.labelled)
    _enough(duel.abusive[labelled])
    slices = list(_slices(duel, labelled))
    judged = [each for each in slices if len(each.rows) >= LEAST_IN_SLICE]
    buyer = np.unique(duel.buyer[labelled], return_inverse=True)[1]
    statistics: dict[_Of, Sequence[Statistic]] = {}
    for side in (duel.challenger, duel.champion):
        statistics[side.name, None] = _of_all(duel, side, labelled, buyer)
        for each in judged:
            rows = labelled[each.rows]
            statistics[side.name, each] = [Ratios.of(buyer[each.rows], **_money_and_burden(duel, side, rows))]
    drawn = bootstrap(statistics, int(buyer.max()) + 1, len(labelled), rounds, SEED)
    one, other = drawn[duel.challenger.name, None], drawn[duel.champion.name, None]
    as_of = duel.as_of_ms[labelled]
    return Comparison(
        figures={name: _pair(name, one[name], other[name]) for name in FIGURES},
        slices=tuple(_slice_pairs(duel, slices, drawn)),
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


@dataclass(frozen=True, slots=True, eq=False)
class _Slice:
    """Some of the labelled claims, by their places among them."""

    slicing: str
    value: str
    rows: Ints


_Of: TypeAlias = tuple[str, _Slice | None]  # a model's name, and a slice or all claims


def _slices(duel: Duel, labelled: Ints) -> Iterator[_Slice]:
    for slicing in duel.slicings:
        code = slicing.code[labelled]
        for place, value in enumerate(slicing.values):
            yield _Slice(slicing.name, value, np.flatnonzero(code == place))


def _of_all(duel: Duel, side: Side, rows: Ints, buyer: Ints) -> list[Statistic]:
    abusive, given, weight = duel.abusive[rows].astype(np.int8), side.probability[rows], duel.weight[rows]
    means = {"log_loss": (log_losses(abusive, given), weight), **_money_and_burden(duel, side, rows)}
    return [
        RankingFigures.of(abusive, given, weight, buyer),
        CalibrationError.of(abusive, given, weight, buyer),
        Ratios.of(buyer, **means),
    ]


def _money_and_burden(duel: Duel, side: Side, rows: Ints) -> dict[str, tuple[Floats, Floats]]:
    weight = duel.claim_weight[rows]
    return {
        COST: (PER * side.cost_minor[rows], weight),
        REVIEWED: (side.reviewed[rows].astype(np.float64), weight * (1 - duel.abusive[rows])),
    }


def _pair(name: str, challenger: Drawn, champion: Drawn) -> Pair:
    less = challenger.less(champion)
    if name == CALIBRATION:
        return Pair(challenger.mirrored(0.0), champion.mirrored(0.0), less.mirrored())
    return Pair(challenger.interval(), champion.interval(), less.interval())


def _slice_pairs(duel: Duel, slices: Sequence[_Slice], drawn: Mapping[_Of, Mapping[str, Drawn]]) -> Iterator[SlicePair]:
    sides = [
        (each, name, drawn[duel.challenger.name, each][name], drawn[duel.champion.name, each][name])
        for each in slices
        if (duel.challenger.name, each) in drawn
        for name in SLICE_FIGURES
    ]
    together = intervals_together([one.less(other) for _, _, one, other in sides])
    figures: dict[_Slice, dict[str, Pair]] = {each: {} for each in slices}
    for (each, name, one, other), difference in zip(sides, together, strict=True):
        figures[each][name] = Pair(one.interval(), other.interval(), difference)
    for each in slices:
        yield SlicePair(each.slicing, each.value, len(each.rows), figures[each])
