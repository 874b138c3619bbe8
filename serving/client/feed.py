"""The decisions that were made, one after the other, with a cursor to go on from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from serving.answer import Answer
from serving.api.messages import DecisionPage
from serving.client import asking
from serving.client.asking import Ask


class DecisionFeed:
    """Decisions in the order in which they were made, up to the newest; iterating again goes on from there.

    Attributes:
        cursor: to be kept for the next time. It moves once all decisions of a page were asked for and another one is,
            so whoever stops in the middle of a page sees that page again, and misses nothing.
    """

    def __init__(self, ask: Callable[[Ask[DecisionPage]], DecisionPage], cursor: str | None, limit: int) -> None:
        self._ask, self.cursor, self._limit = ask, cursor, limit

    def __iter__(self) -> Iterator[Answer]:
        """Read on, page by page, until there is nothing new."""
        while (page := self._ask(asking.decisions(self.cursor, self._limit))).decisions:
            yield from page.decisions
            self.cursor = page.next


class AsyncDecisionFeed:
    """The same as `DecisionFeed`, with `async for`."""

    def __init__(
        self, ask: Callable[[Ask[DecisionPage]], Awaitable[DecisionPage]], cursor: str | None, limit: int
    ) -> None:
        self._ask, self.cursor, self._limit = ask, cursor, limit

    async def __aiter__(self) -> AsyncIterator[Answer]:
        """Read on, page by page, until there is nothing new."""
        while (page := await self._ask(asking.decisions(self.cursor, self._limit))).decisions:
            for each in page.decisions:
                yield each
            self.cursor = page.next
