"""The service's life: without a model, killed in the middle of its work, started again."""

import shutil
import time
from collections.abc import Callable, Iterator
from itertools import count, islice, takewhile
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import httpx

from serving.policy import default_policy_path, read_policy
from tests.integration.service.running_service import RunningService
from tests.unit.serving.claims import CONSENT, claim_content

Start = Callable[..., RunningService]
ACKNOWLEDGED = 40
ANSWER_SECONDS = 30


def test_service_without_a_model_is_not_ready_but_sends_claims_to_people(start: Start) -> None:
    """Nothing is lost and nothing approved while there is no champion."""
    with start(champion=False).client() as http:
        readiness = http.get("/readyz")
        assert (readiness.status_code, readiness.json()["error"]["code"]) == (503, "unavailable")
        answer = http.post("/v1/score", json=claim_content("C1", authority=CONSENT, amount_minor=1)).json()
        assert (answer["action"], answer["cause"], answer["degraded"]) == ("manual_review", "degraded", True)
        assert answer["abuse_probability"] is None


def test_policy_is_taken_up_and_a_refused_one_changes_nothing(start: Start, tmp_path: Path) -> None:
    """An operator edits the file of a running service: a mistake is told in its log, a good change is in force soon."""
    file = tmp_path / "policy.toml"
    shutil.copy(default_policy_path(), file)
    service = start(CLEARCLAIM_POLICY=str(file))
    text, before = file.read_text(encoding="utf-8"), read_policy(file).version
    told = f"{file}: costs.delay_cost_minr: unknown key; did you mean costs.delay_cost_minor?"
    with service.client() as http:
        versions = _versions(http)
        assert next(versions) == before
        file.write_text(text.replace("delay_cost_minor", "delay_cost_minr"), encoding="utf-8")
        until_told = list(takewhile(lambda _: told not in service.log.read_text(), versions))
        assert {*until_told, *islice(versions, 5)} == {before}
        file.write_text(text.replace("delay_cost_minor = 200 ", "delay_cost_minor = 300 "), encoding="utf-8")
        now = read_policy(file).version
        assert now != before
        assert now in versions
    [line] = [line for line in service.log.read_text().splitlines() if told in line]
    assert f"policy {before} stays in force" in line


def _versions(http: httpx.Client) -> Iterator[str]:
    """Which policy decided claims that are sent one after the other, for as long as that may take."""
    deadline = time.monotonic() + ANSWER_SECONDS
    for number in count():
        assert time.monotonic() < deadline
        yield http.post("/v1/score", json=claim_content(f"P{number}")).json()["policy_version"]


def test_answers_that_were_given_survive_a_kill(start: Start) -> None:
    """What a caller was told is on disk before it is told: no crash takes it back, none decides it again."""
    first = start()
    answers: Queue[tuple[dict[str, Any], dict[str, Any]]] = Queue()
    sender = Thread(target=_send_until_it_breaks, args=(first, answers))
    sender.start()
    acknowledged = [answers.get(timeout=ANSWER_SECONDS) for _ in range(ACKNOWLEDGED)]
    first.kill()
    sender.join(ANSWER_SECONDS)
    assert not sender.is_alive()
    while not answers.empty():
        acknowledged.append(answers.get())
    with start().client() as http:
        for claim, answer in acknowledged:
            assert answer["replayed"] is False
            assert http.post("/v1/score", json=claim).json() == {**answer, "replayed": True}
        # whatever was cut off in the middle is whole or not there: either way it can be asked again
        unanswered = claim_content(f"C{len(acknowledged)}")
        assert http.post("/v1/score", json=unanswered).status_code == 200


def _send_until_it_breaks(service: RunningService, answers: Queue[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    number = 0
    with service.client() as http:
        while True:
            claim = claim_content(f"C{number}")
            try:
                answers.put((claim, http.post("/v1/score", json=claim).raise_for_status().json()))
            except httpx.TransportError:
                return
            number += 1
