"""The form in which people rule: without script, with what was typed kept, and blind for the second of two people."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from serving.cases.appealing import PartyDesk
from serving.cases.ruling import UNDO_MS
from serving.console.pages import case, ruling
from serving.console.pages.ruling_form import language_of_claim
from serving.insight.tables import open_insight
from tests.contract.ruling_room import APPROVE, DENY, LARGE_MINOR, Room
from tests.unit.serving.cases.conftest import room, room_as_made  # noqa: F401 - fixtures
from tests.unit.serving.console.visiting import CSRF, Visitor, desk_of, visitor

As = Callable[..., Visitor]


@pytest.fixture
def sign_in(room: Room) -> As:  # noqa: F811
    """Somebody's browser."""
    open_insight(room.store)
    parties = PartyDesk(room.store, room.adjudications, lambda: room.policy, room.now)
    desk = desk_of(
        room.store, policy=lambda: room.policy, rulings=room.desk, parties=parties, now_ms=lambda: room.now_ms
    )
    return lambda name, role="reviewer": visitor(desk, (*ruling.PAGES, *case.PAGES), name, role)


def send(browser: Visitor, path: str, **fields: object):
    return browser.post(f"/console{path}", data={"csrf": CSRF, **{name: str(value) for name, value in fields.items()}})


def page(browser: Visitor, number: int) -> str:
    reply = browser.get(f"/console/cases/{number}")
    assert reply.status_code == 200
    return reply.text


def test_case_is_ruled_and_undone_on_its_page(room: Room, sign_in: As) -> None:  # noqa: F811
    """The form carries the version that it was made from; then the minute runs, and the form comes back."""
    number = room.open().number
    ann = sign_in("ann")
    shown = page(ann, number)
    assert f'action="/console/cases/{number}/rule"' in shown
    version = re.search(r'name="version" value="(\d+)"', shown)[1]
    reply = send(ann, f"/cases/{number}/rule", ruling="partly_approve", amount="19.90", version=version)
    assert (reply.status_code, reply.headers["location"]) == (303, f"/console/cases/{number}?said=ruled")
    room.now_ms += 18_000
    assert re.search(r'It stands in <span data-until="\d+">42 s</span>', page(ann, number))
    assert "CNY 19.90" in page(ann, number)
    assert f"/cases/{number}/undo" not in page(sign_in("sue", "senior"), number)
    assert send(ann, f"/cases/{number}/undo").headers["location"].endswith("said=undone")
    assert f"/cases/{number}/rule" in page(ann, number)
    send(ann, f"/cases/{number}/rule", ruling="approve", merchant_at_fault="yes")
    room.now_ms += UNDO_MS
    late = send(ann, f"/cases/{number}/undo")
    assert late.status_code == 409
    assert "can&#39;t be undone" in late.text
    room.releaser.release_due()
    assert "ann ruled" in page(sign_in("eve", "auditor"), number)
    assert room.told()[0]["charged_to"] == "merchant"


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({}, "ruling", "Choose what you rule"),
        ({"ruling": "escalate"}, "ruling", "Choose what you rule"),
        ({"ruling": "partly_approve"}, "amount", "Write the amount"),
        ({"ruling": "partly_approve", "amount": "59.00"}, "amount", "below what is asked"),
        ({"ruling": "partly_approve", "amount": "19,90"}, "amount", "such as 59.00"),
        ({"ruling": "approve", "amount": "1"}, "amount", "belongs to a part alone"),
        ({"ruling": "deny"}, "denial_reason", "Choose the reason"),
        ({"ruling": "deny", "denial_reason": "not_covered", "text": "No."}, "text", "10 to 2,000"),
    ],
)
def test_field_that_is_wrong_is_named_and_what_was_typed_stays(
    room: Room,  # noqa: F811
    sign_in: As,
    fields: dict[str, str],
    field: str,
    said: str,
) -> None:
    """The message stands at the field, and is tied to it for who can't see."""
    number = room.open().number
    reply = send(sign_in("ann"), f"/cases/{number}/rule", note="look at <this>", **fields)
    assert reply.status_code == 422
    error = re.search(rf'id="ruling-{field}-error">([^<]*)<', reply.text)
    assert error is not None
    assert said in error[1]
    assert re.search(rf'aria-invalid="true"\s+aria-describedby="[^"]*ruling-{field}-error"', reply.text)
    assert "look at &lt;this&gt;</textarea>" in reply.text
    assert all(f'value="{value}"' in reply.text for name, value in fields.items() if name == "amount")
    assert room.case(number).state == "assigned"


