"""The page of the queue shows to each role what it may know, and its forms take and give back."""

import re

import httpx
import pytest

from features.store import Store
from serving.cases.case import ReviewCase, find_case
from serving.cases.stepping import open_many
from serving.console.pages.queue import PAGES, REASONS
from tests.contract.cases import VALUES, put_case, with_cases
from tests.unit.serving.claims import NOW_MS
from tests.unit.serving.console.visiting import CSRF, Visitor, desk_of, visitor


@pytest.fixture
def cases(store: Store) -> Store:
    return with_cases(store)


def visit(store: Store, name: str, role: str = "reviewer") -> Visitor:
    return visitor(desk_of(store, now_ms=lambda: NOW_MS + 50 * 60_000), PAGES, name, role)


def post(browser: Visitor, path: str, **fields: str) -> httpx.Response:
    return browser.post(f"/console{path}", data={"csrf": CSRF, **fields})


def found(store: Store, number: int) -> ReviewCase:
    with store.reading() as connection:
        case = find_case(connection, number)
    assert case is not None
    return case


def test_next_case_leads_to_the_case_and_back_to_it(cases: Store) -> None:
    """The most urgent one that fits the filters of the page; where none does, the page says so and keeps them."""
    put_case(cases, "c1", due_ms=1)
    expired = put_case(cases, "c2", due_ms=2, claim_reason="expired")
    ann = visit(cases, "ann")
    none = post(ann, "/next", reason="counterfeit", late="1")
    assert none.headers["location"] == "/console/queue?reason=counterfeit&late=1&said=nothing_to_take"
    for _ in range(2):
        taken = post(ann, "/next", reason="expired")
        assert (taken.status_code, taken.headers["location"]) == (303, f"/console/cases/{expired.number}")
    page = ann.get("/console/queue").text
    assert "Back to your case" in page
    assert f'action="/console/cases/{expired.number}/give-back"' in page
    assert "/take" not in page


def test_taking_and_giving_back_change_who_has_it(cases: Store) -> None:
    """Somebody else's is refused with a sentence, and what was given back is free again."""
    case = put_case(cases, "c1")
    ann, bob = visit(cases, "ann"), visit(cases, "bob")
    assert post(ann, f"/cases/{case.number}/take").headers["location"] == f"/console/cases/{case.number}"
    refused = post(bob, f"/cases/{case.number}/take")
    assert refused.status_code == 409
    assert f"Somebody else has case {case.number}" in refused.text
    assert post(bob, f"/cases/{case.number}/give-back").status_code == 409
    assert found(cases, case.number).assigned_to == "ann"
    given = post(ann, f"/cases/{case.number}/give-back", who="nobody")
    assert given.headers["location"] == "/console/queue?who=nobody&said=given_back"
    assert found(cases, case.number).state == "waiting"


def test_queue_tells_blind_cases_apart_to_auditors_only(cases: Store) -> None:
    """Whoever may be given one sees reviews, in rows, counts and filters alike; an auditor presses nothing."""
    for number, kind in enumerate(("review", "gold", "double")):
        put_case(cases, f"c{number}", kind=kind)
    for role in ("reviewer", "senior"):
        page = visit(cases, "ann", role).get("/console/queue").text
        assert "Known answer" not in page
        assert "Second opinion" not in page
        assert "Review: 3" in page
        asked = visit(cases, "ann", role).get("/console/queue?kind=gold").text
        assert asked.count("<tr") == page.count("<tr")  # a word that isn't theirs to know asks for nothing
    page = visit(cases, "amy", "auditor").get("/console/queue").text
    assert "Known answer: 1" in page
    assert not re.findall(r'action="/console/(next|cases)', page)
    assert visit(cases, "amy", "auditor").post("/console/next", data={"csrf": CSRF}).status_code == 403


def test_clocks_say_how_much_time_is_left(cases: Store) -> None:
    """Fifty minutes after the decision: one has ten minutes left, one is late, one is past its limit, one has time."""
    for claim_id, target, limit in (("soon", 60, 1440), ("late", 45, 1440), ("past", 10, 20), ("fine", 120, 1440)):
        put_case(cases, claim_id, target_ms=NOW_MS + target * 60_000, limit_ms=NOW_MS + limit * 60_000)
    page = visit(cases, "ann").get("/console/queue").text
    assert re.search(r'class="badge soon" data-until="\d+">10 min<', page)
    assert '<span class="badge late">5 min late</span>' in page
    assert '<span class="badge late">30 min past the limit</span>' in page
    assert re.search(r'class="badge fine" data-until="\d+">1 h 10 min<', page)
    late = visit(cases, "ann").get("/console/queue?late=1").text
    assert late.partition("</main>")[0].count("<tr") == 3  # with the head's


def test_queue_goes_on_where_a_page_ends(cases: Store) -> None:
    """Fifty cases on a page, and the filters stay."""
    with cases.writing() as connection:
        rows = [{**VALUES, "claim_id": f"c{number}", "due_ms": NOW_MS + number % 3} for number in range(53)]
        open_many(connection, rows, by="clearclaim", at_ms=NOW_MS)
    ann = visit(cases, "ann")
    page = ann.get("/console/queue?reason=damaged").text
    later = re.search(r'href="(/console/queue\?reason=damaged&amp;after=[0-9-]+)" rel="next"', page)
    assert later is not None
    rest = ann.get(later[1].replace("&amp;", "&")).text
    numbers = re.findall(r'<th scope="row">(\d+)', page + rest)
    assert (len(numbers), len(set(numbers))) == (53, 53)
    assert 'rel="next"' not in rest
    assert "To the first turns" in rest


@pytest.mark.parametrize(
    ("query", "said"), [("", "Nobody waits."), ("?late=1", "No case fits"), ("?kind=nonsense&after=x", "Nobody waits.")]
)
def test_empty_queue_says_so_in_a_sentence(cases: Store, query: str, said: str) -> None:
    """And what to do, where a filter is the reason."""
    assert said in visit(cases, "ann").get(f"/console/queue{query}").text


def test_queue_speaks_chinese_throughout(cases: Store) -> None:
    """Types, reasons and kinds have words in both languages; what an old import called otherwise is shown as it is."""
    for number, reason in enumerate((*REASONS, "a <b>odd</b> one")):
        put_case(cases, f"c{number}", claim_reason=reason, cause="human_requested", lane="senior")
    page = visit(cases, "sue", "senior").get("/console/queue?lang=zh-CN").text
    assert all(word in page for word in ("领取下一个案件", "商品破损", "人工审核", "要求人工处理", "高级审核员"))
    assert "a &lt;b&gt;odd&lt;/b&gt; one" in page
    assert not re.findall(r">\s*(damaged|refund_only|review)\s*<", page)


def test_case_opens_for_a_reviewer_only_once_it_is_theirs(cases: Store) -> None:
    """What they may not read has no link; and the others' names are there, with until when they keep it."""
    case = put_case(cases, "c1")
    post(visit(cases, "ann"), f"/cases/{case.number}/take")
    link = f'<a href="/console/cases/{case.number}">'
    pages = {
        who: visit(cases, who, role).get("/console/queue").text
        for who, role in (("ann", "reviewer"), ("bob", "reviewer"), ("sue", "senior"))
    }
    assert [link in page for page in pages.values()] == [True, False, True]
    assert re.search(r"ann\s+<span class=\"muted\">kept until 2025-01-01", pages["bob"])
