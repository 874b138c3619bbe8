"""A plot, with what is said beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of a report.

    Attributes:
        title: in a few words.
        caption: what it shows, in a sentence or two.
        svg: the picture, to stand inside a page: no address in it, ids of its own.
    """

    title: str
    caption: str
    svg: str
