"""How long work tells of itself: a function that is called with (done, total, what is being done)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int, str], None]
