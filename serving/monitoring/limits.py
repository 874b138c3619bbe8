"""From which figure on somebody should look, or act: one rule for all, and its numbers.

A figure from its second limit on says "act", from its first on "look", and "fine" below; all are such that more is
worse. A part is as its worst figure, and the whole as its worst part. What can't be known has no state, and is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter
from typing import Final, Literal, TypeAlias

from features.spans import DAY_MS, MINUTE_MS
from serving.monitoring.vitals import Vitals
from serving.monitoring.windows import share_of

Part: TypeAlias = Literal["service", "actions", "work", "versions", "checks", "webhooks", "insight", "store"]
Unit: TypeAlias = Literal["seconds", "ms", "share", "count", "minutes", "days"]
_DRIFT: Final[Mapping[str, float]] = {"none": 0.0, "watch": 1.0, "retrain": 2.0}


class State(IntEnum):
    """What to do, the more urgent the higher."""

    FINE = 0
    LOOK = 1
    ACT = 2

    @property
    def word(self) -> str:
        """As it is printed."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Limit:
    """From which value on a figure says "look", and from which "act"; None where it never does."""

    figure: str
    part: Part
    unit: Unit
    look: float | None
    act: float | None

    def state(self, value: float | None) -> State | None:
        """The one rule; None where the value isn't known.

        >>> [Limit("p99", "service", "ms", 250, 1000).state(value) for value in (249, 250, 1000, None)]
        [<State.FINE: 0>, <State.LOOK: 1>, <State.ACT: 2>, None]
        """
        if value is None:
            return None
        if self.act is not None and value >= self.act:
            return State.ACT
        return State.LOOK if self.look is not None and value >= self.look else State.FINE


LIMITS: Final = (
    Limit("never_seen", "service", "count", 1, None),
    Limit("silence", "service", "seconds", 60, 180),
    Limit("p99", "service", "ms", 250, 1_000),
    Limit("errors", "service", "share", 0.01, 0.05),
    Limit("unavailable", "service", "share", 0.001, 0.01),
    Limit("degraded", "actions", "share", 0.01, 0.2),
    Limit("spool", "actions", "count", 1, 1_000),
    Limit("spool_refused", "actions", "count", 1, None),
    Limit("late", "work", "share", 0.1, 0.5),
    Limit("oldest", "work", "share", 0.5, 1.0),
    Limit("used", "work", "share", 1.0, None),
    Limit("without_model", "versions", "count", None, 1),
    Limit("refused", "versions", "count", 1, None),
    Limit("disagreeing", "versions", "count", 1, None),
    Limit("drift", "checks", "count", 1, 2),
    Limit("drift_age", "checks", "days", 7, None),
    Limit("parity", "checks", "count", None, 1),
    Limit("parity_age", "checks", "days", 7, None),
    Limit("undelivered", "webhooks", "minutes", 5, 60),
    Limit("dead", "webhooks", "count", 1, 100),
    Limit("alarms", "insight", "count", 1, None),
    Limit("insight_age", "insight", "days", 1, None),
    Limit("not_sealed", "store", "days", 2, None),
    Limit("verify", "store", "count", None, 1),
    Limit("disk", "store", "share", 0.85, 0.95),
)
PARTS: Final[tuple[Part, ...]] = tuple(dict.fromkeys(limit.part for limit in LIMITS))


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure, what it is held to, and its state; None where it can't be known."""

    limit: Limit
    value: float | None
    state: State | None


@dataclass(frozen=True, slots=True)
class Standing:
    """All figures in the order of `LIMITS`."""

    figures: tuple[Judged, ...]

    @property
    def state(self) -> State:
        """Of the whole."""
        return max((each.state for each in self.figures if each.state is not None), default=State.FINE)

    @property
    def raised(self) -> tuple[Judged, ...]:
        """What isn't fine, the worst first."""
        found = [each for each in self.figures if each.state]
        return tuple(sorted(found, key=lambda each: -(each.state or 0)))

    def of_part(self, part: Part) -> State | None:
        """The state of a part; None where nothing of it can be known."""
        states = [each.state for each in self.figures if each.limit.part == part and each.state is not None]
        return max(states, default=None)

    def figure(self, name: str) -> Judged:
        """A figure by its name."""
        return next(each for each in self.figures if each.limit.figure == name)


