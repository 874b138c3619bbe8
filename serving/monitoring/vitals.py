"""All that is told of a service and its store at one moment, as values. What can't be known is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from features.store.check_results import Check, CheckResult
from serving.monitoring.pulse import Pulse
from serving.monitoring.windows import Step, Window


@dataclass(frozen=True, slots=True)
class Beating:
    """What services tell of themselves.

    Attributes:
        newest: the newest pulse of each service that beat within the last minutes; at least of the one that beat last.
        windows: the last 5 minutes, hour and day.
        steps: the last hour by minutes.
    """

    newest: tuple[Pulse, ...]
    windows: tuple[Window, ...]
    steps: tuple[Step, ...]

    @property
    def at_ms(self) -> int | None:
        """When any service told of itself last."""
        return max((pulse.at_ms for pulse in self.newest), default=None)


@dataclass(frozen=True, slots=True)
class Actions:
    """Decisions by action since an hour, a day and a week ago, and how many places are still to be looked at."""

    hour: Mapping[str, int]
    day: Mapping[str, int]
    week: Mapping[str, int]
    not_counted: int


@dataclass(frozen=True, slots=True)
class Work:
    """What people have to do.

    Attributes:
        price_minor, priced_at_ms: what a place in the queue cost last, and since when.
        used_today, capacity: reviews asked for today, and how many a day has room for.
        open: cases that aren't closed, by state.
        waiting, late: those in the queue, and of them beyond their target.
        oldest_ms: when the case was opened whose target comes first among those that wait.
        answered, in_target: reviews closed in the last 24 hours, and the share answered within the target.
    """

    price_minor: float | None
    priced_at_ms: int | None
    used_today: int
    capacity: int | None
    open: Mapping[str, int]
    waiting: int
    late: int
    oldest_ms: int | None
    limit_hours: int
    target_minutes: int
    answered: int
    in_target: float | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook: what waits for it.

    Attributes:
        failed, dead: messages that failed and are tried again or wait behind such, and those given up; `MOST_COUNTED`
            stands for that many or more.
        oldest_ms: since when the oldest undelivered message waits; None where none does.
        told_until_ms: of when the newest thing is that it was told of, or that is kept for another try; when the last
            message went through is not on record.
    """

    id: str
    failed: int
    dead: int
    oldest_ms: int | None
    paused_until_ms: int
    told_until_ms: int | None


@dataclass(frozen=True, slots=True)
class Insight:
    """Alarms and findings as they were worked out last; None where they never were."""

    alarms: int | None
    findings: int | None
    worked_out_ms: int | None


@dataclass(frozen=True, slots=True)
class Sealing:
    """The ledger's last seal, and how many decisions it doesn't cover (`MOST_COUNTED` or more are not counted on)."""

    number: int | None
    sealed_at_ms: int | None
    not_sealed: int
    oldest_not_sealed_ms: int | None


@dataclass(frozen=True, slots=True)
class Storage:
    """Where it all lies.

    Attributes:
        revision: of the tables.
        events: the number of the newest event, which is how many were ever written.
        bytes: of the whole database; None where that can't be asked.
        disk_free, disk_bytes: of the disk below an SQLite store; a server's can't be seen from here.
    """

    revision: str | None
    events: int
    bytes: int | None
    disk_free: int | None
    disk_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Everything, as of `now_ms`. `policy_since_ms` is when the policy in force was first seen."""

    now_ms: int
    beating: Beating
    actions: Actions
    work: Work
    policy_since_ms: int | None
    checks: Mapping[Check, CheckResult]
    subscriptions: tuple[Subscription, ...]
    insight: Insight
    sealing: Sealing
    storage: Storage
