"""Signing in and out, changing one's own password, and the start, which leads to where a role works."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from serving.console.app import FORM_COOKIE, PASSWORD, ROOT, SESSION_COOKIE, SIGN_IN, YEAR_SECONDS
from serving.console.guarding import set_cookie
from serving.console.page import EVERYONE, Page, PageReply
from serving.console.rendering import render, see_other
from serving.console.sign_in.password_rules import LONGEST, SHORTEST
from serving.console.sign_in.passwords import TooManyAtOnceError
from serving.console.sign_in.session_table import LONGEST_MS
from serving.console.sign_in.signing_in import ChangeFault, SignedIn
from serving.console.visit import Visit

BROWSER_COOKIE: Final = "clearclaim_browser"
# what an address of a page may be made of; no backslash, no second slash, nothing that starts another host
_PAGE: Final = re.compile(r"/console(/[\w.@:~%+-]+)*/?(\?[\w.@:~%&=+/-]*)?", re.ASCII)
_LONGEST_NEXT: Final = 500
_NO_WAY_BACK: Final = frozenset({SIGN_IN, f"{ROOT}/sign-out", PASSWORD})


def start(visit: Visit) -> PageReply:
    """Lead to where the visitor's work is."""
    room = "people" if visit.who.role == "administrator" else "queue"
    return see_other(f"{ROOT}/{room}", said=visit.query.get("said"))


def show_sign_in(visit: Visit) -> PageReply:
    """The form; whoever is in already is led on."""
    after = local_page(visit.query.get("next"))
    if visit.person is not None:
        return see_other(after)
    return _sign_in_form(visit, 200, "ended" if SESSION_COOKIE in visit.cookies else None, "", after)


def sign_in(visit: Visit) -> PageReply:
    """Let somebody in, and lead them to where they wanted to go."""
    name, password = visit.form.get("name", ""), visit.form.get("password", "")
    after = local_page(visit.form.get("next"))
    if not name.strip() or not password:
        return _sign_in_form(visit, 422, "empty", name, after)
    try:
        signed_in = visit.desk.sign_in.sign_in(
            name, password, browser=visit.cookies.get(BROWSER_COOKIE), session=visit.cookies.get(SESSION_COOKIE)
        )
    except TooManyAtOnceError:
        return _sign_in_form(visit, 503, "busy", name, after)
    if signed_in is None:
        return _sign_in_form(visit, 401, "refused", name, after)
    _keep_cookies(visit, signed_in)
    return see_other(PASSWORD if signed_in.must_change else after)


def sign_out(visit: Visit) -> PageReply:
    """End this session, in all processes."""
    visit.desk.sign_in.sign_out(visit.cookies.get(SESSION_COOKIE))
    for cookie in (SESSION_COOKIE, FORM_COOKIE):
        visit.new_cookies.append(set_cookie(cookie, "", tls=visit.desk.tls, seconds=0))
    return see_other(SIGN_IN, said="signed_out")


def show_password(visit: Visit) -> PageReply:
    """The form for one's own password."""
    return _password_form(visit, 200)


def change_password(visit: Visit) -> PageReply:
    """Change one's own password; what was open elsewhere ends, and this browser goes on with a new session."""
    current, new, again = (visit.form.get(field, "") for field in ("current", "new", "again"))
    if not current:
        return _password_form(visit, 422, current="current_empty")
    if new != again:
        return _password_form(visit, 422, again="not_the_same")
    try:
        changed = visit.desk.sign_in.change_password(visit.who.name, current, new)
    except TooManyAtOnceError:
        return _password_form(visit, 503, current="busy")
    if not isinstance(changed, SignedIn):
        return _password_form(visit, 422, **_at_its_field(changed))
    _keep_cookies(visit, changed)
    return see_other(ROOT, said="password_changed")


def local_page(text: str | None) -> str:
    """The page of ours that an address names, or the start: nobody is led to another site, whatever a link said.

    >>> local_page("/console/cases/7?lang=en"), local_page("//evil.example/console"), local_page("/console/../v1")
    ('/console/cases/7?lang=en', '/console', '/console')
    """
    if text is None or len(text) > _LONGEST_NEXT or _PAGE.fullmatch(text) is None:
        return ROOT
    path = urlsplit(text).path
    parts = [unquote(part) for part in path.split("/")]
    if any(part in {".", ".."} or re.search(r"[/\\%\x00-\x1f\x7f]", part) for part in parts):
        return ROOT
    return ROOT if path.rstrip("/") in _NO_WAY_BACK else text


def _sign_in_form(visit: Visit, status: int, fault: str | None, name: str, after: str) -> PageReply:
    # who was on the way to no page in particular needs no address for it
    return render(visit, "sign_in.html", status, fault=fault, name=name, after="" if after == ROOT else after)


def _password_form(visit: Visit, status: int, **faults: str) -> PageReply:
    return render(visit, "password.html", status, faults=faults, shortest=SHORTEST, longest=LONGEST)


def _at_its_field(fault: ChangeFault) -> dict[str, str]:
    return {"current" if fault == "wrong" else "new": fault}


def _keep_cookies(visit: Visit, signed_in: SignedIn) -> None:
    """Give the browser its session and what it is known by, and take back the token of before."""
    tls = visit.desk.tls
    visit.new_cookies.extend(
        (
            set_cookie(SESSION_COOKIE, signed_in.cookie, tls=tls, seconds=LONGEST_MS // 1000),
            set_cookie(BROWSER_COOKIE, signed_in.browser, tls=tls, seconds=YEAR_SECONDS, path=SIGN_IN),
            set_cookie(FORM_COOKIE, "", tls=tls, seconds=0),
        )
    )


PAGES: Final = (
    Page("GET", "/", start, EVERYONE),
    Page("GET", "/sign-in", show_sign_in, None),
    Page("POST", "/sign-in", sign_in, None),
    Page("POST", "/sign-out", sign_out, EVERYONE),
    Page("GET", "/password", show_password, EVERYONE),
    Page("POST", "/password", change_password, EVERYONE),
)
