"""The decisions of the last days, read from the ledger bit by bit: what the price of reviews and the audits' budget
are found on.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from features.definition.window import MS_PER_DAY
from serving.decision import AuditLoad, Queue, RecentClaims
from serving.ledger import DECISION

# With more claims than this in the policy's recent days, those of fewer days are looked at: sorting them takes 7 ms.
MOST_DECISIONS: Final = 50_000
# Decisions that commit late, or by another machine's clock, come behind newer ones; the last minute is read again.
OVERLAP_MS: Final = 60_000
_ROW: Final = np.dtype(
    [("at_ms", np.int64), ("gain_minor", np.float64), ("review", np.bool_), ("stratum", np.int32), ("ppm", np.int64)]
)
_NO_STRATUM: Final = -1

Rows = NDArray[np.void]


class RecentDecisions:
    """A copy of the ledger's newest rows. It is as old as its last `refresh`.

    Its memory is taken at once, and is the same however many rows there are.
    """

    def __init__(self) -> None:
        self._room: Rows = np.empty(MOST_DECISIONS, dtype=_ROW)
        self._room.fill(0)  # else the system would give it bit by bit, and the service would seem to leak
        self._rows: Rows = self._room[:0]  # the part with rows in it
        self._since_ms = math.inf
        self._strata: list[str] = []

    def __len__(self) -> int:
        return len(self._rows)

    def refresh(self, connection: sa.Connection, since_ms: int) -> None:
        """Read what the ledger has gained, of the decisions since a moment (ms)."""
        known_to_ms = since_ms
        if since_ms >= self._since_ms and len(self._rows):
            known_to_ms = max(since_ms, int(self._rows["at_ms"][-1]) - OVERLAP_MS)
        begin, end = np.searchsorted(self._rows["at_ms"], [since_ms, known_to_ms])
        fresh = self._read(connection, known_to_ms)
        kept = self._rows[max(int(begin), int(end) + len(fresh) - MOST_DECISIONS) : end]
        number = len(kept)
        self._room[:number] = kept  # NumPy takes care that the two overlap
        self._room[number : number + len(fresh)] = fresh
        self._rows = self._room[: number + len(fresh)]
        self._since_ms = since_ms

    def claims(self) -> RecentClaims:
        """When the claims were decided, and what a review of each would gain.

        Decisions of before the ledger knew gains are left out.
        """
        known = self._rows[~np.isnan(self._rows["gain_minor"])]
        return RecentClaims(known["at_ms"].copy(), known["gain_minor"].copy())

    def queue(self, day_began_ms: int, waiting: int) -> Queue:
        """The reviewers' queue, of which so many wait."""
        today = self._rows[self._rows["at_ms"] >= day_began_ms]
        return Queue(claims_today=len(today), reviews_today=int(today["review"].sum()), waiting=waiting)

    def audit_load(self, day_began_ms: int, now_ms: int, days: int) -> AuditLoad:
        """What the audits' budget has to last for: per stratum the mean of some days, or the last 24 hours' if more."""
        approvals = self._rows[self._rows["stratum"] != _NO_STRATUM]
        # where the ledger, or what is looked at of it, begins later, there were fewer days
        began_ms = int(self._rows["at_ms"][0]) if len(self._rows) else now_ms
        covered = min(max((now_ms - began_ms) / MS_PER_DAY, 1.0), float(days))
        recent = self._count(approvals, now_ms - days * MS_PER_DAY)
        last_day = self._count(approvals, now_ms - MS_PER_DAY)
        per_day = {name: max(count / covered, last_day[name]) for name, count in recent.items()}
        return AuditLoad(per_day, int(approvals["ppm"][approvals["at_ms"] >= day_began_ms].sum()))

    def _count(self, approvals: Rows, since_ms: int) -> Counter[str]:
        codes = approvals["stratum"][approvals["at_ms"] >= since_ms]
        counts = np.bincount(codes, minlength=len(self._strata))
        return Counter({name: int(count) for name, count in zip(self._strata, counts, strict=True) if count})

    def _read(self, connection: sa.Connection, since_ms: int) -> Rows:
        columns = DECISION.c
        query = (
            sa.select(
                columns.decided_at_ms,
                columns.action,
                columns.review_gain_minor,
                columns.capacity_price_minor,
                columns.audit_stratum,
                columns.audit_propensity_ppm,
            )
            .where(columns.decided_at_ms >= since_ms)
            .order_by(columns.decided_at_ms.desc())
            .limit(MOST_DECISIONS)
        )
        rows = [self._row(*row) for row in connection.execute(query)]
        return np.array(rows[::-1], dtype=_ROW)

    def _row(
        self, at_ms: int, action: str, gain: float | None, price: float | None, stratum: str | None, ppm: int | None
    ) -> tuple[int, float, bool, int, int]:
        review = action == "manual_review"
        if gain is None:  # as `gain_of` says it of a decision; those of before prices don't say why it is missing
            gain = math.nan if price is None else math.inf if review else -math.inf
        return at_ms, gain, review, self._code(stratum), ppm or 0

    def _code(self, stratum: str | None) -> int:
        if stratum is None:
            return _NO_STRATUM
        if stratum not in self._strata:
            self._strata.append(stratum)
        return self._strata.index(stratum)
