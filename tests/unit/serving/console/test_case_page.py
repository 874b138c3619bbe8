"""The case page shows what the person may see, says nothing that its arm keeps back, and escapes what others wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa

from features.store import Store
from serving.cases.case import find_case, steps_of_case
from serving.cases.ruling import RulingDesk
from serving.cases.stepping import open_case, open_cases, take_step
from serving.cases.tables import REVIEW_CASE
from serving.claim_desk import ClaimDesk
from serving.console.languages import texts_of
from serving.console.pages import case as case_page
from serving.console.pages import ruling
from serving.console.waterfall import waterfall_svg
from serving.dossier.weighing import Step, Waterfall
from serving.insight.keeping import Kept
from serving.insight.merchants.ranking import MERCHANTS
from serving.insight.tables import open_insight
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.claims import HOUR_MS, NOW_MS, make_claim
from tests.unit.serving.console.visiting import CSRF, desk_of, visitor
from tests.unit.serving.dossier.past import PICTURE, tell_past
from tests.unit.serving.explained import Models
from tests.unit.serving.insight.kept import keep
from tests.unit.serving.small_champion import RISKY_QUANTITY

# whatever tells of the model's probability
TELLS = ("Abuse probability", "<svg", "Expected cost", "Similar past claims", "change the outcome", "Rules that fired")


@pytest.fixture(scope="module")
def store(plan, policy, champion, tmp_path_factory):
    """A store in which claim C1 was decided after a small past."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('case') / 'store.db'}", plan)
    tell_past(store)
    open_cases(store)
    open_insight(store)
    desk = ClaimDesk(store=store, policy=policy, model=champion, clock=lambda _: NOW_MS)
    text = "it is <script>alert(1)</script> broken"
    claim = make_claim("C1", quantity=RISKY_QUANTITY, device_id="D1", evidence_hashes=[PICTURE], text=text)
    desk.score(claim)
    yield store
    store.close()


def open_for(store: Store, name: str = "ann", **changes: Any) -> int:
    """A case of claim C1 that somebody holds; its number. An appeal, of which a claim may have many."""
    values = {
        "claim_id": "C1", "kind": "appeal", "opened_at_ms": NOW_MS, "target_ms": NOW_MS + HOUR_MS,
        "limit_ms": NOW_MS + 24 * HOUR_MS, "due_ms": NOW_MS, "waiting_cost_minor": 1.0, "reasons_arm": "first",
        "amount_minor": 5_000, "claim_type": "refund_only", "claim_reason": "damaged", **changes,
    }  # fmt: skip
    with store.writing() as connection:
        case = open_case(connection, values, by="clearclaim", at_ms=NOW_MS)
        return take_step(connection, case, "taken", by=name, at_ms=NOW_MS, assigned_to=name).number


