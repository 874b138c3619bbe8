"""The thread that tells subscribers: one at work for a store, with a task for each subscription that has something due.

A receiver that is slow or gone holds up its own messages and nobody else's. Scoring never waits for any of this: the
deliverer reads what is committed, and notes what came of a round in one short transaction.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from random import Random
from threading import Event, Thread
from typing import Final, TypeVar, TypeVarTuple

import sqlalchemy as sa

from features.store import Store, StoreError
from serving.clock import now_ms
from serving.outbox.backoff import Pace
from serving.outbox.lease import Lease
from serving.outbox.message import Message
from serving.outbox.rounds import Attempt, Round, Tally, next_round, note_round, who_waits
from serving.outbox.rows import give_places
from serving.outbox.sending import HttpSender, Sender
from serving.outbox.signing import Secrets
from serving.outbox.subscriptions import webhooks_of
from serving.settings import Settings

LOGGER: Final = logging.getLogger("clearclaim.webhooks")
GRACE_SECONDS: Final = 3.0  # for messages on their way when it is stopped; what isn't answered by then is sent again
NOTE_TRIES: Final = 3  # each waits for the store as long as any writer does

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Counts:
    """What this deliverer did since it was made, and how long the oldest message of any subscription waits.

    `failed` counts attempts, `dead` messages that were given up. Where another one delivers, all stay as they are.
    """

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    oldest_waiting_seconds: float = 0.0


class Deliverer:
    """Sends what is due to subscribers, while no other deliverer of the store does.

    Args:
        store: whose outbox it is; `serving.outbox.tables.open_outbox` has made its tables.
        sender: makes an attempt.
        pace: when to try again, and how much at once.
        clock: milliseconds since 1970.
        chance: for the jitter.
        lease: the right to deliver; by default one of this process.
    """

    def __init__(
        self,
        store: Store,
        sender: Sender,
        *,
        pace: Pace | None = None,
        clock: Callable[[], int] = now_ms,
        chance: Random | None = None,
        lease: Lease | None = None,
    ) -> None:
        self._store, self._sender, self._clock = store, sender, clock
        self._pace = pace or Pace()
        self._chance = chance or Random()  # noqa: S311 - jitter is no secret
        self._lease = lease or Lease(store, _own_name(), self._pace.lease_ms)
        self._counts = Counts()
        self._thread: Thread | None = None
        self._asked_to_stop = Event()
        self._wake: Callable[[], object] = lambda: None
        # one thread asks the store, so that a wait for it holds up no message on its way
        self._asking = ThreadPoolExecutor(1, "clearclaim-webhooks-store")

    @property
    def counts(self) -> Counts:
        """What it did so far."""
        return self._counts

    def start(self) -> None:
        """Deliver in a thread of its own until `stop`."""
        self._thread = Thread(target=self._run, name="clearclaim-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more, wait a little for what is on its way, and let another one take over at once."""
        self._asked_to_stop.set()
        self._wake()
        if self._thread is not None:
            self._thread.join(GRACE_SECONDS * 2)
        self._asking.shutdown(wait=False)

    def deliver_once(self) -> bool:
        """Send what is due now; return whether this was possible, as no other deliverer was at work."""
        return asyncio.run(self._deliver(once=True))

    def _run(self) -> None:
        try:
            asyncio.run(self._deliver(once=False))
        except RuntimeError as error:  # the process ends, and nobody said so here before
            LOGGER.warning("webhooks: nothing more is sent by this process (%s)", _line(error))

    async def _deliver(self, *, once: bool) -> bool:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._wake = lambda: loop.is_closed() or loop.call_soon_threadsafe(stop.set)
        if self._asked_to_stop.is_set():
            stop.set()
        running: dict[str, asyncio.Task[None]] = {}
        was_held = False
        told: set[str] = set()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                is_held, due = await self._look_safely()
                was_held |= is_held
                for webhook_id in due:
                    if webhook_id not in running and not (once and webhook_id in told):
                        running[webhook_id] = asyncio.create_task(self._tell(webhook_id, stop))
                        told.add(webhook_id)
                if once and not running:
                    return was_held
                woken_by = [stopping, *(running.values() if once else ())]
                await asyncio.wait(woken_by, timeout=self._pace.poll_seconds, return_when=asyncio.FIRST_COMPLETED)
                running = {webhook_id: task for webhook_id, task in running.items() if not task.done()}
        finally:
            stopping.cancel()
            await self._finish(list(running.values()))
        return was_held

    async def _finish(self, running: list[asyncio.Task[None]]) -> None:
        if running:
            _, late = await asyncio.wait(running, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._sender.close()
        try:
            await self._stored(self._lease.release)
        except (sa.exc.SQLAlchemyError, StoreError) as error:
            LOGGER.warning("webhooks: the lease can't be given back (%s); it ends by itself", _line(error))

    async def _look_safely(self) -> tuple[bool, list[str]]:
        try:
            return await self._stored(self._look)
        except (sa.exc.SQLAlchemyError, StoreError) as error:
            LOGGER.warning("webhooks: the store can't be asked (%s); trying on", _line(error))
        except RuntimeError:
            raise
        except Exception:
            LOGGER.exception("webhooks: looking for what is due failed; trying on")
        return False, []

    def _look(self) -> tuple[bool, list[str]]:
        if not self._lease.keep():
            return False, []
        with self._store.reading() as connection:
            if not webhooks_of(connection):
                return True, []
        give_places(self._store)
        now = self._clock()
        with self._store.reading() as connection:
            waiting = who_waits(connection, now)
        oldest = min((each.since_ms for each in waiting if each.since_ms is not None), default=now)
        self._counts = replace(self._counts, oldest_waiting_seconds=max(0, now - oldest) / 1000)
        return True, [each.webhook.id for each in waiting if each.is_due]

    async def _tell(self, webhook_id: str, stop: asyncio.Event) -> None:
        """Tell one subscriber, round after round, until nothing is due or nothing goes through."""
        try:
            while not stop.is_set() and self._lease.is_sure():
                wanted = await self._stored(self._next, webhook_id)
                if wanted is None:
                    return
                attempts = await self._send(wanted, stop)
                tally = await self._stored(self._note, wanted, attempts)
                if wanted.lanes and not tally.delivered:
                    return
        except (sa.exc.SQLAlchemyError, StoreError) as error:
            LOGGER.warning("webhook %s: the store can't be asked (%s); trying on", webhook_id, _line(error))
        except Exception:
            LOGGER.exception("webhook %s: delivery failed; trying on", webhook_id)

    def _next(self, webhook_id: str) -> Round | None:
        with self._store.reading() as connection:
            return next_round(connection, webhook_id, self._clock(), self._pace)

    async def _send(self, wanted: Round, stop: asyncio.Event) -> dict[int, Attempt]:
        """Send lanes side by side, each in its order; end early where nothing goes through or the lease is in doubt."""
        attempts: dict[int, Attempt] = {}
        places = asyncio.Semaphore(self._pace.at_once)
        failed_in_a_row = 0

        async def send_lane(lane: tuple[Message, ...]) -> None:
            nonlocal failed_in_a_row
            async with places:
                for message in lane:
                    if stop.is_set() or not self._lease.is_sure() or failed_in_a_row >= self._pace.at_once:
                        return
                    attempt = await self._sender.send(wanted.webhook, message)
                    attempts[message.place] = attempt
                    if attempt.failure is not None:
                        failed_in_a_row += 1
                        _log_failure(wanted, message, attempt, self._pace)
                        return
                    failed_in_a_row = 0

        await asyncio.gather(*(send_lane(lane) for lane in wanted.lanes))
        return attempts

    def _note(self, done: Round, attempts: dict[int, Attempt]) -> Tally:
        for tries_left in reversed(range(NOTE_TRIES)):
            try:
                tally = self._note_once(done, attempts)
                break
            except sa.exc.DBAPIError:
                if not tries_left:
                    raise
        counts = self._counts
        self._counts = replace(
            counts,
            delivered=counts.delivered + tally.delivered,
            failed=counts.failed + tally.failed,
            dead=counts.dead + tally.dead,
        )
        return tally

    def _note_once(self, done: Round, attempts: dict[int, Attempt]) -> Tally:
        with self._store.writing() as connection:
            if not self._lease.is_held(connection):
                return Tally()
            return note_round(connection, done, attempts, self._clock(), self._pace, self._chance)

    async def _stored(self, ask: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._asking, ask, *arguments)


def deliverer_for(store: Store, settings: Settings) -> Deliverer | None:
    """The deliverer of a service; None where there is no key to sign with, or another process sends.

    Raises:
        SigningKeyError: if the key is too short.
    """
    if settings.webhook_key is None or not settings.delivers:
        return None
    return make_deliverer(store, settings.webhook_key, private=settings.webhook_private)


def make_deliverer(store: Store, key: str | None, *, private: bool, pace: Pace | None = None) -> Deliverer:
    """A deliverer over HTTP, with the secrets of a key.

    Raises:
        SigningKeyError: if there is no key, or it is too short.
    """
    pace = pace or Pace()
    sender = HttpSender(
        Secrets(key), now_ms, private=private, timeout_seconds=pace.timeout_seconds, at_once=pace.at_once
    )
    return Deliverer(store, sender, pace=pace)


def _own_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _log_failure(wanted: Round, message: Message, attempt: Attempt, pace: Pace) -> None:
    attempts = message.attempts + 1
    is_dead = attempts >= pace.most_attempts
    LOGGER.log(
        logging.ERROR if is_dead else logging.WARNING,
        "webhook %s: message %s, attempt %d: %s%s",
        wanted.webhook.id,
        message.id,
        attempts,
        attempt.failure,
        "; given up, see 'clearclaim webhooks dead'" if is_dead else "",
    )


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
