"""How far back a feature looks: `[as_of - length, as_of)`, or everything before `as_of`."""

from __future__ import annotations

from dataclasses import dataclass

MS_PER_SECOND = 1_000
MS_PER_HOUR = 3_600 * MS_PER_SECOND
MS_PER_DAY = 24 * MS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Window:
    """A window that ends at the claim. `length_ms` is None for all history; `name` goes into column names."""

    name: str
    length_ms: int | None

    @classmethod
    def hours(cls, number: int) -> Window:
        """A window of so many hours.

        >>> Window.hours(1)
        Window(name='1h', length_ms=3600000)
        """
        return cls(f"{number}h", number * MS_PER_HOUR)

    @classmethod
    def days(cls, number: int) -> Window:
        """A window of so many days of 24 hours."""
        return cls(f"{number}d", number * MS_PER_DAY)

    @classmethod
    def ever(cls) -> Window:
        """All history before the claim."""
        return cls("ever", None)
