"""What a browser is told of the pages, and what is believed of what it sends."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from serving.access.headers import CONTENT_POLICY, Headers, security_headers

# style and script are files of our own: nothing inline, nothing from elsewhere, and forms go nowhere else
_PAGE_POLICY: Final = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    b"base-uri 'none'; frame-ancestors 'none'"
)
# with no-referrer a browser sends `Origin: null` with each form, so that ours couldn't be told from another site's
_REFERRER: Final = (b"referrer-policy", b"same-origin")
_PERMISSIONS: Final = (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()")


def console_headers(*, tls: bool) -> Headers:
    """The headers of every response of the console."""
    own = ((CONTENT_POLICY, _PAGE_POLICY), _PERMISSIONS, _REFERRER)
    names = {name for name, _ in own}
    return (*own, *(header for header in security_headers(tls=tls) if header[0] not in names))


def comes_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page sent this. One that says nothing must know the form's token."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def is_same_token(given: str | None, expected: str) -> bool:
    """Whether a form carries the token of its session; how long that takes says nothing of how much is right."""
    return bool(given) and bool(expected) and hmac.compare_digest((given or "").encode(), expected.encode())


def set_cookie(name: str, value: str, *, tls: bool, seconds: int | None = None, path: str = "/console") -> str:
    """A `set-cookie` value for the console alone, out of every script's reach.

    Without seconds it ends with the browser.

    >>> set_cookie("language", "en", tls=True)
    'language=en; Path=/console; HttpOnly; SameSite=Lax; Secure'
    """
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={value}; Path={path}; HttpOnly; SameSite=Lax{age}{'; Secure' if tls else ''}"
