"""From a connection to a page and back: who asks, whether they may, and whether the form is theirs."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from starlette.types import Receive, Scope, Send

from serving.api.endpoint import ApiError
from serving.api.patience import in_a_thread
from serving.claim import Language
from serving.console.guarding import comes_from_elsewhere, console_headers, is_same_token, set_cookie
from serving.console.languages import LANGUAGES
from serving.console.page import ConsoleError, Page, PageReply
from serving.console.rendering import STATIC, STATIC_TYPES, render, see_other
from serving.console.visit import ConsoleDesk, Session, Visit

LOGGER: Final = logging.getLogger("clearclaim.console")
ROOT: Final = "/console"
SIGN_IN: Final = f"{ROOT}/sign-in"
PASSWORD: Final = f"{ROOT}/password"
LARGEST_FORM_BYTES: Final = 64 * 1024
MOST_FIELDS: Final = 200
SESSION_COOKIE: Final = "clearclaim_session"
FORM_COOKIE: Final = "clearclaim_form"  # the token of forms that are sent before anybody has signed in
LANGUAGE_COOKIE: Final = "clearclaim_language"
YEAR_SECONDS: Final = 365 * 86_400
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_WRITTEN: Final = ("text", "note")  # fields in which people write sentences; never a password


class Console:
    """An ASGI application for all paths from /console on.

    Args:
        desk: what pages work with.
        pages: all pages but files, which it finds itself.
    """

    def __init__(self, desk: ConsoleDesk, pages: Iterable[Page]) -> None:
        self._desk = desk
        self._pages = [(page, page.pattern) for page in pages]
        self._headers = console_headers(tls=desk.tls)
        self._files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in STATIC_TYPES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        raw_path = scope["raw_path"].decode("latin-1")
        path = unquote(raw_path)
        if path.startswith(f"{ROOT}/static/"):
            await self._send(send, self._file(path), [])
            return
        cookies = _cookies(headers)
        query = _last_values(scope["query_string"].decode("latin-1"))
        visit = self._visit(path, query, cookies, headers, None)
        try:
            session = await in_a_thread(self._desk.sessions.find, cookies.get(SESSION_COOKIE))
            visit = self._visit(path, query, cookies, headers, session)
            page, visit = self._page(scope["method"], raw_path, visit)
            _refuse_first_password(session, page)
            if page.method == "POST":
                visit = replace(visit, form=await _read_form(receive, headers))
                _check_form(visit, headers)
            reply = await in_a_thread(page.handler, visit)
        except _NotSignedInError:
            reply = await self._not_signed_in(scope, receive, headers, visit)
        except _FirstPasswordError:
            reply = see_other(PASSWORD)
        except ConsoleError as error:
            reply = _complaint(visit, error, headers)
        except ApiError as error:  # the store can't be asked
            reply = _complaint(visit, ConsoleError(error.status, "error.unavailable"), headers)
        except Exception:
            LOGGER.exception("a page failed")  # its address may name a claim
            reply = _complaint(visit, ConsoleError(500, "error.failed"), headers)
        await self._send(send, reply, visit.new_cookies)

    def _visit(
        self,
        path: str,
        query: Mapping[str, str],
        cookies: Mapping[str, str],
        headers: Mapping[str, str],
        session: Session | None,
    ) -> Visit:
        new_cookies: list[str] = []
        language, is_chosen = _language(query, cookies, headers)
        if is_chosen:
            new_cookies.append(set_cookie(LANGUAGE_COOKIE, language, tls=self._desk.tls, seconds=YEAR_SECONDS))
        csrf = session.csrf if session is not None else cookies.get(FORM_COOKIE, "")
        if not csrf:
            csrf = secrets.token_urlsafe(24)
            new_cookies.append(set_cookie(FORM_COOKIE, csrf, tls=self._desk.tls))
        return Visit(
            desk=self._desk,
            path=path,
            values={},
            query=query,
            form={},
            cookies=cookies,
            csrf=csrf,
            language=language,
            person=None if session is None else session.person,
            new_cookies=new_cookies,
        )

    def _page(self, method: str, raw_path: str, visit: Visit) -> tuple[Page, Visit]:
        """The page of a path as it was sent, if the visitor may see it. A claim's id may have a slash in it, as %2F.

        Raises:
            ConsoleError: 404, 405 or 403.
            _NotSignedInError: if it takes somebody who has signed in.
        """
        inside = _inside(raw_path)
        if not visit.path.isprintable():  # nothing here has such a name, and a database may not take it
            raise ConsoleError(404, "error.not_found")
        there = [(page, match) for page, pattern in self._pages if (match := pattern.fullmatch(inside))]
        if not there:
            raise ConsoleError(404, "error.not_found")
        # HEAD is answered as GET; a server leaves the body out
        asked = "GET" if method == "HEAD" else method
        for page, match in there:
            if page.method != asked:
                continue
            if page.roles is not None:
                if visit.person is None:
                    raise _NotSignedInError
                if visit.person.role not in page.roles:
                    raise ConsoleError(403, "error.not_yours")
            values = {name: unquote(value) for name, value in match.groupdict().items()}
            return page, replace(visit, values=values)
        raise ConsoleError(405, "error.method")

    async def _not_signed_in(
        self, scope: Scope, receive: Receive, headers: Mapping[str, str], visit: Visit
    ) -> PageReply:
        """The way to sign in, and from there back to the page that was asked for, or that a form was on.

        Whoever wrote a text while their session ended finds it on the page that says so: a redirect would lose it.
        """
        if scope["method"] != "POST":
            return see_other(f"{SIGN_IN}?next={quote(visit.path)}")
        address = f"{SIGN_IN}?next={quote(self._page_above(scope['raw_path'].decode('latin-1')))}"
        try:
            visit = replace(visit, form=await _read_form(receive, headers))
        except ConsoleError as error:
            return _complaint(visit, error, headers)
        if not _written(visit, headers):
            return see_other(address)
        return _complaint(visit, ConsoleError(401, "error.ended"), headers, address)

    def _page_above(self, raw_path: str) -> str:
        """The nearest page above the address of a form, or the start."""
        inside = _inside(raw_path)
        while inside != "/":
            if any(page.method == "GET" and pattern.fullmatch(inside) for page, pattern in self._pages):
                return ROOT + inside
            inside = inside.rpartition("/")[0] or "/"
        return ROOT

    def _file(self, path: str) -> PageReply:
        name = path.removeprefix(f"{ROOT}/static/")
        body = self._files.get(name)
        if body is None:
            return PageReply(b"no such file\n", 404, "text/plain")
        kept = {"cache-control": f"public, max-age={YEAR_SECONDS}, immutable"}
        return PageReply(body, 200, STATIC_TYPES[PurePosixPath(name).suffix], kept)

    async def _send(self, send: Send, reply: PageReply, cookies: Iterable[str]) -> None:
        own = {name.encode(): value.encode("latin-1") for name, value in reply.headers.items()}
        headers = [
            (b"content-type", reply.content_type.encode()),
            (b"content-length", b"%d" % len(reply.body)),
            *own.items(),
            *((name, value) for name, value in self._headers if name not in own),
            *((b"set-cookie", cookie.encode("latin-1")) for cookie in cookies),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})


class _NotSignedInError(Exception):
    """A page that takes somebody who has signed in."""


class _FirstPasswordError(Exception):
    """A page that takes somebody who has a password of their own."""


def _inside(path: str) -> str:
    return path.removeprefix(ROOT).rstrip("/") or "/"


def _refuse_first_password(session: Session | None, page: Page) -> None:
    """Refuse all pages but the one that changes it, and the way out, to who has the password that was made for them.

    Raises:
        _FirstPasswordError: if so.
    """
    is_first = session is not None and session.must_change
    if is_first and page.roles is not None and page.path not in {"/password", "/sign-out"}:
        raise _FirstPasswordError


def _complaint(visit: Visit, error: ConsoleError, headers: Mapping[str, str], back: str = ROOT) -> PageReply:
    return render(
        visit,
        "error.html",
        error.status,
        why=visit.text(error.key, **error.values),
        error_status=error.status,
        written=_written(visit, headers),
        back=back,
    )


def _written(visit: Visit, headers: Mapping[str, str]) -> list[str]:
    """What somebody wrote in words, to show where a form can't be taken; nothing of another site's form."""
    if comes_from_elsewhere(headers):
        return []
    return [text for name in _WRITTEN if (text := visit.form.get(name, "").strip())]


def _check_form(visit: Visit, headers: Mapping[str, str]) -> None:
    """Refuse a form that another site's page may have sent.

    Raises:
        ConsoleError: 403.
    """
    if comes_from_elsewhere(headers) or not is_same_token(visit.form.get("csrf"), visit.csrf):
        raise ConsoleError(403, "error.form")


async def _read_form(receive: Receive, headers: Mapping[str, str]) -> Mapping[str, str]:
    """The fields of a form, counted as they come.

    Raises:
        ConsoleError: 413 or 415.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise ConsoleError(415, "error.form")
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_FORM_BYTES:
            raise ConsoleError(413, "error.too_large")
        more = message.get("more_body", False)
    return _last_values(body.decode("utf-8", "replace"))


def _last_values(text: str) -> dict[str, str]:
    try:
        # no field of ours has a NUL in it, and PostgreSQL takes none
        text = text.replace("\0", "%EF%BF%BD").replace("%00", "%EF%BF%BD")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def _cookies(headers: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _language(
    query: Mapping[str, str], cookies: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[Language, bool]:
    """The visitor's language, and whether they have just chosen it."""
    for language in LANGUAGES:
        if query.get("lang") == language:
            return language, True
    for language in LANGUAGES:
        if cookies.get(LANGUAGE_COOKIE) == language:
            return language, False
    first = headers.get("accept-language", "").split(",")[0].strip().lower()
    return ("zh-CN" if first.startswith("zh") else "en"), False
