"""From an Authorization header to a caller, without asking the store."""

import hmac
import threading
from collections import Counter
from typing import Any

import pytest

from serving.access import key_ring
from serving.access.callers import Caller, Refusal
from serving.access.key_ring import KEPT_SECONDS, LOOK_SECONDS, KeyRing
from tests.unit.serving.access.keys import Clock, Source, bearer, ring_of
from tests.unit.serving.claims import DAY_MS, NOW_MS


def test_good_key_names_its_caller() -> None:
    """Who calls, what the key may do and how often."""
    source = Source()
    key = source.add("shop", "platform", requests_per_second=50.0, burst=7)
    source.add("eve", "auditor")
    found = ring_of(source).authenticate(bearer(key))
    assert found == Caller("shop", frozenset({"platform"}), key.id, 50.0, 7)


def test_key_with_another_ones_secret_is_refused() -> None:
    """An id alone opens nothing, nor does a good secret under another id."""
    source = Source()
    shop, eve = source.add("shop"), source.add("eve")
    ring = ring_of(source)
    mixed = shop.text.replace(shop.id, eve.id)
    unknown = shop.text.replace(shop.id, "0" * 12)
    last = "0" if shop.text[-1] != "0" else "1"
    answers = [ring.authenticate(bearer(text)) for text in (mixed, unknown, shop.text[:-1] + last)]
    assert [answer.reason for answer in answers if isinstance(answer, Refusal)] == ["unknown_caller"] * 3
    assert len(set(answers)) == 1  # and none tells which part was wrong


def test_every_header_is_hashed_and_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known, unknown or no key at all: one digest, one comparison that takes equally long, on 32 bytes each."""
    source = Source()
    key = source.add()
    ring = ring_of(source)
    calls: Counter[str] = Counter()

    def compare(one: bytes, other: bytes) -> bool:
        calls["compare"] += 1
        assert len(one) == len(other) == 32
        return compare_digest(one, other)

    def digest(secret: str) -> bytes:
        calls["digest"] += 1
        return original(secret)

    original, compare_digest = key_ring.digest_of, hmac.compare_digest
    monkeypatch.setattr(key_ring, "digest_of", digest)
    monkeypatch.setattr(key_ring.hmac, "compare_digest", compare)
    headers = [bearer(key), bearer(key.text.replace(key.id, "0" * 12)), bearer("cc_x"), "", None]
    for number, header in enumerate(headers, start=1):
        ring.authenticate(header)
        assert calls == {"compare": number, "digest": number}


def test_nobody_can_be_the_dummy_that_unknown_keys_are_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if a digest were the dummy's, it would open nothing."""
    monkeypatch.setattr(key_ring, "digest_of", lambda _secret: bytes(32))
    assert isinstance(ring_of(Source()).authenticate("Bearer x"), Refusal)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"revoked_at_ms": NOW_MS - 1, "revoked_by": "bob"}, "the key was revoked on 2024-12-31"),
        ({"revoked_at_ms": NOW_MS + DAY_MS, "revoked_by": "bob"}, "the key was revoked on 2025-01-02"),
        ({"expires_at_ms": NOW_MS}, "the key expired on 2025-01-01"),
    ],
    ids=["revoked", "revoked by a clock that runs ahead", "expired"],
)
def test_key_that_ended_is_refused_and_its_holder_told_why(changes: dict[str, Any], said: str) -> None:
    """Only to who holds the secret."""
    source = Source()
    key = source.add(**changes)
    ring = ring_of(source)
    answer = ring.authenticate(bearer(key))
    assert isinstance(answer, Refusal)
    assert answer.message == f"{said}; ask the operator for another one"
    guess = ring.authenticate(bearer(key.text[:-1] + ("0" if key.text[-1] != "0" else "1")))
    assert isinstance(guess, Refusal)
    assert "expired" not in guess.message
    assert "revoked" not in guess.message


