"""Many texts at once: numbers choose words out of dictionaries, and Arrow joins them. No loop goes over texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from training.simulate.texts.drawing import WORDS, Draws
from training.simulate.texts.frames import Frame, Phrases, Words

_AROUND: Final = 10  # the first places choose the frame and what stands around it, the rest its words
_FRAME, _OPENER, _DETAIL, _FEELING, _WISH, _JOINT, _END, _EMOJI, _ORDER, _MUCH = range(_AROUND)
# sentences are joined by the marks of one style in a text; the last of them are of people who use none
_JOINTS: Final = {
    "en": (". ", ". ", ", ", "! ", " ... ", " - ", "; ", " "),
    "zh-CN": ("，", "。", "，", "！", "。", "…", ",", " "),
}
_ENDS: Final = {"en": (".", ".", "!", "", "", "!!"), "zh-CN": ("。", "！", "", "", "。", "!")}


@dataclass(frozen=True, slots=True)
class _Share:
    """How often, of 100 texts, a piece stands in one that is not curt."""

    opener: int = 25
    detail: int = 50
    feeling: int = 25
    wish: int = 40
    emoji: int = 6


def compose(phrases: Phrases, language: str, about: Ints, curt: npt.NDArray[np.bool_], draws: Draws) -> pa.Array:
    """Texts of one language, one for each row of `draws`.

    Args:
        phrases: the language's.
        language: one of `LANGUAGES`.
        about: index of the reason, shape (n,).
        curt: whether a few words must do, shape (n,).
        draws: numbers to choose by, shape (n, WORDS).
    """
    share = _Share()
    long = ~curt
    core = _cores(phrases, about, curt, draws)
    joint = _pick(_JOINTS[language], draws[:, _JOINT])
    detail_first = _is_drawn(draws[:, _ORDER], 25)
    has_detail = long & _is_drawn(draws[:, _DETAIL], share.detail)
    before, after = has_detail & detail_first, has_detail & ~detail_first
    detail = _pick(phrases.details, _rest(draws[:, _DETAIL]))

    def piece(words: Words, place: int, percent: int) -> tuple[pa.Array, pa.Array]:
        has = long & _is_drawn(draws[:, place], percent)
        return _only(has, joint), _only(has, _pick(words, _rest(draws[:, place])))

    has_opener = long & _is_drawn(draws[:, _OPENER], share.opener)
    openers = tuple(f"{word} " if language == "en" else word for word in phrases.openers)
    return pc.binary_join_element_wise(
        _only(has_opener, _pick(openers, _rest(draws[:, _OPENER]))),
        _only(before, detail),
        _only(before, joint),
        core,
        _only(after, joint),
        _only(after, detail),
        *piece(phrases.feelings, _FEELING, share.feeling),
        *piece(phrases.wishes, _WISH, share.wish),
        _only(long | _is_drawn(draws[:, _MUCH], 30), _pick(_ENDS[language], draws[:, _END])),
        _only(_is_drawn(draws[:, _EMOJI], share.emoji), _pick(phrases.emoji, _rest(draws[:, _EMOJI]))),
        "",
    )


def _cores(phrases: Phrases, about: Ints, curt: npt.NDArray[np.bool_], draws: Draws) -> pa.Array:
    """The sentence of each text that tells of its reason."""
    chosen = np.empty(len(about), dtype=np.int64)
    frames: list[Frame] = []
    for reason, of_reason in enumerate(phrases.frames):
        for is_curt, several in ((False, of_reason.plain), (True, of_reason.curt)):
            rows = np.flatnonzero((about == reason) & (curt == is_curt))
            chosen[rows] = len(frames) + draws[rows, _FRAME] % len(several)
            frames += several
    order = np.argsort(chosen, kind="stable")
    ends = np.searchsorted(chosen[order], np.arange(len(frames) + 1))
    groups = [_fill(frame, draws[order[ends[n] : ends[n + 1]]]) for n, frame in enumerate(frames)]
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(groups).take(pa.array(back))


def _fill(frame: Frame, draws: Draws) -> pa.Array:
    if len(draws) == 0:
        return pa.array([], type=pa.string())
    places = iter(range(_AROUND, WORDS))
    return pc.binary_join_element_wise(*_words(frame, draws, places), "")


def _words(frame: Frame, draws: Draws, places: Iterator[int]) -> list[pa.Array]:
    return [_pick(words, draws[:, next(places)] if len(words) > 1 else draws[:, 0]) for words in frame.parts]


def _pick(words: Sequence[str], draws: npt.NDArray[np.uint32]) -> pa.Array:
    return pa.array(words, type=pa.string()).take(pa.array(draws % len(words)))


def _is_drawn(draws: npt.NDArray[np.uint32], percent: int) -> npt.NDArray[np.bool_]:
    return draws % 100 < percent


def _rest(draws: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    # what is left of a number once its last two digits have said whether
    return draws // 100


def _only(has: npt.NDArray[np.bool_], words: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(has), words, "")
