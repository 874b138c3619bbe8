"""What every response carries, so that a browser that is led to one does no harm with it. No server names itself."""

from __future__ import annotations

import base64
import hashlib
from typing import Final, TypeAlias

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

CONTENT_POLICY: Final = b"content-security-policy"
HSTS_SECONDS: Final = 365 * 86_400

_ALWAYS: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),  # JSON is never taken for a page
    (b"x-frame-options", b"DENY"),  # frame-ancestors, for older browsers
    (b"referrer-policy", b"no-referrer"),  # addresses hold claim ids
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),  # what is said of a person stays in no cache on the way
)
_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def security_headers(*, tls: bool = False) -> Headers:
    """The headers of a response that is no page: nothing at all is allowed there.

    Args:
        tls: whether HTTPS ends before the service. Only then may a browser be told to use nothing else for a year:
            over plain HTTP it must not believe it (RFC 6797, section 8.1), and a trial on localhost would stay shut.
    """
    secure = ((b"strict-transport-security", b"max-age=%d" % HSTS_SECONDS),) if tls else ()
    return ((CONTENT_POLICY, _NOTHING.encode()), *_ALWAYS, *secure)


def page_policy(style: str) -> tuple[bytes, bytes]:
    """What stands in the place of the content policy on a page: its one style element is allowed, by its hash.

    Nothing else is, no script above all.

    Args:
        style: the element's text, to the letter.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return CONTENT_POLICY, f"{_NOTHING}; style-src 'sha256-{digest}'".encode()
