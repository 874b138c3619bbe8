"""What is said of events that can't be taken: which of the call's events, which field, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

MOST_PROBLEMS: Final = 20  # of one call; whoever has more starts with these


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of one of a call's events.

    `index` counts the call's events from 0; it and `field` are None where the call itself is wrong.
    """

    index: int | None
    field: str | None
    reason: str

    @property
    def path(self) -> str:
        """Where in the body it is.

        >>> Problem(3, "rating", "is 9").path
        'events.3.rating'
        """
        if self.index is None:
            return "body" if self.field is None else self.field
        return ".".join(str(part) for part in ("events", self.index, self.field) if part is not None)


class EventsError(ValueError):
    """Events of which none was taken, since some are wrong: `problems` says which, up to `MOST_PROBLEMS`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(islice(problems, MOST_PROBLEMS))
        first = self.problems[0]
        super().__init__(f"{first.path}: {first.reason}")


class EventsConflictError(EventsError):
    """Events of which none was taken, since some contradict what is on record."""


def refuse(problems: Iterator[Problem], error: type[EventsError] = EventsError) -> None:
    """Raise the error if there is any problem."""
    found = list(islice(problems, MOST_PROBLEMS))
    if found:
        raise error(found)
