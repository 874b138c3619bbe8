"""One quarter for all tests, its report as the command writes it, and a browser to read it in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.integration.console.browsing import CHROMIUM_FLAGS, ROOT, find_chromium
from tests.integration.report.quarter import NAME, make_quarter
from tests.integration.service.running_service import COMMAND, environment_of

# a marketplace large enough for a picture takes a minute
collect_ignore = [] if "SCREENSHOTS" in os.environ else ["test_pictures.py"]


@pytest.fixture(scope="session")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a small marketplace after its quarter."""
    return make_quarter(tmp_path_factory.mktemp("quarter"))


@pytest.fixture(scope="session")
def written(quarter: Path) -> dict[str, Path]:
    """The quarter's report in both languages, by language."""
    found = {}
    for language in ("en", "zh-CN"):
        out = quarter.with_name(f"report-{language}.html")
        asked = ("--store", f"sqlite:///{quarter}", "--quarter", NAME, "--language", language, "--out", str(out))
        done = subprocess.run(
            [COMMAND, "report", *asked],
            env=environment_of(quarter.parent),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        found[language] = out
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go: under build/, or where SCREENSHOTS says."""
    folder = ROOT / os.environ.get("SCREENSHOTS", "build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
