"""All pages of the console."""

from __future__ import annotations

from typing import Final

from serving.console.page import Page
from serving.console.pages import (
    alarms,
    case,
    drill,
    feedback,
    findings,
    insight,
    merchants,
    monitor,
    pack,
    people,
    places,
    queue,
    returns,
    ruling,
    sign_in,
    team,
)

PAGES: Final[tuple[Page, ...]] = (
    *sign_in.PAGES,
    *queue.PAGES,
    *case.PAGES,
    *ruling.PAGES,
    *pack.PAGES,
    *team.PAGES,
    *drill.PAGES,
    *insight.PAGES,
    *merchants.PAGES,
    *alarms.PAGES,
    *findings.PAGES,
    *places.PAGES,
    *returns.PAGES,
    *feedback.PAGES,
    *monitor.PAGES,
    *people.PAGES,
)