def test_key_expires_without_a_look_at_the_store() -> None:
    """Its end is asked of the clock at each request."""
    source, clock = Source(), Clock()
    key = source.add(expires_at_ms=NOW_MS + 1_000)
    ring = ring_of(source, clock)
    clock.passed_seconds = 0.999
    assert isinstance(ring.authenticate(bearer(key)), Caller)
    clock.passed_seconds = 1.0
    assert isinstance(ring.authenticate(bearer(key)), Refusal)
    assert source.loads == 1


def test_requests_ask_nothing_of_the_store() -> None:
    """Keys are read when the ring is made, and when it is told to."""
    source = Source()
    key = source.add()
    ring = ring_of(source)
    for _ in range(100):
        ring.authenticate(bearer(key))
        ring.authenticate("Bearer nonsense")
    assert (source.loads, source.used) == (1, [])


def test_refresh_takes_up_what_was_added_and_revoked() -> None:
    """A look every two seconds keeps the promise of five."""
    source = Source()
    old = source.add()
    ring = ring_of(source)
    new = source.add("new")
    del source.keys[old.id]
    assert isinstance(ring.authenticate(bearer(new)), Refusal)
    ring.refresh()
    assert isinstance(ring.authenticate(bearer(new)), Caller)
    assert isinstance(ring.authenticate(bearer(old)), Refusal)
    assert LOOK_SECONDS <= 2.5


def test_thread_refreshes_by_itself_and_outlives_a_store_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """It is told once that the keys can't be read, and they are read again as soon as they can be."""
    source = Source()
    key = source.add()
    ring = ring_of(source)
    looks = [threading.Semaphore(0)]
    load = source.load

    def counted() -> Any:
        looks[-1].release()
        return load()

    source.load = counted  # type: ignore[method-assign]
    source.broken = OSError("the store is gone, and with it buyer B1")
    ring.start(look_seconds=0.001)
    try:
        for _ in range(3):
            assert looks[-1].acquire(timeout=10)
        assert isinstance(ring.authenticate(bearer(key)), Caller)
        new = source.add("new")
        source.broken = None
        looks.append(threading.Semaphore(0))  # counts only looks from here on
        for _ in range(2):  # when the second one begins, the first is over
            assert looks[-1].acquire(timeout=10)
        assert isinstance(ring.authenticate(bearer(new)), Caller)
    finally:
        ring.close()
    assert [record.getMessage() for record in caplog.records] == [
        "keys can't be read (OSError); those known last go on for an hour"
    ]


def test_keys_of_a_store_out_of_reach_go_on_for_an_hour() -> None:
    """Claims are still answered then; after that nobody knows what was revoked."""
    source, clock = Source(), Clock()
    key = source.add()
    ring = ring_of(source, clock)
    source.broken = OSError("gone")
    clock.passed_seconds = KEPT_SECONDS
    with pytest.raises(OSError, match="gone"):
        ring.refresh()
    assert isinstance(ring.authenticate(bearer(key)), Caller)
    clock.passed_seconds += 1
    answer = ring.authenticate(bearer(key))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.wait_seconds) == ("keys_out_of_reach", LOOK_SECONDS)
    source.broken = None
    ring.refresh()
    assert isinstance(ring.authenticate(bearer(key)), Caller)


def test_day_of_use_is_noted_once_a_day() -> None:
    """One row is written per key and day, however many requests there are."""
    source, clock = Source(), Clock()
    today = NOW_MS // DAY_MS
    key, known = source.add(), source.add("known", last_used_day=today)
    source.add("idle")
    ring = ring_of(source, clock)
    for each in (key, known, key):
        ring.authenticate(bearer(each))
    ring.authenticate(bearer("cc_x"))
    ring.refresh()
    assert source.used == [((key.id,), today)]
    ring.refresh()
    assert len(source.used) == 1


def test_ring_is_as_long_as_there_are_keys_in_force() -> None:
    """A service without any says so at its start."""
    source = Source()
    assert len(ring_of(source)) == 0
    source.add()
    source.add("gone", expires_at_ms=NOW_MS)
    assert len(ring_of(source)) == 1


def test_ring_that_was_never_started_can_be_closed() -> None:
    """Whoever opens one closes it, whatever came between."""
    KeyRing(Source()).close()
