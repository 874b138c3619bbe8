"""The first days of the Chinese year, for the simulator that lives by them and the analytics that look for them."""

from __future__ import annotations

from datetime import date
from typing import Final

# The calendar is the moon's: other years can't be worked out, so what needs one of them does without.
NEW_YEARS: Final = (
    date(2022, 2, 1),
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 3),
    date(2031, 1, 23),
    date(2032, 2, 11),
)
