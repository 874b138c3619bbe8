"""A page: where it is, what answers it, and who may see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from serving.cases.words import ROLES, Role
from serving.console.visit import Visit

HTML_TYPE: Final = "text/html; charset=utf-8"
EVERYONE: Final[frozenset[Role]] = frozenset(ROLES)  # who has signed in
REVIEWS: Final[frozenset[Role]] = frozenset({"reviewer", "senior"})  # who rules on claims
READS: Final[frozenset[Role]] = frozenset({"reviewer", "senior", "auditor"})  # who sees claims
OVERSEES: Final[frozenset[Role]] = frozenset({"senior", "auditor", "administrator"})


@dataclass(frozen=True, slots=True)
class PageReply:
    """What a page answers."""

    body: bytes
    status: int = 200
    content_type: str = HTML_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


class ConsoleError(Exception):
    """What can't be shown or done: the status, and the key of the text that says why and what to do."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(f"{status} {key}")
        self.status, self.key, self.values = status, key, values


Handler: TypeAlias = Callable[[Visit], PageReply]


@dataclass(frozen=True, slots=True)
class Page:
    """One page or form.

    Attributes:
        path: under /console; `{name}` stands for one part of it, or `{number}` for a whole number.
        handler: answers it, in a thread.
        roles: who may; None for everybody, whether or not they have signed in.
    """

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    roles: frozenset[Role] | None

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a path must match."""
        text = re.escape(self.path).replace(r"\{number\}", "(?P<number>[1-9][0-9]{0,17})")
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", text))
