"""Texts of claims, a million at a time."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.events import CLAIM_REASONS
from training.simulate.texts.compose import compose
from training.simulate.texts.drawing import CHANGES, PLACES, WORDS, Draws, draw, draw_scripts
from training.simulate.texts.frames import LANGUAGES, read_phrases
from training.simulate.texts.slips import slip, small_change

# plain: one to three sentences with detail. curt: a few words. scripted: the words that one author hands to many.
VOICES: Final = ("plain", "curt", "scripted")
_CURT, _SCRIPTED = VOICES.index("curt"), VOICES.index("scripted")
_SLIPS: Final = (0.45, 0.2)  # shares of texts that go through a slip, in each of two rounds


def write_texts(
    luck: np.random.Generator | Draws,
    *,
    about: Ints,
    language: Ints,
    voice: Ints,
    script: Ints,
    held_out: bool = False,
) -> pa.Array:
    """What buyers wrote: strings, null where `about` is -1. Shape (n,), as all that is given.

    Texts in the scripted voice with the same script, reason and language share one wording, nearly word for word, in
    whichever call they are written.

    Args:
        luck: what is drawn from, or the draws themselves, shape (n, PLACES); the same ones give the same texts. A text
            depends on its own row of draws alone.
        about: index into `CLAIM_REASONS` of what the text truly tells of; -1 for no text.
        language: index into `LANGUAGES`.
        voice: index into `VOICES`.
        script: the number of the wording, 0 or more; -1 where there is none. Only the scripted voice heeds it.
        held_out: use the frames that are never used otherwise, in place of the others.

    Raises:
        ValueError: if an index is out of range, or the shapes differ.
    """
    about, language, voice, script = (np.asarray(each, dtype=np.int64) for each in (about, language, voice, script))
    _check(about, language, voice, script)
    draws = draw(luck, len(about)) if isinstance(luck, np.random.Generator) else luck
    if draws.shape != (len(about), PLACES):
        raise ValueError(f"luck: has shape {draws.shape}; give {PLACES} draws for each of {len(about)} texts")
    written: list[pa.Array] = [pa.array([None], type=pa.string())]
    place = np.zeros(len(about), dtype=np.int64)  # of each claim's text among those written; the first is none
    count = 1
    for number in range(len(LANGUAGES)):
        rows = np.flatnonzero((about >= 0) & (language == number))
        if len(rows):
            written.append(_write(draws[rows], number, about[rows], voice[rows], script[rows], held_out=held_out))
            place[rows] = count + np.arange(len(rows))
            count += len(rows)
    return pa.concat_arrays(written).take(pa.array(place))


def _write(draws: Draws, number: int, about: Ints, voice: Ints, script: Ints, *, held_out: bool) -> pa.Array:
    """The texts of one language, all of them with a reason."""
    name = LANGUAGES[number]
    phrases = read_phrases(name, held_out=held_out)
    words = draws[:, :WORDS].copy()
    scripted = (voice == _SCRIPTED) & (script >= 0)
    words[scripted] = draw_scripts(script[scripted], about[scripted], np.full(int(scripted.sum()), number))
    texts = compose(phrases, name, about, voice == _CURT, words)
    own, shared = np.flatnonzero(~scripted), np.flatnonzero(scripted)
    own_texts, shared_texts = texts.take(pa.array(own)), texts.take(pa.array(shared))
    for count, share in enumerate(_SLIPS):
        first = WORDS + 3 * count
        own_texts = slip(own_texts, name, draws[own, first : first + 3], share)
    shared_texts = small_change(shared_texts, phrases.fillers, draws[shared, -CHANGES:])
    back = np.empty(len(about), dtype=np.int64)
    back[np.concatenate([own, shared])] = np.arange(len(about))
    return pa.concat_arrays([own_texts, shared_texts]).take(pa.array(back))


def _check(about: Ints, language: Ints, voice: Ints, script: Ints) -> None:
    limits = (("about", about, -1, len(CLAIM_REASONS)), ("voice", voice, 0, len(VOICES)))
    for name, values, least, stop in (
        *limits,
        ("language", language, 0, len(LANGUAGES)),
        ("script", script, -1, 2**31),
    ):
        if values.shape != about.shape or about.ndim != 1:
            raise ValueError(f"{name}: has shape {values.shape}, about has {about.shape}; give one number per claim")
        if len(values) and not (least <= values.min() and values.max() < stop):
            raise ValueError(f"{name}: {values.min()} to {values.max()} given; use {least} to {stop - 1}")
