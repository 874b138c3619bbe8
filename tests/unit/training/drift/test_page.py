"""The page stands by itself, in light and dark, and says what can't be told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from training.drift.judging import judge
from training.drift.page import page


@pytest.fixture(scope="module")
def page_of(compared) -> Callable[[str], str]:
    """The page of a world, made once."""
    made: dict[str, str] = {}

    def of(name: str) -> str:
        if name not in made:
            made[name] = page(compared(name), judge(compared(name)))
        return made[name]

    return of


@pytest.mark.parametrize(
    "world_name",
    ["nothing", *(pytest.param(name, marks=pytest.mark.slow) for name in ("unchanged", "no verdicts"))],
)
def test_page_needs_nothing_beside_itself(page_of, world_name):
    """No script, no address, nothing to load; a style for the dark; ids of one plot are no other's."""
    text = page_of(world_name)
    assert "<script" not in text
    assert not re.search(r"https?:|//\w+\.\w|<link|<img|@import|javascript:|\son\w+=", text)
    assert not re.search(r"url\((?!#)", text)
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text
    ids = re.findall(r'\bid="(clip|[mp])?([0-9a-f]{8,})"', text)
    assert len(ids) == len(set(ids))
    assert not re.search(r"#0\d0\d0\d", text)  # no stand-in for a colour is left


@pytest.mark.parametrize(
    ("world_name", "words"),
    [
        pytest.param("unchanged", ["Advice: none", "Calibration on mature", "Actions by week"], marks=pytest.mark.slow),
        pytest.param("no verdicts", ["No mature claim has a label yet", "too few verdicts"], marks=pytest.mark.slow),
        ("nothing", ["0 claims are too few to compare columns", "no claim was filed in the period"]),
    ],
)
def test_page_of_empty_cases_says_so(page_of, world_name, words):
    """What can't be told is said, and not left out."""
    text = page_of(world_name)
    for word in words:
        assert word in text
    assert ">nan<" not in text
