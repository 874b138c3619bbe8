"""A BentoML home with a champion, for services that tests start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from features.plan import default_plan
from serving.bundle import BundleContents, write_bundle
from tests.integration.service.running_service import ROOT, environment_of
from tests.unit.serving.small_champion import champion_contents

# BentoML reads its home when it is imported, so the model is put there by a process of its own
_PROMOTE = """
import shutil, sys
import bentoml

with bentoml.models.create("clearclaim:20250101") as stored:
    shutil.copytree(sys.argv[1], stored.path, dirs_exist_ok=True)
"""


def promote_into(folder: Path, contents: BundleContents | None = None) -> Path:
    """Make a BentoML home with a champion in a folder, by default a small one, and return it."""
    home = folder / "bentoml"
    home.mkdir()
    bundle = write_bundle(folder / "bundle", contents or champion_contents(default_plan()))
    command = [sys.executable, "-c", _PROMOTE, bundle.path]
    subprocess.run(command, cwd=ROOT, env=environment_of(home), check=True, timeout=180)
    return home
