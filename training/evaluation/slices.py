"""Groups of the test's claims that a model may do better or worse by.

| slicing | told apart by |
|---|---|
| `category` | the platform's own category id: the largest of the test by name, the rest together |
| `amount` | the quartiles of the amounts asked for in the training period |
| `buyer` | `new`: all orders on record are of the last 90 days; `known`: the first one is older |
| `language` | the script of the claim's text: `zh` has Chinese characters, `en` Latin letters and none of those |

There is no slicing by region. Events name no region, and nothing in them stands for one: addresses are hashed, and a
merchant's or a category's home says nothing of the buyer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from serving.text.columns import has_words
from training.dataset import Dataset, Period
from training.dataset.gathering import Gathered
from training.text.claim_texts import ClaimTexts

OTHER: Final = "other"
UNKNOWN_CATEGORY: Final = "(none)"
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Some of the test's claims: `rows` are their places in it, ascending. Each slice is only equal to itself."""

    slicing: str
    value: str
    rows: Ints


def find_slices(dataset: Dataset, gathered: Gathered | None, categories: int) -> tuple[Slice, ...]:
    """The slices of the test that its claims tell of.

    Args:
        dataset: with columns of the catalogue; slicings whose columns it lacks are left out.
        gathered: what it was cut from, for categories; None leaves them out.
        categories: how many are told apart.
    """
    test = dataset.test
    return (
        *([] if gathered is None else _by_category(test, gathered, categories)),
        *_by_amount(dataset),
        *_by_buyer(dataset),
        *([] if test.texts is None else _by_language(test.texts)),
    )


def _by_category(test: Period, gathered: Gathered, most: int) -> Iterator[Slice]:
    if test.rows is None:
        return
    codes = gathered.table["category_id"][test.rows]
    filings = np.bincount(codes + 1, test.weights)
    largest = [code - 1 for code in np.argsort(-filings, kind="stable").tolist() if filings[code] > 0][:most]
    names = gathered.table.ids["category_id"]
    for code in largest:
        name = UNKNOWN_CATEGORY if code < 0 else str(names[code].as_py())
        yield Slice("category", name, np.flatnonzero(codes == code))
    yield from _of("category", OTHER, ~np.isin(codes, largest))


def _by_amount(dataset: Dataset) -> Iterator[Slice]:
    taught, asked = (_column(dataset, each, "claim_amount_minor") for each in (dataset.train, dataset.test))
    if taught is None or asked is None:
        return
    edges = np.quantile(taught, [0.25, 0.5, 0.75], method="inverted_cdf")
    band = np.searchsorted(edges, asked, side="left")
    first, second, third = (_money(edge) for edge in edges)
    names = (f"up to {first}", f"{first} to {second}", f"{second} to {third}", f"over {third}")
    for number, name in enumerate(names):
        yield from _of("amount", name, band == number)


def _by_buyer(dataset: Dataset) -> Iterator[Slice]:
    ever, lately = (_column(dataset, dataset.test, name) for name in ("buyer_orders_ever", "buyer_orders_90d"))
    if ever is None or lately is None:
        return
    new = ever <= lately
    yield from _of("buyer", "new", new)
    yield from _of("buyer", "known", ~new)


def _by_language(texts: ClaimTexts) -> Iterator[Slice]:
    said = np.array([language_of(text) for text in texts.texts.to_pylist()], dtype=np.str_)
    for value in ("zh", "en", OTHER, "none"):
        yield from _of("language", value, said == value)


def language_of(text: str | None) -> str:
    """The language that a text's script tells: "zh", "en", "other", or "none" where there is no text.

    >>> [language_of(text) for text in ("the zip broke", "拉链坏了 zip", "?!", "", None)]
    ['en', 'zh', 'other', 'none', 'none']
    """
    if text is None or not has_words(text):
        return "none"
    if _CHINESE.search(text):
        return "zh"
    return "en" if _LATIN.search(text) else OTHER


def _of(slicing: str, value: str, inside: npt.NDArray[np.bool_]) -> Iterator[Slice]:
    rows = np.flatnonzero(inside)
    if len(rows):
        yield Slice(slicing, value, rows)


def _column(dataset: Dataset, period: Period, name: str) -> Floats | None:
    return period.vectors[:, dataset.columns.index(name)] if name in dataset.columns else None


def _money(minor: float) -> str:
    return f"{minor / 100:,.2f}".removesuffix(".00")
