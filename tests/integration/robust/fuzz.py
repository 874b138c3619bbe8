"""Schemathesis against a running service: requests invented from its OpenAPI document, by the rules and against them.

    python -m tests.integration.robust.fuzz --seconds 600

Every answer must be documented, with its status, content type and shape; none may be a 5xx. Exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.integration.service.promoted import promote_into
from tests.integration.service.running_service import ROOT, RunningService, start_service

COMMAND = Path(sys.executable).with_name("schemathesis")
# A body may be right field by field and wrong as a whole (delivered before it was paid), which no JSON Schema says.
# Keys have tests of their own: whoever shows as many bad ones as Schemathesis does is soon answered 429.
NOT_ASKED = "positive_data_acceptance,ignored_auth"


def fuzz(service: RunningService, folder: Path, seconds: int, seed: int) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis for so long; its output says what it found."""
    command = [
        *(str(COMMAND), "run", f"{service.url}/v1/openapi.json", "--no-color", "--continue-on-failure"),
        *("--checks", "all", "--exclude-checks", NOT_ASKED),
        *("--max-time", str(seconds), "--seed", str(seed), "--generation-database", "none"),
        *("--header", f"Authorization: Bearer {service.key}"),
    ]
    # in a folder of its own, where no setting lies about
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.integration.robust.fuzz_hooks"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=seconds + 120
    )


def main() -> None:
    """Fuzz a service of its own for as long as is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        service = start_service(folder, promote_into(folder), folder / "store.db")
        try:
            done = fuzz(service, folder, asked.seconds, asked.seed)
        finally:
            service.stop()
    sys.stdout.write(done.stdout + done.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
