"""Who ruled when, and who came before."""

from __future__ import annotations

import getpass

import pytest

from training.champions.promotion import Promotion, before, reigns, user_name
from training.champions.table import as_json, table

HOW = {"+": "promoted", "!": "forced", "<": "rolled_back"}


def line_of(written: str) -> list[Promotion]:
    """Promotions as `+1 !2 <1`: what was done, and the version."""
    return [
        Promotion(
            id=str(place),
            at_ms=1_780_000_000_000 + place * 3_600_000,
            version=word[1:],
            bundle_version=f"bundle-{word[1:]}",
            how=HOW[word[0]],
            by="ann",
            reason="it was time" if word[0] == "!" else "",
            refusals=("gain: it loses money",) if word[0] == "!" else (),
        )
        for place, word in enumerate(written.split())
    ]


@pytest.mark.parametrize(
    ("done", "champion", "expected"),
    [
        ("", None, None),
        ("", "1", None),
        ("+1", "1", None),
        ("+1 +2", "2", "1"),
        ("+2 +5 +3", "3", "5"),  # in force before, not the number before
        ("+1 !2", "2", "1"),
        ("+1 +2 +3 <2", "2", "1"),  # once more goes further back, and not to what was taken back
        ("+1 +2 +3 <2 <1", "1", None),
        ("+1 +2 <1 +3", "3", "1"),
        ("+1 +2 <1 +2", "2", "1"),
        ("+1 +2 +1", "1", "2"),
        ("+1 +2 +1 <2", "2", "1"),
        ("+1 +2 +3 <1", "1", None),  # two steps at once
        ("+1 +2 <1 <2", "2", "1"),  # and forward again, by its number
        ("+1 +2 +2", "2", "1"),
        ("+1 +2", "7", "2"),  # 7 was made champion by other means
    ],
)
def test_before_is_the_champion_that_was_in_force_and_not_taken_back(done, champion, expected):
    """The way back leads along the line of those that were kept."""
    assert before(line_of(done), champion) == expected


def test_reigns_follow_one_another_and_the_last_one_lasts():
    """Each ends where the next begins."""
    promotions = line_of("+1 +2 <1")
    found = list(reigns(promotions))
    assert [reign.promotion.version for reign in found] == ["1", "2", "1"]
    assert [reign.until_ms for reign in found] == [promotions[1].at_ms, promotions[2].at_ms, None]
    assert list(reigns([])) == []


def test_history_tells_version_times_name_and_why():
    """A line each; what was forced has the gate's words below it."""
    lines = list(table(line_of("+1 !2 <1"), "1"))
    assert len(lines) == 1 + 3 + 1
    assert lines[1].split() == ["1", "bundle-1", "2026-05-28", "20:26:40", "2026-05-28", "21:26:40", "promoted", "ann"]
    assert lines[2].split()[-5:] == ["forced", "ann", "it", "was", "time"]
    assert lines[3].strip() == "in spite of gain: it loses money"
    assert lines[4].split()[4:] == ["now", "rolled", "back", "ann"]


@pytest.mark.parametrize(
    ("done", "champion", "says"),
    [
        ("", None, "there is no champion"),
        ("", "3", "version 3 is champion now, and no record says since when"),
        ("+1 +2", "1", "version 1 is champion now, and no record says since when"),
    ],
)
def test_history_that_the_alias_contradicts_says_so(done, champion, says):
    """Somebody may have moved the alias by MLflow's own page."""
    assert list(table(line_of(done), champion))[-1].startswith(says)


def test_history_as_json_has_all_that_is_on_record():
    """With the end of each time, and who is champion now."""
    told = as_json(line_of("+1 !2"), "2")
    assert told["champion"] == "2"
    assert [each["until_ms"] for each in told["history"]] == [told["history"][1]["at_ms"], None]
    assert told["history"][1]["refusals"] == ["gain: it loses money"]
    assert told["history"][1]["by"] == "ann"


def test_user_without_a_name_is_unknown(monkeypatch):
    """In a container the user's number may have no name; a promotion goes on all the same."""

    def nameless():
        raise OSError("no username set in the environment")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert user_name() == "unknown"
