"""How well texts are read: in frames that no training saw, and in what people write by hand.

The floors lie below what was measured by a margin for other seeds and for a smaller training (see `make bench
ONLY=learning`); they fail if reading breaks, in one language or in both.
"""

from __future__ import annotations

from collections import Counter

import pytest

from features.events import CLAIM_REASONS
from serving.text.reader import TextReader
from tests.unit.training.text.taught import simulated, written_by_hand
from training.simulate.texts import LANGUAGES

HELD_OUT_FLOOR = 0.75
BY_HAND_FLOOR = 0.8


def test_frames_never_seen_are_mostly_read_rightly(reader: TextReader) -> None:
    """In both languages, curt texts of two words and texts with slips among them; a guess is right 1 time in 11."""
    accuracy = simulated(2_000, seed=2, held_out=True).accuracy(reader)
    assert accuracy.keys() == set(LANGUAGES)
    assert min(accuracy.values()) > HELD_OUT_FLOOR, accuracy


def test_claims_written_by_hand_are_mostly_read_rightly(reader: TextReader) -> None:
    """Colloquial claims with slang and slips that no frame was made from, in both languages."""
    accuracy = written_by_hand().accuracy(reader)
    assert min(accuracy.values()) > BY_HAND_FLOOR, accuracy


def test_every_reason_is_found_in_claims_written_by_hand(reader: TextReader) -> None:
    """No reason is deaf: at least half of the claims of each are read rightly."""
    tries = written_by_hand()
    wrong = Counter(truth for truth, _ in tries.confusions(reader))
    for number, reason in enumerate(CLAIM_REASONS):
        assert wrong[reason] <= (tries.about == number).sum() / 2, reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_claims_written_by_hand_are_six_or_more_of_each_reason(language: str) -> None:
    """The measure covers all that it speaks of, and no text stands in it twice."""
    tries = written_by_hand()
    of_language = tries.language == LANGUAGES.index(language)
    counts = Counter(tries.about[of_language].tolist())
    assert sorted(counts) == list(range(len(CLAIM_REASONS)))
    assert min(counts.values()) >= 6
    assert len(set(tries.texts)) == len(tries.texts)


def test_claims_written_by_hand_are_not_what_the_simulator_writes() -> None:
    """Next to none of them is among a hundred thousand simulated texts, in whatever marks and case."""
    simulated_texts = {_bare(text) for text in simulated(100_000, seed=9, held_out=False).texts}
    tries = written_by_hand()
    same = [text for text in tries.texts if _bare(text) in simulated_texts]
    assert len(same) <= len(tries.texts) // 25, same


def _bare(text: str) -> str:
    return "".join(mark for mark in text.lower() if mark.isalnum())
