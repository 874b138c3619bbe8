"""Signing in and out and changing a password, as a browser does it."""

import re

import pytest

from serving.console.app import FORM_COOKIE, SESSION_COOKIE
from serving.console.page import READS, Page, PageReply
from serving.console.pages.sign_in import BROWSER_COOKIE, PAGES, local_page
from serving.console.sign_in.passwords import TooManyAtOnceError
from serving.console.sign_in.signing_in import SignedIn
from tests.unit.serving.console.sign_in.people_of_tests import MINUTE_MS, PASSWORD
from tests.unit.serving.console.visiting import Visitor, desk_of, visitor

ANOTHER = "black coffee, no milk"
WORK = (Page("GET", "/queue", lambda visit: PageReply(visit.who.name.encode()), READS),)


@pytest.fixture
def browse(front):
    """Open a browser that nobody has signed in with."""
    front.add("ann", "senior")

    def browse(**parts) -> Visitor:
        mine = {"sessions": front.parts.sessions, "sign_in": front.parts.sign_in, "people": front.parts.people}
        return visitor(desk_of(front.store, **{**mine, **parts}), (*PAGES, *WORK))

    return browse


def send(browser, path, headers=None, **fields):
    """Send a form with the token that the page before it had."""
    page = browser.get("/console/sign-in" if SESSION_COOKIE not in browser.cookies else "/console/password").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    return browser.post(path, data={"csrf": csrf[1] if csrf else "", **fields}, headers=headers)


def enter(browser, name="ann", password=PASSWORD, **fields):
    return send(browser, "/console/sign-in", name=name, password=password, **fields)


def test_sign_in_leads_to_the_page_that_was_asked_for(browse):
    """From the page through the form and back to it, with the language that was chosen."""
    browser = browse()
    asked = browser.get("/console/queue")
    form = browser.get(asked.headers["location"])
    assert 'name="next" value="/console/queue"' in form.text
    reply = enter(browser, next="/console/queue")
    assert (reply.status_code, reply.headers["location"]) == (303, "/console/queue")
    assert browser.get("/console/queue").text == "ann"
    assert browser.get("/console/sign-in").headers["location"] == "/console"


def test_start_leads_to_where_the_role_works(browse, front):
    """An administrator sees people, all others claims; what was just done is said there."""
    front.add("ada", "administrator")
    for name, place in (("ann", "/console/queue?said=x"), ("ada", "/console/people?said=x")):
        browser = browse()
        assert enter(browser, name).headers["location"] == "/console"
        assert browser.get("/console?said=x").headers["location"] == place
    assert browse().get("/console").headers["location"].startswith("/console/sign-in?next=")


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(browse):
    """And sent by HTTPS alone where that ends before the service; it ends with the session."""
    for tls in (False, True):
        given = enter(browse(tls=tls)).headers.get_list("set-cookie")
        (session,) = (cookie for cookie in given if cookie.startswith(SESSION_COOKIE))
        assert "; Path=/console; HttpOnly; SameSite=Lax; Max-Age=28800" in session
        (known,) = (cookie for cookie in given if cookie.startswith(BROWSER_COOKIE))
        assert "; Path=/console/sign-in; HttpOnly; SameSite=Lax" in known
        assert all(cookie.endswith("; Secure") is tls for cookie in given)


def test_refusal_is_the_same_page_for_whatever_reason(browse, front):
    """401, the name kept and the password not, and nothing that tells a wrong name from a wrong password."""
    front.add("bob")
    front.parts.people.disable("bob", by="ada")
    front.add("cy")
    front.guess(5, "cy")
    pages = set()
    for name, password in (("ann", ANOTHER), ("nobody", PASSWORD), ("bob", PASSWORD), ("cy", PASSWORD)):
        reply = enter(browse(), name, password)
        assert reply.status_code == 401
        assert f'value="{name}"' in reply.text
        assert password not in reply.text
        pages.add(re.sub(r'(name="csrf" value=|id="name" name="name" value=)"[^"]*"', "", reply.text))
    assert len(pages) == 1
    assert 'role="alert"' in pages.pop()


