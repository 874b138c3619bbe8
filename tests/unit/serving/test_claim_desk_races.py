"""The same claim, sent by several at once: one decision, and the same answer for all."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from features.parity import check_parity
from features.store import Store
from serving.answer import Answer
from serving.claim_desk import ClaimDesk
from serving.ledger import DECISION
from tests.unit.serving.claims import make_claim

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
CLAIMS = 25
PROCESS_SECONDS = 60

# one worker: opens the store by itself, says that it is ready, and scores the same claims as all others
WORKER = """
import sys
from features.plan import default_plan
from features.store import Store
from serving.claim_desk import ClaimDesk
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.claims import NOW_MS, make_claim

store = Store.open(sys.argv[1], default_plan())
desk = ClaimDesk(store, read_policy(default_policy_path()), None, lambda _: NOW_MS)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    print(desk.score(make_claim(f"C{number}")).model_dump_json())
"""


def assert_decided_once(store: Store, answers_of: list[list[Answer]]) -> None:
    """Each claim has one decision, which all got; and history counts it once."""
    for answers in zip(*answers_of, strict=True):
        assert sorted(answer.replayed for answer in answers) == [False, *[True] * (len(answers) - 1)]
        assert len({json.dumps(answer.model_dump(exclude={"replayed"})) for answer in answers}) == 1
    with store.reading() as connection:
        assert len(connection.execute(DECISION.select()).all()) == CLAIMS
    parity = check_parity(store)
    assert parity.claims == CLAIMS
    assert parity.holds


def test_claims_sent_by_threads_at_once_are_decided_once(store: Store, open_desk: Callable[..., ClaimDesk]) -> None:
    """A desk may be shared between threads."""
    desk = open_desk()
    together = threading.Barrier(3)

    def score_all(_: int) -> list[Answer]:
        answers = []
        for number in range(CLAIMS):
            together.wait(PROCESS_SECONDS)
            answers.append(desk.score(make_claim(f"C{number}")))
        return answers

    with ThreadPoolExecutor(3) as pool:
        assert_decided_once(store, list(pool.map(score_all, range(3))))


def test_claims_sent_by_processes_at_once_are_decided_once(store: Store) -> None:
    """Several services may share one database file."""
    url = store.engine.url.render_as_string()
    command = [sys.executable, "-c", WORKER, url, str(CLAIMS)]
    workers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        outputs = _release(workers)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert [worker.returncode for worker in workers] == [0, 0]
    assert_decided_once(store, [[Answer.model_validate_json(line) for line in lines] for lines in outputs])


def _release(workers: list[subprocess.Popen[str]]) -> list[list[str]]:
    """Let all workers go at once, and collect what each printed."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [worker.communicate(timeout=PROCESS_SECONDS)[0].splitlines() for worker in workers]
