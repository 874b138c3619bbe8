"""Columns of a text: named, worded, and missing where there is no text."""

from __future__ import annotations

import numpy as np
import pytest

from features.events import CLAIM_REASONS
from features.plan import default_plan
from serving.text.columns import TEXT_COLUMNS, has_words, text_values
from tests.unit.serving.small_reader import small_reader

READER = small_reader()


def test_columns_are_one_per_reason_and_the_disagreement() -> None:
    """Named after what they say, none of them in the catalogue, all under one reason code in both languages."""
    names = [column.name for column in TEXT_COLUMNS]
    assert names == [*(f"claim_text_says_{reason}" for reason in CLAIM_REASONS), "claim_text_disagreement"]
    assert not set(names) & set(default_plan().names)
    assert {column.reason.code for column in TEXT_COLUMNS} == {"claim_text"}
    assert "claim_text" not in {column.reason.code for column in default_plan().columns}
    for column in TEXT_COLUMNS:
        assert min(map(len, (column.reason.text.en, column.reason.text.zh, column.meaning.en, column.meaning.zh))) > 5


@pytest.mark.parametrize("text", [None, "", "  \n", "\u3000"])
def test_claim_without_a_text_has_no_values(text: str | None) -> None:
    """Missing, and not a guess: the model learns what silence means."""
    assert not has_words(text)
    assert np.isnan(text_values(READER, text, "damaged")).all()


def test_values_are_the_readers_probabilities_and_what_is_left_of_the_stated_reason() -> None:
    """Who says damaged and writes of a fake disagrees."""
    values = text_values(READER, "this is fake", "damaged")
    assert values[:-1].tolist() == READER.probabilities("this is fake").tolist()
    assert values[-1] == 1 - values[CLAIM_REASONS.index("damaged")]
    assert values[-1] > 0.9
    assert text_values(READER, "this is fake", "counterfeit")[-1] < 0.2
