"""What a user may be called: alike for those who call with a key and for people of the console."""

from __future__ import annotations

import re
from typing import Final

LONGEST_NAME: Final = 64
# it stands in logs, and in lists with spaces between
_NAME: Final = re.compile(f"[a-z0-9][a-z0-9._@-]{{0,{LONGEST_NAME - 1}}}")


def is_name(text: str) -> bool:
    """Whether a user may be called that.

    >>> [is_name(text) for text in ("ann.lee@shop-1", "Ann", "ann lee", "")]
    [True, False, False, False]
    """
    return _NAME.fullmatch(text) is not None


def no_name(text: str) -> str:
    """What is said of a name that can't be one."""
    return f"{text!r:.80}: no name of a user; use up to {LONGEST_NAME} of a-z, 0-9 and . _ @ -, a letter or digit first"
