"""Words as cells of a table that people open in a spreadsheet."""

from __future__ import annotations

from typing import Final

# a cell that begins so is a formula to a spreadsheet, and merchants and platforms choose their own ids
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("shop-1")
    ("'=1+1", 'shop-1')
    """
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
