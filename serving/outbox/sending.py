"""A message over HTTP: one attempt, bounded in time, followed nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import httpx

from serving.outbox.addresses import RefusedAddressError, allowed_addresses, check_url
from serving.outbox.message import Message
from serving.outbox.rounds import Attempt
from serving.outbox.signing import Secrets
from serving.outbox.subscriptions import Webhook

MOST_ANSWER_BYTES: Final = 64 * 1024  # that are read, so that the connection can be used again
_LONGEST_ASKED_SECONDS: Final = 7 * 86_400


class Sender(Protocol):
    """Sends a message and says what came of it; it never raises for what a receiver does."""

    async def send(self, webhook: Webhook, message: Message) -> Attempt:
        """Make one attempt."""

    async def close(self) -> None:
        """Close all connections."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to the address that was checked, under the name that was asked for (certificate and Host)."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, private: bool) -> None:
        self._inner, self._private = inner, private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address behind its name that takes the connection."""
        url, host = request.url, request.url.host
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await allowed_addresses(host, port, private=self._private)
        request.extensions = {**request.extensions, "sni_hostname": host}
        for address in addresses[:-1]:
            request.url = url.copy_with(host=address)
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        request.url = url.copy_with(host=addresses[-1])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class HttpSender:
    """Sends signed messages, over connections that are kept for each subscription alone.

    Args:
        secrets: of the subscriptions.
        clock: milliseconds since 1970, for the signature's time.
        private: whether addresses of private networks are meant.
        timeout_seconds: of a whole attempt.
        at_once: how many connections one subscription has at most.
    """

    def __init__(
        self, secrets: Secrets, clock: Callable[[], int], *, private: bool, timeout_seconds: float, at_once: int
    ) -> None:
        self._secrets, self._clock, self._private = secrets, clock, private
        self._seconds, self._at_once = timeout_seconds, at_once
        self._clients: dict[str, httpx.AsyncClient] = {}
        # now, as it takes a claim's time many times over: a service makes its sender before it opens
        self._tls = httpx.create_ssl_context()

    async def send(self, webhook: Webhook, message: Message) -> Attempt:
        """Make one attempt: any answer of 2xx will do, all else is a failure."""
        headers = self._secrets.headers(webhook, message.id, message.body, self._clock())
        try:
            check_url(webhook.url, private=self._private)
            async with asyncio.timeout(self._seconds):
                return await self._post(webhook, message, headers)
        except RefusedAddressError as error:
            return Attempt(str(error))
        except (TimeoutError, httpx.TimeoutException):
            return Attempt(f"no answer within {self._seconds:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return Attempt(" ".join(f"{type(error).__name__}: {error}".split()))

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _post(self, webhook: Webhook, message: Message, headers: dict[str, str]) -> Attempt:
        content = message.body.encode()
        async with self._client(webhook).stream("POST", webhook.url, content=content, headers=headers) as answer:
            read = 0
            async for part in answer.aiter_raw():
                read += len(part)
                if read > MOST_ANSWER_BYTES:
                    break
        if answer.is_success:
            return Attempt()
        if answer.is_redirect:
            return Attempt(f"HTTP {answer.status_code}: redirects aren't followed; subscribe the new URL")
        return Attempt(f"HTTP {answer.status_code}", _asked_ms(answer))

    def _client(self, webhook: Webhook) -> httpx.AsyncClient:
        # a client for each: two names at one address must not share a connection that was proven for one of them
        if webhook.id not in self._clients:
            limits = httpx.Limits(max_connections=self._at_once, keepalive_expiry=30.0)
            transport = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=limits)
            self._clients[webhook.id] = httpx.AsyncClient(
                transport=PinnedTransport(transport, private=self._private),
                timeout=self._seconds,
                trust_env=False,
                headers={"content-type": "application/json", "user-agent": "clearclaim-webhooks"},
            )
        return self._clients[webhook.id]


def _asked_ms(answer: httpx.Response) -> int:
    """How long a receiver asks to be left alone, where it says so in seconds."""
    said = answer.headers.get("retry-after", "")
    return min(int(said), _LONGEST_ASKED_SECONDS) * 1000 if said.isascii() and said.isdigit() and len(said) < 10 else 0
