"""Requests that nobody thought of."""

from pathlib import Path

from tests.integration.robust.fuzz import fuzz
from tests.integration.service.running_service import RunningService

SECONDS = 30  # make fuzz: ten minutes


def test_requests_invented_from_the_description_get_documented_answers(service: RunningService, tmp_path: Path) -> None:
    """Good requests and bad ones alike: a documented status, content type and shape, and never a 5xx."""
    done = fuzz(service, tmp_path, SECONDS, seed=1)
    assert done.returncode == 0, done.stdout[-8_000:]
    assert "Traceback" not in service.log.read_text()
