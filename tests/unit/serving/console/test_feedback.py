"""The page about feedback tells figures, sentences and their limits."""

import pytest

from features.event_file import from_events
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.console.pages import feedback, insight
from serving.insight.refreshing import refresh
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.console.visiting import desk_of, visitor
from tests.unit.serving.insight.feedback.rated import BASE_MS, DAY_MS, rated_events

POLICY = read_policy(default_policy_path())


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store in which slow answers and denials cost stars, worked out."""
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('feedback') / 'store.db'}", default_plan())
    import_events(opened, from_events(rated_events(240)), "drawn")
    refresh(opened, POLICY, BASE_MS + 400 * DAY_MS)
    yield opened
    opened.close()


def at(store, role="senior"):
    """A browser at the pages about what the claims tell."""
    return visitor(desk_of(store), (*insight.PAGES, *feedback.PAGES), "sue", role)


@pytest.mark.parametrize("role", ["senior", "auditor", "administrator"])
def test_page_says_what_costs_stars_and_who_answers(store, role):
    """The share against its target, the drivers in sentences, the warning, and a chart."""
    reply = at(store, role).get("/console/insight/feedback")
    assert reply.status_code == 200
    for said in ("The claim is denied: costs", "Under 90 %", "Those who rate are not all buyers", "Sending back"):
        assert said in reply.text
    assert (reply.text.count('role="img"'), "style=" in reply.text, "nan" in reply.text) == (1, False, False)


def test_page_in_chinese_has_words_for_every_group(store):
    """No key and no English word of ours is shown in the place of a text."""
    text = at(store).get("/console/insight/feedback?lang=zh-CN").text
    assert "申请被拒绝：评分低" in text
    assert "feedback." not in text.replace("feedback.css", "")
    assert "within_24h" not in text


def test_page_without_ratings_says_which_event_to_send(tmp_path):
    """Before the first refresh, and after one that found nothing."""
    empty = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    refresh(empty, POLICY, BASE_MS, parts=[])
    text = at(empty).get("/console/insight/feedback").text
    assert "clearclaim insight refresh" in text
    assert "Nobody has rated" not in text  # which nobody knows yet
    refresh(empty, POLICY, BASE_MS)
    text = at(empty).get("/console/insight/feedback").text
    assert "feedback_given" in text
    assert "clearclaim insight refresh" not in text
    empty.close()
