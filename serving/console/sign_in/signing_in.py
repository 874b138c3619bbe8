"""The sign-in itself. Whoever is refused hears the same, after the same time, whatever the reason.

A wrong name, a wrong password, somebody who is disabled, and a name at which nobody may guess just now: all of them
get the same answer. That there is a wait isn't told even with the right password: who guesses would learn by it that
the guess was right, and the wait would be worth nothing. While there is one, no password is looked at; a hash is
computed all the same, for the time it takes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from features.store import Store
from serving.access.names import is_name
from serving.cases.words import Role
from serving.console.sign_in.attempts import FREE, count_attempt, drop_old_attempts, forget_attempts
from serving.console.sign_in.password_rules import Fault, fault_of
from serving.console.sign_in.passwords import Passwords
from serving.console.sign_in.person_table import DoneAct, StoredPerson, change_person, find_person, record_act
from serving.console.sign_in.session_table import drop_ended_sessions, end_session, end_sessions, insert_session
from serving.console.sign_in.signing import Signing
from serving.counter import STORE_FAILED

LOGGER: Final = logging.getLogger("clearclaim.console")
FIRST_PASSWORD_MS: Final = 7 * 86_400_000  # how long a password that was made up for somebody opens anything

ChangeFault: TypeAlias = Literal["wrong", "same"] | Fault


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is in.

    Attributes:
        cookie: what stands for the session, to be kept by the browser until it ends.
        browser: what tells this browser apart from those of strangers, to be kept for long.
    """

    name: str
    role: Role
    must_change: bool
    cookie: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt that was counted.

    Attributes:
        person: whom it is about, if there is such a person and they aren't disabled.
        hash: what the password is compared with; None if none may open now.
        count: how many attempts there were in a row; None during a wait.
    """

    person: StoredPerson | None
    hash: str | None = field(repr=False)
    count: int | None

    def tell(self) -> None:
        """Log that a password was wrong so often that the next attempt must wait. Other names may be passwords."""
        if self.person is not None and self.count is not None and self.count >= FREE:
            LOGGER.warning("%s: %d wrong passwords in a row; the next attempt must wait", self.person.name, self.count)


class SignIn:
    """Lets people in and out. May be shared between threads.

    Args:
        store: with the tables of sign-in.
        signing: of that store.
        passwords: compares them.
        now_ms: the time of the console.
    """

    def __init__(self, store: Store, signing: Signing, passwords: Passwords, now_ms: Callable[[], int]) -> None:
        self._store, self._signing, self._passwords, self._now_ms = store, signing, passwords, now_ms

    def sign_in(
        self, name: str, password: str, *, browser: str | None = None, session: str | None = None
    ) -> SignedIn | None:
        """Begin a session, under a token that nobody has seen before; None if that isn't to be.

        Args:
            name: as it was typed.
            password: as it was typed.
            browser: the cookie by which this browser is known, if it has one.
            session: the cookie of the session that the browser has, which ends then.

        Raises:
            TooManyAtOnceError: if this process checks too many passwords just now.
        """
        name = name.strip().lower()
        subject = self._signing.subject(name, browser)
        with self._passwords.turn():
            attempt = self._begin(name, subject)
            person = attempt.person
            if not self._passwords.matches(password, attempt.hash) or person is None:
                attempt.tell()
                return None
            newer = self._passwords.hash(password) if self._passwords.is_outdated(person.password_hash) else None
        with self._store.writing() as connection:
            if not self._is_as_it_was(connection, person):
                return None
            if newer is not None:
                change_person(connection, name, password_hash=newer)
            forget_attempts(connection, subject)
            self._end(connection, session)
            signed_in = self._enter(connection, person)
        self._sweep()
        return signed_in

    def sign_out(self, cookie: str | None) -> None:
        """End the session of a cookie, in all processes."""
        with self._store.writing() as connection:
            self._end(connection, cookie)

    def change_password(self, name: str, current: str, new: str) -> SignedIn | ChangeFault:
        """Change one's own password: ends all sessions of this person, and begins another one.

        Returns:
            The new session, or why the password can't be changed: `wrong` if the current one isn't right, or was wrong
            too often just now.

        Raises:
            TooManyAtOnceError: if this process checks too many passwords just now.
        """
        fault = fault_of(new, name)
        if fault is not None:
            return fault
        subject = self._signing.mac("attempt", f"change of {name}".encode())  # a name holds no space
        with self._passwords.turn():
            attempt = self._begin(name, subject)
            person = attempt.person
            if not self._passwords.matches(current, attempt.hash) or person is None:
                attempt.tell()
                return "wrong"
            if self._passwords.matches(new, attempt.hash):
                return "same"
            newer = self._passwords.hash(new)
        now_ms = self._now_ms()
        with self._store.writing() as connection:
            if not self._is_as_it_was(connection, person):
                return "wrong"
            changed = {"password_hash": newer, "password_changed_at_ms": now_ms, "must_change": False}
            change_person(connection, name, **changed)
            forget_attempts(connection, subject)
            record_act(connection, DoneAct(now_ms, name, "password_changed", name, person.role))
            end_sessions(connection, name)
            return self._enter(connection, person, must_change=False)

    def _begin(self, name: str, subject: bytes) -> _Attempt:
        """Count an attempt, before any password is looked at."""
        now_ms = self._now_ms()
        with self._store.writing() as connection:
            count = count_attempt(connection, subject, now_ms)
            person = find_person(connection, name if is_name(name) else "")
        if person is None or person.is_disabled:
            return _Attempt(None, None, count)
        if person.must_change:
            # Nobody guesses 99 random bits, so nobody need wait: whoever's name is under attack gets in with a first
            # password, and is known by their browser afterwards.
            is_open = now_ms < person.password_changed_at_ms + FIRST_PASSWORD_MS
        else:
            is_open = count is not None
        return _Attempt(person, person.password_hash if is_open else None, count)

    def _is_as_it_was(self, connection: sa.Connection, person: StoredPerson) -> bool:
        """Whether nobody changed a person while the password was compared; their row is locked from here on."""
        now = find_person(connection, person.name, lock=True)
        return now is not None and (now.password_hash, now.role, now.disabled_at_ms) == (
            person.password_hash,
            person.role,
            None,
        )

    def _enter(self, connection: sa.Connection, person: StoredPerson, *, must_change: bool | None = None) -> SignedIn:
        token = self._signing.new_token()
        insert_session(connection, token, person.name, self._now_ms())
        return SignedIn(
            person.name,
            person.role,
            person.must_change if must_change is None else must_change,
            self._signing.cookie_of(token),
            self._signing.browser_cookie(person.name),
        )

    def _end(self, connection: sa.Connection, cookie: str | None) -> None:
        token = self._signing.token_of(cookie)
        if token is not None:
            end_session(connection, token)

    def _sweep(self) -> None:
        """Remove what is over. Nothing hangs on it, so a failure only puts it off."""
        now_ms = self._now_ms()
        try:
            with self._store.writing() as connection:
                drop_ended_sessions(connection, now_ms)
                drop_old_attempts(connection, now_ms)
        except STORE_FAILED as error:
            LOGGER.warning("sessions that are over can't be removed: %s", type(error).__name__)
