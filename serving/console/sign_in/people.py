"""What administrators do on their page, and operators at their prompt. Each act is on record with who did it.

Whatever changes who somebody is, or how they prove it, ends all their sessions in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.access.names import is_name
from serving.cases.words import SYSTEM, Role
from serving.console.sign_in.attempts import forget_attempts, waits_until
from serving.console.sign_in.password_rules import LONGEST, SHORTEST, fault_of, make_password
from serving.console.sign_in.passwords import Passwords
from serving.console.sign_in.person_table import (
    ADMINISTRATOR,
    Act,
    DoneAct,
    StoredPerson,
    administrators,
    all_people,
    change_person,
    find_person,
    insert_person,
    last_acts,
    record_act,
)
from serving.console.sign_in.session_table import count_sessions, end_sessions
from serving.console.sign_in.signing import Signing

MOST_ACTS: Final = 100  # that are shown


class PeopleError(ValueError):
    """What can't be done to somebody. `key` names the text in texts/people.toml that says so in both languages."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Somebody, with how many sessions they have, and until when (ms) guesses at them must wait, if they must."""

    person: StoredPerson
    sessions: int
    waits_until_ms: int | None


class People:
    """The console's people. May be shared between threads.

    Args:
        store: with the tables of sign-in.
        signing: of that store.
        passwords: makes hashes.
        now_ms: the time of the console.
    """

    def __init__(self, store: Store, signing: Signing, passwords: Passwords, now_ms: Callable[[], int]) -> None:
        self._store, self._signing, self._passwords, self._now_ms = store, signing, passwords, now_ms

    def all(self) -> list[ListedPerson]:
        """Everybody, by name; those who are disabled, too."""
        now_ms = self._now_ms()
        with self._store.reading() as connection:
            people = all_people(connection)
            sessions = count_sessions(connection, now_ms)
            subjects = {person.name: self._signing.subject(person.name, None) for person in people}
            waits = waits_until(connection, subjects.values(), now_ms)
        return [
            ListedPerson(person, sessions.get(person.name, 0), waits.get(subjects[person.name])) for person in people
        ]

    def acts(self, most: int = MOST_ACTS) -> Iterable[DoneAct]:
        """What was done to people, the newest first."""
        with self._store.reading() as connection:
            return last_acts(connection, most)

    def add(self, name: str, role: Role, *, by: str, password: str | None = None) -> str:
        """Let somebody in under a name that is new, or whose person is disabled.

        Args:
            name: to sign in with.
            role: what they may do.
            by: who adds them.
            password: chosen by them. Without one, a first password is made up, which they must change.

        Returns:
            The password.

        Raises:
            PeopleError: if the name or the password can't be one, or somebody is in under this name.
            TooManyAtOnceError: if too many passwords are being hashed.
        """
        if not is_name(name) or name == SYSTEM:
            raise PeopleError(
                "no_name",
                f"{name!r:.80}: no name of a person; use up to 64 of a-z, 0-9 and . _ @ -, a letter or digit first, "
                f"and not {SYSTEM}",
            )
        fault = None if password is None else fault_of(password, name)
        if fault is not None:
            raise PeopleError(f"password_{fault}", f"{name}: {_SAID_OF_PASSWORDS[fault]}")
        with self._store.reading() as connection:  # before a hash is spent on it
            _refuse_present(find_person(connection, name))
        given = make_password() if password is None else password
        with self._passwords.turn():
            hashed = self._passwords.hash(given)
        now_ms = self._now_ms()
        person = StoredPerson(
            name=name,
            role=role,
            password_hash=hashed,
            created_at_ms=now_ms,
            created_by=by,
            password_changed_at_ms=now_ms,
            must_change=password is None,
        )
        with self._store.writing() as connection:
            self._put(connection, person)
            self._end(connection, name, role, "added", by)
        return given

    def change_role(self, name: str, role: Role, *, by: str) -> None:
        """Give somebody another role.

        Raises:
            PeopleError: if there is no such person, or nobody would be left to administer.
        """
        with self._store.writing() as connection:
            left = administrators(connection)
            person = _locked(connection, name)
            if person.role == role:
                return
            _refuse_last(left, name)
            change_person(connection, name, role=role)
            self._end(connection, name, role, "role_changed", by)

    def disable(self, name: str, *, by: str, even_the_last: bool = False) -> int:
        """Let nobody in under this name any more; return how many sessions that ended.

        Args:
            name: of whom.
            by: who says so.
            even_the_last: whether that may leave nobody to administer, for an operator who can add somebody.

        Raises:
            PeopleError: if there is no such person, or nobody would be left to administer.
        """
        with self._store.writing() as connection:
            left = administrators(connection)
            person = _locked(connection, name)
            if person.is_disabled:
                return 0
            if not even_the_last:
                _refuse_last(left, name)
            change_person(connection, name, disabled_at_ms=self._now_ms())
            return self._end(connection, name, person.role, "disabled", by)

    def enable(self, name: str, *, by: str) -> None:
        """Let somebody in again, with the password and the role that they had.

        Raises:
            PeopleError: if there is no such person.
        """
        with self._store.writing() as connection:
            person = _locked(connection, name)
            if person.is_disabled:
                change_person(connection, name, disabled_at_ms=None)
                self._end(connection, name, person.role, "enabled", by)

    def reset_password(self, name: str, *, by: str) -> str:
        """Make up a password for somebody, which they must change; return it.

        Raises:
            PeopleError: if there is no such person.
            TooManyAtOnceError: if too many passwords are being hashed.
        """
        with self._store.reading() as connection:  # before a hash is spent on it
            _there(find_person(connection, name), name)
        password = make_password()
        with self._passwords.turn():
            hashed = self._passwords.hash(password)
        with self._store.writing() as connection:
            person = _locked(connection, name)
            changed = {"password_hash": hashed, "password_changed_at_ms": self._now_ms(), "must_change": True}
            change_person(connection, name, **changed)
            forget_attempts(connection, self._signing.subject(name, None))
            self._end(connection, name, person.role, "password_reset", by)
        return password

    def end_sessions(self, name: str, *, by: str) -> int:
        """Sign somebody out wherever they are signed in; return of how many sessions.

        Raises:
            PeopleError: if there is no such person.
        """
        with self._store.writing() as connection:
            person = _locked(connection, name)
            return self._end(connection, name, person.role, "sessions_ended", by)

    def _put(self, connection: sa.Connection, person: StoredPerson) -> None:
        there = find_person(connection, person.name, lock=True)
        _refuse_present(there)
        if there is None:
            insert_person(connection, person)
            return
        change_person(
            connection,
            person.name,
            role=person.role,
            password_hash=person.password_hash,
            password_changed_at_ms=person.password_changed_at_ms,
            must_change=person.must_change,
            disabled_at_ms=None,
        )

    def _end(self, connection: sa.Connection, name: str, role: Role, act: Act, by: str) -> int:
        """End the sessions of somebody whose row was changed, and put on record why."""
        record_act(connection, DoneAct(self._now_ms(), by, act, name, role))
        return end_sessions(connection, name)


_SAID_OF_PASSWORDS: Final = {
    "too_short": f"the password has less than {SHORTEST} characters; take a longer one, such as four words",
    "too_long": f"the password has more than {LONGEST} characters",
    "has_name": "the password holds the name; take another one",
    "common": "the password is among those that are guessed first; take another one",
}


def _locked(connection: sa.Connection, name: str) -> StoredPerson:
    return _there(find_person(connection, name, lock=True), name)


def _there(person: StoredPerson | None, name: str) -> StoredPerson:
    if person is None:
        raise PeopleError("unknown", f"{name}: no such person; see 'clearclaim users list'")
    return person


def _refuse_present(person: StoredPerson | None) -> None:
    if person is not None and not person.is_disabled:
        raise PeopleError(
            "present",
            f"{person.name}: is in the console already, as {person.role}; an administrator changes that on the page "
            f"/console/people, or take {person.name} back with 'clearclaim users revoke' before",
        )


def _refuse_last(left: set[str], name: str) -> None:
    if left == {name}:
        raise PeopleError("last", f"{name}: is the last {ADMINISTRATOR}; add another one before")