def test_first_field_that_is_wrong_gets_the_focus(room: Room, sign_in: As) -> None:  # noqa: F811
    """Once, in the order of the page: on a phone the form is far below the top."""
    number = room.open().number
    reply = send(sign_in("ann"), f"/cases/{number}/rule", ruling="deny", text="No.")
    [focused] = re.findall(r"<(?:select|input|textarea|p)[^>]*autofocus[^>]*>", reply.text)
    assert 'id="ruling-denial_reason"' in focused
    assert "autofocus" not in page(sign_in("ann"), number)


def test_denial_without_a_reason_asks_for_nothing_else(room: Room, sign_in: As) -> None:  # noqa: F811
    """The reason brings its standard text, so an empty one isn't wrong."""
    number = room.open().number
    reply = send(sign_in("ann"), f"/cases/{number}/rule", ruling="deny")
    assert re.findall(r'id="ruling-(\w+)-error"', reply.text) == ["denial_reason"]


def test_text_that_comes_too_late_is_shown_to_copy(room: Room, sign_in: As) -> None:  # noqa: F811
    """A case that went back to the queue while its text was written takes no ruling; the text isn't lost with it."""
    number = room.open().number
    fields = {"ruling": "deny", "denial_reason": "goods_differ", "text": "The parcel held a <stone>."}
    for browser in (sign_in("sue", "senior"), sign_in("bob")):  # who may read the case, and who may not
        reply = send(browser, f"/cases/{number}/rule", **fields)
        assert reply.status_code in {403, 409}
        assert "The parcel held a &lt;stone&gt;.</textarea>" in reply.text


def test_case_that_is_free_is_taken_on_its_page(room: Room, sign_in: As) -> None:  # noqa: F811
    """By a senior, who may open any case: not one that somebody has, nor one that they ruled on."""
    number = room.open().number
    sue, form = sign_in("sue", "senior"), f'action="/console/cases/{number}/take"'
    assert form not in page(sue, number)
    room.desk.escalate(number, "ann", "reviewer", None)
    assert form in page(sue, number)
    assert form not in page(sign_in("ann"), number)
    assert form not in page(sign_in("eve", "auditor"), number)


def test_next_case_is_one_press_away_once_this_one_is_ruled_on(room: Room, sign_in: As) -> None:  # noqa: F811
    """Not while there is something to do here, and not for who rules on nothing."""
    number = room.open().number
    ann, form = sign_in("ann"), 'action="/console/next"'
    assert form not in page(ann, number)
    send(ann, f"/cases/{number}/rule", ruling="approve")
    assert form in page(ann, number)
    assert form in page(sign_in("sue", "senior"), number)
    assert form not in page(sign_in("eve", "auditor"), number)


def test_denial_without_a_text_sends_the_standard_one_in_the_claims_language(
    room: Room,  # noqa: F811
    sign_in: As,
) -> None:
    """A buyer who wrote Chinese is answered in Chinese, whatever language the reviewer's console has."""
    room.file("C2", text="杯子坏了")
    number = room.open("C2").number
    send(sign_in("ann"), f"/cases/{number}/rule", ruling="deny", denial_reason="goods_differ")
    room.release()
    assert "不一致" in room.told()[0]["text_for_buyer"]


def test_language_without_words_of_the_buyer_is_the_policys(room: Room) -> None:  # noqa: F811
    """And English words get English."""

    class Asked:
        desk = desk_of(policy=lambda: room.policy)

    languages = [language_of_claim(Asked, text) for text in (None, "a cup", "a 杯子")]
    assert languages == [room.policy.reasons.language, "en", "zh-CN"]


