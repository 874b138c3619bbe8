"""What is worked out: one part for each thing that the claims tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import sqlalchemy as sa

from serving.insight.abuse.part import ABUSE, PLACES, compute_abuse, compute_places
from serving.insight.alarms import working as alarms
from serving.insight.alarms.alarm import ALARMS_PART
from serving.insight.feedback import report as feedback
from serving.insight.keeping import Kept
from serving.insight.merchants.ranking import BY_CLAIMS, MERCHANTS, by_claims, by_score
from serving.insight.record import Record
from serving.insight.returns.part import RETURNS, compute_returns
from serving.policy import Policy


@dataclass(frozen=True, slots=True)
class Ground:
    """What a part is worked out from.

    Attributes:
        record: orders and claims; its `until_ms` is the moment as of which everything is told.
        policy: the one in force.
        connection: to the store, for what isn't among the events, such as cases; only read.
    """

    record: Record
    policy: Policy
    connection: sa.Connection


Compute: TypeAlias = Callable[[Ground], Iterable[Kept]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part by the name under which its results are kept."""

    name: str
    compute: Compute


PARTS: Final[tuple[Part, ...]] = (
    Part(MERCHANTS, by_score),
    Part(BY_CLAIMS, by_claims),
    Part(ALARMS_PART, alarms.compute),
    Part(ABUSE, compute_abuse),
    Part(PLACES, compute_places),
    Part(RETURNS, compute_returns),
    Part("feedback", feedback.compute),
)
