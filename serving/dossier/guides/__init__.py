"""The written guide for each claim reason: what to look at, what speaks for and against, what to ask, when to escalate.

One file for each reason, with both languages in it. A guide helps to see; it rules on nothing, and presumes no guilt.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Final, get_args

from features.events import CLAIM_REASONS
from serving.claim import Language

_FOLDER: Final = Path(__file__).parent
OTHERWISE: Final = "other"  # the guide of a reason that has none


class GuideError(ValueError):
    """A guide that can't be used: the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Guide:
    """One reason's guide in one language, a few sentences each."""

    look_at: str
    speaks_for: str
    speaks_against: str
    ask_for: str
    escalate: str


def guide_of(reason: str, language: Language) -> Guide:
    """The guide for a claim reason."""
    guides = _guides()
    return guides.get((reason, language)) or guides[OTHERWISE, language]


@cache
def _guides() -> Mapping[tuple[str, Language], Guide]:
    return {
        (reason, language): own for reason in CLAIM_REASONS for language, own in read_guide(_FOLDER, reason).items()
    }


def read_guide(folder: Path, reason: str) -> dict[Language, Guide]:
    """A reason's guide in all languages.

    Raises:
        GuideError: a language, or a part of the guide, is missing, empty or unknown.
    """
    path = folder / f"{reason}.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    languages: tuple[Language, ...] = get_args(Language)
    if content.keys() != set(languages):
        raise GuideError(f"{path.name}: give it in each of {', '.join(languages)}, and nothing else")
    names = [part.name for part in fields(Guide)]
    for language, parts in content.items():
        if list(parts) != names or not all(isinstance(text, str) and text.strip() for text in parts.values()):
            raise GuideError(f"{path.name}, {language}: give {', '.join(names)} in this order, each with a text")
    return {language: Guide(**content[language]) for language in languages}