def test_second_person_does_not_see_the_first_ruling(room: Room, sign_in: As) -> None:  # noqa: F811
    """Not while the case waits, nor while they have it; who proposed may take it back until then."""
    room.file("C2", LARGE_MINOR)
    number = room.open("C2", amount_minor=LARGE_MINOR).number
    ann, bob = sign_in("ann"), sign_in("bob")
    assert "take two people" in page(ann, number)
    text = "The parcel held a stone."
    fields = {"ruling": "deny", "denial_reason": "goods_differ", "text": text}
    assert send(ann, f"/cases/{number}/rule", **fields).headers["location"].endswith("said=proposed")
    assert text in page(ann, number)
    assert f"/cases/{number}/undo" in page(ann, number)
    sue = sign_in("sue", "senior")  # who may read it while it waits
    before = page(sue, number)
    room.take(number, "bob")
    shown = page(bob, number)
    for each in (before, shown):
        assert text not in each
        assert "Denied" not in each
    assert "You are the second person" in shown
    assert send(bob, f"/cases/{number}/rule", **fields).headers["location"].endswith("said=seconded")
    assert "First ruled by" in page(bob, number)


def test_case_that_measures_reviewers_looks_like_any_other(room: Room, sign_in: As) -> None:  # noqa: F811
    """Above the amount, too: it seems to wait for a second person."""
    room.file("C2", LARGE_MINOR)
    ann, heads = sign_in("ann"), []
    for number in (
        room.open(kind="gold", amount_minor=LARGE_MINOR).number,
        room.open("C2", amount_minor=LARGE_MINOR).number,
    ):
        assert send(ann, f"/cases/{number}/rule", ruling="approve").headers["location"].endswith("said=proposed")
        shown = page(ann, number)
        assert "waits for a second person" in shown
        assert "Ruling proposed" in shown
        heads.append(
            re.findall(r'class="badge[^>]*>([^<]*)<|class="muted">([^<]*)<', shown.partition('class="split"')[0])
        )
    assert heads[0] == heads[1]


def test_two_who_disagree_hear_of_it(room: Room, sign_in: As) -> None:  # noqa: F811
    """The second one is told that a senior decides; the first one sees nothing more."""
    number = room.open(amount_minor=LARGE_MINOR).number
    room.desk.rule(number, "ann", "reviewer", DENY)
    room.take(number, "bob")
    reply = send(sign_in("bob"), f"/cases/{number}/rule", ruling="approve")
    assert reply.headers["location"] == "/console/queue?said=contested"
    assert "nothing for you to rule" in page(sign_in("ann"), number)


def test_form_of_an_old_page_or_of_somebody_elses_case_is_refused(room: Room, sign_in: As) -> None:  # noqa: F811
    """Nothing is recorded, and the page says what to do."""
    number = room.open().number
    stale = send(sign_in("ann"), f"/cases/{number}/rule", ruling="approve", version=1)
    assert (stale.status_code, "has acted on this case meanwhile" in stale.text) == (409, True)
    other = send(sign_in("bob"), f"/cases/{number}/rule", ruling="approve")
    assert other.status_code == 403  # a reviewer doesn't even read it
    senior = send(sign_in("sue", "senior"), f"/cases/{number}/rule", ruling="approve")
    assert (senior.status_code, "Take it from the queue" in senior.text) == (409, True)
    assert send(sign_in("bob"), "/cases/99/rule", ruling="approve").status_code == 404
    assert send(sign_in("eve", "auditor"), f"/cases/{number}/rule", ruling="approve").status_code == 403
    assert room.case(number).state == "assigned"


def test_evidence_is_asked_for_and_comes(room: Room, sign_in: As) -> None:  # noqa: F811
    """A form that lacks something is shown again, open; then the page says who was asked, and for what."""
    number = room.open().number
    ann = sign_in("ann")
    send(ann, f"/cases/{number}/look")
    wrong = send(ann, f"/cases/{number}/ask", party="buyer", text="Send")
    assert wrong.status_code == 422
    assert 'id="ruling-ask_text-error"' in wrong.text
    assert "<details open>" in wrong.text
    assert send(ann, f"/cases/{number}/ask", text="Send a picture of the cup.").status_code == 422
    asked = send(ann, f"/cases/{number}/ask", party="buyer", text="Send a picture of the cup.")
    assert asked.headers["location"] == "/console/queue?said=asked"
    assert "Send a picture of the cup." in page(ann, number)
    assert send(ann, f"/cases/{number}/evidence-given", text="short").status_code == 422
    assert send(sign_in("zoe"), f"/cases/{number}/evidence-given").status_code == 403  # can't read the case
    assert send(ann, f"/cases/{number}/evidence-given").status_code == 303
    assert room.steps(number)[2:] == ["looked", "evidence_asked", "evidence_given"]


