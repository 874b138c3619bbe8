"""The pages of alarms: what waits first, one with its chart, and what people say of it."""

import re
from dataclasses import replace
from typing import get_args

import pytest

from features.plan import default_plan
from features.store import Store
from serving.cases.stepping import open_cases
from serving.console.pages import alarms, insight
from serving.insight.alarms.alarm import ALARM_KINDS, ALARMS_PART, Advice, Alarm
from serving.insight.alarms.working import alarms_of
from serving.insight.keeping import Kept
from serving.insight.merchants.ranking import MERCHANTS
from serving.insight.tables import open_insight
from tests.unit.serving.console.markup import complaints_of
from tests.unit.serving.console.visiting import CSRF, NOW_MS, Visitor, desk_of, visitor
from tests.unit.serving.insight.alarms.shop import Shop, with_batch
from tests.unit.serving.insight.kept import keep

ONE = "/console/insight/alarms/a1"


@pytest.fixture(scope="module")
def alarm() -> Alarm:
    """An alarm about a mug."""
    [found] = alarms_of(with_batch(Shop().usual(3), "<mug>").record())
    return replace(found, id="a1", state="open")


@pytest.fixture
def store(tmp_path):
    """A store in which nothing was worked out."""
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    open_insight(opened)
    open_cases(opened)
    yield opened
    opened.close()


def put(store: Store, *found: Alarm) -> Visitor:
    """Keep alarms, and go there as a senior."""
    keep(store, ALARMS_PART, [Kept(each.id, rank, each.to_body()) for rank, each in enumerate(found, 1)], 1)
    return visit(store)


def visit(store: Store, role: str = "senior") -> Visitor:
    """Go there."""
    return visitor(desk_of(store), [*insight.PAGES, *alarms.PAGES], "sue", role)


def say(client: Visitor, act: str, note: str = "", path: str = ONE):
    """Send the form."""
    return client.post(f"{path}/note", data={"csrf": CSRF, "act": act, "note": note})


def test_list_before_the_first_refresh_and_without_alarms_says_so(store: Store) -> None:
    """Neither is an empty table."""
    assert "Not worked out yet" in visit(store).get("/console/insight/alarms").text
    assert "No claims have risen suddenly, and no merchant declines." in put(store).get("/console/insight/alarms").text


def test_list_shows_what_waits_first_and_filters(store: Store, alarm: Alarm) -> None:
    """One that somebody found false goes below one that is open; a filter leaves the others out."""
    over = replace(alarm, id="a0", state="over", entity="plate", kind="merchant")
    client = put(store, replace(alarm, id="a2", entity="cup"), alarm, over)
    say(client, "false", "a test order", "/console/insight/alarms/a2")
    page = client.get("/console/insight/alarms").text
    assert page.index("alarms/a1") < page.index("alarms/a2")
    assert "To be looked at: 1." in page
    assert "1 of 1 (100 %)" in page
    assert "&lt;mug&gt;" in page
    assert "<mug>" not in page
    merchants = client.get("/console/insight/alarms?kind=merchant&state=over").text
    assert ("alarms/a0" in merchants, "alarms/a1" in merchants) == (True, False)
    assert "There is no such alarm." in client.get("/console/insight/alarms?kind=merchant&state=open").text


def test_list_of_many_leads_on(store: Store, alarm: Alarm) -> None:
    """Fifty stand on a page, and the rest on the next one."""
    client = put(store, *(replace(alarm, id=f"n{number}") for number in range(60)))
    first = client.get("/console/insight/alarms")
    assert (first.text.count("alarms/n"), 'rel="next"' in first.text) == (50, True)
    second = client.get("/console/insight/alarms?after=50").text
    assert (second.count("alarms/n"), 'rel="next"' in second) == (10, False)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_alarm_is_shown_with_its_chart_and_its_claims(store: Store, alarm: Alarm, language: str) -> None:
    """Its markup keeps to what all pages promise, in either language."""
    page = put(store, alarm).get(f"{ONE}?lang={language}")
    assert page.status_code == 200
    assert list(complaints_of(page.text)) == []
    assert page.text.count("<polyline") == 2
    assert all(claim_id in page.text for claim_id in alarm.claim_ids)


