"""Who is let in, for how long, and whose forms are taken."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.integration.console.people import WRONG_PASSWORD

SOMEBODY_ELSE = "http://elsewhere.example/"
THEIR_PAGE = """<!doctype html><title>Win a prize</title>
<form method="post" action="{address}"><input name="csrf" value="guessed"><button>Win</button></form>"""


def end_newest_session(work, name):
    """What hours of waiting do."""
    newest = "SELECT rowid FROM console_session WHERE name = ? ORDER BY created_at_ms DESC, rowid DESC LIMIT 1"
    work.change(f"UPDATE console_session SET ends_at_ms = 1, last_seen_ms = 0 WHERE rowid = ({newest})", name)  # noqa: S608


def test_sign_in_leads_to_the_work_of_a_role(visit):
    """Who reviews comes to the queue, and who looks after people comes to them."""
    for name, address in (("ann", "/queue"), ("ada", "/people")):
        console = visit(name, anew=True)
        expect(console.page).to_have_url(f"{console.url}{address}")
        expect(console.heading).to_have_count(1)
        console.sign_out()


def test_sign_in_with_a_wrong_password_lets_nobody_in(visit):
    """What is wrong is said, and isn't told apart: not which of the two it was."""
    console, said = visit(), []
    for name in ("bob", "nobody"):
        console.open("/sign-in")
        console.send("/sign-in", name=name, password=WRONG_PASSWORD)
        expect(console.form("/sign-in")).to_be_visible()
        expect(console.form("/sign-out")).to_have_count(0)
        said.append(console.page.locator("main").inner_text())
    assert said[0] == said[1]


def test_session_that_ended_leads_to_sign_in_and_back(visit, work):
    """Nothing is shown to whoever comes to the keyboard after a while; who signs in again is where they were."""
    console = visit("bob", anew=True)
    console.open("/drill")
    end_newest_session(work, "bob")
    console.page.reload()
    expect(console.form("/sign-in")).to_be_visible()
    console.sign_in("bob", after="/drill")
    expect(console.page).to_have_url(f"{console.url}/drill")


def test_form_of_a_session_that_ended_changes_nothing(visit, work):
    """A form that was loaded before leads to sign-in too."""
    console, number = visit("bob", anew=True), work.new_case()
    take = console.find_in_queue(number)
    end_newest_session(work, "bob")
    console.button(take).click()
    expect(console.form("/sign-in")).to_be_visible()
    assert work.standing(number) == ("waiting", "anyone", None)


def test_sessions_that_an_administrator_ends_are_over(visit, signed_in):
    """Whoever lost a laptop can be put out of the console at once."""
    signed_in.pop("aud", None)
    console, ada = visit("aud", anew=True), visit("ada")
    ada.open("/people")
    ada.send("/people/aud/end-sessions")
    console.page.reload()
    expect(console.form("/sign-in")).to_be_visible()


def test_form_without_its_token_is_refused(visit, work):
    """403, and the case stays where it was."""
    console, number = visit("ann"), work.new_case()
    take = console.find_in_queue(number)
    take.locator("input[name=csrf]").evaluate("field => { field.value = 'guessed' }")
    with console.page.expect_response(f"**/cases/{number}/take") as answered:
        console.button(take).click()
    assert answered.value.status == 403
    assert work.standing(number) == ("waiting", "anyone", None)


def test_form_on_another_site_is_refused(visit, work):
    """A page elsewhere can't make a reviewer's browser take a case, though the reviewer is signed in."""
    console, number = visit("ann"), work.new_case()
    page = THEIR_PAGE.format(address=f"{console.url}/cases/{number}/take")
    console.page.route(SOMEBODY_ELSE, lambda route: route.fulfill(body=page, content_type="text/html"))
    console.page.goto(SOMEBODY_ELSE)
    with console.page.expect_response(f"**/cases/{number}/take") as answered:
        console.page.locator("button").click()
    assert answered.value.status in {303, 403}  # without a cookie, or with one: never taken
    assert work.standing(number) == ("waiting", "anyone", None)


def test_page_of_another_role_is_refused(visit, work):
    """An administrator sees no claim, a reviewer no team and no people, and an auditor has nothing to rule with."""
    number = work.new_case()
    for name, address in (("ada", f"/cases/{number}"), ("ada", "/queue"), ("ann", "/team"), ("ann", "/people")):
        assert visit(name).open(address).status == 403
    auditor = visit("aud")
    assert auditor.open(f"/cases/{number}").status == 200
    for address in (f"/cases/{number}/take", f"/cases/{number}/rule", "/next"):
        expect(auditor.form(address)).to_have_count(0)
