"""Values in words: money, moments and the words of the record, in one language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from serving.claim import Language
from serving.languages import Texts, read_texts

_FOLDER: Final = Path(__file__).with_name("texts")
_LONGEST: Final = 2_000  # of one value on the page: the files have all of it
_GROUP_OF: Final[Mapping[str, str]] = {"ruling": "ruling_", "denial_reason": "denial_", "action": "", "kind": "kind_"}
_RULING_FIRST: Final = ("ruling", "refund_minor", "amount", "denial_reason", "merchant_at_fault")
_MASK: Final = re.compile(r"(buyer|device|address|payment) #?([0-9]+)")
_YES_NO: Final = {True: "page.yes", False: "page.no"}
# whose values are words of ours; what people wrote is never taken for one
_OF_WORDS: Final = frozenset(
    {
        *("claim_type", "claim_reason", "action", "merchant_response", "inspection", "verdict", "verdict_source"),
        *("ruling", "denial_reason", "party", "kind", "charged_to"),
    }
)


class Fact(NamedTuple):
    """A label and a value, both as they are read."""

    label: str
    value: str


@cache
def texts_of(language: Language) -> Texts:
    """The texts of packs in a language."""
    return Texts(language, read_texts(_FOLDER)[language])


class Telling:
    """Says values in one language.

    Args:
        language: of the words.
        currency: ISO 4217 code of all amounts.
        zone: of moments.
    """

    def __init__(self, language: Language, currency: str, zone: dt.tzinfo) -> None:
        self.text = texts_of(language)
        self._currency, self._zone = currency, zone

    def word(self, group: str, value: object) -> str:
        """A word of the record; one that has no text is shown as it is."""
        for key in (f"words.{group}{value}", f"words.{value}"):
            if key in self.text:
                return self.text(key)
        return str(value)

    def shown(self, text: str) -> str:
        """A text, or if it stands for an id, that in words: `device #1`."""
        mask = _MASK.fullmatch(text)
        return text if mask is None else self.text(f"words.mask_{mask[1]}", number=mask[2])

    def money(self, minor: float | None) -> str:
        """An amount in major units."""
        return self.text("page.empty") if minor is None else f"{self._currency} {minor / 100:,.2f}"

    def percent(self, share: float | None) -> str:
        """A share, to a tenth of a percent."""
        return self.text("page.empty") if share is None else f"{share:.1%}"

    def moment(self, ms: int | None) -> str:
        """A moment to the second, with its distance from UTC."""
        if ms is None:
            return self.text("page.empty")
        local = dt.datetime.fromtimestamp(ms // 1000, self._zone)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"

    def value(self, name: str, value: object) -> str:
        """A field's value as people read it."""
        if value is None:
            return self.text("page.empty")
        if isinstance(value, bool):
            return self.text(_YES_NO[value])
        if isinstance(value, int | float) and name.endswith("_minor"):
            return self.money(value)
        if isinstance(value, int) and name.endswith("_ms"):
            return self.moment(value)
        if isinstance(value, list | tuple):
            return ", ".join(str(each) for each in value)[:_LONGEST]
        return self.word(_GROUP_OF.get(name, ""), value) if name in _OF_WORDS else self.shown(str(value)[:_LONGEST])

    def facts(self, values: Mapping[str, Any], without: frozenset[str] = frozenset()) -> Iterator[Fact]:
        """All that an object says, but some fields and what is empty."""
        order = [name for name in _RULING_FIRST if name in values]
        for name in (*order, *(name for name in values if name not in order)):
            value = values[name]
            if name in without or value is None or value == "":
                continue
            if isinstance(value, Mapping):
                yield from self.facts(value)
                continue
            yield Fact(self.word("field_", name), self.value(name, value))

    def policy_since(self, version: str, since_ms: int | None) -> str:
        """A policy by its version, and since when it is known to have been in use."""
        if since_ms is None:
            return version
        return self.text("page.policy_since", version=version, moment=self.moment(since_ms))
