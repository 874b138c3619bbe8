"""No page can forget to ask who it is, whether they may, and whether the form is theirs."""

import pytest
import sqlalchemy as sa

from serving.console.app import LARGEST_FORM_BYTES
from serving.console.page import EVERYONE, READS, ConsoleError, Page, PageReply
from serving.console.rendering import see_other
from serving.console.visit import Visit
from tests.unit.serving.console.visiting import CSRF, desk_of, visitor


def show(visit: Visit) -> PageReply:
    return PageReply(f"{visit.language} {visit.values.get('number')} {visit.form.get('word')}".encode())


def fail(visit: Visit) -> PageReply:
    match visit.query.get("how"):
        case "store":
            raise sa.exc.OperationalError("SELECT secret", {}, Exception("secret"))
        case "console":
            raise ConsoleError(409, "error.form")
        case _:
            raise RuntimeError("secret")


PAGES = (
    Page("GET", "/open", show, None),
    Page("POST", "/open", show, None),
    Page("GET", "/case/{number}", show, READS),
    Page("POST", "/case/{number}", show, READS),
    Page("GET", "/fail", fail, EVERYONE),
)


def test_page_not_signed_in_leads_to_sign_in_and_back():
    """Who hasn't signed in is led there, and from there to where they wanted to go."""
    reply = visitor(desk_of(), PAGES).get("/console/case/7")
    assert (reply.status_code, reply.headers["location"]) == (303, "/console/sign-in?next=/console/case/7")


def test_page_of_another_role_is_refused():
    """An administrator sees no claim."""
    assert visitor(desk_of(), PAGES, "ada", "administrator").get("/console/case/7").status_code == 403
    assert visitor(desk_of(), PAGES, "ann", "auditor").get("/console/case/7").text == "en 7 None"


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"word": "x"}, {}),
        ({"csrf": "another"}, {}),
        ({"csrf": CSRF}, {"origin": "https://elsewhere.example"}),
        ({"csrf": CSRF}, {"sec-fetch-site": "cross-site"}),
    ],
)
def test_form_of_another_site_is_refused(form, headers):
    """Without the session's token, or from another site's page, nothing is taken."""
    assert visitor(desk_of(), PAGES, "ann").post("/console/case/7", data=form, headers=headers).status_code == 403


def test_form_with_its_token_is_taken():
    """The token of the session opens the form, for a browser that says where it comes from and one that doesn't."""
    ann = visitor(desk_of(), PAGES, "ann")
    for headers in ({}, {"origin": "http://testserver", "sec-fetch-site": "same-origin"}):
        reply = ann.post("/console/case/7", data={"csrf": CSRF, "word": "é"}, headers=headers)
        assert reply.text == "en 7 é"


def test_form_before_anybody_signed_in_needs_the_cookie_it_was_given():
    """A sign-in form is tied to the browser that asked for it."""
    somebody = visitor(desk_of(), PAGES)
    assert somebody.post("/console/open", data={"csrf": "x"}).status_code == 403
    somebody.get("/console/open")
    assert somebody.post("/console/open", data={"csrf": somebody.cookies["clearclaim_form"]}).status_code == 200


def test_form_too_large_or_of_another_type_is_refused():
    """A body is counted as it comes; what is no form is none."""
    ann = visitor(desk_of(), PAGES, "ann")
    assert ann.post("/console/case/7", data={"csrf": CSRF, "word": "x" * LARGEST_FORM_BYTES}).status_code == 413
    assert ann.post("/console/case/7", json={"csrf": CSRF}).status_code == 415


@pytest.mark.parametrize(("how", "status"), [("store", 503), ("console", 409), ("", 500)])
def test_page_that_fails_says_so_and_shows_nothing_of_it(how, status):
    """What a database or a program says of a failure is for the log."""
    reply = visitor(desk_of(), PAGES, "ann").get(f"/console/fail?how={how}")
    assert reply.status_code == status
    assert "secret" not in reply.text


