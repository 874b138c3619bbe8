"""Workers die in the middle of their work; nothing that was answered is lost, and nothing is there twice."""

import shutil
from pathlib import Path

from tests.integration.robust.crash import TWO_WORKERS, crash
from tests.integration.service.running_service import start_service

KILLS = 6  # make crash: 200


def test_workers_that_are_killed_lose_no_answer_and_double_none(promoted_home: Path, tmp_path: Path) -> None:
    """Callers that ask again get every claim decided once, as they were told; log, vectors and history agree."""
    home = shutil.copytree(promoted_home, tmp_path / "bentoml")
    store = tmp_path / "store.db"
    service = start_service(tmp_path, home, store, **TWO_WORKERS)
    try:
        figures = crash(service, store, KILLS, both=0.8)
    finally:
        service.stop()
    assert figures.complaints == []
    assert figures.claims > 100
    assert figures.retries > 0
