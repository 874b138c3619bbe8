"""A reader taught on simulated texts, and what to try it on: held-out frames and claims written by hand."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from features.events import CLAIM_REASONS
from serving.text.reader import TextReader
from training.simulate.texts import LANGUAGES, write_texts
from training.text.fitting import ReaderConfig, fit_reader, lessons_of

DATA = Path(__file__).parents[3] / "data"
MISSTATED = 0.1  # of the stated reasons, drawn anew: what is learned from is no truth
BUYERS = 2_000


@dataclass(frozen=True)
class Tries:
    """Texts with the reason that each truly tells of and its language, as indexes. Shape (n,)."""

    texts: list[str]
    about: npt.NDArray[np.int64]
    language: npt.NDArray[np.int64]

    def found(self, reader: TextReader) -> npt.NDArray[np.int64]:
        """The reason that the reader finds likeliest."""
        return np.array([reader.probabilities(text).argmax() for text in self.texts])

    def accuracy(self, reader: TextReader) -> dict[str, float]:
        """The share of texts read rightly, by language."""
        right = self.found(reader) == self.about
        return {name: float(right[self.language == number].mean()) for number, name in enumerate(LANGUAGES)}

    def confusions(self, reader: TextReader) -> list[tuple[str, str]]:
        """What each text that was read wrongly tells of, and what was found."""
        found = self.found(reader)
        wrong = np.flatnonzero(found != self.about)
        return [(CLAIM_REASONS[self.about[row]], CLAIM_REASONS[found[row]]) for row in wrong]


def simulated(count: int, seed: int, *, held_out: bool) -> Tries:
    """Simulated texts, as many of each reason and language, a third of them curt."""
    random = np.random.default_rng(seed)
    about, language = random.integers(0, len(CLAIM_REASONS), count), random.integers(0, len(LANGUAGES), count)
    voice = (random.random(count) < 0.3).astype(np.int64)
    none = np.full(count, -1)
    texts = write_texts(random, about=about, language=language, voice=voice, script=none, held_out=held_out)
    return Tries(texts.to_pylist(), about, language)


def written_by_hand(file: str = "claims_by_hand.toml") -> Tries:
    """The claims of a data file."""
    data = tomllib.loads((DATA / file).read_text(encoding="utf-8"))
    rows = [
        (text, CLAIM_REASONS.index(reason), LANGUAGES.index(language))
        for language, reasons in data.items()
        for reason, texts in reasons.items()
        for text in texts
    ]
    texts, about, language = zip(*rows, strict=True)
    return Tries(list(texts), np.array(about), np.array(language))


def teach(count: int, seed: int = 1, config: ReaderConfig | None = None) -> TextReader:
    """A reader that learned from simulated texts and stated reasons, some of them wrong."""
    config = ReaderConfig() if config is None else config
    random = np.random.default_rng(seed)
    taught = simulated(count, seed, held_out=False)
    drawn = random.integers(0, len(CLAIM_REASONS), count)
    stated = np.where(random.random(count) < MISSTATED, drawn, taught.about)
    return fit_reader(lessons_of(taught.texts, stated, random.integers(0, BUYERS, count)), config)
