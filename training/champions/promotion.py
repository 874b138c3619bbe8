"""Changes of the champion, as values: who made which version champion, when and why, and who came before."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

How: TypeAlias = Literal["promoted", "forced", "rolled_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A version became champion.

    Attributes:
        id: of this change, in order of time.
        at_ms: when, milliseconds UTC.
        version: the registered version's number.
        bundle_version: of its bundle.
        how: through the gate, in spite of it, or as the way back.
        by: who did it.
        reason: why, in that person's words; "" where none was given.
        refusals: what the gate said against it.
        cost_change: how much more or less it cost than the champion before; "" where that wasn't compared.
    """

    id: str
    at_ms: int
    version: str
    bundle_version: str
    how: How
    by: str
    reason: str = ""
    refusals: tuple[str, ...] = ()
    cost_change: str = ""


@dataclass(frozen=True, slots=True)
class Reign:
    """A promotion, and when the next one ended its time; None while it lasts."""

    promotion: Promotion
    until_ms: int | None


def reigns(promotions: Sequence[Promotion]) -> Iterator[Reign]:
    """Who was champion from when until when, from promotions in order of time."""
    for one, following in pairwise(promotions):
        yield Reign(one, following.at_ms)
    if promotions:
        yield Reign(promotions[-1], None)


def before(promotions: Sequence[Promotion], champion: str | None) -> str | None:
    """The version to go back to: the champion before, leaving out those that were taken back themselves.

    Args:
        promotions: in order of time.
        champion: the version that is champion now, which may have been made so without a record.

    >>> first, second, third = (Promotion(id=v, at_ms=0, version=v, bundle_version="", how="promoted", by="")
    ...                         for v in "124")
    >>> before([first, second, third], "4")
    '2'
    >>> back = Promotion(id="5", at_ms=0, version="2", bundle_version="", how="rolled_back", by="")
    >>> before([first, second, third, back], "2")
    '1'
    """
    line: list[str] = []
    for each in promotions:
        if each.how == "rolled_back" and each.version in line:
            del line[len(line) - line[::-1].index(each.version) :]
        elif line[-1:] != [each.version]:
            line.append(each.version)
    if line and line[-1] == champion:
        line.pop()
    return line[-1] if line else None


def user_name() -> str:
    """Who works here, as the machine knows; "unknown" where it doesn't."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
