"""What pages say: the files in `texts/`, one for each area, as `serving.languages` reads them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from serving.claim import Language
from serving.languages import LANGUAGES, Texts, TextsError, read_texts

__all__ = ["LANGUAGES", "Texts", "TextsError", "read_texts", "texts_of"]

_FOLDER: Final = Path(__file__).with_name("texts")


@cache
def texts_of(language: Language) -> Texts:
    """The texts of a language."""
    return Texts(language, read_texts(_FOLDER)[language])
