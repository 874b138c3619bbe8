"""Debian's Chromium, and axe-core in it. Nothing is downloaded but axe-core, once, by npm."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = Path(__file__).with_name("package.json")
LOCK = Path(__file__).with_name("package-lock.json")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STANDARDS = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
COLOUR_RULES = ("color-contrast", "link-in-text-block")  # all that differs between light and dark
LOOK = """
async ([rules, standards]) => {
  const only = rules.length ? {type: "rule", values: rules} : {type: "tag", values: standards};
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
  return found.violations.filter(({impact}) => impact === "serious" || impact === "critical").flatMap(
    ({id, help, nodes}) => nodes.map(({target, failureSummary}) => `${id} at ${target}: ${help}; ${failureSummary}`));
}
"""


def missing(what: str) -> NoReturn:
    """Leave the tests out that need something that isn't here; CI must have it."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it: {what}")
    pytest.skip(what)


def find_chromium() -> str:
    """The browser's path."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    missing("there is no Chromium; install it (on Debian: apt-get install chromium)")


def axe_source() -> str:
    """The text of axe-core, which npm has put under build/ now or earlier."""
    folder = ROOT / "build" / f"axe-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        _install(folder)
    return script.read_text(encoding="utf-8")


def complaints(page: Page, axe: str, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds serious or critical on a page: by the standards, or by some rules alone."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe)
    return page.evaluate(LOOK, [list(rules), list(STANDARDS)])


def _install(folder: Path) -> None:
    if shutil.which("npm") is None:
        missing("there is no npm to get axe-core with; install it (on Debian: apt-get install npm)")
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        place = Path(name) / "axe"
        place.mkdir()
        for file in (PACKAGE, LOCK):
            shutil.copy(file, place)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=180)
        if done.returncode != 0:
            said = (done.stderr.strip() or "npm said nothing").splitlines()[0]
            missing(f"npm can't get axe-core ({said})")
        if not folder.exists():
            place.rename(folder)
