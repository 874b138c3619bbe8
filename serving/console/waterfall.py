"""A waterfall as SVG: from what the model says of claims in general to what it says of this one, reason by reason.

Drawn on the server, without style attributes or script: classes carry the colours, so that light and dark are the
style sheet's. The same figures stand in a table beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from markupsafe import Markup, escape

from serving.console.languages import Texts
from serving.dossier.weighing import Step, Waterfall

WIDTH: Final = 640
ROW: Final = 34
TOP: Final = 30  # the axis with its labels
SIDE: Final = 8  # stays free at the left and at the right
BAR: Final = 12
LETTERS: Final = 78  # of a label: what fits the width
LEAST_GAP: Final = 44  # between two marks of the axis


def waterfall_svg(waterfall: Waterfall, text: Texts) -> Markup:
    """The drawing; all that it says is in its title and description too."""
    reached = [waterfall.base_raw, *(step.raw_after for step in waterfall.steps)]
    low, high = min(reached), max(reached)
    wide = max(high - low, 1e-6)

    def place(raw: float) -> float:
        return SIDE + (raw - low) / wide * (WIDTH - 2 * SIDE)

    rows = [_level(text("case.waterfall_base"), waterfall.base_raw, waterfall.base_probability, 0, place)]
    before = waterfall.base_raw
    for number, step in enumerate(waterfall.steps, 1):
        rows.append(_bar(step, before, number, place, text))
        before = step.raw_after
    last = len(waterfall.steps) + 1
    rows.append(_level(text("case.waterfall_claim"), waterfall.raw, waterfall.probability, last, place))
    height = TOP + (last + 1) * ROW
    described = text(
        "case.waterfall_description",
        base=percent(waterfall.base_probability),
        probability=percent(waterfall.probability),
    )
    head = Markup(
        '<svg class="waterfall" viewBox="0 0 {} {}" role="img" aria-labelledby="waterfall-title waterfall-description">'
        '<title id="waterfall-title">{}</title><desc id="waterfall-description">{}</desc>'
    ).format(WIDTH, height, text("case.waterfall_title"), described)
    return head + _axis(waterfall, height, place) + Markup("").join(rows) + Markup("</svg>")


def percent(probability: float) -> str:
    """A probability for people, with as many digits as small ones need.

    >>> percent(0.0314), percent(0.31), percent(0.9)
    ('3.1 %', '31 %', '90 %')
    """
    value = 100 * probability
    return f"{value:.1f} %" if value < 10 or value > 99 else f"{value:.0f} %"


def _bar(step: Step, before: float, row: int, place: Callable[[float], float], text: Texts) -> Markup:
    begin, end = sorted((place(before), place(step.raw_after)))
    sort = "raises" if step.change > 0 else "lowers"
    sign = "+" if step.change > 0 else "−"
    words = f"{_cut(step.text or text('case.waterfall_others'))} ({sign}{abs(step.change):.2f})"
    return Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="2"/>{}').format(
        sort, begin, TOP + row * ROW + 16, max(end - begin, 1.0), BAR, _label(words, row)
    )


def _level(label: str, raw: float, probability: float, row: int, place: Callable[[float], float]) -> Markup:
    middle = min(max(place(raw), SIDE + 2), WIDTH - SIDE - 2)
    return Markup('<rect class="this" x="{:.1f}" y="{}" width="4" height="{}"/>{}').format(
        middle - 2, TOP + row * ROW + 16, BAR, _label(f"{label}: {percent(probability)}", row)
    )


def _label(words: str, row: int) -> Markup:
    return Markup('<text class="label" x="{}" y="{}">{}</text>').format(SIDE, TOP + row * ROW + 11, words)


def _cut(words: str) -> str:
    return words if len(words) <= LETTERS else f"{words[: LETTERS - 1]}…"


def _axis(waterfall: Waterfall, height: int, place: Callable[[float], float]) -> Markup:
    """Lines at raw scores where the drawing has a probability to name: those that its steps lead to."""
    reached = {place(waterfall.base_raw): waterfall.base_probability}
    reached |= {place(step.raw_after): step.probability_after for step in waterfall.steps}
    lines: list[Markup] = []
    last = float(-LEAST_GAP)
    for x in sorted(reached):
        if x - last < LEAST_GAP:
            continue
        last = x
        anchor = "start" if x < LEAST_GAP else "end" if x > WIDTH - LEAST_GAP else "middle"
        lines.append(
            Markup(
                '<line class="axis" x1="{:.1f}" y1="{}" x2="{:.1f}" y2="{}"/>'
                '<text class="axis" x="{:.1f}" y="14" text-anchor="{}">{}</text>'
            ).format(x, TOP - 10, x, height, x, anchor, escape(percent(reached[x])))
        )
    return Markup("").join(lines)
