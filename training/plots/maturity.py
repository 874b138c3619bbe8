"""How long verdicts take, and how long this training waited for them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.events import VERDICT_SOURCES
from training.labels.maturity import LEAST_VERDICTS, SHARE, Maturity, MaturityCurve

_MOST_DAYS_SHOWN: Final = 200.0
_BROKEN: Final = (":", "--", "-.", (0, (1, 4)), (0, (6, 1, 1, 1, 1, 1)))


def maturity_plot(maturity: Maturity, gap_days: float) -> Figure:
    """Share of verdicts over the days that they take, by claim type and over all, with the days that were waited.

    Solid lines are first rulings of a claim type, whoever ruled; broken ones, each in its own way, those of a source.
    What too few verdicts tell is left out.
    """
    figure = Figure(figsize=(8, 5.2), layout="constrained")
    axes = figure.subplots()
    shown = {word: curve for word, curve in maturity.overall.items() if _tells(curve)}
    for number, (word, curve) in enumerate(shown.items()):
        colour = f"C{number}"
        _draw(axes, curve, f"{word.replace('_', ' ')} ({curve.verdicts:,})", color=colour, linewidth=2)
        for (kind, source), of_source in maturity.curves.items():
            if kind == word and _tells(of_source) and of_source.verdicts < curve.verdicts:
                label = f"{word.replace('_', ' ')}, {source} ({of_source.verdicts:,})"
                broken = _BROKEN[VERDICT_SOURCES.index(source) % len(_BROKEN)]
                _draw(axes, of_source, label, color=colour, linestyle=broken, linewidth=1)
    if not shown:
        axes.text(0.5, 0.5, "too few verdicts to tell how long they take", transform=axes.transAxes, ha="center")
    axes.axhline(SHARE, color="grey", linewidth=0.8)
    axes.axvline(gap_days, color="black", linestyle="--", linewidth=1, label=f"waited for: {gap_days:.1f} days")
    longest = max([gap_days, *(float(curve.days[-1]) for curve in shown.values())])
    axes.set(
        xlabel="days from filing to the first ruling",
        ylabel="share of the verdicts that come",
        title=f"Maturity of labels: when verdicts have come (line: {SHARE:.0%})",
        xlim=(0, min(longest * 1.05, _MOST_DAYS_SHOWN)),
        ylim=(0, 1.02),
    )
    axes.legend(loc="lower right", fontsize=8)
    return figure


def _tells(curve: MaturityCurve) -> bool:
    return curve.verdicts >= LEAST_VERDICTS and len(curve.days) > 0


def _draw(axes: Axes, curve: MaturityCurve, label: str, **style: Any) -> None:  # noqa: ANN401 - as matplotlib takes them
    days, share = np.concatenate([[0.0], curve.days]), np.concatenate([[0.0], curve.share])
    axes.step(days, share, where="post", label=label, **style)
