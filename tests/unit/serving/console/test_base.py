"""What stands around every page: landmarks, where one is, the other language, and what was just done."""

import re

import pytest

from serving.console.page import EVERYONE, ConsoleError, Page, PageReply
from serving.console.rendering import render
from serving.console.visit import Visit
from tests.unit.serving.console.markup import complaints_of
from tests.unit.serving.console.visiting import CSRF, NOW_MS, desk_of, visitor


def page(visit: Visit) -> PageReply:
    return render(visit, "base.html")


def fail(visit: Visit) -> PageReply:
    raise ConsoleError(int(visit.query["status"]), "error.form")


PAGES = (
    Page("GET", "/queue", page, EVERYONE),
    Page("GET", "/cases/{number}", page, EVERYONE),
    Page("POST", "/cases/{number}/rule", page, EVERYONE),
    Page("GET", "/fail", fail, EVERYONE),
    Page("GET", "/sign-in", page, None),
)
ROLES_AND_PAGES = [
    ("reviewer", ["/console/queue", "/console/drill"]),
    ("senior", ["/console/queue", "/console/drill", "/console/team", "/console/insight", "/console/monitor"]),
    ("auditor", ["/console/queue", "/console/team", "/console/insight", "/console/monitor"]),
    ("administrator", ["/console/team", "/console/insight", "/console/monitor", "/console/people"]),
]


def get(path: str, role="senior") -> str:
    return visitor(desk_of(), PAGES, "ann", role).get(f"/console{path}").text


@pytest.mark.parametrize(("role", "leads_to"), ROLES_AND_PAGES)
def test_header_leads_to_the_pages_of_a_role_and_no_other(role, leads_to):
    """No link leads to a refusal."""
    nav = re.search("<nav.*?</nav>", get("/queue", role), re.DOTALL)
    assert re.findall('href="([^"]+)"', nav.group()) == leads_to


@pytest.mark.parametrize(
    ("path", "current"),
    [("/queue", "page"), ("/queue?kind=audit", "page"), ("/cases/7", "true"), ("/fail?status=404", None)],
)
def test_header_marks_where_one_is(path, current):
    """The page itself, or the part of the console that it belongs to: a case belongs to the queue."""
    marks = re.findall('href="([^"]+)" aria-current="([^"]+)"', get(path))
    assert marks == ([("/console/queue", current)] if current else [])


def test_other_language_keeps_the_page_and_what_it_was_asked():
    """Filters stay; what was said once, and what no page of ours asks, go; values can't leave their place."""
    html = get("/queue?kind=audit&after=a%26b%22%3E&said=ruled&x-y=1&lang=en")
    assert 'href="?kind=audit&amp;after=a%26b%22%3E&amp;lang=zh-CN"' in html
    assert 'href="?kind=audit&amp;lang=en"' in get("/queue?kind=audit&lang=zh-CN")


def test_other_language_after_a_form_leads_to_the_start():
    """The answer to a form has no address that a link could ask for."""
    html = visitor(desk_of(), PAGES, "ann").post("/console/cases/7/rule", data={"csrf": CSRF}).text
    assert 'href="/console?lang=zh-CN"' in html


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_page_has_its_landmarks_in_its_language(language):
    """One header, one nav with a name, one main that the skip link leads to, and the keys that the script reads."""
    html = get(f"/queue?lang={language}")
    assert html.count(f'<html lang="{language}" data-now="{NOW_MS}">') == 1
    assert [html.count(f"<{tag} ") for tag in ("header", "nav", "main")] == [1, 1, 1]
    assert html.index('href="#main"') < html.index("<header")
    assert list(complaints_of(html)) == []
    assert '<tr data-keys="g q" data-presses="nav a[href=&#34;/console/queue&#34;]">' in html


def test_page_before_anybody_signed_in_has_no_keys_and_no_sign_out():
    """Nothing there could be pressed or left."""
    html = visitor(desk_of(), PAGES).get("/console/sign-in").text
    assert "sign-out" not in html
    assert "<dialog" not in html
    assert 'href="?lang=zh-CN"' in html


@pytest.mark.parametrize(
    ("status", "said"), [(404, "No such page"), (403, "Not open to you"), (409, "Nothing was changed"), (503, "failed")]
)
def test_failure_says_what_kind_it_is_in_title_and_heading(status, said):
    """A number alone tells nobody anything, and isn't read aloud."""
    html = get(f"/fail?status={status}")
    assert re.search(f"<title>[^<]*{said}", html)
    assert re.search(f"<h1>[^<]*{said}", html)
    assert f'aria-hidden="true">{status}<' in html
