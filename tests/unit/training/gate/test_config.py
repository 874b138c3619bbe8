"""What a gate file may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.gate.config import GateConfig, read_gate
from training.gate.duel import GateError


def test_gate_file_changes_what_it_says_and_nothing_else(tmp_path: Path):
    """The rest stays as it is by default."""
    (tmp_path / "gate.toml").write_text('demand = "better"\nleaves = 9\n')
    assert read_gate(tmp_path / "gate.toml") == GateConfig(demand="better", leaves=9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("money_margn = 0.1", "key money_margn: unknown; did you mean money_margin?"),
        ("zzz = 1", "key zzz: unknown; use demand, "),
        ("money_margin = -0.1", "money_margin is -0.1; use a number of zero or more"),
        ("leaves = true", "leaves is True; use a number of zero or more"),
        ("score_ms = nan", "score_ms is nan; use a number"),
        ('calibration_limit = "low"', "calibration_limit is 'low'; use a number"),
        ('demand = "best"', "demand is 'best'; use one of non_inferior, better"),
        ("demand", "not a TOML file"),
    ],
)
def test_gate_file_that_says_what_cannot_be_is_refused(tmp_path: Path, text: str, complaint: str):
    """A mistyped limit is never ignored: the line names file and key."""
    (tmp_path / "gate.toml").write_text(text)
    with pytest.raises(GateError) as refused:
        read_gate(tmp_path / "gate.toml")
    assert complaint in str(refused.value)
    assert "gate.toml" in str(refused.value)


def test_gate_file_that_is_not_there_is_refused(tmp_path: Path):
    """The line names it."""
    with pytest.raises(GateError, match=r"nowhere\.toml: can't be read"):
        read_gate(tmp_path / "nowhere.toml")
