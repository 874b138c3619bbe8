"""Reading the free text of claims: how often rightly, by language, and how long one text takes.

The reader learns from simulated texts, a tenth of whose stated reasons are wrong. It is tried on frames that are held
out of all training, and on claims written by hand (tests/data/claims_by_hand.toml), which are for measuring only.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from typing import Final

import numpy as np

from figures import Figure, at_least, at_most, no_more_than, seconds
from serving.text.columns import text_values
from serving.text.file import to_json
from serving.text.reader import TextReader
from tests.unit.training.text.taught import Tries, simulated, teach, written_by_hand
from training.simulate.texts import write_texts

TAUGHT: Final = 20_000
WRITTEN: Final = 1_000_000
TARGETS: Final = {"held_out": 0.80, "by_hand": 0.85}


def run() -> list[Figure]:
    """Accuracy of both sorts in both languages, time per text, size of the file, the simulator's speed."""
    reader = teach(TAUGHT)
    tries = {"held_out": simulated(6_000, seed=2, held_out=True), "by_hand": written_by_hand()}
    accuracies = [figure for name, each in tries.items() for figure in _accuracy(name, each, reader)]
    size = len(json.dumps(to_json(reader)))
    return [
        *accuracies,
        _time(reader),
        no_more_than("learning/text_file", size / 1e6, "MB", 2, grams=len(reader.buckets)),
        _alike(reader, tries["held_out"]),
        _writing(),
    ]


def _accuracy(name: str, tries: Tries, reader: TextReader) -> list[Figure]:
    confusions = Counter(tries.confusions(reader)).most_common(5)
    worst = [f"{count}: {truth} read as {found}" for (truth, found), count in confusions]
    return [
        at_least(f"learning/text_{name}_{language}", value, "share", TARGETS[name], texts=len(tries.texts), worst=worst)
        for language, value in tries.accuracy(reader).items()
    ]


def _time(reader: TextReader) -> Figure:
    """One text of about 100 characters, columns and all, as the service does it."""
    texts = [text for text in simulated(4_000, seed=3, held_out=False).texts if 90 <= len(text) <= 110][:200]
    times = seconds(lambda: [text_values(reader, text, "damaged") for text in texts], runs=9)
    return at_most("learning/text_of_100_characters", [1e3 * each / len(texts) for each in times], "ms", 0.2)


def _alike(reader: TextReader, tries: Tries) -> Figure:
    """How many texts are read otherwise, to the bit, in a row than each alone."""
    row = [reader.probabilities(text).tobytes() for text in tries.texts]
    alone = {text: reader.probabilities(text).tobytes() for text in reversed(tries.texts)}
    differing = sum(alone[text] != found for text, found in zip(tries.texts, row, strict=True))
    return no_more_than("learning/text_bits_that_differ", differing, "texts", 0, texts=len(row))


def _writing() -> Figure:
    """A million simulated texts."""
    random = np.random.default_rng(1)
    about, language = random.integers(0, 11, WRITTEN), random.integers(0, 2, WRITTEN)
    voice, script = random.integers(0, 3, WRITTEN), random.integers(0, 500, WRITTEN)
    times = seconds(lambda: write_texts(random, about=about, language=language, voice=voice, script=script), runs=1)
    return at_most("learning/simulated_texts_1000000", times, "seconds", 10, median=statistics.median(times))
