"""One line about a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: the key that it is about, and in one line what is wrong and what to do.

    An error is certain to be a mistake; a warning may be meant.
    """

    severity: Literal["error", "warning"]
    key: str
    said: str

    def __str__(self) -> str:
        return f"{self.key}: {self.said}"
