"""Sign-in on a store: its tables, its key, and what works with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from features.store import Store
from serving.console.sign_in.passwords import Passwords
from serving.console.sign_in.people import People
from serving.console.sign_in.sessions import StoredSessions
from serving.console.sign_in.signing import open_signing
from serving.console.sign_in.signing_in import SignIn


@dataclass(frozen=True, slots=True)
class SignInParts:
    """What the console's desk needs of sign-in."""

    sessions: StoredSessions
    sign_in: SignIn
    people: People


def open_sign_in(store: Store, now_ms: Callable[[], int], passwords: Passwords | None = None) -> SignInParts:
    """All of sign-in, on a store whose tables are made where they aren't there yet.

    Args:
        store: shared by all processes.
        now_ms: the time of the console.
        passwords: hashes them; as strongly as is advised, unless a test wants to be quick.
    """
    signing = open_signing(store, now_ms())
    hashing = Passwords() if passwords is None else passwords
    return SignInParts(
        StoredSessions(store, signing, now_ms),
        SignIn(store, signing, hashing, now_ms),
        People(store, signing, hashing, now_ms),
    )
