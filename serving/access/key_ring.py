"""The keys of a store, held in memory: from an Authorization header to a caller, without asking the store.

A thread of its own reads the table anew every two seconds, so a key that is revoked stops working within five, in every
worker and on every host, and no request waits for it. While the store is out of reach, the keys that were known last go
on working for an hour: claims must still be answered then (by sending them to a person), and nobody can revoke anything
in a store that nobody reaches. After that everybody is refused.

A process that starts while the store is out of reach goes on with what its neighbours read last, for the same hour
(`kept_keys`). Where there is nothing of the sort it knows no key, and lets nobody in until it has read them.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Final, Protocol

from features.spans import DAY_MS
from features.store import Store
from features.store.errors import StoreAwayError
from serving.access.callers import Caller, Refusal
from serving.access.kept_keys import KeptKeys
from serving.access.key_table import ACCESS_METADATA, ApiKey, keys_in_force, note_use
from serving.access.key_text import digest_of, presented
from serving.clock import now_ms as machine_ms

LOOK_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 3_600.0
TOLD_MS: Final = 30 * DAY_MS  # for so long a caller is told that his key has ended, and not only that it isn't known
LOGGER: Final = logging.getLogger("clearclaim.access")

_UNKNOWN: Final = Refusal(
    "unknown_caller", "no key, or one that isn't known; send the header Authorization: Bearer cc_..."
)
_OUT_OF_REACH: Final = Refusal("keys_out_of_reach", "the keys can't be checked; try again", LOOK_SECONDS)
# what nobody's digest is: a secret that has no row is compared too, and takes as long
_NOBODY: Final = ApiKey("", "", bytes(32), frozenset(), 0, "")


class KeySource(Protocol):
    """Where a ring's keys come from, and where their use is noted."""

    def load(self) -> Iterable[ApiKey]:
        """The keys to know."""

    def note_use(self, key_ids: Collection[str], day: int) -> None:
        """Write down that keys were used on a day since 1970 UTC."""


class StoredKeys:
    """The keys of a store."""

    def __init__(self, store: Store, now_ms: Callable[[], int] = machine_ms) -> None:
        self._store, self._now_ms = store, now_ms
        store.create(ACCESS_METADATA)

    def load(self) -> Iterable[ApiKey]:
        """The keys in force, and those that ended lately."""
        with self._store.reading() as connection:
            return list(keys_in_force(connection, self._now_ms() - TOLD_MS))

    def note_use(self, key_ids: Collection[str], day: int) -> None:
        """Write down the day."""
        with self._store.writing() as connection:
            note_use(connection, key_ids, day)


class KeyRing:
    """All keys that open something. May be shared between threads.

    Args:
        source: read at once, so a store that can't be read is told at the start; one that is away is read later.
        now_ms: the wall clock, by which keys expire.
        seconds: a clock that only goes forward, by which keys grow old.
        kept: where the keys that were read last are kept for processes that start later.
    """

    def __init__(
        self,
        source: KeySource,
        now_ms: Callable[[], int] = machine_ms,
        seconds: Callable[[], float] = time.monotonic,
        kept: KeptKeys | None = None,
    ) -> None:
        self._source, self._now_ms, self._seconds, self._kept = source, now_ms, seconds, kept
        self._used: set[str] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._keys: dict[str, ApiKey] = {}
        self._callers: dict[str, Caller] = {}
        self._loaded_at: float | None = None
        try:
            self._load()
        except StoreAwayError:
            self._take_kept()

    @property
    def has_read(self) -> bool:
        """Whether the keys were ever read; until then it can't be told who anybody is."""
        return self._loaded_at is not None

    def authenticate(self, header: str | None) -> Caller | Refusal:
        """Who sent an Authorization header; touches no store.

        Every header goes the same way up to the comparison, whether its key is known, unknown or no key at all, and
        the comparison takes as long wherever two digests differ. So time tells nothing.
        """
        loaded_at = self._loaded_at
        if loaded_at is None:
            return _OUT_OF_REACH
        key_id, secret = presented(header)
        key = self._keys.get(key_id, _NOBODY)
        if not hmac.compare_digest(digest_of(secret), key.hash) or key is _NOBODY:
            return _UNKNOWN
        now_ms = self._now_ms()
        if not key.is_live(now_ms):  # only who holds the secret hears more
            return _ended(key)
        if self._seconds() - loaded_at > KEPT_SECONDS:
            return _OUT_OF_REACH
        self._used.add(key_id)
        return self._callers[key_id]

    def refresh(self) -> None:
        """Read the keys anew, then note which were used for the first time on a day."""
        self._load()
        day = self._now_ms() // DAY_MS
        used, self._used = self._used, set()
        fresh = {key_id for key_id in used if key_id in self._keys and (self._keys[key_id].last_used_day or 0) < day}
        if fresh:
            self._source.note_use(fresh, day)

    def start(self, look_seconds: float = LOOK_SECONDS) -> None:
        """Read the keys anew every so many seconds, in a thread of its own, until `close`."""
        self._thread = threading.Thread(target=self._run, args=(look_seconds,), name="clearclaim-keys", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def __len__(self) -> int:
        """How many keys are in force now."""
        now_ms = self._now_ms()
        return sum(key.is_live(now_ms) for key in self._keys.values())

    def _load(self) -> None:
        keys = list(self._source.load())
        self._take(keys)
        if self._kept is not None:
            self._kept.keep(keys, self._now_ms())

    def _take_kept(self) -> None:
        found = None if self._kept is None else self._kept.find(self._now_ms())
        if found is None or found.age_seconds > KEPT_SECONDS:
            LOGGER.warning("the store is away and no keys are known, so nobody may call until they can be read")
            return
        self._take(found.keys, found.age_seconds)
        LOGGER.warning("the store is away; the keys read %.0f s ago go on for an hour after that", found.age_seconds)

    def _take(self, keys: Iterable[ApiKey], age_seconds: float = 0.0) -> None:
        found = {key.id: key for key in keys}
        # callers first: a request between the two lines must find both
        self._callers = {key.id: _caller(key) for key in found.values()}
        self._keys = found
        self._loaded_at = self._seconds() - age_seconds

    def _run(self, look_seconds: float) -> None:
        reached = self.has_read
        while not self._stop.wait(look_seconds):
            try:
                self.refresh()
                reached = True
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                if reached:
                    LOGGER.warning("keys can't be read (%s); those known last go on for an hour", type(error).__name__)
                reached = False


def _caller(key: ApiKey) -> Caller:
    return Caller(key.name, key.scopes, key.id, key.requests_per_second, key.burst)


def _ended(key: ApiKey) -> Refusal:
    moment_ms = key.revoked_at_ms if key.is_revoked else key.expires_at_ms
    day = dt.datetime.fromtimestamp((moment_ms or 0) / 1000, dt.UTC).date().isoformat()
    how = "was revoked" if key.is_revoked else "expired"
    return Refusal("unknown_caller", f"the key {how} on {day}; ask the operator for another one")