@pytest.mark.parametrize("advice", get_args(Advice))
def test_every_advice_and_kind_has_its_sentence(store: Store, alarm: Alarm, advice: str) -> None:
    """A page says what to do, whatever it is."""
    client = put(store, *(replace(alarm, id=kind, kind=kind, advice=advice, category=None) for kind in ALARM_KINDS))
    assert {client.get(f"/console/insight/alarms/{kind}").status_code for kind in ALARM_KINDS} == {200}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_decline_is_shown_by_its_signs_though_nothing_was_claimed(store: Store, alarm: Alarm, language: str) -> None:
    """What got worse, by how much; no sentence of claims that rose, and no reason where there is none."""
    sign = {"name": "late", "seen": 1_234, "usual": 56.78}
    decline = replace(alarm, kind="decline", advice="ask_service", signs=[sign], reason=None, reason_share=0.0)
    page = put(store, replace(decline, claims=0, daily=[0] * len(alarm.daily))).get(f"{ONE}?lang={language}")
    assert page.status_code == 200
    assert list(complaints_of(page.text)) == []
    assert ">1,234<" in page.text
    assert ">56.8<" in page.text
    assert "are usual:" not in page.text
    assert ("Ask the merchant what changed" in page.text) == (language == "en")


def test_alarm_kept_by_an_older_version_is_still_shown(store: Store, alarm: Alarm) -> None:
    """It knows no signs; the next refresh puts them down."""
    body = {name: value for name, value in alarm.to_body().items() if name != "signs"}
    keep(store, ALARMS_PART, [Kept("a1", 1, body)], 1)
    page = visit(store).get(ONE)
    assert (page.status_code, "What got worse" in page.text) == (200, False)


def test_note_is_kept_with_who_and_when(store: Store, alarm: Alarm) -> None:
    """What was said stands on the alarm's page, also after it was worked out anew."""
    reply = say(put(store, alarm), "acknowledged", "asked <them>")
    assert (reply.status_code, reply.headers["location"]) == (303, f"{ONE}?said=alarm_noted")
    page = put(store, alarm).get(ONE).text
    assert "asked &lt;them&gt;" in page
    assert "In hand, says sue" in page
    assert "2026-01-01" in page
    assert NOW_MS == 1_767_225_600_000


@pytest.mark.parametrize(
    ("act", "note", "why"),
    [("", "", "Choose how it stands."), ("false", "", "why it was false"), ("acknowledged", "x" * 1_001, "1,000")],
)
def test_note_that_is_wrong_is_told_at_its_field(store: Store, alarm: Alarm, act: str, note: str, why: str) -> None:
    """Nothing is kept of it."""
    client = put(store, alarm)
    reply = say(client, act, note)
    assert (reply.status_code, why in reply.text) == (422, True)
    assert "says sue" not in client.get(ONE).text


def test_alarm_that_is_gone_is_told_so_and_reviewers_see_none(store: Store, alarm: Alarm) -> None:
    """404 with a sentence; alarms are for those who oversee."""
    client = put(store, alarm)
    assert client.get("/console/insight/alarms/other").status_code == 404
    assert say(client, "acknowledged", path="/console/insight/alarms/other").status_code == 404
    assert visit(store, "reviewer").get(ONE).status_code == 403


def test_administrator_is_told_of_the_alarm_and_of_no_claim(store: Store, alarm: Alarm) -> None:
    """Running accounts needs no claims; who reads claims finds the ones that it is about."""
    shown = put(store, alarm).get(ONE).text
    hidden = visit(store, "administrator").get(ONE)
    assert hidden.status_code == 200
    assert f"<code>{alarm.claim_ids[0]}</code>" in shown
    assert not [claim_id for claim_id in alarm.claim_ids if f"<code>{claim_id}</code>" in hidden.text]
    assert list(complaints_of(hidden.text)) == []


def test_auditor_reads_what_was_said_and_says_nothing(store: Store, alarm: Alarm) -> None:
    """Who judges the others' work has no part in it."""
    put(store, alarm)
    auditor = visit(store, "auditor")
    assert "Nobody has said anything of it yet." in auditor.get(ONE).text
    assert say(auditor, "dealt_with").status_code == 403
    assert say(visit(store, "administrator"), "dealt_with").status_code == 303
    page = auditor.get(ONE).text
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert "says sue" in page


def test_alarm_leads_to_the_scorecard_of_who_sells_it(store: Store, alarm: Alarm) -> None:
    """A product's to its merchants', a merchant's to its own; a product's id is never taken for a merchant's."""
    of_merchant = replace(alarm, id="a2", kind="merchant", entity="cups & co")
    client = put(store, replace(alarm, merchants=["shop", "stall"], category="womens_wear"), of_merchant)
    keep(store, MERCHANTS, [Kept(name, 1, {}) for name in ("shop", "cups & co", alarm.entity)], 1)
    pages = client.get(ONE).text, client.get("/console/insight/alarms/a2").text
    found = [re.findall('href="/console/insight/merchants/([^"]+)"', page) for page in pages]
    assert found == [["shop"], ["cups%20%26%20co"]]
    assert "Women&#39;s wear" in pages[0]
