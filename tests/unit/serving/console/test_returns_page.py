"""The page of returns and refunds."""

import pytest

from features.event_file import from_events
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.console.pages import insight, returns
from serving.insight.keeping import Kept
from serving.insight.record import record_of
from serving.insight.returns.body import to_body
from serving.insight.returns.figures import Finding, PolicyChange
from serving.insight.returns.part import RETURNS
from serving.insight.returns.working_out import work_out
from serving.insight.tables import open_insight
from serving.policy import default_policy_path, read_policy
from tests.spec.drawing import BASE_MS, draw
from tests.unit.serving.console.visiting import desk_of, visitor
from tests.unit.serving.insight.kept import keep

DAY_MS = 86_400_000
UNTIL_MS = BASE_MS + 60 * DAY_MS
LINES = "\n".join(
    f"""
    {day}d    | order_paid    | o{day} |        | <i>wear | 900 |
    {day}d+1h | claim_filed   | o{day} | c{day} | <i>wear | 900 |
    {day}d+2h | claim_decided | -      | c{day} |         | 900 | {"auto_approve" if day < 30 else "manual_review"}"""
    for day in range(60)
).replace("| 900 |\n", "| 900 | \n")
FINDING = Finding(
    "category_reason", 1_200_000, {"category": "<i>wear", "reason": "damaged", "share": 0.41, "usual": 0.2}, 1e-9
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store whose figures were worked out, with a change of policy in the middle."""
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('returns')}/store.db", default_plan())
    events = from_events(list(draw("known_at | kind | order | claim | category | amount | action\n" + LINES).events))
    import_events(opened, events, "drawn")
    changes = [PolicyChange(BASE_MS + 30 * DAY_MS, "v1", "v2"), PolicyChange(BASE_MS + 55 * DAY_MS, "v2", "v3")]
    record, policy = record_of(events, BASE_MS, UNTIL_MS), read_policy(default_policy_path())
    figures = to_body(work_out(record, policy, changes=changes))
    figures["findings"] = (to_body_of_finding(),)
    short = to_body(work_out(record, policy, from_ms=UNTIL_MS - DAY_MS))
    open_insight(opened)
    keep(opened, RETURNS, [Kept("365", 1, figures), Kept("90", 2, figures), Kept("30", 3, short)], UNTIL_MS)
    yield opened
    opened.close()


def to_body_of_finding():
    """The finding as JSON has it."""
    return {name: getattr(FINDING, name) for name in FINDING.__slots__}


def at(store, query="", role="senior"):
    """The page as somebody with a role sees it."""
    return visitor(desk_of(store), [*insight.PAGES, *returns.PAGES], "sue", role).get(
        f"/console/insight/returns{query}"
    )


def test_page_tells_findings_costs_and_changes(store) -> None:
    """Sentences first; a change of policy has its warning, and one without enough days says so."""
    page = at(store).text
    assert "&lt;i&gt;wear: &#34;damaged&#34; makes 41 % of claims, against 20 % elsewhere" in page
    assert "<i>wear" not in page
    assert "Before and after is no experiment" in page
    assert "Too short to tell" in page
    assert "100.0 %" in page
    assert "style=" not in page
    assert "nan" not in page


def test_page_shows_the_period_that_is_asked_for(store) -> None:
    """30 days are 30 days, and what is no period is the year."""
    whole, short, odd = at(store), at(store, "?days=30"), at(store, "?days=7&lang=en")
    assert 'days=30" aria-current="page"' in short.text
    assert 'days=365" aria-current="page"' in whole.text
    assert odd.text.count("aria-current") == whole.text.count("aria-current")
    assert "1 of 1 order lines" in short.text
    assert "Nothing stands out more than chance explains." in short.text


def test_page_in_chinese_says_the_same(store) -> None:
    """Reasons, sentences and headings are in Chinese."""
    page = at(store, "?lang=zh-CN").text
    assert [part for part in ("重点发现", "占申请的 41%", "其他原因", "并非实验") if part not in page] == []


def test_page_before_the_first_refresh_and_without_anything_says_so(tmp_path) -> None:
    """Neither an empty store nor one that was never looked at is a mistake."""
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    open_insight(opened)
    assert "Not worked out yet" in at(opened).text
    keep(opened, RETURNS, [], UNTIL_MS)
    assert "There were no orders and no claims" in at(opened).text
    opened.close()


@pytest.mark.parametrize(
    ("role", "status"), [("senior", 200), ("auditor", 200), ("administrator", 200), ("reviewer", 403)]
)
def test_page_is_for_who_oversees(store, role, status) -> None:
    """Reviewers have no business with the shop's totals."""
    assert at(store, role=role).status_code == status
