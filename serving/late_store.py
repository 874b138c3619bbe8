"""A store that may be away when the service starts: what needs it is done once it is there.

Until then every question to it fails at once, as it does where a store goes away later, so there is one way for both:
claims go to people and wait in the spool. A server that is back gets no claim before all has been looked at that is
looked at when a service starts: its tables, its layout, with which key its ids were hashed.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from time import monotonic
from typing import Final

import sqlalchemy as sa

from features.plan import Plan
from features.store import Store, StoreError
from features.store.address import BUSY_TIMEOUT_MS, POSTGRESQL_PORT, cannot_open, make_engine, parse_url
from features.store.errors import StoreAwayError

LOGGER: Final = logging.getLogger("clearclaim.store")
KNOCK_SECONDS: Final = 3.0  # a host that answers nothing at all would hold up a start for minutes
FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 8.0
TOLD_EVERY_SECONDS: Final = 60.0


class LateStore(Store):
    """A store that is opened by `try_to_open`. May be shared between threads.

    Args:
        engine: of the store's database; nothing is asked of it before.
        plan: the compiled catalogue.
    """

    def __init__(self, engine: sa.Engine, plan: Plan) -> None:
        super().__init__(engine, plan)
        self._lock = threading.Lock()
        self._steps: list[Callable[[], object]] = []
        self._is_open = False
        self._opener: int | None = None  # the thread that may ask before the store is open

    @classmethod
    def at(cls, url: str, plan: Plan, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> LateStore:
        """The store at a URL, not opened yet.

        Raises:
            StoreError: if it is no URL of a store.
        """
        return cls(make_engine(parse_url(url), busy_timeout_ms), plan)

    @property
    def is_open(self) -> bool:
        """Whether it can be asked."""
        return self._is_open

    def once_open(self, step: Callable[[], object]) -> None:
        """Do this now, or as soon as the store is open, after what was put off before: maybe more than once."""
        with self._lock:
            if not self._may_ask():
                self._steps.append(step)
                return
        step()

    def try_to_open(self) -> None:
        """Open the store, making its tables if they aren't there yet, and do what was put off; one thread at a time.

        Raises:
            StoreAwayError: if its server doesn't answer; the next try does all of it again.
            StoreError: if it can't be used as it is.
        """
        self._opener = threading.get_ident()
        try:
            self._knock()
            self._prepare(existing=False)
            self._do_what_was_put_off()
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise cannot_open(self.engine.url, error) from error
        finally:
            self._opener = None

    def create(self, metadata: sa.MetaData) -> None:
        """Make the tables that are not there yet, once the store is open."""
        self.once_open(partial(super().create, metadata))

    def refuse_other_layout(self) -> None:
        """Refuse to go on with a history of another layout, once the store is open.

        Raises:
            StoreError: if the catalogue has changed since the history was written.
        """
        self.once_open(super().refuse_other_layout)

    @contextmanager
    def writing(self, *, long: bool = False) -> Iterator[sa.Connection]:
        """A transaction that writes, as `Store.writing` says.

        Raises:
            StoreAwayError: if the store isn't open.
        """
        self._refuse_early()
        with super().writing(long=long) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that reads one state of the store and blocks nobody.

        Raises:
            StoreAwayError: if the store isn't open.
        """
        self._refuse_early()
        with super().reading() as connection:
            yield connection

    def _may_ask(self) -> bool:
        return self._is_open or self._opener == threading.get_ident()

    def _refuse_early(self) -> None:
        if not self._may_ask():
            raise StoreAwayError(f"store {self.name}: isn't open yet; the log says why")

    def _do_what_was_put_off(self) -> None:
        done = 0
        while True:
            with self._lock:
                if done == len(self._steps):
                    self._steps.clear()
                    self._is_open = True
                    return
                step = self._steps[done]
            step()
            done += 1

    def _knock(self) -> None:
        url = self.engine.url
        if url.get_backend_name() == "postgresql" and url.host:
            socket.create_connection((url.host, url.port or POSTGRESQL_PORT), KNOCK_SECONDS).close()


class StoreOpener:
    """Tries to open a store until it is open, in a thread of its own, ever less often.

    Args:
        store: to be opened.
        refused: is told if the store is there and can't be used as it is; it isn't tried again then.
        chance: spreads the tries of many workers, so that they don't all come at once.
    """

    def __init__(self, store: LateStore, refused: Callable[[StoreError], object], chance: Random | None = None) -> None:
        self._store, self._refused = store, refused
        self._chance = chance or Random()  # noqa: S311 - a spread is no secret
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clearclaim-opening", daemon=True)

    def start(self) -> None:
        """Begin, and return at once; there is nothing to do for a store that is open."""
        if not self._store.is_open:
            self._thread.start()

    def stop(self) -> None:
        """Try no more."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(KNOCK_SECONDS)

    def _run(self) -> None:
        began = told_at = monotonic()
        tries = 0
        while not self._over.wait(wait_seconds(tries) * self._chance.uniform(0.5, 1.0)):
            tries += 1
            try:
                self._store.try_to_open()
            except StoreAwayError as error:
                if monotonic() - told_at >= TOLD_EVERY_SECONDS:
                    told_at = monotonic()
                    LOGGER.warning("%s; tried %d times, and tried on", error, tries)
            except StoreError as error:
                self._refused(error)
                return
            except Exception:  # a mistake of ours; the next try must come all the same
                LOGGER.exception("store %s: opening it failed", self._store.name)
            else:
                LOGGER.warning("store %s: is open after %.0f s", self._store.name, monotonic() - began)
                return


def wait_seconds(tries: int) -> float:
    """How long to wait at most before another try.

    >>> [wait_seconds(tries) for tries in (0, 1, 2, 3, 4, 5, 5_000)]
    [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    """
    return min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * (1 << min(tries, 10)))
