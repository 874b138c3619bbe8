"""Keys at work: a running service takes up new ones, drops revoked ones, and stores no plain id of a person."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from serving.cli import main
from tests.integration.service.running_service import RunningService, make_key_in
from tests.unit.serving.claims import claim_content

Start = Callable[..., RunningService]
REVOKED_SECONDS = 5.0
PEOPLE = {"buyer_id": "ann-of-elm-street", "address_id": "elm-street-9", "payment_id": "card-4711"}


def status_with(service: RunningService, key: str | None, path: str = "/v1/score") -> int:
    """What a claim that was decided already is answered to who sends a key."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    return httpx.post(f"{service.url}{path}", json=claim_content("known"), headers=headers, timeout=30).status_code


def wait_for(status: int, ask: Callable[[], int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while ask() != status:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_key_works_while_it_is_in_force_without_a_restart(start: Start, tmp_path: Path) -> None:
    """Made, limited to its scope, and revoked while the service runs: within five seconds each."""
    service = start(champion=False)
    store = tmp_path / "store.db"
    assert status_with(service, None) == 401
    assert status_with(service, service.key) == 200
    late, reviewer = make_key_in(store, "late"), make_key_in(store, "rev", "reviewer")
    wait_for(200, lambda: status_with(service, late), REVOKED_SECONDS)
    assert status_with(service, reviewer) == 403
    revoked = CliRunner().invoke(main, ["users", "revoke", "late", "--store", f"sqlite:///{store}"])
    assert revoked.output == "late: 1 key revoked\n"
    wait_for(401, lambda: status_with(service, late), REVOKED_SECONDS)
    assert status_with(service, service.key) == 200


def test_health_and_page_need_no_key_and_no_response_names_the_server(service: RunningService) -> None:
    """And each of them may do nothing in a browser."""
    for path in ("/livez", "/readyz", "/", "/v1/openapi.json", "/nowhere"):
        answer = httpx.get(f"{service.url}{path}")
        assert answer.status_code == (404 if path == "/nowhere" else 200)
        assert "server" not in answer.headers
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cache-control"] == "no-store"


def test_ids_of_people_reach_neither_the_store_nor_the_log(start: Start, tmp_path: Path) -> None:
    """With a key set, none of the files that the service leaves behind holds one, and a repeat is a repeat."""
    service = start(champion=False, CLEARCLAIM_ID_KEY="k" * 32)
    claim = claim_content("C1", order=PEOPLE, device_id="phone-of-ann", text="it broke")
    with service.client() as http:
        assert http.post("/v1/score", json=claim).status_code == 200
        assert http.post("/v1/score", json=claim).json()["replayed"] is True
        other = claim_content("C1", order={**PEOPLE, "buyer_id": "bob"}, device_id="phone-of-ann", text="it broke")
        assert http.post("/v1/score", json=other).status_code == 409
        broken = {**claim, "order": {**claim["order"], "buyer_id": "ann-of-elm-street\n"}}
        assert http.post("/v1/score", json=broken).status_code == 400
    with sqlite3.connect(tmp_path / "store.db") as connection:
        (buyer,) = connection.execute("SELECT DISTINCT buyer_id FROM event").fetchone()
    assert buyer.startswith("buyer~")
    service.stop()
    kept = b"".join(path.read_bytes() for path in [*tmp_path.glob("store.db*"), service.log])
    assert b"it broke" in kept  # the text is stored, so files were read that hold the claim
    assert [plain for plain in (*PEOPLE.values(), "phone-of-ann") if plain.encode() in kept] == []


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (("--host", "192.0.2.1"), {"CLEARCLAIM_AUTH": "off"}, "CLEARCLAIM_AUTH: is off, and whoever reaches 192.0.2.1"),
        ((), {"CLEARCLAIM_AUTH": "maybe"}, "CLEARCLAIM_AUTH: is 'maybe'; use keys, or off"),
        ((), {"CLEARCLAIM_ID_KEY": "short"}, "CLEARCLAIM_ID_KEY: has 5 bytes and needs 32 at least"),
        ((), {"CLEARCLAIM_ID_KEY": "o" * 32}, "its ids are stored as they came, and CLEARCLAIM_ID_KEY is set"),
    ],
)
def test_serve_is_refused_with_a_setting_that_leaves_a_door_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    """In one line, before anything listens."""
    monkeypatch.setenv("CLEARCLAIM_STORE", f"sqlite:///{tmp_path / 'plain.db'}")
    make_key_in(tmp_path / "plain.db", "shop")
    with sqlite3.connect(tmp_path / "plain.db") as connection:
        connection.execute("INSERT INTO store_info (name, value) VALUES ('id_key', 'none')")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(main, ["serve", *arguments])
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.splitlines()) == 1
