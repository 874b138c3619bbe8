"""The team page tells how the team does, and whose accuracy it was only to those who may know."""

import re

import pytest

from serving.cases.quality.chance import share
from serving.console.page import Page
from serving.console.pages import drill, team
from tests.unit.serving.cases.quality.worlds import NOW_MS, make_store, review_of, settle, write_cases
from tests.unit.serving.console.visiting import CSRF, desk_of, visitor

ROLES = ("senior", "auditor", "administrator")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A team of two with gold cases, and a past claim that may become one."""
    opened = make_store(tmp_path_factory.mktemp("team") / "team.db")
    golds = [{"kind": "gold", "known": "legitimate", "ruled_by": name} for name in ("ann", "<b>bob") * 6]
    reviews = [{"claim_id": f"R{place}", "ruled_by": "ann"} for place in range(12)]
    doubles = [{"kind": "double", "doubles": 13 + place, "ruled_by": "eve"} for place in range(12)]
    write_cases(opened, [*golds, *reviews, *doubles])
    settle(opened, {"old<1>": [("abusive", "audit", "zoe")], "open": [("abusive", "reviewer", "zoe")]})
    review_of(opened, "waits", NOW_MS - 90_000_000)
    yield opened
    opened.close()


def at_the_team(store, role="senior", name="sue"):
    return visitor(desk_of(store, now_ms=lambda: NOW_MS), team.PAGES, name, role)


@pytest.mark.parametrize("role", ROLES)
def test_team_page_names_people_only_to_who_may_know(store, role):
    """Seniors and auditors see whose accuracy it is; an administrator sees the team's."""
    reply = at_the_team(store, role).get("/console/team")
    assert reply.status_code == 200
    assert ("&lt;b&gt;bob" in reply.text) == (role != "administrator")
    assert "<b>bob" not in reply.text
    assert "100 %" in reply.text
    assert "beyond" in reply.text.lower()
    assert reply.text.count('role="img"') == 2
    assert "style=" not in reply.text


def test_team_page_in_chinese_and_without_anything_to_tell(tmp_path):
    """An empty store has an empty page, in Chinese too."""
    empty = make_store(tmp_path / "empty.db")
    reply = at_the_team(empty).get("/console/team?lang=zh-CN")
    assert (reply.status_code, "团队" in reply.text, "nan" in reply.text) == (200, True, False)
    assert at_the_team(empty, "auditor").get("/console/team/gold").status_code == 200
    empty.close()


def test_empty_team_is_told_in_a_sentence(tmp_path):
    """No tables of dashes, no charts of nothing."""
    empty = make_store(tmp_path / "empty.db")
    page = at_the_team(empty).get("/console/team").text
    assert "Nothing has been ruled on yet." in page
    assert [part for part in ('<th scope="row">Everybody', "<svg", 'class="figure"') if part in page] == []
    empty.close()


def test_team_that_only_has_work_says_what_is_missing(tmp_path):
    """Cards without anything to tell say so, each by itself."""
    opened = make_store(tmp_path / "new.db")
    review_of(opened, "waits", NOW_MS - 7_200_000)
    page = at_the_team(opened).get("/console/team").text
    for sentence in (
        "No review was closed",
        "No review was ruled on by a second person",
        "No case whose answer is known",
    ):
        assert sentence in page
    assert '<p class="figure">2 h 0 min</p>' in page
    assert "1 more are open than a day ago" in page
    assert "nan" not in page
    opened.close()


def test_figures_that_matter_stand_large_with_what_they_are_held_to(store):
    """Clocks against the policy's target, open cases and the oldest, and agreement, which 12 doubles leave unsure."""
    page = at_the_team(store).get("/console/team").text
    large = [
        re.sub(r"<[^>]*>|\s+", " ", each).split()
        for each in re.findall(r'<p class="figure">(.*?)</p>', page, re.DOTALL)
    ]
    assert [each[0] for each in large] == ["100", "1", "25", "100"]
    assert "of 12 reviews answered within 60 minutes, last 24 hours" in page
    assert "target 85 %: too few to tell" in page
    assert page.count(f'<span class="team-between">{team.between(share(12, 12))}</span>') >= 3


def test_charts_have_axes_with_numbers_and_times(store):
    """The height's number, the times of day in the policy's zone, and a bar only where there was a case."""
    page = at_the_team(store).get("/console/team").text
    scales = re.findall(r'team-scale" aria-hidden="true"><span>(\d+)</span><span>(\d+)</span><span>0<', page)
    assert scales == [("40", "20"), ("2", "1")]
    assert re.search(r"<span>20:00</span><span>02:00</span><span>08:00</span><span>14:00</span><span>now</span>", page)
    assert page.count('<rect class="opened"') == page.count('<rect class="closed"') == 1


def test_gain_whose_bounds_hold_nothing_is_called_so(tmp_path):
    """A gain of few cases isn't read as one."""
    opened = make_store(tmp_path / "arms.db")
    few = [{"kind": "gold", "known": "legitimate", "reasons_arm": arm} for arm in ("first", "never") * 4]
    deny = {"ruling": {"ruling": "deny", "denial_reason": "goods_differ"}}
    write_cases(opened, [*few, {"kind": "gold", "known": "legitimate", "reasons_arm": "never", **deny}])
    page = at_the_team(opened).get("/console/team").text
    assert re.search(r"\+20 .*?, may be none", page)
    opened.close()


def test_team_page_is_not_for_reviewers(store):
    """Who is measured doesn't see by what."""
    for path in ("/console/team", "/console/team/gold"):
        assert at_the_team(store, "reviewer").get(path).status_code == 403
    for role in ("senior", "administrator"):  # a senior is given gold cases, too
        assert at_the_team(store, role).get("/console/team/gold").status_code == 403
    assert "/team/gold" not in at_the_team(store).get("/console/team").text


def test_gold_claim_is_chosen_on_the_page(store):
    """A candidate becomes a gold claim, an unknown claim is refused at its field, and one can be ended."""
    sue = at_the_team(store, "auditor")
    assert "old&lt;1&gt;" in sue.get("/console/team/gold").text
    refused = sue.post("/console/team/gold", data={"csrf": CSRF, "claim_id": "open"})
    assert refused.status_code == 422
    assert 'value="open"' in refused.text
    assert 'aria-invalid="true"' in refused.text
    taken = sue.post("/console/team/gold", data={"csrf": CSRF, "claim_id": "old<1>"})
    assert (taken.status_code, taken.headers["location"]) == (303, "/console/team/gold?said=gold_chosen")
    assert "sue" in sue.get("/console/team/gold?said=gold_chosen").text
    ended = sue.post("/console/team/gold/end", data={"csrf": CSRF, "claim_id": "old<1>"})
    assert ended.headers["location"] == "/console/team/gold?said=gold_ended"
    assert sue.post("/console/team/gold/end", data={"csrf": CSRF}).status_code == 422


def test_pages_of_both_areas_have_addresses_of_their_own():
    """No page hides another one."""
    pages = [*team.PAGES, *drill.PAGES]
    assert all(isinstance(page, Page) for page in pages)
    assert len({(page.method, page.path) for page in pages}) == len(pages)
