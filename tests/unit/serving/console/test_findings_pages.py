"""Findings and public places: who sees them, what they tell, and what a senior decides about them."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store
from serving.cases.stepping import open_case, open_cases
from serving.console.pages import findings, insight, places
from serving.insight.abuse.finding import Finding
from serving.insight.abuse.finding_all import find_abuse
from serving.insight.abuse.part import ABUSE, PLACES
from serving.insight.abuse.tables import PUBLIC_PLACE, open_abuse
from serving.insight.keeping import Kept
from serving.insight.merchants.ranking import MERCHANTS
from serving.insight.tables import open_insight
from serving.lists import LIST_ENTRY, LISTS_METADATA
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.console.visiting import CSRF, NOW_MS, desk_of, visitor
from tests.unit.serving.insight.abuse.test_findings import ring_town
from tests.unit.serving.insight.kept import keep

PAGES = (*findings.PAGES, *places.PAGES, *insight.PAGES)
STATION = {"kind": "address", "id": "<station>", "buyers": 300, "tied": 2}


@pytest.fixture(scope="module")
def ring() -> Finding:
    """A ring of five."""
    return next(each for each in find_abuse(ring_town().record()) if each.kind == "ring")


@pytest.fixture
def store(tmp_path, ring):
    """A store in which a ring was found, and a place proposed."""
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    open_insight(opened)
    open_cases(opened)
    open_abuse(opened)
    opened.create(LISTS_METADATA)
    keep(opened, ABUSE, [Kept(ring.key, 1, ring.to_body())], NOW_MS)
    keep(opened, PLACES, [Kept("address <station>", 1, STATION)], NOW_MS)
    yield opened
    opened.close()


def at(store, role="senior", lists=None):
    policy = read_policy(default_policy_path())
    desk = desk_of(store, policy=lambda: policy if lists is None else policy.model_copy(update={"lists": lists}))
    return visitor(desk, PAGES, "sue", role)


def send(visited, path, **data):
    return visited.post(path, data={"csrf": CSRF, **data})


@pytest.mark.parametrize(("role", "status"), [("senior", 200), ("auditor", 200), ("administrator", 403)])
@pytest.mark.parametrize("path", ["/console/insight/findings", "/console/insight/places"])
def test_findings_are_for_those_who_see_buyers_ids(store, role, status, path):
    """An administrator runs accounts, and sees nobody's claims."""
    assert at(store, role).get(path).status_code == status


def test_list_names_the_ring_with_its_money_and_leads_to_it(store, ring):
    """In Chinese too; of another kind there are none, and the page says so."""
    page = at(store).get("/console/insight/findings").text
    assert f'href="/console/insight/findings/{ring.key}"' in page
    assert "CNY 100.00" in page
    assert "Linked accounts: r0 and 4 more" in page
    assert "关联账户" in at(store).get("/console/insight/findings?lang=zh-CN").text
    assert "Nothing stands out" in at(store).get("/console/insight/findings?kind=extortion").text


def test_ring_is_drawn_and_told_in_tables(store, ring):
    """A circle for each member, a square for the device, and both again in words."""
    page = at(store).get(f"/console/insight/findings/{ring.key}").text
    assert (page.count("<circle"), page.count("<rect"), page.count("<line ")) == (5, 1, 5)
    assert "payment accounts or pictures (1), 5 buyers" in page
    assert page.count("r0") >= 2
    assert "style=" not in page


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_each_kind_of_finding_has_its_words(store, ring, lang):
    """Whatever is found can be shown."""
    kinds = [replace(ring, kind=kind, key=kind, merchant_id="shop") for kind in findings.KINDS]
    keep(store, ABUSE, [Kept(each.key, at, each.to_body()) for at, each in enumerate(kinds, 1)], NOW_MS)
    visited = at(store)
    assert [visited.get(f"/console/insight/findings/{kind}?lang={lang}").status_code for kind in findings.KINDS] == [
        200
    ] * len(kinds)


