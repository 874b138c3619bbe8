"""The contracts of pyproject.toml about who may import whom."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_import_contracts_are_all_kept(root):
    """Import-linter finds at least three contracts, and none broken."""
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.search(r"(\d+) kept, (\d+) broken", done.stdout)
    assert counts, done.stdout
    kept, broken = (int(count) for count in counts.groups())
    assert kept >= 3
    assert broken == 0
