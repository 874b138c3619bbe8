"""Practice: past claims whose answer is known, ruled on for nothing but the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import sqlalchemy as sa
from markupsafe import Markup

from features.events import CLAIM_REASONS, EventKind
from features.store.log import events_of_claim
from serving.cases.quality.drill import (
    MOST_CASES,
    Drill,
    DrillAnswer,
    NothingToPractiseError,
    answer_drill,
    drills_of,
    find_drill,
    start_drill,
)
from serving.cases.words import DENIAL_REASONS, RULINGS, DenialReason, Ruling
from serving.console.case_words import CaseWords
from serving.console.page import REVIEWS, ConsoleError, Page, PageReply
from serving.console.rendering import render, see_other
from serving.console.visit import Visit
from serving.console.waterfall import waterfall_svg
from serving.dossier.dossier import Dossier, Sources, find_dossier
from serving.dossier.masking import for_role
from serving.dossier.moment import decision_moment

_USUAL_CASES: Final = 10
_MOST_EVENTS: Final = 200


@dataclass(frozen=True, slots=True)
class PastClaim:
    """A past claim as a page of practice shows it, under the names that the parts of the case page ask for.

    Attributes:
        dossier: as its decision knew it; with the model's account once it was answered.
        words: with dates as if the claim had come when the practice began, as a gold case has them.
        waterfall: of the model's reasons; None where they aren't shown, or aren't to be had.
        inspection: what came back, as is told with the answer alone.
    """

    dossier: Dossier
    words: CaseWords
    waterfall: Markup | None
    inspection: str | None


def show(visit: Visit) -> PageReply:
    """Where a drill is started, and one's own drills."""
    return _start_page(visit)


def start(visit: Visit) -> PageReply:
    """Begin a drill."""
    cases, reason = visit.form.get("cases", "").strip(), visit.form.get("reason", "")
    errors: dict[str, str] = {}
    if not (cases.isascii() and cases.isdigit() and 1 <= int(cases[:9]) <= MOST_CASES):
        errors["cases"] = visit.text("drill.cases_wrong")
    if reason and reason not in CLAIM_REASONS:
        errors["reason"] = visit.text("drill.reason_wrong")
    if errors:
        return _start_page(visit, 422, visit.form, errors)
    store, now_ms = visit.desk.store, visit.desk.now_ms()
    try:
        number = start_drill(store, visit.who.name, cases=int(cases), reason=reason or None, now_ms=now_ms)
    except NothingToPractiseError:
        key = "drill.nothing_of_reason" if reason else "drill.nothing"
        return _start_page(visit, 422, visit.form, {"start": visit.text(key)})
    return see_other(f"/console/drill/{number}")


def show_case(visit: Visit) -> PageReply:
    """The next case of a drill; with ?answer=, what was said of one; at the end, the result."""
    drill = _drill(visit)
    answer = visit.query.get("answer", "")
    given = next((each for each in drill.answers if str(each.place) == answer and each.ruling is not None), None)
    if given is not None:
        return _answer_page(visit, drill, given)
    if drill.next is None:
        return render(visit, "drill_done.html", drill=drill)
    return _case_page(visit, drill)


def rule(visit: Visit) -> PageReply:
    """Rule on a case of a drill."""
    drill = _drill(visit)
    place, ruling = visit.form.get("place", ""), visit.form.get("ruling", "")
    denial_reason = visit.form.get("denial_reason", "") if ruling == "deny" else ""
    errors: dict[str, str] = {}
    if ruling not in RULINGS:
        errors["ruling"] = visit.text("drill.ruling_missing")
    elif ruling == "deny" and denial_reason not in DENIAL_REASONS:
        errors["denial_reason"] = visit.text("drill.denial_missing")
    if errors and drill.next is not None:
        return _case_page(visit, drill, 422, visit.form, errors)
    places = {str(answer.place): answer.place for answer in drill.answers}
    if errors or place not in places:
        raise ConsoleError(404, "error.not_found")
    answer_drill(
        visit.desk.store,
        drill,
        places[place],
        cast(Ruling, ruling),
        cast(DenialReason, denial_reason) if denial_reason else None,
        visit.desk.now_ms(),
    )
    return see_other(f"/console/drill/{drill.number}?answer={places[place]}")


