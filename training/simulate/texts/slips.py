"""What fingers and habits do to a text: mistakes, marks left out, words as they are spoken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats
from training.simulate.texts.drawing import Draws

Slip: TypeAlias = Callable[[pa.Array, Draws], pa.Array]

_SPELLINGS: Final = {
    "en": (
        ("received", "recieved"), ("receive", "recieve"), ("because", "becuase"), ("their", "there"), ("it's", "its"),
        ("doesn't", "dosent"), ("don't", "dont"), ("didn't", "didnt"), ("definitely", "definately"), ("the ", "teh "),
        ("broken", "brocken"), ("delivered", "deliverd"), ("delivery", "delivary"), ("description", "discription"),
        ("colour", "color"), ("expired", "expierd"), ("really", "realy"), ("please", "plz"), ("please", "pls"),
        ("you", "u"), ("and ", "n "), ("your", "ur"), ("different", "diffrent"), ("wrong", "worng"), ("is not", "isnt"),
        ("original", "orginal"), ("missing", "mising"), ("refund", "refound"), ("package", "pakage"), ("I ", "i "),
        ("have", "hav"), ("arrived", "arived"), ("to ", "too "), ("fake", "fak"), ("want", "wanna"), ("was", "wass"),
    ),
    "zh-CN": (
        ("的", "地"), ("的", "滴"), ("没有", "木有"), ("没", "冇"), ("没有", "没得"), ("什么", "啥"), ("什么", "神马"),
        ("怎么", "咋"), ("收到", "收倒"), ("东西", "东东"), ("质量", "质亮"), ("客服", "客付"), ("退款", "腿款"),
        ("一样", "一羊"), ("不是", "8是"), ("我", "偶"), ("我", "俺"), ("了", "啦"), ("这个", "介个"), ("发货", "发或"),
        ("快递", "块递"), ("颜色", "颜涩"), ("尺寸", "尺存"), ("坏了", "坏咯"), ("过期", "过其"), ("包装", "包庄"),
        ("商家", "伤家"), ("知道", "晓得"), ("给", "給"), ("这", "這"), ("很", "好"), ("非常", "灰常"), ("在", "再"),
        ("就", "九"), ("破", "坡"), ("碎", "岁"),
    ),
}  # fmt: skip
_MARKS: Final = {
    "en": ((",", ""), (".", ""), ("'", ""), ("'", "’"), (". ", " "), (", ", ","), ("!", "！"), (" ", "  ")),
    "zh-CN": (("，", ","), ("，", " "), ("，", ""), ("。", "."), ("！", "!"), ("？", "?"), ("，", "、"), ("，", "。")),
}


def slip(texts: pa.Array, language: str, draws: Draws, share: float) -> pa.Array:
    """Let a share of the texts go through one slip each, drawn out of all that the language knows.

    Args:
        texts: strings without nulls, of one language.
        language: one of `LANGUAGES`.
        draws: whether, which and where, shape (n, 3).
        share: how many of them, from 0 to 1.
    """
    slips = _slips(language)
    chosen = np.where(_unit(draws[:, 0]) < share, draws[:, 1] % len(slips), len(slips))
    order = np.argsort(chosen, kind="stable")
    ends = np.searchsorted(chosen[order], np.arange(len(slips) + 2))
    sorted_texts, where = texts.take(pa.array(order)), draws[order, 2]
    groups = [
        each(sorted_texts.slice(ends[number], ends[number + 1] - ends[number]), where[ends[number] : ends[number + 1]])
        for number, each in enumerate(slips)
    ]
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_arrays([*groups, sorted_texts.slice(ends[-2])]).take(pa.array(back))


def small_change(texts: pa.Array, fillers: tuple[str, ...], draws: Draws) -> pa.Array:
    """What keeps a script from being the same to the letter: another mark at the end, or a word that says nothing.

    `draws` have shape (n, 2).
    """
    ends = pa.array(["", "", "", ".", "!", "~", " "]).take(pa.array(draws[:, 0] % 7))
    added = pa.array([*[""] * 2 * len(fillers), *fillers], type=pa.string())
    filler = added.take(pa.array(draws[:, 1] % len(added)))
    return pc.binary_join_element_wise(pc.utf8_rtrim(texts, characters=".!。！ "), filler, ends, "")


def _slips(language: str) -> list[Slip]:
    spellings, marks = ([_replaces(*pair) for pair in pairs[language]] for pairs in (_SPELLINGS, _MARKS))
    typing: list[Slip] = [_swaps, _drops, _doubles]
    cases: list[Slip] = [_lowers, _lowers, _shouts] if language == "en" else []
    # as many slips of the finger and of the shift key as there are of spelling
    return [*spellings, *marks * 2, *typing * (6 if language == "en" else 2), *cases * 6]


def _replaces(old: str, new: str) -> Slip:
    return lambda texts, _: pc.replace_substring(texts, pattern=old, replacement=new)


def _lowers(texts: pa.Array, _: Draws) -> pa.Array:
    return pc.utf8_lower(texts)


def _shouts(texts: pa.Array, _: Draws) -> pa.Array:
    return pc.utf8_upper(texts)


def _swaps(texts: pa.Array, where: Draws) -> pa.Array:
    points, lengths, at = _points(texts, where)
    points[at], points[at + 1] = points[at + 1], points[at]
    return _texts(points, lengths)


def _drops(texts: pa.Array, where: Draws) -> pa.Array:
    points, lengths, at = _points(texts, where)
    return _texts(np.delete(points, at), lengths - (lengths > 1))


def _doubles(texts: pa.Array, where: Draws) -> pa.Array:
    points, lengths, at = _points(texts, where)
    return _texts(np.insert(points, at, points[at]), lengths + (lengths > 1))


def _unit(draws: Draws) -> Floats:
    """Numbers from 0 to under 1."""
    return np.asarray(draws * 2.0**-32, dtype=np.float64)


def _points(
    texts: pa.Array, where: Draws
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All code points in a row, how many each text has, and a place in each text of two or more (not its last)."""
    lengths = np.asarray(pc.utf8_length(texts), dtype=np.int64)
    points = np.frombuffer("".join(texts.to_pylist()).encode("utf-32-le"), dtype="<u4").astype(np.uint32)
    several = lengths > 1
    starts = (np.cumsum(lengths) - lengths)[several]
    return points, lengths, starts + (_unit(where[several]) * (lengths[several] - 1)).astype(np.int64)


def _texts(points: npt.NDArray[np.uint32], lengths: npt.NDArray[np.int64]) -> pa.Array:
    """The other way: code points and lengths to strings."""
    joined = points.astype("<u4").tobytes().decode("utf-32-le").encode()
    widths = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
    bytes_before = np.concatenate([[0], np.cumsum(widths)])
    offsets = bytes_before[np.concatenate([[0], np.cumsum(lengths)])].astype(np.int32)
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets.tobytes()), pa.py_buffer(joined))