def judge(vitals: Vitals) -> Standing:
    """Hold every figure to its limits."""
    values = {**_of_services(vitals), **_of_work(vitals), **_of_checks(vitals), **_of_store(vitals)}
    return Standing(tuple(Judged(limit, values[limit.figure], limit.state(values[limit.figure])) for limit in LIMITS))


def _of_services(vitals: Vitals) -> dict[str, float | None]:
    newest, windows = vitals.beating.newest, vitals.beating.windows
    spools = [pulse.spool for pulse in newest if pulse.spool is not None]
    refused = [pulse.spool_refused for pulse in newest if pulse.spool_refused is not None]
    at_ms = vitals.beating.at_ms
    versions = [{pulse.model for pulse in newest}, {pulse.policy for pulse in newest}]
    return {
        # a service leaves its newest pulse for good: without any, this is maybe not the store that one was asked about
        "never_seen": float(not newest),
        "silence": None if at_ms is None else max(0, vitals.now_ms - at_ms) / 1000,
        "p99": windows[0].counts.quantile_ms(0.99),
        "errors": share_of(windows, attrgetter("errors"), attrgetter("requests")),
        "unavailable": share_of(windows, attrgetter("unavailable"), attrgetter("requests")),
        "degraded": share_of(windows, lambda counts: sum(counts.degraded.values()), attrgetter("decisions")),
        "spool": max(spools) if spools else None,
        "spool_refused": max(refused) if refused else None,
        "without_model": sum(pulse.model is None for pulse in newest) if newest else None,
        "refused": len({line for pulse in newest for line in pulse.refused}) if newest else None,
        "disagreeing": sum(len(each) - 1 for each in versions) if newest else None,
    }


def _of_work(vitals: Vitals) -> dict[str, float | None]:
    work, waits = vitals.work, [each.oldest_ms for each in vitals.subscriptions if each.oldest_ms is not None]
    age_hours = None if work.oldest_ms is None else (vitals.now_ms - work.oldest_ms) / (60 * MINUTE_MS)
    undelivered = (vitals.now_ms - min(waits)) / MINUTE_MS if waits else 0.0
    return {
        "late": work.late / work.waiting if work.waiting else 0.0,
        "oldest": None if age_hours is None else age_hours / work.limit_hours,
        "used": work.used_today / work.capacity if work.capacity else None,
        "undelivered": max(0.0, undelivered) if vitals.subscriptions else None,
        "dead": sum(each.dead for each in vitals.subscriptions) if vitals.subscriptions else None,
    }


def _of_checks(vitals: Vitals) -> dict[str, float | None]:
    drift, parity, verify = (vitals.checks.get(name) for name in ("drift", "parity", "ledger_verify"))
    return {
        "drift": None if drift is None else _DRIFT.get(drift.verdict),
        "drift_age": None if drift is None else _days(vitals, drift.at_ms),
        "parity": None if parity is None else float(parity.findings),
        "parity_age": None if parity is None else _days(vitals, parity.at_ms),
        "verify": None if verify is None else float(verify.findings),
    }


def _of_store(vitals: Vitals) -> dict[str, float | None]:
    insight, storage = vitals.insight, vitals.storage
    disk = storage.disk_bytes
    return {
        "alarms": insight.alarms,
        "insight_age": _days(vitals, insight.worked_out_ms),
        "not_sealed": _days(vitals, vitals.sealing.oldest_not_sealed_ms),
        "disk": None if not disk or storage.disk_free is None else 1 - storage.disk_free / disk,
    }


def _days(vitals: Vitals, since_ms: int | None) -> float | None:
    return None if since_ms is None else max(0, vitals.now_ms - since_ms) / DAY_MS
