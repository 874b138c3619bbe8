"""Public places: what looks like one, and the list of those that seniors have confirmed."""

from __future__ import annotations

from typing import Final

from serving.cases.words import Role
from serving.console.page import Page, PageReply
from serving.console.pages.insight import worked_out
from serving.console.rendering import render, see_other
from serving.console.visit import Visit
from serving.dossier.masking import SEES_IDS
from serving.insight import keeping
from serving.insight.abuse.columns import THING_KINDS
from serving.insight.abuse.part import PLACES, proposals
from serving.insight.abuse.places import PlaceError, add_place, end_place, kind_of, places

ADDRESS: Final = "/insight/places"
DECIDES: Final[frozenset[Role]] = frozenset({"senior"})
MOST_NOTE: Final = 500


def show(visit: Visit) -> PageReply:
    """What is proposed, what is on the list, and a form."""
    return _page(visit)


def add(visit: Visit) -> PageReply:
    """Put a place on the list."""
    place, note = visit.form.get("place", "").strip(), visit.form.get("note", "").strip()[:MOST_NOTE]
    try:
        kind = kind_of(visit.form.get("kind", ""))
        with visit.desk.store.writing() as connection:
            add_place(connection, kind, place, by=visit.who.name, now_ms=visit.desk.now_ms(), note=note)
    except PlaceError as error:
        return _page(visit, 422, fault=error.key, place=place)
    return see_other(f"/console{ADDRESS}", said="place_added")


def end(visit: Visit) -> PageReply:
    """Take a place off the list."""
    try:
        kind = kind_of(visit.form.get("kind", ""))
        with visit.desk.store.writing() as connection:
            end_place(connection, kind, visit.form.get("place", ""), by=visit.who.name, now_ms=visit.desk.now_ms())
    except PlaceError as error:
        return _page(visit, 422, fault=error.key)
    return see_other(f"/console{ADDRESS}", said="place_ended")


def _page(visit: Visit, status: int = 200, *, fault: str | None = None, place: str = "") -> PageReply:
    with visit.desk.store.reading() as connection:
        proposed, listed = proposals(connection), places(connection)
    return render(
        visit,
        "places.html",
        status,
        worked=worked_out(visit, PLACES),
        proposals=proposed[: keeping.PAGE_ROWS],
        listed=listed[: keeping.PAGE_ROWS],
        more=max(len(listed) - keeping.PAGE_ROWS, 0),
        kinds=THING_KINDS,
        decides=visit.who.role in DECIDES,
        fault=fault,
        place=place,
    )


PAGES: Final = (
    Page("GET", ADDRESS, show, SEES_IDS),
    Page("POST", ADDRESS + "/add", add, DECIDES),
    Page("POST", ADDRESS + "/end", end, DECIDES),
)
