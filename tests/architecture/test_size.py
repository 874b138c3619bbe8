"""Files and functions stay small, and no name says nothing."""

from __future__ import annotations

import ast

import pytest

MOST_LINES = 330
MOST_LINES_OF_A_FUNCTION = 60  # half of them are shorter than seven; the longest open or list many things, one a line
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


def test_functions_are_short(files, root):
    """From its first line to its last, with what it says of itself: more can't be seen at once."""
    lengths = {
        f"{path.relative_to(root)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(lengths) > 1_000
    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION} == {}


def test_source_files_are_named_after_what_they_do(files, root):
    """A drawer for everything fills up with everything."""
    parts = {part.removesuffix(".py") for path in files for part in path.relative_to(root).parts}
    words = {word for part in parts for word in part.split("_")}
    assert words & SAYS_NOTHING == set()
