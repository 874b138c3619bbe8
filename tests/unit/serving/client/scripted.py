"""Both clients before a service that answers by a script; nothing is sent anywhere and nobody waits."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from serving.client import AsyncClearclaimClient, ClearclaimClient

URL = "http://service.test"
Step = httpx.Response | httpx.RequestError
CHANCE = 0.5  # each draw


@dataclass
class Scripted:
    """A client of either kind, what it sent, and how long it would have waited."""

    kind: type[ClearclaimClient] | type[AsyncClearclaimClient]
    script: list[Step]
    options: dict[str, Any]
    sent: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def ask(self, method: str, *arguments: Any, **more: Any) -> Any:
        """Call a method, and wait for it where it is to be awaited."""
        return self.use(lambda client: getattr(client, method)(*arguments, **more))

    def use(self, work: Callable[[Any], Any]) -> Any:
        """Do something with a client of this kind, and close it."""
        if self.kind is ClearclaimClient:
            with ClearclaimClient(URL, transport=self._transport(), sleep=self.pauses.append, **self._all()) as client:
                return work(client)
        return asyncio.run(self._use_async(work))

    async def _use_async(self, work: Callable[[Any], Any]) -> Any:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        async with AsyncClearclaimClient(URL, transport=self._transport(), sleep=sleep, **self._all()) as client:
            result = work(client)
            return await result if inspect.isawaitable(result) else result

    def _all(self) -> dict[str, Any]:
        return {"chance": lambda: CHANCE, **self.options}

    def _transport(self) -> httpx.MockTransport:
        steps = iter(self.script)

        def handle(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            step = next(steps)
            if isinstance(step, Exception):
                raise step
            # a copy: a response belongs to the client that read it, and a script may be played again
            return httpx.Response(step.status_code, headers=step.headers, content=step.content)

        return httpx.MockTransport(handle)


Script = Callable[..., Scripted]
KINDS = (ClearclaimClient, AsyncClearclaimClient)


def scripted(kind: type[Any], steps: Iterable[Step], **options: Any) -> Scripted:
    """A client of a kind before a script."""
    return Scripted(kind, list(steps), options)


def error(status: int, code: str = "unavailable", headers: dict[str, str] | None = None) -> httpx.Response:
    """An error in the service's shape."""
    content = {"error": {"code": code, "message": "no", "fields": [{"field": "amount_minor", "reason": "is wrong"}]}}
    return httpx.Response(status, json=content, headers=headers)
