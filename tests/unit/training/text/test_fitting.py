"""Fitting: what the reader answers is what was fitted, and its size is bounded."""

from __future__ import annotations

import json

import numpy as np
import pytest

from features.events import CLAIM_REASONS
from serving.text.file import to_json
from serving.text.grams import grams
from serving.text.reader import TextReader
from tests.unit.training.text.taught import simulated, teach
from training.text.fitting import ReaderConfig, fit_reader, lessons_of, log_odds

TEXTS = ["it came broken", "碎了一地", "it is broken", "fake bag", "this is fake", "假货"] * 4
STATED = np.array([1, 1, 1, 6, 6, 6] * 4)
BUYERS = np.arange(24)


def test_lessons_hold_the_very_n_grams_that_the_service_finds() -> None:
    """One code takes texts apart, in training and in the service."""
    lessons = lessons_of(TEXTS, STATED, BUYERS)
    for row, text in enumerate(TEXTS):
        assert sorted(lessons.grams[row].indices.tolist()) == grams(text).tolist()
        assert (lessons.grams[row].data == 1).all()


def test_reader_answers_in_the_service_as_it_was_judged_in_training(reader: TextReader) -> None:
    """Matrix and single text give the same probabilities, up to rounding."""
    tries = simulated(300, seed=4, held_out=True)
    odds = log_odds(reader, lessons_of(tries.texts, tries.about, tries.about))
    shares = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert np.array([reader.probabilities(text) for text in tries.texts]) == pytest.approx(shares, abs=1e-9)


def test_fit_again_gives_the_same_reader() -> None:
    """The same texts make the same weights, to the last one."""
    config = ReaderConfig(iterations=5)
    assert teach(600, config=config) == teach(600, config=config)


@pytest.mark.parametrize("most", [50, 500])
def test_reader_keeps_no_more_n_grams_than_it_may(most: int) -> None:
    """That bounds the bundle's file: less than 40 characters for each n-gram."""
    fitted = teach(600, config=ReaderConfig(most_grams=most, iterations=5))
    assert len(fitted.buckets) == most
    assert len(json.dumps(to_json(fitted))) < 40 * most + 2_000


def test_file_of_a_full_reader_stays_below_two_megabytes(reader: TextReader) -> None:
    """The bundle travels with every deployment."""
    each = len(json.dumps(to_json(reader))) / len(reader.buckets)
    assert each * ReaderConfig().most_grams < 2_000_000


def test_two_reasons_are_enough_and_the_others_are_all_but_ruled_out() -> None:
    """What nobody stated is not found."""
    fitted = fit_reader(lessons_of(TEXTS, STATED, BUYERS), ReaderConfig())
    for text, reason in (("broken in the box", "damaged"), ("fake!", "counterfeit"), ("假货", "counterfeit")):
        found = fitted.probabilities(text)
        assert CLAIM_REASONS[found.argmax()] == reason
        assert found[[0, 2, 3]].max() < 1e-9


def test_reason_that_few_state_is_heard_too() -> None:
    """One in fifteen states it; its words still find it."""
    texts, stated = [*["it is broken", "came broken"] * 42, *["fake bag"] * 6], [*[1] * 84, *[6] * 6]
    fitted = fit_reader(lessons_of(texts, np.array(stated), np.arange(90)), ReaderConfig())
    assert CLAIM_REASONS[fitted.probabilities("a fake bag").argmax()] == "counterfeit"
