"""Asks who calls before a body is read, and answers whoever may not.

A request without a good key costs some microseconds and none of its body: what an endpoint takes, and how slow it is,
is nothing for somebody whom we don't know.
"""

from __future__ import annotations

import math
from typing import Final

from starlette.types import Scope

from serving.access.admission import Admission
from serving.access.callers import Caller, Reason, Refusal
from serving.api.endpoint import ApiError, Endpoint, Headers

_STATUS: Final[dict[Reason, int]] = {
    "unknown_caller": 401,
    "wrong_scope": 403,
    "too_many_requests": 429,
    "too_many_failures": 429,
    "keys_out_of_reach": 503,
}
_REALM: Final = 'Bearer realm="clearclaim"'


class Guard:
    """Lets calls through to endpoints."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def caller_of(self, scope: Scope, endpoint: Endpoint) -> Caller:
        """Who calls, once it may.

        Raises:
            ApiError: 401 without a good key, 403 naming the scope that is needed, 429 or 503 with retry-after.
        """
        header = _authorization(scope)
        found = self._admission.admit(header, _address(scope), endpoint.scopes)
        if isinstance(found, Refusal):
            raise _refused(found, endpoint, has_key=header is not None)
        return found


def _authorization(scope: Scope) -> str | None:
    """The header, or None: also where there are several, since one before us may have believed another one."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    return given[0].decode("latin-1") if len(given) == 1 else None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _refused(refusal: Refusal, endpoint: Endpoint, *, has_key: bool) -> ApiError:
    status = _STATUS[refusal.reason]
    headers: Headers = ()
    if refusal.wait_seconds is not None:
        headers = ((b"retry-after", b"%d" % max(1, math.ceil(refusal.wait_seconds))),)
    elif status == 401:  # RFC 6750, section 3: who sends no key is told of no error
        challenge = f'{_REALM}, error="invalid_token"' if has_key else _REALM
        headers = ((b"www-authenticate", challenge.encode()),)
    elif status == 403:
        challenge = f'{_REALM}, error="insufficient_scope", scope="{" ".join(sorted(endpoint.scopes))}"'
        headers = ((b"www-authenticate", challenge.encode()),)
    return ApiError(status, refusal.reason, refusal.message, headers=headers)
