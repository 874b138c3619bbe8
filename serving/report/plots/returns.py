"""The plots of returns and refunds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from features.arrays import Floats
from serving.claim import Language
from serving.insight.returns import saying
from serving.insight.returns.figures import Bounded, Period, Returns, Season, Share
from serving.languages import Texts, read_texts
from serving.report.plots.drawing import BLUE, COLOURS, GREEN, INK, MUTED, ORANGE, PALE, draw
from serving.report.plots.plot import Plot

MOST_ROWS: Final = 12
_HATCHED: Final[dict[str, Any]] = {"edgecolor": "white", "linewidth": 0}
_MARKS: Final = (("o", BLUE), ("s", ORANGE), ("^", GREEN))


@cache
def _texts_of(language: Language) -> Texts:
    return Texts(language, read_texts(Path(__file__).with_name("texts"))[language])


def draw_returns(returns: Returns, language: Language) -> list[Plot]:
    """The plots that the figures have enough for: none of nothing, and none of a season that the period lacks."""
    text, words = _texts_of(language), saying.texts_of(language)
    painters = (_months, _rate, _reasons, _categories, _costs, _seasons)
    plots = (painter(returns, text, words) for painter in painters)
    return [plot for plot in plots if plot is not None]


def _months(returns: Returns, text: Texts, _: Texts) -> Plot | None:
    if not returns.total.claims:
        return None
    sorts = ("approved", "advanced", "reviewed", "open")
    counts = {
        "approved": [month.total.approved for month in returns.months],
        "advanced": [month.total.advanced for month in returns.months],
        "reviewed": [month.total.reviewed for month in returns.months],
        "open": [month.total.claims - month.total.decided for month in returns.months],
    }

    def paint(axes: Axes) -> None:
        bottom = np.zeros(len(returns.months))
        looks = list(zip(sorts, (*COLOURS[:3], PALE), ("", "//", "\\\\", ""), strict=True))
        for sort, colour, hatch in looks:
            bars = axes.bar(range(len(bottom)), counts[sort], 0.7, bottom, color=colour, hatch=hatch, **_HATCHED)
            for bar, month in zip(bars, returns.months, strict=True):
                bar.set_alpha(1.0 if month.is_whole else 0.45)
            bottom += counts[sort]
        axes.set_xticks(range(len(bottom)), [month.name for month in returns.months], rotation=45, ha="right")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_ylabel(text("returns.claims"))
        axes.grid(axis="y")
        keys = [Patch(facecolor=colour, hatch=hatch, **_HATCHED) for _, colour, hatch in looks]
        axes.legend(keys, [text(f"returns.{sort}") for sort in sorts], ncols=4, loc="lower left", bbox_to_anchor=(0, 1))

    sums = {sort: f"{sum(counts[sort]):,}" for sort in sorts}
    return _plot("returns-months", text, "months", paint, 2.9, **sums)


def _rate(returns: Returns, text: Texts, _: Texts) -> Plot | None:
    weeks = [week for week in returns.weeks if week.is_whole and week.orders]
    if len(weeks) < 2:
        return None

    def paint(axes: Axes) -> None:
        _band(axes, weeks)
        names = [week.name for week in weeks]
        step = max(1, len(names) // 8)
        axes.set_xticks(range(0, len(names), step), names[::step], rotation=45, ha="right")
        axes.set_ylabel(text("returns.rate_axis"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")

    return _plot("returns-rate", text, "rate", paint, 2.6)


def _band(axes: Axes, weeks: list[Period]) -> None:
    value, low, high = _bounds([week.claimed for week in weeks])
    axes.fill_between(range(len(weeks)), 100 * low, 100 * high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(range(len(weeks)), 100 * value, color=BLUE, linewidth=1.6, marker="o", markersize=2.5)


def _reasons(returns: Returns, text: Texts, words: Texts) -> Plot | None:
    shown = returns.reasons[:MOST_ROWS][::-1]
    if not shown:
        return None
    refunded = max(returns.total.refunded_minor, 1)

    def paint(axes: Axes) -> None:
        places = np.arange(len(shown))
        axes.barh(places + 0.2, [100 * (each.share.value or 0) for each in shown], 0.36, color=BLUE)
        axes.barh(
            places - 0.2,
            [100 * each.total.refunded_minor / refunded for each in shown],
            0.36,
            color=ORANGE,
            hatch="//",
            **_HATCHED,
        )
        axes.set_yticks(places, [saying.word(words, "reason", each.name) for each in shown])
        axes.set_xlabel(text("returns.percent_axis"))
        axes.grid(axis="x")
        axes.legend(axes.containers, [text("returns.of_claims"), text("returns.of_refunds")], loc="lower right")

    return _plot("returns-reasons", text, "reasons", paint, 0.8 + 0.26 * len(shown))


def _categories(returns: Returns, text: Texts, words: Texts) -> Plot | None:
    ordered = [each for each in returns.categories if each.orders]
    if not ordered:
        return None
    shown = sorted(ordered[:MOST_ROWS], key=lambda each: each.claimed.value or 0)

    def paint(axes: Axes) -> None:
        value, low, high = _bounds([each.claimed for each in shown])
        places = np.arange(len(shown))
        axes.hlines(places, 100 * low, 100 * high, color=MUTED, linewidth=1.6)
        axes.plot(100 * value, places, marker="o", linestyle="", color=BLUE, markersize=5)
        names = [f"{saying.category_name(each.category_id, words)} ({each.orders:,})" for each in shown]
        axes.set_yticks(places, names)
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(text("returns.rate_axis"))
        axes.grid(axis="x")

    left_out = len(ordered) - len(shown)
    more = text("returns.more", number=left_out) if left_out else ""
    return _plot("returns-categories", text, "categories", paint, 0.8 + 0.24 * len(shown), more=more)


def _costs(returns: Returns, text: Texts, words: Texts) -> Plot | None:
    parts = [
        (party.party, name, minor / 100)
        for party in returns.costs.parties
        for name, minor in party.parts.items()
        if minor
    ][::-1]
    if not parts:
        return None
    looks = dict(zip(("merchant", "platform", "buyer", "open"), (*COLOURS[:3], PALE), strict=True))

    def paint(axes: Axes) -> None:
        for at, (party, _, amount) in enumerate(parts):
            axes.barh(at, amount, 0.7, color=looks[party])
            axes.annotate(
                f"{amount:,.0f}", (amount, at), (3, 0), textcoords="offset points", va="center", fontsize=8, color=INK
            )
        said = [f"{saying.word(words, 'party', party)}: {saying.word(words, 'part', name)}" for party, name, _ in parts]
        axes.set_yticks(range(len(parts)), said)
        axes.set_xlim(0, max(amount for _, _, amount in parts) * 1.18)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.grid(axis="x")

    return _plot("returns-costs", text, "costs", paint, 0.6 + 0.26 * len(parts), currency=returns.currency)


def _seasons(returns: Returns, text: Texts, words: Texts) -> Plot | None:
    shown = [each for each in returns.seasons if each.kind == "festival" and each.orders_ratio.value is not None][::-1]
    if not shown:
        return None
    ratios: tuple[tuple[str, Callable[[Season], Bounded]], ...] = (
        ("orders_a_day", lambda season: season.orders_ratio),
        ("claims_a_day", lambda season: season.claims_ratio),
        ("share_claimed", lambda season: season.claimed_ratio),
    )

    def paint(axes: Axes) -> None:
        places = np.arange(len(shown))
        for nth, ((name, of), (marker, colour)) in enumerate(zip(ratios, _MARKS, strict=True)):
            value, low, high = _bounds([of(each) for each in shown])
            at = places + 0.24 * (1 - nth)
            axes.hlines(at, low, high, color=colour, linewidth=1.6)
            axes.plot(value, at, marker=marker, linestyle="", color=colour, label=text(f"returns.{name}"))
        axes.axvline(1, color=MUTED, linewidth=0.8, linestyle=":")
        axes.set_yticks(places, [saying.word(words, "season", each.name) for each in shown])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(text("returns.times_axis"))
        axes.grid(axis="x")
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1))

    return _plot("returns-seasons", text, "seasons", paint, 1.1 + 0.4 * len(shown))


def _bounds(told: list[Share] | list[Bounded]) -> tuple[Floats, Floats, Floats]:
    """Values and their bounds, each of shape (n,); NaN where nothing is told."""
    columns = zip(*((each.value, each.low, each.high) for each in told), strict=True)
    value, low, high = (np.array([np.nan if each is None else each for each in column]) for column in columns)
    return value, low, high


def _plot(name: str, text: Texts, key: str, paint: Callable[[Axes], None], height: float, **values: object) -> Plot:
    title = text(f"returns.{key}_title")
    return Plot(title, text(f"returns.{key}_caption", **values), draw(name, title, paint, height))
