"""A service at one moment: what it has counted since it began, and what is in force."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from serving.monitoring.counts import Counts

BEAT_MS: Final = 15_000
KEPT_MS: Final = 48 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What a service tells of itself.

    Attributes:
        service: a name that lasts as long as its counts do: a service that starts again has another one.
        began_ms: when it started to count.
        model, challenger, policy: versions in force; None where there is none.
        refused: what couldn't be taken up and still can't, in one line each.
        spool: answers on disk that the store couldn't take yet; None where the folder can't be read.
        spool_refused: those that it never will.
    """

    service: str
    began_ms: int
    at_ms: int
    counts: Counts
    model: str | None = None
    challenger: str | None = None
    policy: str | None = None
    refused: tuple[str, ...] = ()
    spool: int | None = None
    spool_refused: int | None = None

    @property
    def slot(self) -> int:
        """Which of the 15 seconds it is of: of each, a service keeps one pulse."""
        return self.at_ms // BEAT_MS

    def to_text(self) -> str:
        """As it is kept."""
        return json.dumps({**asdict(self), "counts": self.counts.to_body()}, ensure_ascii=False)

    @classmethod
    def of_text(cls, text: str) -> Pulse:
        """What `to_text` made."""
        body = json.loads(text)
        return cls(**{**body, "counts": Counts.of_body(body["counts"]), "refused": tuple(body["refused"])})