def test_response_carries_the_strict_policy():
    """Nothing inline, nothing from elsewhere, no frame, no cache: on pages, failures and files."""
    ann = visitor(desk_of(), PAGES, "ann")
    for path in ("/console/case/7", "/console/none", "/console/fail"):
        headers = ann.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")
    assert "immutable" in ann.get("/console/static/console.css").headers["cache-control"]


@pytest.mark.parametrize("name", ["none.css", "../app.py", "%2e%2e/app.py", "console.css/.."])
def test_file_that_is_none_of_ours_is_not_found(name):
    """Only files that were there at the start are given out."""
    assert visitor(desk_of(), PAGES).get(f"/console/static/{name}").status_code == 404


def test_language_is_that_of_the_browser_until_one_is_chosen():
    """What was chosen once stays."""
    somebody = visitor(desk_of(), PAGES)
    assert somebody.get("/console/open", headers={"accept-language": "zh-Hans-CN,en"}).text.startswith("zh-CN")
    assert somebody.get("/console/open?lang=zh-CN").text.startswith("zh-CN")
    assert somebody.get("/console/open", headers={"accept-language": "en"}).text.startswith("zh-CN")


def test_method_that_a_page_lacks_is_told():
    """405 for a page that is there, 404 for one that isn't, and a trailing slash doesn't matter."""
    ann = visitor(desk_of(), PAGES, "ann")
    assert [ann.post("/console/fail").status_code, ann.get("/console/case/0").status_code] == [405, 404]
    assert ann.get("/console/case/7/").status_code == 200


def test_see_other_names_what_was_done():
    """What is said comes after what the address asks already."""
    assert see_other("/console/queue?kind=audit", said="ruled").headers["location"].endswith("?kind=audit&said=ruled")


def test_value_that_a_database_would_not_take_reaches_no_page():
    """A NUL is none in a field, and a path that can't be printed leads nowhere; a slash in a name may be."""
    pages = (*PAGES, Page("GET", "/named/{name}", lambda visit: PageReply(visit.values["name"].encode()), None))
    ann = visitor(desk_of(), pages, "ann")
    assert ann.post("/console/open", data={"csrf": CSRF, "word": "a\0b"}).text == "en None a\ufffdb"
    assert ann.get("/console/named/a%00b").status_code == 404
    assert ann.get("/console/named/a%2Fb").text == "a/b"


@pytest.mark.parametrize(("path", "before"), [("/case/7/note", "/console/case/7"), ("/elsewhere", "/console")])
def test_text_that_was_written_when_the_session_ended_is_shown_not_lost(path, before):
    """With the way to sign in, and from there to the page that the form was on; nothing is taken."""
    pages = (*PAGES, Page("POST", "/case/{number}/note", show, READS), Page("POST", "/elsewhere", show, READS))
    somebody = visitor(desk_of(), pages)
    reply = somebody.post(
        f"/console{path}", data={"csrf": CSRF, "text": "A <b>stone</b>.", "note": "Look at the label."}
    )
    assert reply.status_code == 401
    assert "A &lt;b&gt;stone&lt;/b&gt;.</textarea>" in reply.text
    assert "Look at the label.</textarea>" in reply.text
    assert f'href="/console/sign-in?next={before}"' in reply.text
    empty = somebody.post(f"/console{path}", data={"csrf": CSRF, "text": " "})
    assert (empty.status_code, empty.headers["location"]) == (303, f"/console/sign-in?next={before}")


def test_text_in_a_form_of_an_earlier_session_is_shown_and_one_of_another_site_is_not():
    """Whoever signed in anew in another tab can copy what they wrote; nobody else's page puts words in their mouth."""
    ann, form = visitor(desk_of(), PAGES, "ann"), {"csrf": "of before", "text": "A stone."}
    assert "A stone.</textarea>" in ann.post("/console/case/7", data=form).text
    for client in (ann, visitor(desk_of(), PAGES)):
        reply = client.post("/console/case/7", data=form, headers={"sec-fetch-site": "cross-site"})
        assert "A stone." not in reply.text
