"""Two services as on two hosts: process groups of their own, with several workers, that share one PostgreSQL store."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from features.parity import check_parity
from features.plan import default_plan
from features.store import Store
from serving.ledger import DECISION
from serving.policy import default_policy_path
from tests.contract.postgres import postgres_server
from tests.integration.service.running_service import RunningService, start_service
from tests.unit.serving.claims import HOUR_MS, NOW_MS, claim_content

CLAIMS = 40
AT_ONCE = 4
CAPACITY = 5  # reviews a day, far fewer than are asked for
MINUTE_MS = 60_000
MORNING_MS = NOW_MS + 20 * HOUR_MS  # four o'clock in Shanghai


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """An empty database."""
    with postgres_server(durable=False) as new_url:
        yield new_url()


@pytest.fixture
def hosts(postgres_url: str, promoted_home: Path, tmp_path: Path) -> Iterator[list[RunningService]]:
    """Both services, each with a model store of its own and two workers, under one policy with few reviewers."""
    policy = tmp_path / "policy.toml"
    text = default_policy_path().read_text(encoding="utf-8")
    for before, now in (("capacity_per_day = 200", f"capacity_per_day = {CAPACITY}"), ("= 5.0 ", "= 0.0 ")):
        assert before in text
        text = text.replace(before, now, 1)
    policy.write_text(text, encoding="utf-8")
    settings = {"CLEARCLAIM_POLICY": str(policy), "CLEARCLAIM_CLOCK": "filing", "CLEARCLAIM_WORKERS": "2"}
    running: list[RunningService] = []
    try:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            home = shutil.copytree(promoted_home, tmp_path / name / "bentoml")
            running.append(start_service(tmp_path / name, home, postgres_url, **settings))
        yield running
    finally:
        for service in running:
            service.stop()


def claim(number: int) -> dict[str, Any]:
    """A claim of a few buyers and shops, a minute after the one before, in which the buyer asks for a person."""
    order = {"buyer_id": f"B{number % 7}", "merchant_id": f"M{number % 3}", "product_id": f"P{number % 5}"}
    filed_at_ms = MORNING_MS + number * MINUTE_MS
    return claim_content(f"C{number}", order=order, human_requested=True, filed_at_ms=filed_at_ms)


def test_services_that_get_the_same_claims_at_once_decide_each_once(
    hosts: list[RunningService], postgres_url: str
) -> None:
    """Whichever is asked, and both at once: one decision, on what the log says was known, at one price of a review."""
    with hosts[0].client() as one, hosts[1].client() as other, ThreadPoolExecutor(2 * AT_ONCE) as pool:
        pairs = []
        for start in range(0, CLAIMS, AT_ONCE):
            numbers = range(start, start + AT_ONCE)
            sent = [pool.submit(post, http, claim(number)) for number in numbers for http in (one, other)]
            answers = [each.result() for each in sent]
            pairs += list(zip(answers[::2], answers[1::2], strict=True))
        # not sent to both: what each asks for a place is its own finding
        prices = [post(http, claim(CLAIMS + n))["capacity_price_minor"] for n, http in enumerate((one, other))]
    for pair in pairs:
        assert sorted(answer.pop("replayed") for answer in pair) == [False, True]
        assert pair[0] == pair[1]
    assert prices[0] == pytest.approx(prices[1], rel=0.05)
    assert prices[0] > 0
    store = Store.open(postgres_url, default_plan(), existing=True)
    with store.reading() as connection:
        decided = connection.scalars(sa.select(DECISION.c.claim_id)).all()
    parity = check_parity(store)
    store.close()
    assert sorted(decided) == sorted(f"C{number}" for number in range(CLAIMS + 2))
    assert (parity.claims, parity.mismatches, parity.missing_claims) == (CLAIMS + 2, {}, ())


def post(http: httpx.Client, content: dict[str, Any]) -> dict[str, Any]:
    """The answer to a claim."""
    answer: dict[str, Any] = http.post("/v1/score", json=content).raise_for_status().json()
    return answer
