"""A BentoML home with a small champion, for services that tests start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.integration.service.running_service import ROOT, environment_of

# BentoML reads its home when it is imported, so the model is put there by a process of its own
_PROMOTE = """
import shutil, sys
from pathlib import Path
import bentoml
from features.plan import default_plan
from serving.bundle import write_bundle
from tests.unit.serving.small_champion import champion_contents

bundle = write_bundle(Path(sys.argv[1]), champion_contents(default_plan()))
with bentoml.models.create("clearclaim:20250101") as stored:
    shutil.copytree(bundle.path, stored.path, dirs_exist_ok=True)
"""


def promote_into(folder: Path) -> Path:
    """Make a BentoML home with a champion in a folder, and return it."""
    home = folder / "bentoml"
    home.mkdir()
    command = [sys.executable, "-c", _PROMOTE, str(folder / "bundle")]
    subprocess.run(command, cwd=ROOT, env=environment_of(home), check=True, timeout=180)
    return home
