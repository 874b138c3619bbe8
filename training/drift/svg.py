"""Figures as SVG that stands inside a page: no address, no font of its own, colours from the page's style.

The page's style decides what is light and dark, so each colour is drawn as a stand-in and replaced by a variable.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK: Final = "#010101"
MUTED: Final = "#020202"
GRID: Final = "#030303"
THEN: Final = "#040404"
NOW: Final = "#050505"
WARN: Final = "#060606"
_VARIABLES: Final = {INK: "--ink", MUTED: "--muted", GRID: "--grid", THEN: "--then", NOW: "--now", WARN: "--warn"}
_WIDTH: Final = 4.7  # inches at 72 units each: a phone shows it at about its own size


def draw(title: str, paint: Callable[[Axes], None], height: float = 2.9) -> str:
    """An inline SVG of what `paint` draws, with a title for those who can't see it.

    Args:
        title: in words; a page's figures need different ones.
        paint: draws on the axes, in the colours above.
        height: in inches, at a width of 4.7.
    """
    style: dict[Any, object] = {
        "svg.fonttype": "none",
        "svg.hashsalt": title,
        "font.family": "DejaVu Sans",
        "font.size": 8,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": GRID,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "grid.color": GRID,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        paint(figure.subplots())
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _inline(written.getvalue(), title)


def _inline(text: str, title: str) -> str:
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    for stand_in, variable in _VARIABLES.items():
        text = text.replace(stand_in, f"var({variable})")
    return text.replace("<svg", f'<svg role="img" aria-label="{html.escape(title, quote=True)}"', 1)
