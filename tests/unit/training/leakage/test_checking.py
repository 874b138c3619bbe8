"""A leak fails the training, in a line for each thing found; what was seen of an honest one goes on its card."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serving.bundle import write_bundle
from tests.unit.training.leakage.conftest import SPLIT
from training.dataset import cut_dataset
from training.dataset.checked import Shared
from training.leakage import LeakageConfig, LeakageError, check_dataset
from training.leakage.config import excuses_of
from training.leakage.statement import leakage_facts, leakage_lines
from training.train import train

QUICK = LeakageConfig(sample=2)


@pytest.fixture(scope="module")
def checked(dataset, gathered, plan):
    return check_dataset(dataset, gathered.table, plan, QUICK)


def test_check_dataset_that_is_honest_changes_nothing_but_what_was_seen(dataset, checked):
    """The same periods; and the figures that are told."""
    assert checked.data_hash == dataset.data_hash
    seen = checked.checked
    assert (seen.columns, seen.recomputed, seen.buyers) == (len(dataset.columns), 2, "may_return")
    assert seen.strongest in dataset.columns
    assert seen.shared == Shared(len(dataset.test), len(dataset.test), len(dataset.test))


def test_check_dataset_with_several_leaks_names_each_in_a_line(gathered, plan):
    """A column of later verdicts, and buyers who should have been apart."""
    rows, column = gathered.spine.rows, gathered.columns.index("buyer_orders_7d")
    abusive = np.array([name.as_py() for name in gathered.events["claim_id"].take(rows)])
    vectors = gathered.vectors.copy()
    vectors[:, column] = [int(str(name).split("-")[1]) % 3 == 0 for name in abusive]
    leaked = cut_dataset(replace(gathered, vectors=vectors), SPLIT)
    with pytest.raises(LeakageError) as caught:
        check_dataset(leaked, gathered.table, plan, replace(QUICK, buyers="apart"))
    lines = caught.value.findings
    assert str(caught.value).splitlines() == [f"({number}) {line}" for number, line in enumerate(lines, start=1)]
    assert lines[0].startswith("period test: ")
    assert any(line.startswith("column buyer_orders_7d, period train: alone ranks") for line in lines)
    assert any(line.startswith("columns buyer_orders_7d: from what was known before") for line in lines)


def test_check_dataset_that_is_not_sound_looks_for_nothing_else(dataset, gathered, plan):
    """Of such periods no other figure means anything."""
    twice = dataset.test.take(np.sort(np.append(np.arange(len(dataset.test)), 5)))
    with pytest.raises(LeakageError) as caught:
        check_dataset(replace(dataset, test=twice), gathered.table, plan, replace(QUICK, buyers="apart"))
    assert len(caught.value.findings) == 1


def test_train_on_buyers_who_return_fails_where_they_are_to_be_apart(shop, table_of, plan, quick):
    """Before a model is fitted."""
    steps: list[str] = []
    config = replace(quick, leakage=LeakageConfig(buyers="apart"))
    with pytest.raises(LeakageError, match="claims are of buyers who have claims in train or calibration too"):
        train(table_of(shop), plan, config, lambda _done, _total, what: steps.append(what))
    assert steps[-1] == "looking for leakage"


def test_train_says_on_the_card_and_in_the_manifest_what_was_checked(trained, tmp_path):
    """Columns, claims made again, and how many of the test's buyers come back."""
    card, facts = trained.bundle.card, trained.bundle.training["leakage"]
    assert "**Leakage.** Each of 250 columns was tried alone" in card
    assert "Buyers may return: 100% of the test's claims" in card
    assert facts["recomputed"] == 16
    assert facts["strongest"] in trained.latest.dataset.columns
    write_bundle(tmp_path / "bundle", trained.bundle)  # and JSON can hold it


def test_leakage_lines_of_excused_columns_give_the_reason(checked):
    """Whoever reads the card learns what was let pass, and why."""
    lines = leakage_lines(replace(checked.checked, excused={"ring_size": "seen by hand"}))
    assert "- Excused: ring_size, because seen by hand" in lines


def test_leakage_lines_where_buyers_are_apart_say_what_was_left_out(checked):
    """The side, and how many claims."""
    apart = replace(checked.checked, buyers="apart", shared=Shared(200, 20, 30), dropped_from="train", dropped=55)
    line = next(line for line in leakage_lines(apart) if line.startswith("No buyer"))
    assert "10% of the test's claims" in line
    assert "15% of their rings" in line
    assert "55 claims were left out of train and calibration." in line


def test_leakage_lines_of_a_dataset_that_nobody_checked_are_none():
    """Nothing is claimed of it."""
    assert leakage_lines(None) == []
    assert leakage_facts(None) == {}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"buyers": "never"}, "use may_return or apart"),
        ({"drop": "all", "buyers": "apart"}, "use train or test"),
        ({"drop": "test"}, "only where buyers are apart"),
        ({"sample": 0}, "use 1 or more"),
        ({"excused": {"ring_size": " "}}, "say why it is excused"),
    ],
)
def test_leakage_config_with_a_wrong_word_says_what_to_use(wrong, says):
    """At once, and not after minutes of gathering."""
    with pytest.raises(LeakageError, match=says):
        LeakageConfig(**wrong)


def test_excuses_of_words_are_columns_and_reasons():
    """The reason may hold the sign itself; without a sign there is none."""
    assert excuses_of(["ring_size=seen: a=b"]) == {"ring_size": "seen: a=b"}
    with pytest.raises(LeakageError, match="use COLUMN=WHY"):
        excuses_of(["ring_size"])
