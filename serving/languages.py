"""What is said to people, in both languages: folders of files in which the languages stand side by side.

A text is named by its file and its key: `queue.title` is `[title]` in queue.toml. It may have places to fill in, as
`str.format` knows them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Final, get_args

from serving.claim import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


class TextsError(ValueError):
    """A file of texts that can't be used: the message names the file, the key and what is wrong."""


class Texts:
    """The texts of one language."""

    def __init__(self, language: Language, by_key: Mapping[str, str]) -> None:
        self.language, self._by_key = language, by_key

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key, with its places filled in.

        Raises:
            KeyError: if there is no such text, or a value is missing.
        """
        return self._by_key[key].format(**values)

    def __contains__(self, key: object) -> bool:
        """Whether there is such a text."""
        return key in self._by_key

    @property
    def keys(self) -> frozenset[str]:
        """All texts that there are."""
        return frozenset(self._by_key)


def read_texts(folder: Path) -> Mapping[Language, Mapping[str, str]]:
    """All texts of a folder, by language and key.

    Raises:
        TextsError: if a language is missing, or the languages leave different places to fill in.
    """
    found: dict[Language, dict[str, str]] = {language: {} for language in LANGUAGES}
    for path in sorted(folder.glob("*.toml")):
        for key, said in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if not isinstance(said, dict) or said.keys() != set(LANGUAGES):
                raise TextsError(f"{path.name}, {key}: give it in each of {', '.join(LANGUAGES)}, and nothing else")
            if len({_places(text) for text in said.values()}) != 1:
                raise TextsError(f"{path.name}, {key}: the languages leave different places to fill in")
            for language in LANGUAGES:
                found[language][f"{path.stem}.{key}"] = said[language]
    return MappingProxyType({language: MappingProxyType(by_key) for language, by_key in found.items()})


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
