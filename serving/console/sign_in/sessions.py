"""From a cookie to a session, by one question to the store."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, cast

from features.store import Store
from serving.cases.words import Role
from serving.console.sign_in.session_table import SEEN_EVERY_MS, find_session, note_seen
from serving.console.sign_in.signing import Signing
from serving.console.visit import Person, Session
from serving.counter import STORE_FAILED

LOGGER: Final = logging.getLogger("clearclaim.console")


class StoredSessions:
    """The sessions of a store, in all processes that share it.

    Args:
        store: with the tables of sign-in.
        signing: of that store.
        now_ms: the time of the console.
    """

    def __init__(self, store: Store, signing: Signing, now_ms: Callable[[], int]) -> None:
        self._store, self._signing, self._now_ms = store, signing, now_ms

    def find(self, cookie: str | None) -> Session | None:
        """The session of a cookie, or None if it was never one, or is over.

        A cookie that wasn't signed here costs no question.

        Args:
            cookie: as the browser sent it.
        """
        token = self._signing.token_of(cookie)
        if token is None:
            return None
        now_ms = self._now_ms()
        with self._store.reading() as connection:
            found = find_session(connection, token, now_ms)
        if found is None:
            return None
        if now_ms - found.last_seen_ms >= SEEN_EVERY_MS:
            self._note(token, found.name, now_ms)
        person = Person(found.name, cast("Role", found.role))
        return Session(person, self._signing.csrf_of(token), must_change=found.must_change)

    def _note(self, token: bytes, name: str, now_ms: int) -> None:
        try:
            with self._store.writing() as connection:
                note_seen(connection, token, name, now_ms)
        except STORE_FAILED as error:  # the page can be shown all the same; the next one notes it
            LOGGER.warning("when somebody was last here can't be kept: %s", type(error).__name__)