def test_form_that_lacks_something_is_shown_again(browse):
    """422, without a look at any password; a name is shown as text, whatever is in it."""
    reply = enter(browse(), '"><script>', "")
    assert reply.status_code == 422
    assert "&#34;&gt;&lt;script&gt;" in reply.text
    assert 'aria-invalid="true" aria-describedby="fault"' in reply.text


def test_too_many_at_once_are_told_to_come_again(browse):
    """503 with what to do, and the name kept."""

    class Busy:
        def sign_in(self, *_given, **_how):
            raise TooManyAtOnceError

    reply = enter(browse(sign_in=Busy()))
    assert reply.status_code == 503
    assert "Try again in a few seconds" in reply.text
    assert 'value="ann"' in reply.text


def test_form_without_its_token_lets_nobody_in(browse):
    """So no other site can sign a visitor in under a name of its own."""
    browser = browse()
    browser.get("/console/sign-in")
    for csrf in ({}, {"csrf": "another"}):
        reply = browser.post("/console/sign-in", data={"name": "ann", "password": PASSWORD, **csrf})
        assert reply.status_code == 403
    reply = send(browser, "/console/sign-in", {"origin": "https://evil.example"}, name="ann", password=PASSWORD)
    assert reply.status_code == 403
    assert SESSION_COOKIE not in browser.cookies


def test_form_of_ours_can_be_told_from_another_sites(browse):
    """A browser that may never name the page sends `Origin: null` with all forms, ours as well; so here it may."""
    browser = browse()
    assert browser.get("/console/sign-in").headers.get_list("referrer-policy") == ["same-origin"]
    reply = send(browser, "/console/sign-in", {"origin": "null"}, name="ann", password=PASSWORD)
    assert reply.status_code == 403
    ours = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert send(browser, "/console/sign-in", ours, name="ann", password=PASSWORD).status_code == 303


def test_tokens_and_cookies_of_before_the_sign_in_are_worth_nothing_after_it(browse, front):
    """Session fixation: neither a planted session nor a planted token of forms carries over."""
    front.add("eve")
    planted = front.entered("eve").cookie
    browser = browse()
    browser.cookies[FORM_COOKIE] = "planted"
    assert browser.post("/console/sign-in", data={"csrf": "planted", "name": "ann", "password": PASSWORD}).is_redirect
    assert FORM_COOKIE not in browser.cookies
    assert browser.post("/console/sign-out", data={"csrf": "planted"}).status_code == 403
    browser.cookies[SESSION_COOKIE] = planted
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/console/password").text)[1]
    browser.post("/console/sign-in", data={"csrf": csrf, "name": "ann", "password": PASSWORD})
    assert browser.cookies[SESSION_COOKIE] != planted
    assert not front.is_in(planted)


def test_sign_out_takes_the_cookies_back(browse, front):
    """The session is over for whoever kept its cookie, too."""
    browser = browse()
    enter(browser)
    kept = browser.cookies[SESSION_COOKIE]
    reply = send(browser, "/console/sign-out")
    assert reply.headers["location"] == "/console/sign-in?said=signed_out"
    assert SESSION_COOKIE not in browser.cookies
    assert not front.is_in(kept)
    assert "You are signed out." in browser.get(reply.headers["location"]).text


def test_session_that_ended_is_told_at_the_sign_in(browse, front):
    """A page keeps it open for half an hour; a form that comes too late changes nothing."""
    browser = browse()
    enter(browser)
    front.ms += 16 * MINUTE_MS
    assert browser.get("/console/queue").text == "ann"
    front.ms += 30 * MINUTE_MS
    reply = browser.get("/console/queue")
    assert reply.headers["location"] == "/console/sign-in?next=/console/queue"
    assert "Your session has ended" in browser.get(reply.headers["location"]).text
    reply = browser.post("/console/password", data={"csrf": "x"})
    assert reply.headers["location"].startswith("/console/sign-in")


