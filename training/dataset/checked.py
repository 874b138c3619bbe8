"""What the checks for leakage saw of a dataset that passed them (`training.leakage`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shared:
    """How many of the test's n claims have a buyer, or anybody of the buyer's ring, with claims to learn from."""

    claims: int
    by_buyer: int
    by_ring: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and the figures that are told and fail nothing.

    Attributes:
        columns: how many were tried alone, in each period.
        strongest: the column that alone ranks a period's labels best; `strongest_auc` is how well, and
            `strongest_period` where.
        excused: the reason why a column may rank them too well, by its name.
        recomputed: of how many claims the vectors were computed again, from what was known before them.
        buyers: the protocol's word on buyers of both sides of the test's start: "may_return" or "apart".
        shared: how many of the test's claims are of such buyers, before any was left out.
        dropped_from: the side from which their claims were left out, "train" or "test"; None if none were.
        dropped: how many claims were.
    """

    columns: int
    strongest: str
    strongest_auc: float
    strongest_period: str
    excused: Mapping[str, str]
    recomputed: int
    buyers: str
    shared: Shared
    dropped_from: str | None
    dropped: int
