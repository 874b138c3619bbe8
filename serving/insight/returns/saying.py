"""Findings as sentences, and the words of returns, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from serving.claim import Language
from serving.insight.returns.figures import Finding
from serving.languages import Texts, read_texts

_FOLDER: Final = Path(__file__).with_name("texts")
_PERCENT: Final = frozenset({"share", "usual", "next_share", "believed"})


@cache
def texts_of(language: Language) -> Texts:
    """The sentences (`finding.<kind>`) and words (`word.reason_<reason>` ...) of a language."""
    return Texts(language, read_texts(_FOLDER)[language])


def say(finding: Finding, language: Language, currency: str) -> str:
    """A finding as a sentence.

    >>> values = {"category": "apparel", "reason": "changed_mind", "share": 0.41, "usual": 0.21}
    >>> say(Finding("category_reason", 1_234_500, values, 1e-9), "en", "CNY").partition(";")[0]
    'Apparel: "changed mind" makes 41 % of claims, against 21 % elsewhere'
    """
    texts = texts_of(language)
    is_money = finding.kind.startswith("policy_") and finding.kind.endswith("_minor")
    told = {
        name: _told(name, value, texts, (lambda minor: money(minor, currency)) if is_money else percent)
        for name, value in finding.values.items()
    }
    return texts(f"finding.{finding.kind}", **told, money=money(finding.money_minor, currency))


def _told(name: str, value: str | int | float, texts: Texts, of_sides: Callable[[float], str]) -> str:
    """One value of a finding, as it stands in the sentence."""
    if isinstance(value, str):
        return _word(name, value, texts)
    if name in {"before", "after"}:
        return of_sides(value)
    if name in _PERCENT:
        return percent(value)
    if name == "times":
        return f"{value:.1f}" if value >= 1.15 else f"{value:.2f}"
    return f"{value:,.0f}"


def _word(name: str, value: str, texts: Texts) -> str:
    match name:
        case "reason" | "next":
            return word(texts, "reason", value)
        case "season":
            return word(texts, "season", value)
        case "category":
            return category_name(value, texts)
        case _:
            return value


def word(texts: Texts, sort: str, code: str) -> str:
    """The word for a code, such as a reason; the code itself, legibly, where there is none."""
    key = f"word.{sort}_{code}"
    return texts(key) if key in texts else code.replace("_", " ")


def category_name(category_id: str, texts: Texts) -> str:
    """A category's name; the platform's own id of it, legibly, where none is known.

    >>> category_name("womens_wear", texts_of("zh-CN")), category_name("garden_tools", texts_of("zh-CN"))
    ('女装', 'Garden tools')
    """
    if (key := f"word.category_{category_id}") in texts:
        return texts(key)
    name = category_id.replace("_", " ").strip() or texts("word.no_category")
    return name[0].upper() + name[1:]


def percent(share: float) -> str:
    """A share in percent, without the sign; a tenth where it is small.

    >>> percent(0.412), percent(0.0312)
    ('41', '3.1')
    """
    return f"{100 * share:.0f}" if share >= 0.0995 or not share else f"{100 * share:.1f}"


def money(minor: float, currency: str) -> str:
    """An amount in whole units where it is large.

    >>> money(123_456, "CNY"), money(12_345_600, "CNY")
    ('CNY 1,235', 'CNY 123,456')
    """
    digits = 0 if abs(minor) >= 10_000 else 2
    return f"{currency} {minor / 100:,.{digits}f}"
