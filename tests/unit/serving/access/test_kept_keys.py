"""Keys in a file, for a worker that starts while the store is away: no better than its neighbours' memory."""

import json
from pathlib import Path

import pytest

from features.store.errors import StoreAwayError
from serving.access.callers import Caller, Refusal
from serving.access.kept_keys import FILE_NAME, KEEP_EVERY_MS, KeptKeys
from serving.access.key_ring import KEPT_SECONDS, KeyRing
from tests.unit.serving.access.keys import Clock, Source, bearer
from tests.unit.serving.claims import NOW_MS

AWAY = StoreAwayError("store: isn't open yet")
STORE = "postgresql://ann:***@host/shop"


def ring_on(folder: Path, source: Source, clock: Clock, store: str = STORE) -> KeyRing:
    """A worker's ring, with the file of its machine."""
    return KeyRing(source, clock.ms, clock.seconds, KeptKeys(folder, store))


def reason(found: Caller | Refusal) -> str | None:
    return found.reason if isinstance(found, Refusal) else None


def test_worker_that_starts_without_the_store_knows_the_keys_of_its_neighbours(tmp_path: Path) -> None:
    """With their scopes and limits, and who is unknown, or was revoked, is told as ever."""
    source, clock = Source(), Clock()
    key = source.add("shop", "platform", requests_per_second=50.0, burst=7)
    gone = source.add("gone", revoked_at_ms=NOW_MS - 1, revoked_by="bob")
    ring_on(tmp_path, source, clock)
    source.broken = AWAY
    ring = ring_on(tmp_path, source, clock)
    assert ring.authenticate(bearer(key)) == Caller("shop", frozenset({"platform"}), key.id, 50.0, 7)
    assert [reason(ring.authenticate(header)) for header in (bearer(gone), "Bearer cc_x", None)] == [
        "unknown_caller"
    ] * 3


def test_kept_keys_go_on_for_an_hour_after_they_were_read_and_no_longer(tmp_path: Path) -> None:
    """Whenever the worker started in between: a restart gives a revoked key no second more."""
    source, clock = Source(), Clock()
    key = source.add()
    ring_on(tmp_path, source, clock)
    source.broken = AWAY
    clock.passed_seconds = KEPT_SECONDS - 1
    ring = ring_on(tmp_path, source, clock)
    assert isinstance(ring.authenticate(bearer(key)), Caller)
    clock.passed_seconds = KEPT_SECONDS
    assert isinstance(ring.authenticate(bearer(key)), Caller)
    clock.passed_seconds = KEPT_SECONDS + 1
    assert reason(ring.authenticate(bearer(key))) == "keys_out_of_reach"
    late = ring_on(tmp_path, source, clock)
    assert not late.has_read
    assert reason(late.authenticate(bearer(key))) == "keys_out_of_reach"
    source.broken = None
    late.refresh()
    assert isinstance(late.authenticate(bearer(key)), Caller)


def test_revocation_that_a_neighbour_read_holds_for_who_starts_later(tmp_path: Path) -> None:
    """What changes is written down at once, and a look in which nothing did renews the hour each minute."""
    source, clock = Source(), Clock()
    key, other = source.add("shop"), source.add("other")
    neighbour = ring_on(tmp_path, source, clock)
    del source.keys[key.id]
    clock.passed_seconds = 2
    neighbour.refresh()
    clock.passed_seconds = 2 + KEEP_EVERY_MS / 1000
    neighbour.refresh()
    source.broken = AWAY
    clock.passed_seconds += KEPT_SECONDS
    ring = ring_on(tmp_path, source, clock)
    assert reason(ring.authenticate(bearer(key))) == "unknown_caller"
    assert isinstance(ring.authenticate(bearer(other)), Caller)


@pytest.mark.parametrize("fault", ["other store", "open to others", "clock ahead", "torn", "none"])
def test_file_that_cannot_be_believed_lets_nobody_in(tmp_path: Path, fault: str) -> None:
    """A doubt is answered with 503, never with a guess."""
    source, clock = Source(), Clock(passed_seconds=10)
    key = source.add()
    ring_on(tmp_path, source, clock)
    file = tmp_path / FILE_NAME
    match fault:
        case "open to others":
            file.chmod(0o620)
        case "clock ahead":
            clock.passed_seconds = 9
        case "torn":
            file.write_bytes(file.read_bytes()[:-5])
        case "none":
            file.unlink()
    source.broken = AWAY
    ring = ring_on(tmp_path, source, clock, "sqlite:///other.db" if fault == "other store" else STORE)
    assert reason(ring.authenticate(bearer(key))) == "keys_out_of_reach"


def test_file_holds_no_secret_and_is_its_owners_alone(tmp_path: Path) -> None:
    """Hashes, as the table does."""
    source = Source()
    key = source.add()
    ring_on(tmp_path, source, Clock())
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert key.text.rpartition("_")[2] not in file.read_text()
    assert json.loads(file.read_text())["keys"][0]["hash"] == key.digest.hex()


def test_folder_that_takes_no_file_keeps_nobody_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Keys that can't be kept are told once, and used all the same."""
    (tmp_path / "taken").write_text("no folder")
    source, clock = Source(), Clock()
    key = source.add()
    ring = ring_on(tmp_path / "taken", source, clock)
    ring.refresh()
    assert isinstance(ring.authenticate(bearer(key)), Caller)
    assert caplog.text.count("the keys can't be kept") == 1
