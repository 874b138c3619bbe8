"""A console to visit without a service: people sign in by saying who they are."""

import asyncio
from collections.abc import Iterable
from http.cookies import SimpleCookie
from typing import Any
from unittest.mock import Mock

import httpx

from features.store import Store
from serving.cases.words import Role
from serving.console.app import SESSION_COOKIE, Console
from serving.console.page import Page
from serving.console.visit import ConsoleDesk, Person, Session
from serving.policy import default_policy_path, read_policy

CSRF = "a-token"
NOW_MS = 1_767_225_600_000


class KnownPeople:
    """Takes a cookie such as `ann:senior` for what it says."""

    def find(self, cookie: str | None) -> Session | None:
        name, _, role = (cookie or "").partition(":")
        return Session(Person(name, role), CSRF) if role else None


def desk_of(store: Store | None = None, **parts: Any) -> ConsoleDesk:
    """A desk whose parts do nothing unless they are given."""
    policy = read_policy(default_policy_path())
    given: dict[str, Any] = {
        "store": store or Mock(),
        "policy": lambda: policy,
        "explainer": Mock(),
        "adjudications": Mock(),
        "models": Mock(),
        "rulings": Mock(),
        "parties": Mock(),
        "sessions": KnownPeople(),
        "sign_in": Mock(),
        "people": Mock(),
        "now_ms": lambda: NOW_MS,
    }
    return ConsoleDesk(**{**given, **parts})


class Visitor:
    """A browser: keeps its cookies until they are taken back, sends them to every page, and follows no redirect."""

    def __init__(self, console: Console) -> None:
        self._transport = httpx.ASGITransport(app=console)
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **how: Any) -> httpx.Response:
        """Ask for a page."""
        return asyncio.run(self._send("GET", path, **how))

    def post(self, path: str, **how: Any) -> httpx.Response:
        """Send a form: `data` its fields."""
        return asyncio.run(self._send("POST", path, **how))

    async def _send(self, method: str, path: str, **how: Any) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**({"cookie": cookie} if cookie else {}), **(how.pop("headers", None) or {})}
        async with httpx.AsyncClient(transport=self._transport, base_url="http://testserver") as client:
            reply = await client.request(method, path, headers=headers, **how)
        for line in reply.headers.get_list("set-cookie"):
            ((name, morsel),) = SimpleCookie(line).items()
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        return reply


def visitor(desk: ConsoleDesk, pages: Iterable[Page], name: str | None = None, role: Role = "reviewer") -> Visitor:
    """A browser that has signed in under a name, or that hasn't."""
    client = Visitor(Console(desk, pages))
    if name is not None:
        client.cookies[SESSION_COOKIE] = f"{name}:{role}"
    return client
