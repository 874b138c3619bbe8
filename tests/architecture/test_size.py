"""Files stay small, and no name says nothing."""

from __future__ import annotations

import pytest

MOST_LINES = 330
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}


@pytest.fixture(scope="module")
def files(root):
    """The source files of the three packages."""
    found = [path for package in ("features", "serving", "training") for path in sorted((root / package).rglob("*.py"))]
    assert len(found) > 50
    return found


def test_source_files_are_short(files, root):
    """Past some three hundred lines there is usually a second idea in a file."""
    lines = {str(path.relative_to(root)): len(path.read_text().splitlines()) for path in files}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_source_files_are_named_after_what_they_do(files, root):
    """A drawer for everything fills up with everything."""
    parts = {part.removesuffix(".py") for path in files for part in path.relative_to(root).parts}
    words = {word for part in parts for word in part.split("_")}
    assert words & SAYS_NOTHING == set()
