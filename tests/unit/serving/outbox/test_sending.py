"""One attempt over HTTP: what counts as delivered, and what is refused on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from serving.outbox.message import Message
from serving.outbox.rounds import Attempt
from serving.outbox.sending import HttpSender, PinnedTransport
from serving.outbox.signing import Secrets
from serving.outbox.subscriptions import Webhook

MESSAGE = Message("msg_1_2", 1, "c1", '{"type":"claim.decided"}')
WEBHOOK = Webhook("wh_1", "https://93.184.216.34/hooks", ("claim.decided",), 0)


def answer(status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> httpx.Response:
    """An answer that is still to be read, as one from the network is."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def send(handle: Callable[[httpx.Request], httpx.Response], webhook: Webhook = WEBHOOK) -> Attempt:
    """Make one attempt with a receiver that answers as it is told."""

    async def attempt() -> Attempt:
        sender = HttpSender(Secrets("k" * 32), lambda: 0, private=False, timeout_seconds=0.05, at_once=2)
        sender._clients[webhook.id] = httpx.AsyncClient(
            transport=PinnedTransport(httpx.MockTransport(handle), private=False), timeout=0.05, trust_env=False
        )
        try:
            return await sender.send(webhook, MESSAGE)
        finally:
            await sender.close()

    return asyncio.run(attempt())


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_answer_of_success_is_a_delivery(status: int) -> None:
    """Any of them will do, whatever it says."""
    assert send(lambda _: answer(status, content=b"x" * 200_000)) == Attempt()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_a_failure_and_not_followed(status: int) -> None:
    """A signed message goes to the URL that was subscribed, and nowhere else."""
    seen: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return answer(status, {"location": "https://93.184.216.35/"})

    attempt = send(redirect)
    assert attempt.failure is not None
    assert "redirects aren't followed" in attempt.failure
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("headers", "asked_ms"),
    [
        ({}, 0),
        ({"retry-after": "120"}, 120_000),
        ({"retry-after": "-1"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "999999999"}, 7 * 86_400_000),
        ({"retry-after": "9" * 5_000}, 0),
    ],
)
def test_refusal_is_a_failure_with_the_time_that_was_asked_for(headers: dict[str, str], asked_ms: int) -> None:
    """A receiver may say when to come back."""
    assert send(lambda _: answer(429, headers)) == Attempt("HTTP 429", asked_ms)


def test_receiver_that_cannot_be_reached_is_a_failure() -> None:
    """Nothing that happens on the network is an error of the deliverer."""

    def fail(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route\nto host")

    assert send(fail) == Attempt("ConnectError: no route to host")


def test_address_that_is_refused_is_a_failure() -> None:
    """What was subscribed under another setting isn't sent to under this one."""
    attempt = send(lambda _: answer(200), Webhook("wh_1", "https://10.0.0.7/", (), 0))
    assert attempt.failure is not None
    assert "private network" in attempt.failure


def test_receiver_that_never_answers_is_a_failure_in_time() -> None:
    """An attempt ends, whatever the other side does."""

    async def attempt() -> Attempt:
        sender = HttpSender(Secrets("k" * 32), lambda: 0, private=False, timeout_seconds=0.01, at_once=2)

        async def hang(_request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

        sender._clients[WEBHOOK.id] = httpx.AsyncClient(transport=httpx.MockTransport(hang))
        return await sender.send(WEBHOOK, MESSAGE)

    assert asyncio.run(attempt()) == Attempt("no answer within 0.01 s")


def test_connection_goes_to_the_checked_address_under_the_name_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is the name's and the connection the address's; the next one is tried where the first is deaf."""
    seen: list[httpx.Request] = []

    async def addresses(_host: str, _port: int, **_named: object) -> list[str]:
        return ["2606:2800:220:1::1", "93.184.216.34"]

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(httpx.Request(request.method, request.url, headers=request.headers, extensions=request.extensions))
        if len(seen) == 1:
            raise httpx.ConnectError("no route to host")
        return answer(204)

    monkeypatch.setattr("serving.outbox.sending.allowed_addresses", addresses)
    attempt = send(take, Webhook("wh_1", "https://shop.example:8443/hooks?a=b", (), 0))
    assert attempt == Attempt()
    assert [str(request.url) for request in seen] == [
        "https://[2606:2800:220:1::1]:8443/hooks?a=b",
        "https://93.184.216.34:8443/hooks?a=b",
    ]
    assert {request.headers["host"] for request in seen} == {"shop.example:8443"}
    assert {request.extensions["sni_hostname"] for request in seen} == {"shop.example"}
