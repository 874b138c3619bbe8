"""The one style of the report's plots, and how a figure becomes SVG that stands inside a page.

Colours are those of Okabe and Ito, which differ for colour-blind eyes, and in an order in which they differ in grey as
well; lines differ by their dashes and bars by their hatches, too. Text stays text, in the reader's own fonts, so that
Chinese shows wherever it does elsewhere on the page. The same figures make the same bytes.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE: Final = "#0072b2"
ORANGE: Final = "#e69f00"
GREEN: Final = "#009e73"
PALE: Final = "#cccccc"
INK: Final = "#1a1a1a"
MUTED: Final = "#595959"
GRID: Final = "#d9d9d9"
COLOURS: Final = (BLUE, ORANGE, GREEN, "#56b4e9", "#d55e00", "#cc79a7")
FONTS: Final = "system-ui, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
WIDTH: Final = 6.6  # inches: the width of an A4 page between its margins
_STYLE: Final[dict[Any, object]] = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": MUTED,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


def draw(name: str, title: str, paint: Callable[[Axes], None], height: float = 2.6) -> str:
    """An SVG of what `paint` draws on one pair of axes.

    Args:
        name: of the plot, unique in its page: all ids of the SVG begin with it.
        title: in words, for those who can't see it.
        paint: draws on the axes.
        height: in inches, at a width of 6.6.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # the font that text is measured in has no Chinese; the reader's has
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        paint(figure.subplots())
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _inline(written.getvalue(), name, title)


def _inline(text: str, name: str, title: str) -> str:
    """The SVG without what only a file needs, with ids of its own and no width but the page's."""
    text = text[text.index("<svg") :]
    # a style in there would hold for the whole page
    text = re.sub(r"<(metadata|style)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = text.replace("'DejaVu Sans'", FONTS)
    return text.replace("<svg", f'<svg role="img" aria-label="{html.escape(title, quote=True)}"', 1).strip()