def test_case_is_escalated_once(room: Room, sign_in: As) -> None:  # noqa: F811
    """A senior who has it has nobody to hand it to, so there is no button for it."""
    number = room.open().number
    send(sign_in("ann"), f"/cases/{number}/escalate", note="beyond me")
    assert room.case(number).lane == "senior"
    room.take(number, "eve")
    eve = sign_in("eve", "senior")
    assert "/escalate" not in page(eve, number)
    assert send(eve, f"/cases/{number}/escalate").status_code == 409


def test_appeal_is_brought_in_from_the_closed_case(room: Room, sign_in: As) -> None:  # noqa: F811
    """What is wrong is said on the page that it came from; a second one is refused."""
    number = room.open().number
    assert "/appeal" not in page(sign_in("ann"), number)
    room.desk.rule(number, "ann", "reviewer", APPROVE)
    room.release()
    ann = sign_in("ann")
    assert "/console/claims/C1/appeal" in page(ann, number)
    fields = {"party": "merchant", "kind": "mediation", "text": "It left our house whole.", "number": number}
    wrong = send(ann, "/claims/C1/appeal", **{**fields, "text": "short"})
    assert wrong.status_code == 422
    assert ">short</textarea>" in wrong.text
    opened = send(ann, "/claims/C1/appeal", **fields)
    assert opened.headers["location"] == f"/console/cases/{number}?said=appealed"  # theirs; the appeal isn't
    assert room.case(number + 1).kind == "mediation"
    sue = sign_in("sue", "senior")
    assert "It left our house whole." in page(sue, number + 1)
    assert send(ann, "/claims/C1/appeal", **fields).status_code == 409
    assert send(ann, "/claims/C9/appeal", **fields).status_code == 404
    assert send(ann, "/claims/C1/appeal", **{**fields, "number": ""}).status_code == 409


def test_claim_whose_id_has_a_slash_is_appealed(room: Room, sign_in: As) -> None:  # noqa: F811
    """An id is any printable text; where it can be none, there is no such claim."""
    room.file("2026/C 7")
    number = room.open("2026/C 7").number
    room.desk.rule(number, "ann", "reviewer", APPROVE)
    room.release()
    ann = sign_in("ann")
    path = re.search(r'action="/console(/claims/[^"]+)"', page(ann, number))[1]
    fields = {"party": "buyer", "kind": "appeal", "text": "The cup is broken still.", "number": number}
    assert send(ann, path, **fields).status_code == 303
    assert send(ann, "/claims/C%001/appeal", **fields).status_code == 404


def test_second_person_hears_an_appeal_with_all_but_what_was_proposed(room: Room, sign_in: As) -> None:  # noqa: F811
    """What the appeal is against and why is there; neither on its page nor by another case of the claim is the rest."""
    room.file("C5", LARGE_MINOR)
    first = room.open("C5", amount_minor=LARGE_MINOR).number
    for name in ("ann", "bob"):
        if name == "bob":
            room.take(first, name)
        room.desk.rule(first, name, "reviewer", APPROVE)
    room.release()
    send(sign_in("ann"), "/claims/C5/appeal", party="merchant", kind="appeal", text="It was whole.", number=first)
    appeal = room.take(first + 1, "cid").number
    room.desk.ask_for_evidence(appeal, "cid", "reviewer", "merchant", "Send the picture of the parcel.")
    room.desk.evidence_given(appeal, "cid", "It lies in the folder of the order.")
    room.take(appeal, "cid")
    room.desk.rule(appeal, "cid", "reviewer", replace(DENY, note="they lie"))
    room.take(appeal, "dan")
    seen = page(sign_in("dan"), appeal)
    for said in ("It was whole.", "Send the picture", "folder of the order", "The picture shows it."):
        assert said in seen  # the last one is a note of the first ruling
    senior = page(sign_in("sue", "senior"), first)
    for hidden in ("they lie", "Another article"):
        assert hidden not in seen
        assert hidden not in senior
