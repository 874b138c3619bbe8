"""The chances of audits in the closed loop: the policy's own (`serving.decision.audit`), or one rate for all."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from serving.decision import AuditLoad, ClaimFacts, find_audit
from serving.decision.audit import MILLION
from serving.policy import Policy
from training.simulate.deciding import NOT_UP_FOR_AUDIT
from training.simulate.places import Given

UNKNOWN: Final = float("nan")  # of a buyer's earlier claims, for judges that don't look


class Auditing:
    """Gives each approval of one day after the other its chance, as the service would.

    Args:
        policy: whose table of audits counts.
        rate: a share of all approvals in its place, if given.
    """

    def __init__(self, policy: Policy, rate: float | None) -> None:
        self._audits, self._rate = policy.audit, rate
        self._days: deque[Counter[str]] = deque(maxlen=policy.audit.recent_days)
        self._today: Counter[str] = Counter()
        self._today_ppm = 0

    def begin_day(self) -> None:
        """A new day has its budget again."""
        self._days.append(self._today)
        self._today, self._today_ppm = Counter(), 0

    def chance_ppm(self, facts: ClaimFacts, given: Given, earlier_claims: float) -> int:
        """The chance in millionths with which this answer is drawn for an audit, or -1 where it isn't up for one."""
        if given.action != "auto_approve":
            return NOT_UP_FOR_AUDIT
        if self._rate is not None:
            return round(self._rate * MILLION)
        drawn = find_audit(facts, given.action, earlier_claims, self._audits, self._load())
        if drawn is None:
            return NOT_UP_FOR_AUDIT
        self._today[drawn.stratum] += 1
        self._today_ppm += drawn.propensity_ppm
        return drawn.propensity_ppm

    def _load(self) -> AuditLoad:
        days = max(len(self._days), 1)
        total = sum(self._days, Counter[str]())
        return AuditLoad({name: count / days for name, count in total.items()}, self._today_ppm)