def test_known_browser_gets_in_while_strangers_guess(browse, front):
    """By the cookie that the sign-in left there."""
    browser = browse()
    enter(browser)
    send(browser, "/console/sign-out")
    front.guess(9)
    assert enter(browse()).status_code == 401
    assert enter(browser).status_code == 303


def test_first_password_opens_nothing_but_its_change(browse, front):
    """Every page leads there until it is done; signing out is open."""
    first = front.parts.people.reset_password("ann", by="ada")
    browser = browse()
    assert enter(browser, password=first, next="/console/queue").headers["location"] == "/console/password"
    for path in ("/console", "/console/queue"):
        assert browser.get(path).headers["location"] == "/console/password"
    before = browser.cookies[SESSION_COOKIE]
    reply = send(browser, "/console/password", current=first, new=ANOTHER, again=ANOTHER)
    assert reply.headers["location"] == "/console?said=password_changed"
    assert browser.cookies[SESSION_COOKIE] != before
    assert browser.get("/console/queue").text == "ann"
    assert isinstance(front.enter("ann", ANOTHER), SignedIn)


@pytest.mark.parametrize(
    ("fields", "at", "said"),
    [
        ({"current": "", "new": ANOTHER, "again": ANOTHER}, "current", "that you have now"),
        ({"current": ANOTHER, "new": ANOTHER, "again": ANOTHER}, "current", "your password, or"),
        ({"current": PASSWORD, "new": ANOTHER, "again": PASSWORD}, "again", "differ"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new", "too short"),
        ({"current": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "new", "that you have"),
    ],
)
def test_change_that_is_refused_says_so_at_the_field(browse, fields, at, said):
    """422, and screen readers are told which field it is about."""
    browser = browse()
    enter(browser)
    reply = send(browser, "/console/password", **fields)
    assert reply.status_code == 422
    error = re.search(rf'id="{at}-error">([^<]+)<', reply.text)
    assert said in error[1]
    assert re.search(rf'id="{at}"[^>]*{at}-error"[^>]* aria-invalid="true"', reply.text)
    assert reply.text.count("aria-invalid") == 1


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/console",
        "javascript:alert(1)",
        "/console//evil.example",
        "/console/..//evil.example",
        "/console/%2e%2e/v1",
        "/console/%5c%5cevil.example",
        "/console/%2f%2fevil.example",
        "/console/%252e%252e/v1",
        "/console@evil.example",
        "/console.evil.example",
        "/consoles",
        "/console/queue\r\nset-cookie: a=b",
        "/console/queue\n",
        " /console/queue",
        "/console/案件",
        "/console/queue?next=https://evil.example#x",
        "/console/sign-out",
        "/console/sign-in?next=/console/sign-in",
        "/v1/score",
        "/console/" + "a" * 600,
        "",
        None,
    ],
)
def test_sign_in_leads_to_no_other_site(address):
    """What isn't plainly a page of ours leads to the start."""
    assert local_page(address) == "/console"


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "%2f%2fevil.example"])
def test_link_that_would_lead_elsewhere_leads_to_the_start(browse, address):
    """In the form that a link opened, and in the answer to it."""
    browser = browse()
    page = browser.get(f"/console/sign-in?next={address}").text
    assert '<input type="hidden" name="next" value="">' in page
    assert '="//evil' not in page  # the language's link keeps what was asked, as a part of its query
    assert enter(browser, next=address).headers["location"] == "/console"


@pytest.mark.parametrize("address", ["/console/cases/7", "/console/queue?kind=audit&late=1", "/console/people/a%40b/x"])
def test_sign_in_leads_to_pages_of_ours(address):
    """With what they ask for."""
    assert local_page(address) == address


def test_fields_say_to_password_managers_what_they_are(browse):
    """So that people can take long passwords; and pasting isn't hindered."""
    browser = browse()
    page = browser.get("/console/sign-in").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    enter(browser)
    page = browser.get("/console/password?lang=zh-CN").text
    assert page.count('autocomplete="new-password"') == 2
    assert "修改密码" in page
