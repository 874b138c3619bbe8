"""Practice is scored at once, is everybody's own, and touches nothing that counts."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from features.events import EventKind
from features.store.schema import EVENT
from serving.cases.quality.answers import choose_gold
from serving.cases.quality.drill import find_drill
from serving.cases.quality.gold import open_gold_cases
from serving.cases.tables import CASE_STEP, REVIEW_CASE
from serving.claim_desk import ClaimDesk
from serving.console.pages import drill
from tests.unit.serving import claims
from tests.unit.serving.cases.quality.worlds import NOW_MS, make_store, policy_with, review_of
from tests.unit.serving.console.visiting import CSRF, desk_of, visitor
from tests.unit.serving.dossier.past import PICTURE, event, tell, tell_past
from tests.unit.serving.explained import Models
from tests.unit.serving.small_champion import RISKY_QUANTITY

APPROVE = {"csrf": CSRF, "ruling": "approve"}
TEXT = "It never came. 没有收到。"
TELLS = ("Abuse probability", "<svg", "Expected cost", "Similar past claims", "change the outcome", "Rules that fired")


@pytest.fixture(scope="module")
def template(champion, policy, tmp_path_factory):
    """The file of a store with six decided claims of one buyer, half of them abusive: found in audits days later."""
    path = tmp_path_factory.mktemp("drill") / "template.db"
    opened = make_store(path)
    tell_past(opened)
    desk = ClaimDesk(store=opened, policy=policy, model=champion, clock=lambda _: claims.NOW_MS)
    for place in range(6):
        quantity = (1, RISKY_QUANTITY)[place % 2]
        about = {"reason": "other", "text": TEXT, "quantity": quantity, "device_id": "D1", "evidence_hashes": [PICTURE]}
        desk.score(claims.make_claim(f"old{place}", **about))
    found = {"verdict_source": "audit", "reviewer_id": "zoe"}
    for place in range(6):
        verdict = ("legitimate", "abusive")[place % 2]
        tell(opened, event(EventKind.CLAIM_ADJUDICATED, -1 - place, claim_id=f"old{place}", verdict=verdict, **found))
    tell(opened, event(EventKind.RETURN_INSPECTED, -9, claim_id="old1", inspection="swapped"))
    opened.close()
    return path


@pytest.fixture
def store(template, tmp_path):
    """A copy of it for each test."""
    path = tmp_path / "drill.db"
    path.write_bytes(template.read_bytes())
    opened = make_store(path)
    yield opened
    opened.close()


@pytest.fixture
def practising(champion):
    """Somebody's browser at the pages of practice."""

    def visit(store, name="ann", role="reviewer"):
        desk = desk_of(store, models=Models(champion), now_ms=lambda: NOW_MS)
        return visitor(desk, drill.PAGES, name, role)

    return visit


def rows(store, table):
    with store.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def test_drill_is_scored_case_by_case_and_touches_nothing(store, practising):
    """From the start over each answer to the result; no case, no step and no event comes of it."""
    ann = practising(store)
    before = [rows(store, table) for table in (EVENT, REVIEW_CASE, CASE_STEP)]
    begun = ann.post("/console/drill", data={"csrf": CSRF, "cases": "4", "reason": ""})
    address = begun.headers["location"]
    right = 0
    for place in range(1, 5):
        asked = ann.get(address)
        assert "没有收到" in asked.text
        assert "audit" not in asked.text
        told = ann.post(address, data={**APPROVE, "place": str(place)})
        answer = ann.get(told.headers["location"])
        right += "Right: that is what it was." in answer.text
        assert "found in an audit" in answer.text
    assert right == 2
    assert "2 of 4 right" in ann.get(address).text
    assert "4 of 4" in ann.get("/console/drill").text
    assert [rows(store, table) for table in (EVENT, REVIEW_CASE, CASE_STEP)] == before


def test_drill_answer_stands_and_belongs_to_its_person(store, practising):
    """A second ruling on the same case changes nothing, and nobody sees another's practice."""
    ann = practising(store)
    address = ann.post("/console/drill", data={"csrf": CSRF, "cases": "2", "reason": "other"}).headers["location"]
    number = int(address.rsplit("/", 1)[1])
    ann.post(address, data={**APPROVE, "place": "1"})
    ann.post(address, data={"csrf": CSRF, "ruling": "deny", "denial_reason": "no_evidence", "place": "1"})
    assert find_drill(store, number, "ann").answers[0].ruling == "approve"
    assert practising(store, "bob").get(address).status_code == 404
    assert find_drill(store, number, "bob") is None
    assert ann.post(address, data={**APPROVE, "place": "9"}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [({}, "ruling_error"), ({"ruling": "deny"}, "denial_error"), ({"ruling": "burn"}, "ruling_error")],
)
def test_drill_ruling_that_lacks_something_is_asked_again(store, fields, said, practising):
    """The page comes back with the message at the field."""
    ann = practising(store)
    address = ann.post("/console/drill", data={"csrf": CSRF, "cases": "1", "reason": ""}).headers["location"]
    reply = ann.post(address, data={"csrf": CSRF, "place": "1", **fields})
    assert (reply.status_code, f'id="{said}"' in reply.text) == (422, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cases": "0"}, "1 to 50"),
        ({"cases": "²"}, "1 to 50"),
        ({"cases": "5", "reason": "weather"}, "list"),
        ({"cases": "5", "reason": "expired"}, "another reason"),
    ],
)
def test_drill_that_cannot_be_started_says_why(store, fields, said, practising):
    """A wrong number, a wrong reason, or a reason without a past claim."""
    reply = practising(store).post("/console/drill", data={"csrf": CSRF, **fields})
    assert reply.status_code == 422
    assert said in reply.text


