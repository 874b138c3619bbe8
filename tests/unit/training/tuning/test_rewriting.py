"""A policy file with other numbers, and nothing else changed."""

import difflib
from pathlib import Path

import pytest

from serving.policy import default_policy_path, read_policy
from training.tuning.knobs import TuningError
from training.tuning.rewriting import rewritten, write_tuned

SETTINGS = {"actions.auto_approve_up_to_minor": 25_707.0, "costs.merchant_loss_weight": 1.25}


def test_tuned_file_differs_in_these_lines_only(tmp_path: Path) -> None:
    """Comments stay, where they were; the file holds, and says the new numbers."""
    source, out = default_policy_path(), tmp_path / "deep" / "tuned.toml"
    written = write_tuned(source, read_policy(source), SETTINGS, out)
    assert (written.actions.auto_approve_up_to_minor, written.costs.merchant_loss_weight) == (25_707, 1.25)
    old, new = (path.read_text().splitlines() for path in (source, out))
    changes = [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    assert [line.partition("#")[0] for line in changes] == [
        "- merchant_loss_weight = 1.5           ",
        "+ merchant_loss_weight = 1.25          ",
        "- auto_approve_up_to_minor = 100000            ",
        "+ auto_approve_up_to_minor = 25707             ",
    ]
    assert changes[0].partition("#")[2] == changes[1].partition("#")[2] != ""


def test_setting_left_to_its_default_is_added_to_its_table() -> None:
    """Below the table's name, and not into the table after it."""
    text = "[review]  # people\nsensitivity = 0.9\n\n[other]\nlowest_price_minor = 7\n"
    assert rewritten(text, {"review.lowest_price_minor": 5.0}) == text.replace(
        "# people\n", "# people\nlowest_price_minor = 5\n"
    )


def test_text_without_the_table_is_refused() -> None:
    """An inline table can't be changed line by line; the message says how to write it."""
    with pytest.raises(TuningError, match=r"no line \[actions\]"):
        rewritten("actions = { auto_approve_up_to_minor = 5 }\n", SETTINGS)


def test_text_that_hides_the_setting_leaves_no_file(tmp_path: Path) -> None:
    """What is written is read back before it appears: a second spelling of the key would make it say something else."""
    source, out = tmp_path / "policy.toml", tmp_path / "tuned.toml"
    text = default_policy_path().read_text().replace("auto_approve_up_to_minor =", '"auto_approve_up_to_minor" =')
    source.write_text(text)
    with pytest.raises(TuningError, match="can't be changed"):
        write_tuned(source, read_policy(source), SETTINGS, out)
    assert not out.exists()
