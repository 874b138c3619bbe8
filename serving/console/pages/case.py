"""The case page: all that a person needs to rule on a claim, on one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from serving.cases.case import CaseStep, ReviewCase, find_case, steps_of_case
from serving.cases.holding import may_have
from serving.cases.leasing import is_free, renew_lease
from serving.cases.words import BLIND_KINDS, OPEN_STATES
from serving.console.case_words import CaseWords
from serving.console.page import READS, REVIEWS, ConsoleError, Page, PageReply
from serving.console.pages.linking import card_address, cards_of
from serving.console.pages.pack import PackLink, pack_link
from serving.console.pages.ruling_form import form_of, looks_as_two
from serving.console.rendering import render
from serving.console.visit import Visit
from serving.console.waterfall import waterfall_svg
from serving.dossier.dossier import Dossier, Sources, find_dossier
from serving.dossier.earlier import OF_PARTIES
from serving.dossier.masking import for_role
from serving.dossier.moment import View, may_read, view_of


def show(visit: Visit) -> PageReply:
    """GET /cases/{number}."""
    return show_case(visit, int(visit.values["number"]))


def show_case(visit: Visit, number: int, *, problems: Mapping[str, str] | None = None, status: int = 200) -> PageReply:
    """The page of a case.

    Args:
        visit: by whom.
        number: of the case.
        problems: what is wrong with a form that was sent, by field; the page shows the form again with it.
        status: of the reply.

    Raises:
        ConsoleError: 404 where there is no such case or its claim isn't on record any more; 403 for a reviewer who
            neither holds it nor has ruled on it.
    """
    desk = visit.desk
    with desk.store.reading() as connection:
        case = find_case(connection, number)
        if case is None:
            raise ConsoleError(404, "case.none")
        steps = steps_of_case(connection, number)
        if not may_read(case, steps, visit.who.name, visit.who.role):
            raise ConsoleError(403, "case.not_yours")
        now_ms = desk.now_ms()
        view = view_of(connection, case, steps, visit.who.name, visit.who.role, now_ms)
        sources = Sources(plan=desk.store.plan, models=desk.models, policy=desk.policy(), similar=desk.similar)
        dossier = find_dossier(
            connection,
            case.claim_id,
            view.as_of_ms,
            sources,
            visit.language,
            model=view.model,
            rulings=view.rulings,
            measures=visit.who.role == "auditor",
        )
        packs = pack_link(connection, case, visit.who)
        cards = frozenset() if dossier is None else cards_of(visit, connection, [dossier.claim.merchant_id])
    if dossier is None:
        raise ConsoleError(404, "case.pruned")
    _renew_lease(visit, case)
    shown = for_role(dossier, visit.who.role, desk.masks)
    return _page(visit, case, steps, view, shown, packs, cards, problems or {}, status)


def _renew_lease(visit: Visit, case: ReviewCase) -> None:
    """Who opens a case that they have keeps it for another while."""
    renew_lease(visit.desk.store, case, visit.who, visit.desk.policy(), visit.desk.now_ms())


def _page(
    visit: Visit,
    case: ReviewCase,
    steps: list[CaseStep],
    view: View,
    dossier: Dossier,
    packs: PackLink | None,
    cards: frozenset[str],
    problems: Mapping[str, str],
    status: int,
) -> PageReply:
    now_ms = visit.desk.now_ms()
    weighing = dossier.weighing
    holds = case.assigned_to == visit.who.name and case.state == "assigned"
    # one that measures reviewers must look like any other of its amount, of which a ruling waits for a second person
    seems_proposed = case.kind in BLIND_KINDS and view.kind == "review" and looks_as_two(visit, case)
    own_steps = [step for step in steps if view.others or step.by == visit.who.name or step.step in OF_PARTIES]
    return render(
        visit,
        "case.html",
        status,
        case=case,
        view=view,
        dossier=dossier,
        words=CaseWords(visit, now_ms, view.shift_ms),
        waterfall=None if weighing is None else waterfall_svg(weighing.waterfall, visit.text),
        own_steps=[_as_proposed(step) for step in own_steps] if seems_proposed else own_steps,
        state="waiting" if seems_proposed and case.state == "pending" else case.state,
        clock=_clock(case, now_ms),
        left_ms=case.target_ms - now_ms,
        is_open=case.state in OPEN_STATES,
        holds=holds,
        may_go_on=not holds and visit.who.role in REVIEWS,
        may_take=is_free(case, now_ms) and may_have(case, visit.who.name, visit.who.role),
        pack_link=packs,
        cards=cards,
        card_address=card_address,
        ruling_form=form_of(visit, case, problems),
    )


def _as_proposed(step: CaseStep) -> CaseStep:
    return replace(step, step="proposed") if step.step == "ruled" else step


def _clock(case: ReviewCase, now_ms: int) -> str:
    """Whether the answer is late (past its limit), late soon (past its target), or in time."""
    if now_ms >= case.limit_ms:
        return "late"
    return "soon" if now_ms >= case.target_ms else "fine"


PAGES: Final = (Page("GET", "/cases/{number}", show, READS),)
