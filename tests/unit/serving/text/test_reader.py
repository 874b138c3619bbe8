"""A reader gives any text a probability per reason, the same bits alone and among many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.events import CLAIM_REASONS
from serving.text.reader import TextReader
from tests.unit.serving.small_reader import WORDS, small_reader

READER = small_reader()
ANY_TEXT = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(("word", "reason"), WORDS.items())
def test_word_that_speaks_for_a_reason_makes_it_the_likeliest(word: str, reason: str) -> None:
    """In whatever form and company the word comes."""
    for text in (word, f"So, it is {word.upper()}!", f"唉，{word}，退钱"):
        assert CLAIM_REASONS[READER.probabilities(text).argmax()] == reason


@given(ANY_TEXT)
def test_probabilities_of_any_text_sum_to_one(text: str) -> None:
    """Eleven of them, none missing, none outside 0 to 1."""
    found = READER.probabilities(text)
    assert found.shape == (len(CLAIM_REASONS),)
    assert ((found >= 0) & (found <= 1)).all()
    assert found.sum() == pytest.approx(1)


@given(st.lists(ANY_TEXT, max_size=8))
def test_text_among_others_is_read_as_it_is_alone(texts: list[str]) -> None:
    """No text leaves a trace in the next: read in a row, backwards or alone, the bits are the same."""
    ahead = [READER.probabilities(text).tobytes() for text in texts]
    backwards = [READER.probabilities(text).tobytes() for text in reversed(texts)]
    assert ahead == backwards[::-1]


@pytest.mark.parametrize("text", ["", "   ", "😡😡😡", "не пришло вообще", "\ud83d\ud83d", "12345"])
def test_text_of_which_nothing_is_known_leaves_the_intercepts(text: str) -> None:
    """Nothing, an emoji, another language, half a character: what the reader knew before it read."""
    odds = np.arange(len(CLAIM_REASONS)) / 10
    found = replace(READER, intercepts=odds).probabilities(text)
    assert found == pytest.approx(np.exp(odds) / np.exp(odds).sum())


def test_text_of_two_thousand_characters_is_read() -> None:
    """The longest text that an event may carry."""
    assert CLAIM_REASONS[READER.probabilities("it is fake " * 180).argmax()] == "counterfeit"


def test_sums_are_exact_where_floating_point_would_not_be() -> None:
    """Weights are whole numbers: a large one and a small one that cancel leave nothing behind."""
    numbers = np.array([3, 5, 9], dtype=np.int32)
    weights = np.zeros((3, len(CLAIM_REASONS)), dtype=np.int16)
    weights[:, 0] = [32767, 1, -32768]
    total = weights.sum(axis=0, dtype=np.int64)
    assert total.tolist() == weights[::-1].sum(axis=0, dtype=np.int64).tolist() == [0] * len(CLAIM_REASONS)
    assert TextReader(numbers, weights, 0.1, np.zeros(len(CLAIM_REASONS))) != READER


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"buckets": READER.buckets[:0], "weights": READER.weights[:0]}, "no n-gram has a weight"),
        ({"buckets": READER.buckets[::-1]}, "don't rise strictly"),
        ({"buckets": READER.buckets - READER.buckets[0] - 1}, "don't rise strictly"),
        ({"buckets": READER.buckets + 2**20}, "don't rise strictly"),
        ({"weights": READER.weights[:-1]}, "weights have shape"),
        ({"weights": READER.weights[:, :-1]}, "weights have shape"),
        ({"intercepts": np.zeros(3)}, "intercepts must be 11 finite numbers"),
        ({"intercepts": np.full(11, np.nan)}, "intercepts must be 11 finite numbers"),
        ({"step": 0.0}, "step is 0.0"),
        ({"step": float("inf")}, "step is inf"),
    ],
)
def test_reader_whose_parts_dont_fit_is_refused(changes: dict[str, object], complaint: str) -> None:
    """A damaged reader is found when it is made, not when a claim comes."""
    with pytest.raises(ValueError, match=complaint):
        replace(READER, **changes)
