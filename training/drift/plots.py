"""The plots of a comparison: then and now side by side, each as SVG for the page."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from features.arrays import Floats
from features.definition.window import MS_PER_DAY
from features.events import ACTIONS
from training.drift.bins import Bins
from training.drift.comparing import ColumnShift, Comparison
from training.drift.pace import DELAY_DAYS
from training.drift.stability import FAR, SOME
from training.drift.svg import GRID, INK, MUTED, NOW, THEN, WARN, draw
from training.drift.telling import day

_LINES = dict(zip(ACTIONS, ("-", "--", ":"), strict=True))
MOST_BARS = 12


def plot_shifts(columns: tuple[ColumnShift, ...]) -> str:
    """The stability index of columns as bars, with a mark at what chance alone would hardly pass."""

    def paint(axes: Axes) -> None:
        shown = columns[:MOST_BARS][::-1]
        for at, column in enumerate(shown):
            axes.barh(at, column.shift.index, height=0.34, color=WARN if column.shift.is_seen else MUTED)
            axes.plot([column.shift.bound] * 2, [at - 0.26, at + 0.26], color=INK, linewidth=1.4)
            axes.text(0, at + 0.26, f" {column.name}, gain {column.gain_share:.1%}", fontsize=7, color=INK, va="bottom")
        for level in (SOME, FAR):
            axes.axvline(level, color=GRID, linewidth=0.8, linestyle=":")
        widest = max(max(column.shift.index, min(column.shift.bound, 2.0)) for column in shown)
        axes.set(yticks=[], xlabel="stability index; black marks: the bound of chance", xlim=(0, widest * 1.05))
        axes.set_ylim(-0.5, len(shown) - 0.1)

    return draw("Columns that moved, worst first", paint, height=0.5 + 0.34 * min(len(columns), MOST_BARS))


def plot_shares(column: ColumnShift) -> str:
    """The share of each bin, then and now."""

    def paint(axes: Axes) -> None:
        places = np.arange(column.then.bins.number)
        axes.bar(places - 0.2, column.then.counted.shares, width=0.4, color=THEN, label="then")
        axes.bar(places + 0.2, column.now.shares, width=0.4, color=NOW, label="now")
        axes.set_xticks(places, _labels(column.then.bins), rotation=45, ha="right", fontsize=7)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.legend(loc="best", fontsize=7)

    return draw(f"{column.name}: share of claims by value", paint, height=2.3)


def _labels(bins: Bins) -> list[str]:
    edges = [f"{edge:.3g}" if abs(edge) < 10_000 else f"{edge:.2g}" for edge in bins.edges]
    return [*(f"≤ {edge}" for edge in edges), f"> {edges[-1]}" if edges else "any", "missing"]


def plot_calibration(comparison: Comparison) -> str | None:
    """What was found over what was given, with two standard errors; None without enough outcomes."""
    curve = comparison.labelled.curve
    if curve is None:
        return None

    def paint(axes: Axes) -> None:
        end = float(max(curve.given.max(), (curve.found + 2 * curve.error).max())) * 1.05
        axes.plot([0, end], [0, end], color=MUTED, linestyle=":", label="means what it says")
        axes.errorbar(
            curve.given, curve.found, yerr=2 * curve.error, fmt="o", color=NOW, capsize=3, label="now, a fifth each"
        )
        then = comparison.reference.outcomes
        axes.plot(then.given, then.found.value, marker="D", linestyle="", color=THEN, label="all, at the training")
        axes.set(xlabel="probability given", ylabel="share found abusive", xlim=(0, end), ylim=(0, end))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.legend(loc="upper left", fontsize=7)

    return draw("Calibration on mature claims", paint)


def plot_weeks(comparison: Comparison) -> str | None:
    """The share of each action by week, then and now; None without decisions."""
    parts = [
        (weeks, colour)
        for weeks, colour in ((comparison.reference.weeks, THEN), (comparison.weeks, NOW))
        if weeks.shares
    ]
    if not parts:
        return None

    def paint(axes: Axes) -> None:
        for number, (weeks, colour) in enumerate(parts):
            decided = weeks.counts[:, : len(ACTIONS)]
            full = decided.sum(axis=1) > 0
            days = weeks.start_ms[full] / MS_PER_DAY
            shares = decided[full] / decided[full].sum(axis=1, keepdims=True)
            for at, (action, line) in enumerate(_LINES.items()):
                label = action.replace("_", " ") if number == 0 else None
                axes.plot(days, shares[:, at], color=colour, linestyle=line, linewidth=1.5, label=label)
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(lambda days, _: day(round(days * MS_PER_DAY)))
        axes.tick_params(axis="x", labelrotation=25, labelsize=7)
        axes.legend(loc="best", fontsize=7)

    return draw("Actions by week, then and now", paint)


def plot_delays(comparison: Comparison) -> str | None:
    """How many of the first verdicts have come after so many days, then and now; None without verdicts."""
    told = [
        (name, delays.within, colour)
        for name, delays, colour in (
            ("then", comparison.reference.delays, THEN),
            ("now", comparison.labelled.delays, NOW),
        )
        if delays is not None and np.isfinite(delays.within).any()
    ]
    if not told:
        return None

    def paint(axes: Axes) -> None:
        for name, within, colour in told:
            _line(axes, within, colour, name)
        axes.set(xlabel="days after the claim", xscale="log", ylim=(0, 1.02))
        axes.set_xticks(DELAY_DAYS, [str(days) for days in DELAY_DAYS], fontsize=7)
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.legend(loc="lower right", fontsize=7)

    return draw("First verdicts that have come", paint)


def _line(axes: Axes, within: Floats, colour: str, name: str) -> None:
    axes.plot(DELAY_DAYS, within, color=colour, marker="o", markersize=3, label=name)