def _start_page(
    visit: Visit, status: int = 200, form: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> PageReply:
    return render(
        visit,
        "drill.html",
        status,
        drills=drills_of(visit.desk.store, visit.who.name),
        reasons=CLAIM_REASONS,
        most=MOST_CASES,
        form={"cases": str(_USUAL_CASES), "reason": "", **(form or {})},
        errors={"start": None, "cases": None, "reason": None, **(errors or {})},
    )


def _case_page(
    visit: Visit,
    drill: Drill,
    status: int = 200,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> PageReply:
    asked = drill.next
    if asked is None:
        raise ConsoleError(404, "error.not_found")
    past = _past_claim(visit, drill, asked)
    return render(
        visit,
        "drill_case.html",
        status,
        drill=drill,
        asked=asked,
        dossier=past.dossier,
        cards=frozenset(),  # what the merchant did since would tell the answer
        words=past.words,
        rulings=RULINGS,
        denial_reasons=DENIAL_REASONS,
        form={"ruling": "", "denial_reason": "", **(form or {})},
        errors={"ruling": None, "denial_reason": None, **(errors or {})},
    )


def _answer_page(visit: Visit, drill: Drill, given: DrillAnswer) -> PageReply:
    past = _past_claim(visit, drill, given)
    return render(
        visit,
        "drill_answer.html",
        drill=drill,
        given=given,
        dossier=past.dossier,
        cards=frozenset(),
        words=past.words,
        waterfall=past.waterfall,
        inspection=past.inspection,
    )


def _drill(visit: Visit) -> Drill:
    """The visitor's own drill; others' are none of theirs.

    Raises:
        ConsoleError: 404.
    """
    drill = find_drill(visit.desk.store, int(visit.values["number"]), visit.who.name)
    if drill is None:
        raise ConsoleError(404, "error.not_found")
    return drill


def _past_claim(visit: Visit, drill: Drill, answer: DrillAnswer) -> PastClaim:
    """A place's claim: before its answer without all that the answer, or the model's view, can be read from.

    Raises:
        ConsoleError: 404 where the claim isn't on record any more.
    """
    desk, is_answered = visit.desk, answer.ruling is not None
    sources = Sources(plan=desk.store.plan, models=desk.models, policy=desk.policy(), similar=desk.similar)
    now_ms, language = desk.now_ms(), visit.language
    with desk.store.reading() as connection:
        as_of_ms = decision_moment(connection, answer.claim_id, now_ms)
        dossier = find_dossier(
            connection, answer.claim_id, as_of_ms, sources, language, model=is_answered, rulings=False
        )
        inspection = _inspection(connection, answer.claim_id) if is_answered else None
    if dossier is None:
        raise ConsoleError(404, "error.not_found")
    words = CaseWords(visit, now_ms, max(0, drill.started_at_ms - as_of_ms))
    drawn = None if dossier.weighing is None else waterfall_svg(dossier.weighing.waterfall, visit.text)
    return PastClaim(for_role(dossier, visit.who.role, desk.masks), words, drawn, inspection)


def _inspection(connection: sa.Connection, claim_id: str) -> str | None:
    events = events_of_claim(connection, claim_id, _MOST_EVENTS)
    found = [event.inspection for event in events if event.kind is EventKind.RETURN_INSPECTED]
    return found[-1] if found else None


PAGES: Final = (
    Page("GET", "/drill", show, REVIEWS),
    Page("POST", "/drill", start, REVIEWS),
    Page("GET", "/drill/{number}", show_case, REVIEWS),
    Page("POST", "/drill/{number}", rule, REVIEWS),
)
