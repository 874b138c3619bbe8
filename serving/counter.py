"""Where claims wait for the desk, and what happens when it can't take them: no claim is lost, and none is approved.

Claims that wait together are decided together. If the store can't be reached, is too slow or full, each claim is sent
to a person, marked degraded, and kept in the spool; where not even that is possible, the caller is told to come again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

import sqlalchemy as sa

from features.store import StoreError
from serving.access.redaction import error_line
from serving.answer import Answer
from serving.claim import Claim
from serving.claim_desk import Answered, ClaimConflictError, ClaimDesk, Decided, Outcome, PreparedClaim
from serving.clock import now_ms
from serving.spool import Spool, Spooled, SpoolError

LOGGER: Final = logging.getLogger("clearclaim.counter")
MOST_AT_ONCE: Final = 16  # claims in one commit: more would keep others waiting for their turn
STORE_THREADS: Final = 4  # where the store is a server, so many claims wait for it at once
PAUSE_SECONDS: Final = 1.0  # after a failure the store isn't asked for so long
DOUBT_SECONDS: Final = 10.0  # and a service that no balancer sends claims any more has to be tried again some time
STORE_FAILED: Final = (sa.exc.SQLAlchemyError, StoreError, OSError)


class UnavailableError(Exception):
    """Nothing can be decided now that would be kept: the same request should come again later."""


OnDecided: TypeAlias = Callable[[Sequence[Decided]], None]
Result: TypeAlias = Outcome | UnavailableError
_Waiting: TypeAlias = tuple[PreparedClaim, "asyncio.Future[Result]"]


class Counter:
    """Takes claims for one desk, in one event loop.

    Args:
        desk: decides.
        spool: keeps what the store can't take.
        on_decided: is told of what was committed, after it.
        seconds: a clock that only goes forward.
    """

    def __init__(self, desk: ClaimDesk, spool: Spool, on_decided: OnDecided, seconds: Callable[[], float]) -> None:
        self._desk, self._spool, self._on_decided, self._seconds = desk, spool, on_decided, seconds
        self._waiting: deque[_Waiting] = deque()
        self._called = False
        self._asked_again_at = self._doubted_until = -1.0
        # a server's answers take a while, in which other claims can be asked about; a file's don't
        self._threads = ThreadPoolExecutor(STORE_THREADS, "clearclaim-store") if desk.store.locks_rows else None

    @property
    def store_fails(self) -> bool:
        """Whether the store isn't open yet, or couldn't take claims a moment ago.

        After a while without claims, nobody knows any more whether it could.
        """
        return not self._desk.store.is_open or self._seconds() < self._doubted_until

    async def answer(self, claim: Claim) -> Result:
        """Decide a claim, together with those that wait too."""
        return await self._enqueue(claim)

    async def answer_all(self, claims: Sequence[Claim]) -> list[Result]:
        """Decide claims in their order, some at a time, so that others get their turn in between."""
        results: list[Result] = []
        for begin in range(0, len(claims), MOST_AT_ONCE):
            results += await asyncio.gather(*[self._enqueue(each) for each in claims[begin : begin + MOST_AT_ONCE]])
        return results

    def decide(self, claims: Sequence[PreparedClaim]) -> list[Result]:
        """Decide claims now, by the store if it can be asked, otherwise by leaving them to a person."""
        if self._seconds() >= self._asked_again_at:
            try:
                results = self._ask_desk(claims)
            except STORE_FAILED as error:
                self._asked_again_at = self._seconds() + PAUSE_SECONDS
                self._doubted_until = self._seconds() + DOUBT_SECONDS
                LOGGER.error("the store can't take claims now, so they go to people: %s", error_line(error))  # noqa: TRY400
            except Exception:
                LOGGER.exception("claims can't be decided, so they go to people")
                if len(claims) > 1:  # one of them may be at fault: the others mustn't suffer from it
                    return [result for each in claims for result in self.decide([each])]
            else:
                self._doubted_until = -1.0
                return results
        return [self._spooled(each) for each in claims]

    def _enqueue(self, claim: Claim) -> asyncio.Future[Result]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((self._desk.prepare(claim), future))
        if self._threads is not None:
            loop.create_task(self._take_one())  # noqa: RUF006 - its future is what is waited for
        elif not self._called:
            self._called = True
            loop.call_soon(self._take_some)
        return future

    def _take_some(self) -> None:
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        self._called = bool(self._waiting)
        if self._called:
            asyncio.get_running_loop().call_soon(self._take_some)
        try:
            results = self.decide([prepared for prepared, _ in taken])
        except Exception as error:  # noqa: BLE001 - a mistake of ours, of which whoever waits must hear
            for _, future in taken:
                _fail(future, error)
            return
        for (_, future), result in zip(taken, results, strict=True):
            if not future.done():  # its caller may have hung up
                future.set_result(result)

    async def _take_one(self) -> None:
        prepared, future = self._waiting.popleft()
        try:
            [result] = await asyncio.get_running_loop().run_in_executor(self._threads, self.decide, [prepared])
        except Exception as error:  # noqa: BLE001 - the same
            _fail(future, error)
            return
        if not future.done():
            future.set_result(result)

    def _ask_desk(self, claims: Sequence[PreparedClaim]) -> list[Result]:
        results: dict[int, Result] = {}
        for place, each in enumerate(claims):
            # folded in between the two looks, it is the store's again
            there = self._spool.find(each.claim.claim_id) if self._spool.has(each.claim.claim_id) else None
            if there is not None:
                results[place] = _repeated(there, each)
        rest = [place for place in range(len(claims)) if place not in results]
        if rest:
            outcomes = self._desk.score_all([claims[place] for place in rest])
            results |= dict(zip(rest, outcomes, strict=True))
            decided = [each.decided for each in outcomes if isinstance(each, Answered) and each.decided is not None]
            if decided:
                self._tell(decided)
        return [results[place] for place in range(len(claims))]

    def _tell(self, decided: Sequence[Decided]) -> None:
        try:
            self._on_decided(decided)
        except Exception:  # it is committed: whatever goes wrong now isn't the claims' business
            LOGGER.exception("what was decided can't be told")

    def _spooled(self, prepared: PreparedClaim) -> Result:
        claim, at_ms = prepared.claim, now_ms()
        answer = self._desk.without_history(claim, at_ms).model_dump_json()
        content = claim.model_dump_json(exclude_defaults=True)
        own = Spooled(claim.claim_id, prepared.content_hash, content, answer, at_ms)
        try:
            kept = self._spool.keep(own)
        except SpoolError as error:
            LOGGER.error("%s: callers are told to come again", error)  # noqa: TRY400 - one line
            return UnavailableError("the service can't keep what it would decide; send the same request again later")
        return Answered(answer, None) if kept == own else _repeated(kept, prepared)


def fold(desk: ClaimDesk, spool: Spool) -> int:
    """Bring what waits in the spool into the store, each claim once; return how many came in.

    Raises:
        STORE_FAILED: the store can't be asked; what is left stays in the spool.
    """
    folded = 0
    for spooled in spool.waiting():
        claim = Claim.model_validate_json(spooled.claim)
        try:
            folded += desk.take_in(claim, spooled.content_hash, spooled.answer)
        except ClaimConflictError as error:
            LOGGER.error("an answer from the spool can't be taken: %s", error)  # noqa: TRY400 - one line
            spool.refuse(spooled)
        else:
            spool.done(spooled)
    return folded


def _fail(future: asyncio.Future[Result], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _repeated(there: Spooled, prepared: PreparedClaim) -> Result:
    if there.content_hash != prepared.content_hash:
        return ClaimConflictError(f"claim {there.claim_id!r} was decided with other content; give a new claim a new id")
    answer = Answer.model_validate_json(there.answer).model_copy(update={"replayed": True})
    return Answered(answer.model_dump_json(), None)
