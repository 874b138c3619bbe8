"""Fresh interpreters, in which nothing has been imported yet."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def in_fresh_python() -> Callable[..., object]:
    """Run a script in a new interpreter and return what it printed last, read as JSON."""

    def run(script: str, *arguments: str) -> object:
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture(scope="session")
def modules_of() -> Callable[[str], list[str]]:
    """All modules of a package by name, found on disk; `__main__` is a command and not for import."""

    def find(package: str) -> list[str]:
        paths = [path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / package).rglob("*.py"))]
        names = [".".join(path.parts).removesuffix(".__init__") for path in paths]
        return [name for name in names if not name.endswith("__main__")]

    return find
