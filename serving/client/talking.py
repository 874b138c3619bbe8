"""What both clients share: how a connection is set up, and what is made of each attempt."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeAlias, TypeVar

import httpx

from serving.client.asking import Ask
from serving.client.errors import ClearclaimError, error_of
from serving.client.retries import Retries

T = TypeVar("T")
Outcome: TypeAlias = httpx.Response | httpx.RequestError

API_KEY: Final = "CLEARCLAIM_API_KEY"
TIMEOUT_SECONDS: Final = 5.0
READY: Final = "/readyz"


@dataclass(frozen=True, slots=True)
class Pause:
    """Not yet: ask again after so many seconds."""

    seconds: float


def connection_options(base_url: str, api_key: str | None, timeout_seconds: float) -> dict[str, Any]:
    """How an httpx client of the service is made.

    Raises:
        ValueError: if the address is none.
    """
    if not base_url.startswith(("http://", "https://")):
        raise ValueError(f"{base_url!r} is no address of a service; give one such as https://clearclaim.example")
    key = os.environ.get(API_KEY) if api_key is None else api_key
    return {
        "base_url": base_url,
        "headers": {"accept": "application/json", **({"authorization": f"Bearer {key}"} if key else {})},
        "timeout": timeout_seconds,
    }


@dataclass(slots=True)
class Talk(Generic[T]):
    """One request and its attempts. Each carries the same request id, so that the service's log shows them together."""

    ask: Ask[T]
    retries: Retries
    chance: Callable[[], float]
    request_id: str = field(default_factory=lambda: secrets.token_hex(8))
    attempts: int = 0

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request to send, as often as it takes."""
        headers = {"x-request-id": self.request_id}
        if self.ask.body is not None:
            headers["content-type"] = "application/json"
        query = self.ask.query or None
        return http.build_request(self.ask.method, self.ask.path, params=query, content=self.ask.body, headers=headers)

    def settle(self, outcome: Outcome) -> T | Pause:
        """The answer, or how long to wait before the next attempt.

        Raises:
            ClearclaimError: if there is none, and no use in another attempt.
        """
        self.attempts += 1
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return self._read(outcome)
        pause_seconds = self.retries.pause_seconds(outcome, self.attempts, self.chance())
        if pause_seconds is None:
            cause = None if isinstance(outcome, httpx.Response) else outcome
            raise error_of(outcome, self.attempts, self.request_id) from cause
        return Pause(pause_seconds)

    def _read(self, response: httpx.Response) -> T:
        try:
            return self.ask.read(response.content)
        except ValueError as error:
            raise ClearclaimError(
                response.status_code,
                "unreadable",
                f"the answer has no shape that this client knows; is {response.url.host} the service? ({error})",
                request_id=self.request_id,
                attempts=self.attempts,
            ) from error


def is_ready(outcome: Outcome) -> bool:
    """Whether the service said that it can decide by itself."""
    return isinstance(outcome, httpx.Response) and outcome.is_success