def visit(store, champion, name="ann", role="reviewer"):
    policy = read_policy(default_policy_path())
    rulings = RulingDesk(store, lambda: policy, lambda: NOW_MS + HOUR_MS // 2)
    desk = desk_of(
        store,
        models=Models() if champion is None else Models(champion),
        rulings=rulings,
        now_ms=lambda: NOW_MS + HOUR_MS // 2,
    )
    return visitor(desk, (*case_page.PAGES, *ruling.PAGES), name, role)


def test_case_page_shows_the_claim_its_reasons_and_the_guide(store, champion):
    """With the waterfall, its table, and every part under a heading of its own."""
    page = visit(store, champion).get(f"/console/cases/{open_for(store)}")
    assert page.status_code == 200
    assert [tell for tell in TELLS if tell not in page.text] == []
    assert "The buyer so far" in page.text
    assert "Speaks for the claim" in page.text
    assert page.text.count("<h1") == 1


def test_what_the_buyer_wrote_is_escaped_and_nothing_is_inline(store, champion):
    """A text is shown as text; the page keeps to its content policy."""
    page = visit(store, champion).get(f"/console/cases/{open_for(store)}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "style=" not in page
    assert " onclick" not in page


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_reasons_of_a_model_that_is_gone_come_in_the_visitors_language(store, language):
    """They were stored in the policy's; who reads is another one."""
    page = visit(store, None).get(f"/console/cases/{open_for(store)}?lang={language}").text
    listed = page.partition('<ol class="reasons">')[2].partition("</ol>")[0]
    assert listed.count("<li>") > 0
    assert bool(re.search("[一-鿿]", listed)) == (language == "zh-CN")


@pytest.mark.parametrize("role", ["reviewer", "senior"])
def test_ids_of_persons_are_for_who_may_see_them(store, champion, role):
    """A reviewer sees pseudonyms, a senior the ids."""
    page = visit(store, champion, role=role).get(f"/console/cases/{open_for(store)}").text
    assert [f"<dd>{own}</dd>" in page or f" {own}," in page for own in ("B1", "D1")] == [role == "senior"] * 2


@pytest.mark.parametrize(("role", "links"), [("reviewer", False), ("senior", True)])
def test_case_leads_to_the_merchants_scorecard_where_it_may_be_seen(store, champion, role, links):
    """One link in the claim's facts, once there is a scorecard."""
    number = open_for(store)
    link = '<a href="/console/insight/merchants/M1">M1</a>'
    assert link not in visit(store, champion, role=role).get(f"/console/cases/{number}").text
    keep(store, MERCHANTS, [Kept("M1", 1, {})], NOW_MS)
    assert (link in visit(store, champion, role=role).get(f"/console/cases/{number}").text) == links
    keep(store, MERCHANTS, [], NOW_MS)


def test_after_look_shows_reasons_once_the_first_look_is_done(store, champion):
    """Until then the page asks for it, and nothing on it tells of the model."""
    ann, number = visit(store, champion), open_for(store, reasons_arm="after_look")
    before = ann.get(f"/console/cases/{number}").text
    assert "I have looked; show the reasons" in before
    assert not any(tell in before for tell in TELLS)
    reply = ann.post(f"/console/cases/{number}/look", data={"csrf": CSRF})
    assert (reply.status_code, reply.headers["location"]) == (303, f"/console/cases/{number}")
    after = ann.get(f"/console/cases/{number}").text
    assert [tell for tell in TELLS if tell not in after] == []
    ann.post(f"/console/cases/{number}/look", data={"csrf": CSRF})
    with store.reading() as connection:
        assert [step.step for step in steps_of_case(connection, number)].count("looked") == 1


def test_never_shows_no_reasons_and_no_way_to_them(store, champion):
    """The arm keeps them back to the end."""
    page = visit(store, champion).get(f"/console/cases/{open_for(store, reasons_arm='never')}").text
    assert not any(tell in page for tell in TELLS)
    assert "I have looked" not in page


def test_gold_case_looks_like_a_review(store, champion):
    """Nothing on the page says that it measures who rules on it."""
    page = visit(store, champion).get(f"/console/cases/{open_for(store, kind='gold')}").text
    assert "Gold" not in page
    assert '<span class="badge">Review</span>' in page


def test_case_of_somebody_else_is_refused_to_reviewers(store, champion):
    """Seniors and auditors read it; a look is for who holds it."""
    number = open_for(store, name="bob")
    ann = visit(store, champion)
    assert ann.get(f"/console/cases/{number}").status_code == 403
    assert ann.post(f"/console/cases/{number}/look", data={"csrf": CSRF}).status_code == 403
    for role in ("senior", "auditor"):
        assert visit(store, champion, "sue", role).get(f"/console/cases/{number}").status_code == 200


def test_case_that_is_not_there_or_has_moved_on_is_told(store, champion):
    """404 for no such case, 409 for a look at one that is closed."""
    ann, number = visit(store, champion), open_for(store)
    assert ann.get("/console/cases/999999").status_code == 404
    with store.writing() as connection:
        held = sa.update(REVIEW_CASE).where(REVIEW_CASE.c.number == number).values(state="closed")
        connection.execute(held)
        assert find_case(connection, number).assigned_to == "ann"
    assert ann.post(f"/console/cases/{number}/look", data={"csrf": CSRF}).status_code == 409


def test_case_page_speaks_chinese_whole(store, champion):
    """No English sentence is left on it but what people wrote."""
    page = visit(store, champion).get(f"/console/cases/{open_for(store)}?lang=zh-CN").text
    assert "买家历史记录" in page
    assert not any(tell in page for tell in TELLS if tell != "<svg")


FLOW = Waterfall(
    -3.0,
    0.04,
    (Step("", "", 0.5, -2.5, 0.07), Step("b", "A & <b>", -1.0, -3.5, 0.02), Step("a", "Long " * 40, 4.0, 0.5, 0.6)),
    0.5,
    0.6,
)


def parsed(flow):
    return ET.fromstring(str(waterfall_svg(flow, texts_of("en"))))  # noqa: S314 - our own text


def test_waterfall_is_well_formed_and_escaped():
    """It is one SVG with a title and a description, and what is in a reason's text stays text."""
    svg = str(waterfall_svg(FLOW, texts_of("en")))
    root = parsed(FLOW)
    assert (root.get("role"), [child.tag for child in root][:2]) == ("img", ["title", "desc"])
    assert "A &amp; &lt;b&gt;" in svg
    assert "style" not in svg


def test_waterfall_bars_are_as_wide_as_their_changes():
    """Bars begin where the one before ended, and their widths are in the ratio of the changes."""
    root = parsed(FLOW)
    bars = [bar for bar in root.iter("rect") if bar.get("class") in {"raises", "lowers"}]
    assert [bar.get("class") for bar in bars] == ["raises", "lowers", "raises"]
    widths = [float(bar.get("width")) for bar in bars]
    assert widths[2] / widths[1] == pytest.approx(4.0, rel=0.01)
    assert float(bars[0].get("x")) + widths[0] == pytest.approx(float(bars[1].get("x")) + widths[1], abs=0.2)


def test_waterfall_of_one_point_is_drawn():
    """A model without anything to say has a drawing, too."""
    flat = replace(FLOW, steps=(), raw=-3.0, probability=0.04)
    assert parsed(flat) is not None


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_punctuation_between_facts_is_the_languages_own(store, champion, language):
    """What a claim asks for and how much stands in one fact, with that language's comma between."""
    page = visit(store, champion).get(f"/console/cases/{open_for(store)}?lang={language}").text
    text = texts_of(language)
    asks_for = page.partition(f"<dt>{text('case.asks_for')}</dt><dd>")[2].partition("</dd>")[0]
    assert (", " in asks_for, "，" in asks_for) == (language == "en", language == "zh-CN")
    may_be_taken = page.partition(f"<caption>{text('case.costs')}</caption>")[2].partition("</table>")[0]
    assert (": " in may_be_taken, "：" in may_be_taken) == (language == "en", language == "zh-CN")
