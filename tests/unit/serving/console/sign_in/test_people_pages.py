"""Administrators look after people; nobody else does, and nobody administers the last administrator away."""

import html
import re

import pytest

from serving.console.pages.people import PAGES
from serving.console.sign_in.passwords import TooManyAtOnceError
from tests.unit.serving.console.sign_in.people_of_tests import PASSWORD
from tests.unit.serving.console.visiting import CSRF, desk_of, visitor


@pytest.fixture
def ada(front):
    """The administrator's browser, where ada is the only one and ann a reviewer."""
    front.add("ada", "administrator")
    front.add("ann")
    return browser_of(front, "ada", "administrator")


def browser_of(front, name, role, **parts):
    return visitor(desk_of(front.store, **{"people": front.parts.people, **parts}), PAGES, name, role)


def send(browser, path, **fields):
    return browser.post(f"/console/people/{path}", data={"csrf": CSRF, **fields})


def text_of(reply):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", reply.text)).split())


def test_person_who_is_added_gets_a_first_password_that_is_shown_once(ada, front):
    """In the answer itself, in no address; it opens the console until it is changed."""
    reply = send(ada, "add", name="Bob@Shop", role="auditor")
    assert reply.status_code == 200
    first = re.search(r"<code>([^<]+)</code>", reply.text)[1]
    signed_in = front.entered("bob@shop", first)
    assert (signed_in.role, signed_in.must_change) == ("auditor", True)
    page = ada.get("/console/people")
    assert first not in page.text
    assert "has a first password" in page.text
    assert "ada added bob@shop as auditor" in text_of(page)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"name": "ann", "role": "senior"}, "name"),
        ({"name": "bob lee", "role": "senior"}, "name"),
        ({"name": "clearclaim", "role": "senior"}, "name"),
        ({"name": "", "role": "senior"}, "name"),
        ({"name": "bob", "role": "king"}, "role"),
        ({"name": "bob"}, "role"),
    ],
)
def test_person_who_cannot_be_added_is_refused_at_the_field(ada, fields, at):
    """422, with what was typed kept."""
    reply = send(ada, "add", **fields)
    assert reply.status_code == 422
    assert f'id="{at}-error"' in reply.text
    assert f'value="{fields["name"]}"' in reply.text
    assert reply.text.count("aria-invalid") == 1
    assert not re.search(r'<th scope="row">bob', reply.text)


def test_acts_are_done_said_and_on_record(ada, front):
    """Each leads back to the list; the newest act stands first."""
    cookie = front.entered("ann").cookie
    for act, fields, said in (
        ("end-sessions", {}, "sessions_ended"),
        ("role", {"role": "senior"}, "role_changed"),
        ("disable", {}, "disabled"),
        ("enable", {}, "enabled"),
    ):
        reply = send(ada, f"ann/{act}", **fields)
        assert (reply.status_code, reply.headers["location"]) == (303, f"/console/people?said={said}")
        assert 'class="said"' in ada.get(reply.headers["location"]).text
    assert not front.is_in(cookie)
    assert re.findall(r"ada (enabled|disabled|made|signed) ann", text_of(ada.get("/console/people"))) == [
        "enabled",
        "disabled",
        "made",
        "signed",
    ]


def test_password_that_is_reset_is_shown_once(ada, front):
    """And the one of before opens nothing."""
    reply = send(ada, "ann/reset-password")
    first = re.search(r"<code>([^<]+)</code>", reply.text)[1]
    assert front.enter("ann", PASSWORD) is None
    assert front.entered("ann", first).must_change


def test_last_administrator_can_neither_be_disabled_nor_demoted(ada, front):
    """422 with what to do before, in both languages."""
    for act, fields in (("disable", {}), ("role", {"role": "senior"})):
        reply = send(ada, f"ada/{act}", **fields)
        assert reply.status_code == 422
        assert "Nobody would be left to administer" in reply.text
    assert "最后一位管理员" in ada.post("/console/people/ada/disable?lang=zh-CN", data={"csrf": CSRF}).text
    front.add("cy", "administrator")
    assert send(ada, "ada/role", role="senior").status_code == 303


def test_act_on_nobody_or_to_no_role_is_refused(ada):
    """404 for a name that nobody has, 422 for a role that there isn't."""
    for act, fields in (("disable", {}), ("enable", {}), ("reset-password", {}), ("role", {"role": "senior"})):
        assert send(ada, f"nobody/{act}", **fields).status_code == 404
    assert send(ada, "ann/role", role="king").status_code == 422


def test_address_of_a_form_leads_back_to_the_list(ada):
    """So choosing another language after a refusal shows the list, and not that there is no such page."""
    for path in ("add", "ann/disable", "ann/role"):
        reply = ada.get(f"/console/people/{path}?lang=zh-CN")
        assert (reply.status_code, reply.headers["location"]) == (303, "/console/people")
    assert "人员" in ada.get("/console/people").text


def test_too_many_at_once_are_told_to_come_again(front, ada, monkeypatch):
    """503, and nothing was done."""

    def busy(*_given, **_how):
        raise TooManyAtOnceError

    monkeypatch.setattr(front.parts.people, "add", busy)
    monkeypatch.setattr(front.parts.people, "reset_password", busy)
    assert send(ada, "add", name="bob", role="senior").status_code == 503
    assert send(ada, "ann/reset-password").status_code == 503


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("role", ["reviewer", "senior", "auditor"])
def test_nobody_else_looks_after_people(front, role):
    """Neither reads who there is nor changes anything."""
    browser = browser_of(front, "eve", role)
    assert browser.get("/console/people").status_code == 403
    for page in (page for page in PAGES if page.method == "POST"):
        path = page.path.replace("{name}", "ann").removeprefix("/people/")
        assert send(browser, path, name="eve2", role="administrator").status_code == 403
    assert [listed.person.name for listed in front.parts.people.all()] == ["ada", "ann"]


def test_list_shows_who_is_guessed_at_and_escapes_what_it_shows(ada, front):
    """An administrator sees an attack; a name of an author is text."""
    front.guess(5)
    front.parts.people.end_sessions("ann", by="<b>op</b>")
    page = ada.get("/console/people").text
    assert "strangers wait until 2026-01-01" in page
    assert "&lt;b&gt;op&lt;/b&gt; signed ann" in page
