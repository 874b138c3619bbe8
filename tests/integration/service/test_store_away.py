"""The service starts while PostgreSQL is down, and opens its store by itself once that is up."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from features.plan import default_plan
from features.store import Store
from serving.access.kept_keys import KeptKeys
from serving.access.key_ring import StoredKeys
from serving.clock import now_ms
from tests.contract.postgres import server_in
from tests.integration.service.running_service import make_key_in, start_service
from tests.unit.serving.claims import CONSENT, claim_content

OPEN_SECONDS = 20
CLAIM = claim_content("C1", authority=CONSENT, amount_minor=1)


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for a server's data; the path of its socket may have a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="clearclaim-pg-"))
    yield folder / "data"
    shutil.rmtree(folder)


def wait_until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + OPEN_SECONDS
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_service_starts_without_its_store_and_opens_it_when_it_is_there(
    data: Path, promoted_home: Path, tmp_path: Path
) -> None:
    """Alive and not ready, it sends claims to people; all of it opens by itself, and each claim was decided once.

    Who may call it knows from what its neighbours read last.
    """
    with server_in(data) as server:
        url = server.new_database("shop")
        key = _make_known_key(url, tmp_path / "clearclaim-spool")
    service = start_service(tmp_path, promoted_home, url, "/livez", key=key)
    try:
        with service.client() as http:
            answer = _ask_without_a_store(http, tmp_path)
            with server_in(data):
                _ask_with_a_store(http, answer, tmp_path)
                service.stop()  # before the server, which waits for those who are connected
    finally:
        service.stop()
    first, *rest = [line for line in service.log.read_text().splitlines() if url.partition("?")[0] in line]
    assert "can't be opened" in first  # of `clearclaim serve`; then the worker says the same, and that it is over
    assert "until then claims go to people" in json.loads(rest[0])["message"]
    assert any("is open after" in json.loads(line)["message"] for line in rest)


def _make_known_key(url: str, folder: Path) -> str:
    """A key in the store that a worker of before has read."""
    key = make_key_in(url, "shop")
    store = Store.open(url, default_plan())
    KeptKeys(folder, store.name).keep(StoredKeys(store).load(), now_ms())
    store.close()
    return key


def _ask_without_a_store(http: httpx.Client, folder: Path) -> dict[str, Any]:
    assert http.get("/livez").status_code == 200
    assert http.get("/readyz").status_code == 503
    answer: dict[str, Any] = http.post("/v1/score", json=CLAIM).json()
    assert (answer["action"], answer["degraded"], answer["replayed"]) == ("manual_review", True, False)
    assert len(list(folder.glob("clearclaim-spool/*.json"))) == 1
    assert http.post("/v1/score", json=CLAIM, headers={"authorization": "Bearer cc_x"}).status_code == 401
    for path in ("/console", "/v1/claims/C1"):
        refused = http.get(path)
        assert (path, refused.status_code) == (path, 503)
        assert int(refused.headers["retry-after"]) > 0
    wait_until(lambda: 'clearclaim_store_open{worker="1"} 0.0' in http.get("/metrics").text)
    return answer


def _ask_with_a_store(http: httpx.Client, answer: dict[str, Any], folder: Path) -> None:
    wait_until(lambda: http.get("/readyz").status_code == 200)
    wait_until(lambda: not list(folder.glob("clearclaim-spool/*.json")))
    assert http.post("/v1/score", json=CLAIM).json() == {**answer, "replayed": True}
    decided = http.post("/v1/score", json=claim_content("C2")).json()
    assert (decided["degraded"], decided["replayed"]) == (False, False)
    assert http.get("/console").status_code == 303
    wait_until(lambda: 'clearclaim_store_open{worker="1"} 1.0' in http.get("/metrics").text)
