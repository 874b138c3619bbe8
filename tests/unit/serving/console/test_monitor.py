"""The operators' page: what is worst stands first, what can't be known says so, and a script shows it anew."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.store import Store
from features.store.check_results import CheckResult, record_check
from serving.console.languages import texts_of
from serving.console.pages import monitor
from serving.monitoring.beating import InForce
from serving.monitoring.limits import LIMITS, PARTS, State
from tests.unit.serving.console.markup import complaints_of
from tests.unit.serving.console.visiting import desk_of, visitor
from tests.unit.serving.monitoring.living import Service, decide, living_store

DAY_MS = 86_400_000


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    store = living_store(tmp_path)
    begun = Service(store, tmp_path, lambda: InForce("p1", "m1", refused=("policy.toml: <no>",)))
    yield begun
    begun.metrics.stop()
    store.close()


def page(store: Store, now_ms: int, path: str = "", role="administrator") -> str:
    reply = visitor(desk_of(store, now_ms=lambda: now_ms), monitor.PAGES, "ops", role).get(f"/console/monitor{path}")
    assert reply.status_code == 200
    return reply.text


def words(html: str) -> str:
    return re.sub(r"(<[^>]*>|\s)+", " ", html)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_page_of_an_empty_store_says_what_is_not_known(service, language):
    """No figure is made up, in either language."""
    html = page(service.store, service.now_ms, f"?lang={language}")
    text = texts_of(language)
    assert text("monitor.state_unknown") in html
    assert text("monitor.no_decisions") in html
    assert text("monitor.no_webhooks") in html
    assert not re.search(r"\bnan\b|None|inf\b", words(html))
    assert list(complaints_of(html)) == []
    assert html.count("<h1") == 1


def test_worst_figure_stands_first_and_leads_to_its_part(service):
    """What asks to act comes before what asks to look; each leads to where it is told."""
    record_check(service.store, CheckResult("parity", service.now_ms, "differs", 3, "5 vectors, <3> mismatches"))
    record_check(service.store, CheckResult("drift", service.now_ms, "watch", 1, "said"))
    html = page(service.store, service.now_ms)
    top = html[html.index('id="monitor-standing"') : html.index('class="monitor-parts"')]
    assert "Somebody should act now" in top
    first, *others = re.findall(r'<li><span class="badge (\w+)">.*?href="#(\w+)"', top)
    assert first == ("late", "checks")
    assert ("soon", "checks") in others
    assert "&lt;3&gt;" in html
    for part in PARTS:
        assert f'<section class="card" id="{part}"' in html


@pytest.mark.parametrize(("language", "said"), [("en", "1 h 7 min"), ("zh-CN", "1 小时 7 分钟")])
def test_age_under_a_day_is_told_in_hours_and_minutes(service, language, said):
    """Nobody reads a part of a day; from a day on, days are told."""
    now_ms = service.now_ms
    record_check(service.store, CheckResult("drift", now_ms, "watch", 1, "said"))
    age = f"<dt>{texts_of(language)('monitor.figure_drift_age')}</dt><dd>"
    assert f"{age}{said}</dd>" in page(service.store, now_ms + 67 * 60_000, f"?lang={language}")
    days = texts_of(language)("monitor.unit_days", value="3")
    assert f"{age}{days}</dd>" in page(service.store, now_ms + 3 * DAY_MS, f"?lang={language}")


def test_service_that_beats_is_shown_with_its_windows_versions_and_what_it_refuses(service):
    """Claims a minute, percentiles, shares of actions, why decisions were degraded, and the line of the failure."""
    service.beat()
    service.answer(30, degraded_by="store")
    decide(service.store, "a", "auto_approve", service.now_ms)
    service.beat(5 * 60_000)
    shown = words(page(service.store, service.now_ms))
    assert "5 minutes 6.0 4.0 4.9 5.0 0 0" in shown
    assert "Approved automatically 100.0 % 1 100.0 % 1 100.0 % 1" in shown
    assert "since the store failed: 30" in shown
    assert "m1" in shown
    assert "policy.toml: &lt;no&gt;" in shown


def test_part_that_is_shown_anew_is_the_same_without_its_frame(service):
    """The script puts it in the place of the one before; its states tell what is worth announcing."""
    whole, part = (page(service.store, service.now_ms, path) for path in ("", "/now"))
    # but for figures: the room on the disk is another one a moment later
    assert re.sub("[0-9]+", "0", part.strip()) in re.sub("[0-9]+", "0", whole)
    assert "<html" not in part
    assert re.search('data-from="/console/monitor/now" data-states="[^"]*"', part)


def test_page_works_without_script_and_is_not_thrown_at_readers(service):
    """A link reloads it; nothing refreshes by itself, and one region tells of changes alone."""
    html = page(service.store, service.now_ms)
    assert "http-equiv" not in html
    assert '<a class="button quiet" href="/console/monitor">' in html
    assert re.search('id="monitor-pause" data-needs-script hidden', html)
    assert '<p class="visually-hidden" role="status" id="monitor-told"></p>' in html


def test_page_is_for_who_oversees(service):
    """Reviewers have their queue."""
    desk = desk_of(service.store)
    for path in ("", "/now"):
        assert visitor(desk, monitor.PAGES, "ann", "reviewer").get(f"/console/monitor{path}").status_code == 403
        assert visitor(desk, monitor.PAGES).get(f"/console/monitor{path}").status_code == 303


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_limit_and_state_has_its_words(language):
    """The table of limits names all figures."""
    text = texts_of(language)
    keys = [f"figure_{limit.figure}" for limit in LIMITS] + [f"part_{part}" for part in PARTS]
    keys += [f"{kind}_{state.word}" for kind in ("state", "headline") for state in State]
    assert [key for key in keys if f"monitor.{key}" not in text] == []