def test_drill_without_settled_claims_says_how_they_come_about(tmp_path, practising):
    """A new platform is told of the simulated marketplace."""
    empty = make_store(tmp_path / "empty.db")
    reply = practising(empty).post("/console/drill", data={"csrf": CSRF, "cases": "5", "reason": ""})
    assert "clearclaim-train simulate" in reply.text
    empty.close()


def test_drill_gives_no_answer_away(store, practising):
    """Gold claims and claims with an open case aren't practised on, and who practised on one never gets it as gold."""
    choose_gold(store, "old0", by="sue", now_ms=NOW_MS)
    review_of(store, "old1")
    ann = practising(store)
    address = ann.post("/console/drill", data={"csrf": CSRF, "cases": "50", "reason": ""}).headers["location"]
    practised = {answer.claim_id for answer in find_drill(store, int(address.rsplit("/", 1)[1]), "ann").answers}
    assert practised == {"old2", "old3", "old4", "old5"}
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE gold_answer SET ended_at_ms = 1"))
    choose_gold(store, "old2", by="sue", now_ms=NOW_MS)
    for place in range(3):
        review_of(store, f"c{place}")
    open_gold_cases(store, policy_with(gold_share=1.0), NOW_MS)
    with store.reading() as connection:
        golds = sa.select(REVIEW_CASE.c.claim_id, REVIEW_CASE.c.not_for).where(REVIEW_CASE.c.kind == "gold")
        for claim_id, not_for in connection.execute(golds):
            assert ("ann" in not_for.split()) == (claim_id in practised)


def test_drill_question_shows_the_case_without_its_answer_and_without_the_model(store, practising):
    """Claim, order, time lines, linked accounts and guide as on a case page; nothing that was known later is in it."""
    ann = practising(store)
    address = ann.post("/console/drill", data={"csrf": CSRF, "cases": "6", "reason": ""}).headers["location"]
    for place in range(1, 7):
        asked = ann.get(address).text
        for part in ("The claim", "The order", "The buyer so far", "Linked accounts", "Speaks for the claim"):
            assert part in asked
        assert not any(tell in asked for tell in (*TELLS, "zoe", "Audit", "Another item", "Claim decided <strong>"))
        # of the buyer and the merchant, from the past alone: of these six, three were found abusive later
        assert re.findall(r"(\d+) abusive", asked) == ["1", "2"]
        ann.post(address, data={**APPROVE, "place": str(place)})


def test_drill_answer_shows_what_the_model_said(store, practising):
    """Its reasons, costs and the way to another outcome come once the ruling stands, and what came back with them."""
    ann = practising(store)
    address = ann.post("/console/drill", data={"csrf": CSRF, "cases": "6", "reason": ""}).headers["location"]
    told = [ann.get(ann.post(address, data={**APPROVE, "place": str(n)}).headers["location"]).text for n in range(1, 7)]
    for answer in told:
        assert [tell for tell in TELLS if tell not in answer] == []
    assert sum("Another item" in answer for answer in told) == 1


def test_drill_dates_are_as_if_the_claim_came_now(store, practising):
    """An old date would tell that the claim has long been settled."""
    ann = practising(store)
    address = ann.post("/console/drill", data={"csrf": CSRF, "cases": "1", "reason": ""}).headers["location"]
    years = set(re.findall(r"<time>(\d{4})-", ann.get(address).text))
    assert years == {"2025", "2026"}
    assert "<time>2026-01-01 19:59</time>" in ann.get(address).text


@pytest.mark.parametrize("role", ["reviewer", "senior"])
def test_drill_masks_ids_of_persons_as_the_case_page_does(store, practising, role):
    """A reviewer sees pseudonyms, a senior the ids."""
    visit = practising(store, "sue", role)
    address = visit.post("/console/drill", data={"csrf": CSRF, "cases": "1", "reason": ""}).headers["location"]
    assert ("<dd>B1</dd>" in visit.get(address).text) == (role == "senior")
