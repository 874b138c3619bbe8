"""A running service takes up what is promoted, lets a challenger score beside it, and can be watched while it does."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from serving.shadow_record import SHADOW
from tests.integration.service.running_service import ROOT, RunningService, environment_of
from tests.unit.serving.claims import CONSENT, claim_content

Start = Callable[..., RunningService]
WAIT_SECONDS = 120

# promotes a bundle with a card of its own under a name, or a broken one
PROMOTE = """
import shutil, sys
from pathlib import Path
import bentoml
from features.plan import default_plan
from serving.bundle import write_bundle
from tests.unit.serving.small_champion import champion_contents

folder, tag, card = sys.argv[1:]
bundle = write_bundle(Path(folder) / tag.replace(":", "-"), champion_contents(default_plan(), card=card))
with bentoml.models.create(tag) as stored:
    shutil.copytree(bundle.path, stored.path, dirs_exist_ok=True)
    if card == "broken":
        (Path(stored.path) / "abuse.txt").write_text("tree")
print(bundle.model_version)
"""


@pytest.fixture
def promote(tmp_path: Path) -> Callable[[str, str], str]:
    """Promote into the model store of the first service that the test starts; returns the bundle's version."""

    def promote_(tag: str, card: str) -> str:
        home = tmp_path / "bentoml-0"
        command = [sys.executable, "-c", PROMOTE, str(tmp_path), tag, card]
        environment = environment_of(home, OMP_NUM_THREADS="1")  # threads that spin are slow where others work too
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, timeout=WAIT_SECONDS, capture_output=True, text=True
        )
        return done.stdout.split()[-1]

    return promote_


def versions(http: httpx.Client) -> Iterator[str]:
    """Which model decided claims that are sent one after the other, each of which must be answered."""
    deadline = time.monotonic() + WAIT_SECONDS
    for number in count():
        assert time.monotonic() < deadline
        answer = http.post("/v1/score", json=claim_content(f"P{time.monotonic_ns()}-{number}", authority=CONSENT))
        assert answer.status_code == 200
        yield answer.json()["model_version"]


def test_promoted_model_is_taken_up_without_a_dropped_request_and_a_broken_one_never(
    start: Start, promote: Callable[[str, str], str]
) -> None:
    """The log tells what was taken up and what was refused, as JSON, once each."""
    service = start()
    with service.client() as http:
        before = next(versions(http))
        now = promote("clearclaim:20260101", "# Another card\n")
        assert now != before
        assert now in versions(http)
        promote("clearclaim:20260102", "broken")
        told = (version for version in versions(http) if "abuse.txt: differs from" in service.log.read_text())
        assert next(told) == now
        metrics = http.get("/metrics").text
    assert f'clearclaim_model_info{{role="champion",version="{now}"}} 1.0' in metrics
    lines = [
        json.loads(line) for line in service.log.read_text().splitlines() if '"logger": "clearclaim.model"' in line
    ]
    assert [(line["level"], line["worker"]) for line in lines[-2:]] == [("info", "1"), ("error", "1")]
    assert f"{now} is in force now, in the place of {before}" in lines[-2]["message"]
    assert f"until then {now} stays in force" in lines[-1]["message"]


def test_challenger_that_appears_later_scores_beside_the_champion(
    start: Start, promote: Callable[[str, str], str], tmp_path: Path
) -> None:
    """Answers stay the champion's; what the challenger would have done is on record, and is counted."""
    service = start(CLEARCLAIM_CHALLENGER="clearclaim-challenger:latest")
    store = sa.create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with service.client() as http:
        champion = next(versions(http))
        challenger = promote("clearclaim-challenger:1", "# A challenger\n")
        for decided_by in versions(http):
            assert decided_by == champion
            with store.connect() as connection:
                found = connection.scalars(sa.select(SHADOW.c.model_version)).all()
            if found:
                break
        assert set(found) == {challenger}
        metrics = http.get("/metrics").text
    store.dispose()
    assert f'clearclaim_model_info{{role="challenger",version="{challenger}"}} 1.0' in metrics
    assert 'clearclaim_shadow_claims_total{outcome="scored"}' in metrics