def test_finding_leads_to_its_cases_and_its_merchant(store, ring):
    """Claims that are nobody's case, and merchants without a scorecard, have no link; nor has a measurement."""
    first, second = (claim.claim_id for claim in ring.claims[:2])
    values = {
        **dict.fromkeys(("opened_at_ms", "target_ms", "limit_ms", "due_ms"), NOW_MS), "reasons_arm": "first",
        "waiting_cost_minor": 1.0, "amount_minor": 500, "claim_type": "refund_only", "claim_reason": "damaged",
    }  # fmt: skip
    keep(store, ABUSE, [Kept("k", 1, replace(ring, key="k", merchant_id="a/b").to_body())], NOW_MS)
    with store.writing() as connection:
        for claim_id, kind in ((first, "review"), (first, "appeal"), (second, "gold")):
            open_case(connection, {**values, "claim_id": claim_id, "kind": kind}, by="clearclaim", at_ms=NOW_MS)
    page = at(store).get("/console/insight/findings/k").text
    assert f'<a href="/console/cases/2">{first}</a>' in page
    assert page.count('href="/console/cases/') == 1
    assert "/console/insight/merchants/" not in page
    keep(store, MERCHANTS, [Kept("a/b", 1, {})], NOW_MS)
    assert "/console/insight/merchants/a%2Fb" in at(store).get("/console/insight/findings/k").text


def test_finding_that_is_gone_is_told(store):
    """A refresh may dissolve it."""
    assert at(store).get("/console/insight/findings/0123").status_code == 404


def test_senior_notes_what_a_finding_is(store, ring):
    """It stands on the page and in the list, with the name; without a standing nothing is noted."""
    path = f"/console/insight/findings/{ring.key}"
    assert send(at(store), f"{path}/note", note="odd").status_code == 422
    assert send(at(store), f"{path}/note", standing="watching", note="<b>odd").status_code == 303
    page = at(store).get(path).text
    assert "&lt;b&gt;odd" in page
    assert "Watching" in at(store, "auditor").get("/console/insight/findings").text


def test_auditor_notes_nothing(store, ring):
    """Auditors read."""
    path = f"/console/insight/findings/{ring.key}"
    assert send(at(store, "auditor"), f"{path}/note", standing="confirmed").status_code == 403
    assert "textarea" not in at(store, "auditor").get(path).text


def test_confirmed_ring_is_put_on_a_list_that_rules_ask(store, ring):
    """Before it is confirmed, and on a list of another kind, nobody is put anywhere."""
    visited = at(store, lists={"watched": "buyer", "shops": "merchant"})
    path = f"/console/insight/findings/{ring.key}"
    assert send(visited, f"{path}/list", list="watched").status_code == 409
    send(visited, f"{path}/note", standing="confirmed")
    assert send(visited, f"{path}/list", list="shops").status_code == 422
    assert send(visited, f"{path}/list", list="watched").status_code == 303
    with store.reading() as connection:
        rows = connection.execute(sa.select(LIST_ENTRY.c.list, LIST_ENTRY.c.member, LIST_ENTRY.c.added_by)).all()
    assert rows == [("watched", member.buyer_id, "sue") for member in ring.members]


def test_proposed_place_is_confirmed_and_taken_off(store):
    """It leaves the proposals for the list, with the name."""
    visited = at(store)
    assert "Confirm as public: &lt;station&gt;" in visited.get("/console/insight/places").text
    assert send(visited, "/console/insight/places/add", kind="address", place="<station>").status_code == 303
    assert send(visited, "/console/insight/places/add", kind="address", place="<station>").status_code == 422
    assert "Confirm as public: &lt;station&gt;" not in visited.get("/console/insight/places").text
    assert send(visited, "/console/insight/places/end", kind="address", place="<station>").status_code == 303
    with store.reading() as connection:
        assert connection.execute(sa.select(PUBLIC_PLACE.c.added_by, PUBLIC_PLACE.c.ended_by)).all() == [("sue", "sue")]


def test_pages_before_the_first_refresh_say_so(tmp_path):
    """With the command that an operator runs."""
    empty = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    open_insight(empty)
    open_abuse(empty)
    for path in ("/console/insight/findings", "/console/insight/places", "/console/insight"):
        assert "clearclaim insight refresh" in at(empty).get(path).text
    empty.close()
