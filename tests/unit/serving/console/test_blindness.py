"""A gold case and a double can't be told from a review by who rules on them: before, in the minute, and after."""

import re
from collections.abc import Callable

import pytest

from serving.cases.appealing import PartyDesk
from serving.cases.case import cases_of_claim
from serving.cases.quality.again import values_again
from serving.cases.quality.tables import open_quality
from serving.cases.ruling import UNDO_MS
from serving.cases.stepping import open_case
from serving.cases.words import Role
from serving.claim_desk import ClaimDesk
from serving.console.pages import case, ruling
from serving.insight.tables import open_insight
from serving.intake.verdict import Adjudication
from tests.contract.ruling_room import DENY, Room
from tests.unit.serving.cases.conftest import room, room_as_made  # noqa: F401 - fixtures
from tests.unit.serving.claims import DAY_MS, NOW_MS, make_claim
from tests.unit.serving.console.visiting import CSRF, Visitor, desk_of, visitor

As = Callable[..., Visitor]
LATER_MS = 40 * DAY_MS


def file(room: Room, claim_id: str, at_ms: int) -> None:  # noqa: F811
    """Let a claim be decided at a moment, of parties of its own, all else alike."""
    order = {
        "buyer_id": f"B-{claim_id}", "merchant_id": f"M-{claim_id}", "product_id": f"P-{claim_id}",
        "paid_at_ms": at_ms - 6 * DAY_MS, "delivered_at_ms": at_ms - 3 * DAY_MS,
    }  # fmt: skip
    claim = make_claim(claim_id, order=order, filed_at_ms=at_ms)
    ClaimDesk(room.store, room.policy, None, lambda _: at_ms).score(claim)


@pytest.fixture
def numbers(room: Room) -> dict[str, int]:  # noqa: F811
    """A review of a claim of today, and a gold case and a double of claims of forty days ago; ann has all three."""
    open_quality(room.store)
    open_insight(room.store)
    file(room, "gold", NOW_MS)
    file(room, "double", NOW_MS)
    room.now_ms = NOW_MS + DAY_MS
    for claim_id in ("gold", "double"):
        found = Adjudication(adjudication_id=f"of {claim_id}", claim_id=claim_id, verdict="abusive")
        room.adjudications.record(found, "rita")
    today_ms = NOW_MS + LATER_MS
    file(room, "review", today_ms)
    room.now_ms = today_ms
    opened = {}
    with room.store.writing() as connection:
        for kind in ("review", "gold", "double"):
            values = values_again(connection, kind, kind, room.policy, today_ms, "first")
            assert values is not None
            opened[kind] = open_case(connection, values, by="clearclaim", at_ms=today_ms).number
    room.now_ms += 60_000
    for number in opened.values():
        room.take(number, "ann")
    return opened


def as_seen(browser: Visitor, kind: str, number: int) -> list[str]:
    """The lines of a case's page, but for what names the case and its claim, and its clocks, which are drawn apart."""
    page = browser.get(f"/console/cases/{number}").text
    page = re.sub(r'<span class="badge (fine|soon|late)">[^<]*</span>', "", page)
    page = re.sub(rf"\b([BMPO]-)?{kind}\b", "ID", page)
    page = re.sub(r"\bbuyer [a-z2-7]{8}\b", "ID", page)
    return re.sub(rf'(cases/|Case |name="number" value="){number}\b', r"\1N", page).splitlines()


@pytest.mark.parametrize("role", ["reviewer", "senior"])
def test_page_is_the_same_from_first_to_last(room: Room, numbers: dict[str, int], role: Role) -> None:  # noqa: F811
    """The steps, the dates, what was ruled, what can be done next, and what became of it."""
    desk = desk_of(room.store, policy=lambda: room.policy, rulings=room.desk, now_ms=lambda: room.now_ms)
    ann = visitor(desk, (*ruling.PAGES, *case.PAGES), "ann", role)

    def look() -> str:
        review, *others = (as_seen(ann, kind, number) for kind, number in numbers.items())
        for other in others:
            assert [pair for pair in zip(review, other, strict=True) if pair[0] != pair[1]] == []
        return "\n".join(review)

    assert "/rule" in look()
    for number in numbers.values():
        room.desk.rule(number, "ann", "senior" if role == "senior" else "reviewer", DENY)
    assert "/undo" in look()
    room.now_ms += UNDO_MS
    assert room.releaser.release_due() == 3
    room.now_ms += DAY_MS
    assert "/appeal" in look()


def test_appeal_is_refused_alike_while_a_case_is_open(room: Room, numbers: dict[str, int]) -> None:  # noqa: F811
    """Whoever sends the form by hand hears that nothing is decided yet, and opens nothing."""
    parties = PartyDesk(room.store, room.adjudications, lambda: room.policy, room.now)
    desk = desk_of(
        room.store, policy=lambda: room.policy, rulings=room.desk, parties=parties, now_ms=lambda: room.now_ms
    )
    ann = visitor(desk, (*ruling.PAGES, *case.PAGES), "ann")
    form = {"csrf": CSRF, "party": "buyer", "kind": "appeal", "text": "It is broken still."}
    said = [
        (reply.status_code, "nothing" in reply.text.lower())
        for kind, number in numbers.items()
        for reply in [ann.post(f"/console/claims/{kind}/appeal", data={**form, "number": str(number)})]
    ]
    assert said == [(409, True)] * 3
    with room.store.reading() as connection:
        assert [len(cases_of_claim(connection, kind)) for kind in numbers] == [1, 1, 1]
