"""Whether and when to ask again: after what may pass by itself, in growing steps, a bounded number of times.

The pauses are drawn at random below a doubling bound ("full jitter"), so that callers who failed together don't come
back together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

PASSING: Final = frozenset({429, 502, 503, 504})
_HOPELESS: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)  # the caller's own mistakes


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is.

    Attributes:
        most: how often a request is sent again, at most; 0 for never.
        first_pause_seconds: the bound of the first pause; it doubles with each.
        longest_pause_seconds: the bound of all. A service that asks for a longer one (Retry-After) isn't asked again.
    """

    most: int = 4
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what can't be meant.

        Raises:
            ValueError: if one of them is below zero.
        """
        if min(self.most, self.first_pause_seconds, self.longest_pause_seconds) < 0:
            raise ValueError(f"retries can't be below zero: {self}")

    def pause_seconds(self, outcome: httpx.Response | httpx.RequestError, attempts: int, chance: float) -> float | None:
        """How long to wait before asking again, or None where that is of no use.

        Args:
            outcome: what came of the last attempt.
            attempts: how many there were.
            chance: a draw from 0 to 1.
        """
        if attempts > self.most or not _may_pass(outcome):
            return None
        jitter = chance * min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** (attempts - 1))
        wanted = _retry_after_seconds(outcome) if isinstance(outcome, httpx.Response) else None
        if wanted is None:
            return jitter
        return None if wanted > self.longest_pause_seconds else wanted + jitter


def _may_pass(outcome: httpx.Response | httpx.RequestError) -> bool:
    if isinstance(outcome, httpx.Response):
        return outcome.status_code in PASSING
    return isinstance(outcome, httpx.TransportError) and not isinstance(outcome, _HOPELESS)


def _retry_after_seconds(response: httpx.Response) -> float | None:
    """What the header asks for: a number of seconds, or a moment, which counts from the service's own clock."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return float(said)
    until, now = _moment(said), _moment(response.headers.get("date", ""))
    return None if until is None or now is None else max(0.0, (until - now).total_seconds())


def _moment(said: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # such headers are in UTC
