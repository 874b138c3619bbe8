"""The queue: who waits for a person and who has what, and taking the next case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar, get_args
from urllib.parse import urlencode

from serving.cases.case import ReviewCase
from serving.cases.holding import may_have
from serving.cases.leasing import LeaseRefusedError, give_back, held_cases, is_free, next_case, take_case
from serving.cases.priority import MS_PER_MINUTE
from serving.cases.queue import QueueFilter, Turn, Whose, count_queue, kinds_known, read_queue, shown_kind
from serving.cases.words import LANES, CaseKind, Role
from serving.claim import ClaimReason
from serving.console.page import READS, REVIEWS, Page, PageReply
from serving.console.rendering import render, see_other
from serving.console.visit import Visit

QUEUE: Final = "/console/queue"
REASONS: Final[tuple[str, ...]] = get_args(ClaimReason)
WHOSE: Final[tuple[Whose, ...]] = get_args(Whose)
SOON_SHARE: Final = 4  # what has less than this part of the target left is late soon

Badge: TypeAlias = Literal["late", "soon", "fine"]
_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case as the queue shows it to somebody.

    Attributes:
        kind: as they may know it.
        badge: how its clocks stand.
        is_mine: whether they have it.
        is_open: whether they may open its page without taking it.
        can_take: whether they can take it now.
    """

    case: ReviewCase
    kind: CaseKind
    badge: Badge
    is_mine: bool
    is_open: bool
    can_take: bool


def show(visit: Visit) -> PageReply:
    """GET /queue."""
    return _queue(visit, visit.query)


def take_next(visit: Visit) -> PageReply:
    """POST /next: leads to the case that somebody has, or to the next one that they may have."""
    desk, wanted = visit.desk, wanted_of(visit.form, visit.who.role)
    with desk.store.writing() as connection:
        case = next_case(connection, visit.who, desk.policy(), desk.now_ms(), wanted)
    if case is None:
        return see_other(_address(wanted), said="nothing_to_take")
    return see_other(f"/console/cases/{case.number}")


def take(visit: Visit) -> PageReply:
    """POST /cases/{number}/take."""
    desk, number = visit.desk, int(visit.values["number"])
    try:
        with desk.store.writing() as connection:
            take_case(connection, visit.who, number, desk.policy(), desk.now_ms())
    except LeaseRefusedError as error:
        return _queue(visit, visit.form, error)
    return see_other(f"/console/cases/{number}")


def hand_back(visit: Visit) -> PageReply:
    """POST /cases/{number}/give-back."""
    desk = visit.desk
    try:
        with desk.store.writing() as connection:
            give_back(connection, visit.who, int(visit.values["number"]), desk.now_ms())
    except LeaseRefusedError as error:
        return _queue(visit, visit.form, error)
    return see_other(_address(wanted_of(visit.form, visit.who.role)), said="given_back")


def wanted_of(given: Mapping[str, str], role: Role) -> QueueFilter:
    """What somebody of a role asks for; a word that isn't known to them asks for nothing in particular."""
    return QueueFilter(
        kind=_word(kinds_known(role), given.get("kind")),
        reason=_word(REASONS, given.get("reason")),
        whose=_word(WHOSE, given.get("who")) or "anybody",
        late=given.get("late") == "1",
        lane=_word(LANES, given.get("lane")),
    )


def _queue(visit: Visit, given: Mapping[str, str], refused: LeaseRefusedError | None = None) -> PageReply:
    desk, who, wanted = visit.desk, visit.who, wanted_of(given, visit.who.role)
    now_ms, soon_ms = desk.now_ms(), desk.policy().review.target_minutes * MS_PER_MINUTE // SOON_SHARE
    after = Turn.of_text(given.get("after", ""))
    with desk.store.reading() as connection:
        page = read_queue(connection, who, now_ms, wanted, after)
        counts = count_queue(connection, who.role, now_ms, soon_ms)
        held = held_cases(connection, who.name)
    rows = [_row(visit, case, now_ms, soon_ms, has_one=bool(held)) for case in page.cases]
    return render(
        visit,
        "queue.html",
        200 if refused is None else 409,
        rows=rows,
        counts=counts,
        wanted=wanted,
        asked=_asked(wanted),
        kinds=kinds_known(who.role),
        reasons=REASONS,
        whose=WHOSE,
        lanes=LANES,
        now_ms=now_ms,
        may_take=who.role in REVIEWS,
        has_one=bool(held),
        first=_address(wanted) if after is not None else None,
        later=None if page.after is None else _address(wanted, page.after),
        refused=refused,
    )


def _row(visit: Visit, case: ReviewCase, now_ms: int, soon_ms: int, *, has_one: bool) -> QueueRow:
    who, left_ms = visit.who, case.target_ms - now_ms
    is_mine = case.assigned_to == who.name
    return QueueRow(
        case,
        shown_kind(case.kind, who.role),
        "late" if left_ms <= 0 else "soon" if left_ms <= soon_ms else "fine",
        is_mine,
        is_open=is_mine or who.role != "reviewer",
        can_take=not has_one and is_free(case, now_ms) and may_have(case, who.name, who.role),
    )


def _asked(wanted: QueueFilter) -> dict[str, str]:
    """The fields that ask for it again, as forms and addresses have them."""
    asked = {"kind": wanted.kind, "reason": wanted.reason, "lane": wanted.lane, "late": "1" if wanted.late else None}
    said = {name: value for name, value in asked.items() if value is not None}
    return said if wanted.whose == "anybody" else {**said, "who": wanted.whose}


def _address(wanted: QueueFilter, after: Turn | None = None) -> str:
    fields = _asked(wanted) if after is None else {**_asked(wanted), "after": str(after)}
    return f"{QUEUE}?{urlencode(fields)}" if fields else QUEUE


def _word(words: tuple[_Word, ...], given: str | None) -> _Word | None:
    return next((word for word in words if word == given), None)


PAGES: Final = (
    Page("GET", "/queue", show, READS),
    Page("POST", "/next", take_next, REVIEWS),
    Page("POST", "/cases/{number}/take", take, REVIEWS),
    Page("POST", "/cases/{number}/give-back", hand_back, REVIEWS),
)
