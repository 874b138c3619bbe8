"""The evidence pack of a case's claim, and who may have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final, TypeVar

import sqlalchemy as sa

from serving.cases.case import ReviewCase, cases_of_claim, find_case, steps_of_case
from serving.cases.words import BLIND_KINDS
from serving.console.languages import LANGUAGES
from serving.console.page import READS, REVIEWS, ConsoleError, Page, PageReply
from serving.console.visit import Person, Visit
from serving.evidence_pack.asking import PackRequest
from serving.evidence_pack.making import PackMaker
from serving.evidence_pack.tables import Making, makings_of_claim
from serving.evidence_pack.view import PACK_AUDIENCES, PackAudience
from serving.intake.adjudicating import UnknownClaimError

_Word = TypeVar("_Word", bound=str)

ZIP_TYPE: Final = "application/zip"
# of whose cases nobody has to be kept from knowing more
_NEVER_BLIND: Final = frozenset({"appeal", "mediation"})
_RULED: Final = frozenset({"proposed", "ruled", "seconded", "contested"})


@dataclass(frozen=True, slots=True)
class PackLink:
    """What pack_link.html shows: the packs to be had, or why there is none; and those that were made."""

    number: int
    audiences: tuple[PackAudience, ...]
    why_not: str | None
    made: Sequence[Making]


def pack_link(connection: sa.Connection, case: ReviewCase, person: Person) -> PackLink | None:
    """The links of a case's page, as `pack_link`; None for who never gets a pack of the case."""
    why_not = why_no_pack(connection, case, person)
    if why_not == "pack.not_yours":
        return None
    made = [] if why_not else makings_of_claim(connection, case.claim_id, at_most=10)
    if person.role in REVIEWS and case.kind not in _NEVER_BLIND:
        # of a review's claim there are none from before it, so one would tell that the claim was there before
        made = [each for each in made if each.made_at_ms >= case.opened_at_ms]
    return PackLink(case.number, PACK_AUDIENCES, why_not, made)


def why_no_pack(connection: sa.Connection, case: ReviewCase, person: Person) -> str | None:
    """The key of the text that says why somebody gets no pack of a case now; None if they do.

    Who rules is refused alike for every open case of the common queue: were only those refused that are blind, the
    refusal would tell which these are.
    """
    if person.role == "reviewer" and not _is_theirs(connection, case, person.name):
        return "pack.not_yours"
    if person.role not in REVIEWS:
        is_blind = case.kind in BLIND_KINDS or case.lane == "second"
        return "pack.not_yet" if is_blind and case.state != "closed" else None
    if _is_kept_from_rulers(case):
        return "pack.not_yet"
    is_kept = any(
        _waits_for_second(each) or (each.assigned_to == person.name and _is_kept_from_rulers(each))
        for each in cases_of_claim(connection, case.claim_id)
    )
    return "pack.not_yet" if is_kept else None


def _is_kept_from_rulers(case: ReviewCase) -> bool:
    is_blind = case.kind not in _NEVER_BLIND and case.lane != "senior"
    return (case.state != "closed" and is_blind) or _waits_for_second(case)


def _waits_for_second(case: ReviewCase) -> bool:
    """Whether a ruling was proposed that a second person mustn't know; a case that measures never comes so far."""
    return case.lane == "second" and case.state != "closed"


def _is_theirs(connection: sa.Connection, case: ReviewCase, name: str) -> bool:
    return name in {case.assigned_to, case.ruled_by} or any(
        step.by == name and step.step in _RULED for step in steps_of_case(connection, case.number)
    )


def give_pack(visit: Visit) -> PageReply:
    """The pack of a case's claim, for the audience and in the language that the address asks for."""
    desk, person = visit.desk, visit.who
    with desk.store.reading() as connection:
        case = find_case(connection, int(visit.values["number"]))
        if case is None:
            raise ConsoleError(404, "pack.no_case")
        why_not = why_no_pack(connection, case, person)
    if why_not is not None:
        raise ConsoleError(403 if why_not == "pack.not_yours" else 409, why_not)
    request = PackRequest(
        claim_id=case.claim_id,
        audience=_one_of(visit, "audience", PACK_AUDIENCES, "court"),
        language=_one_of(visit, "language", LANGUAGES, visit.language),
        made_by=person.name,
        role=person.role,
        made_at_ms=desk.now_ms(),
    )
    packed = BytesIO()
    try:
        making = PackMaker(desk.store, desk.explainer, desk.models).make(request, desk.policy(), packed)
    except UnknownClaimError:
        raise ConsoleError(404, "pack.no_claim") from None
    headers = {
        "content-disposition": f'attachment; filename="{request.file_name}"',
        "x-clearclaim-manifest-sha256": making.manifest_hash,
    }
    return PageReply(packed.getvalue(), content_type=ZIP_TYPE, headers=headers)


def _one_of(visit: Visit, name: str, words: tuple[_Word, ...], usual: _Word) -> _Word:
    asked = visit.query.get(name, usual)
    for word in words:
        if word == asked:
            return word
    raise ConsoleError(422, "pack.unknown_word", words=", ".join(words))


PAGES: Final = (Page("GET", "/cases/{number}/pack", give_pack, READS),)
