"""Which columns move the model, how far, and which way: a beeswarm of SHAP values.

LightGBM computes them itself (`pred_contrib`; S. Lundberg et al., Nature Machine Intelligence 2, 2020): each is the
part that a column has in a claim's raw score, in log-odds. A dot is a claim; its colour tells how its value ranks among
those drawn, so that long tails don't take all the colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from scipy.stats import rankdata

from features.arrays import Floats
from training.stored.vectors import Vectors

ROWS: Final = 500
COLUMNS: Final = 20
_COLOURS: Final = "coolwarm"
_MISSING_COLOUR: Final = "#333333"
_HALF_ROW: Final = 0.38  # of the room between two columns, what a swarm may take to either side
_BINS: Final = 100


@dataclass(frozen=True, slots=True)
class Contributions:
    """What each column adds to the raw scores of n claims: `values` and `vectors` of shape (n, columns)."""

    columns: tuple[str, ...]
    values: Floats
    vectors: Floats

    def largest(self, most: int = COLUMNS) -> Contributions:
        """The columns with the largest mean absolute value, the largest first; those that move nothing are left out."""
        means = np.abs(self.values).mean(axis=0)
        order = np.argsort(-means, kind="stable")[:most]
        order = order[means[order] > 0]
        return Contributions(tuple(self.columns[at] for at in order), self.values[:, order], self.vectors[:, order])


def contributions(
    booster: lightgbm.Booster, columns: tuple[str, ...], vectors: Vectors, seed: int, rows: int = ROWS
) -> Contributions:
    """SHAP values in log-odds of claims drawn at random.

    Args:
        booster: the model.
        columns: its columns' names.
        vectors: claims to draw from, shape (n, columns).
        seed: the same seed and claims give the same draw.
        rows: draw at most so many.
    """
    random = np.random.default_rng(seed)
    drawn = vectors[np.sort(random.choice(len(vectors), min(rows, len(vectors)), replace=False))]
    explained = np.asarray(booster.predict(drawn, pred_contrib=True), dtype=np.float64)
    return Contributions(columns, explained[:, :-1], drawn)  # the last column is what all claims begin with


def shap_summary_plot(explained: Contributions, most: int = COLUMNS) -> Figure:
    """A row of dots for each of the columns that move the model most, the most important on top."""
    top = explained.largest(most)
    figure = Figure(figsize=(9, 0.34 * len(top.columns) + 1.8), layout="constrained")
    axes = figure.subplots()
    for row, name in enumerate(top.columns):
        _draw_swarm(axes, name, top.values[:, row], value_ranks(top.vectors[:, row]), len(top.columns) - 1 - row)
    axes.axvline(0, color="grey", linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(top.columns) - 1, -1, -1), list(top.columns), fontsize=8)
    axes.set(
        xlabel="part in the raw score (log-odds): to the right it speaks for abuse",
        title=f"SHAP values of {len(top.values)} test claims, the {len(top.columns)} columns that move them most",
        ylim=(-0.6, max(len(top.columns), 1) - 0.4),
    )
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), _COLOURS), ax=axes, shrink=0.5, pad=0.01, aspect=30)
    bar.set_ticks([0, 1], labels=["lowest value", "highest"])
    bar.ax.set_xlabel("black: missing", fontsize=8)
    return figure


def _draw_swarm(axes: Axes, name: str, values: Floats, ranks: Floats, height: int) -> None:
    """The dots of one column, those without a value under a name of their own."""
    place, known = height + _spread(values), np.isfinite(ranks)
    style: dict[str, Any] = {"s": 9, "linewidths": 0}
    axes.scatter(values[~known], place[~known], color=_MISSING_COLOUR, gid=f"{name} missing", **style)
    axes.scatter(values[known], place[known], c=ranks[known], cmap=_COLOURS, vmin=0, vmax=1, gid=name, **style)


def value_ranks(values: Floats) -> Floats:
    """Where each value ranks among the known ones, from 0 to 1, equal ones alike; NaN stays NaN, shape (n,)."""
    ranks = np.full(len(values), np.nan)
    known = np.isfinite(values)
    if known.any():
        of_known = rankdata(values[known], method="average") - 1
        ranks[known] = of_known / (known.sum() - 1) if known.sum() > 1 else 0.5
    return ranks


def _spread(values: Floats) -> Floats:
    """How far above or below its row each dot lies, so that dots of about the same value don't hide one another."""
    width = (values.max() - values.min()) / _BINS or 1.0
    bins = np.floor((values - values.min()) / width).astype(np.int64)
    _, bin_of, sizes = np.unique(bins, return_inverse=True, return_counts=True)
    place = np.zeros(len(values))
    for number in range(len(sizes)):
        inside = np.flatnonzero(bin_of == number)
        steps = np.arange(1, len(inside) + 1) // 2
        place[inside] = np.where(np.arange(len(inside)) % 2 == 1, steps, -steps)  # outwards, to either side in turn
    return place / max(int(sizes.max()) / 2, 1.0) * _HALF_ROW
