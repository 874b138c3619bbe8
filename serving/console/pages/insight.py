"""What the claims tell: the page that leads to the others, and what they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from serving.cases.words import Role
from serving.console.page import OVERSEES, Page, PageReply
from serving.console.rendering import render
from serving.console.visit import Visit
from serving.dossier.masking import SEES_IDS
from serving.insight import keeping


@dataclass(frozen=True, slots=True)
class Subject:
    """A page about one thing that the claims tell.

    Attributes:
        part: the part of `serving.insight.parts` that it shows; texts about it are `insight.<part>` and
            `insight.<part>_says`.
        path: of the page.
        roles: who may see it.
    """

    part: str
    path: str
    roles: frozenset[Role]


SUBJECTS: Final[tuple[Subject, ...]] = (
    Subject("merchants", "/insight/merchants", OVERSEES),
    Subject("alarms", "/insight/alarms", OVERSEES),
    Subject("abuse", "/insight/findings", SEES_IDS),
    Subject("places", "/insight/places", SEES_IDS),
    Subject("returns", "/insight/returns", OVERSEES),
    Subject("feedback", "/insight/feedback", OVERSEES),
)


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """How far a part is: as of when (ms), and how many results it has; None before the first time."""

    as_of_ms: int | None
    count: int


def worked_out(visit: Visit, part: str) -> WorkedOut:
    """How far a part is, for `insight_as_of.html`, which every page about one includes."""
    with visit.desk.store.reading() as connection:
        return WorkedOut(keeping.as_of(connection, part), keeping.count(connection, part))


def show(visit: Visit) -> PageReply:
    """The page that leads to the others."""
    seen = [(subject, worked_out(visit, subject.part)) for subject in SUBJECTS if visit.who.role in subject.roles]
    return render(visit, "insight.html", subjects=seen)


PAGES: Final = (Page("GET", "/insight", show, OVERSEES),)
