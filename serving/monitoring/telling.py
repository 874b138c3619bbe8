"""How it stands, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from serving.monitoring.limits import PARTS, Judged, Standing, State, Unit
from serving.monitoring.vitals import Vitals

_SHORT: Final[dict[Unit, str]] = {"seconds": "s", "minutes": "min", "days": "d"}
# the name of each figure, for people at a terminal
SAYS: Final = {
    "never_seen": "stores that no service ever ran on",
    "silence": "last sign of a service, ago",
    "p99": "99th percentile of claims, last 5 minutes",
    "errors": "requests answered with 5xx",
    "unavailable": "requests answered with 503",
    "degraded": "decisions degraded",
    "spool": "answers waiting in the spool",
    "spool_refused": "answers in the spool that the store will never take",
    "late": "queue beyond its target",
    "oldest": "wait of the next case in turn, of the time limit",
    "used": "today's places for reviews used",
    "without_model": "services without a model",
    "refused": "models or policies that can't be taken up",
    "disagreeing": "versions too many in force at once",
    "drift": "drift (1 watch, 2 retrain)",
    "drift_age": "last look for drift, ago",
    "parity": "values other than the service logged them",
    "parity_age": "last check of parity, ago",
    "undelivered": "wait of the oldest message to a webhook",
    "dead": "messages to webhooks given up",
    "alarms": "alarms open",
    "insight_age": "alarms worked out, ago",
    "not_sealed": "age of the oldest decision without a seal",
    "verify": "findings when the ledger was verified",
    "disk": "disk used",
}
_WIDTH: Final = max(map(len, SAYS.values()))


def lines(standing: Standing) -> list[str]:
    """The whole, then every part with its figures; what isn't fine has its limit beside it."""
    told = [f"{standing.state.word}: {_summary(standing)}"]
    for part in PARTS:
        state = standing.of_part(part)
        told += ["", f"{part} {'not known' if state is None else state.word}"]
        told += [_line(each) for each in standing.figures if each.limit.part == part]
    return told


def as_object(vitals: Vitals, standing: Standing) -> dict[str, Any]:
    """All of it by name; what can't be known is None."""
    return {
        "format": 1,
        "state": standing.state.word,
        "now_ms": vitals.now_ms,
        "parts": {part: _word(standing.of_part(part)) for part in PARTS},
        "figures": {
            each.limit.figure: {
                "part": each.limit.part,
                "state": _word(each.state),
                "value": each.value,
                "unit": each.limit.unit,
                "look": each.limit.look,
                "act": each.limit.act,
            }
            for each in standing.figures
        },
        "vitals": asdict(vitals),
    }


def amount(value: float, unit: Unit) -> str:
    """A value with its unit.

    >>> amount(0.02134, "share"), amount(1234, "count"), amount(12.5, "ms"), amount(3, "days"), amount(9, "seconds")
    ('2.13 %', '1,234', '12.5 ms', '3 d', '9 s')
    """
    match unit:
        case "share":
            return f"{100 * value:.3g} %"
        case "count":
            return f"{value:,.0f}"
        case _:
            shown = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
            return f"{shown} {_SHORT.get(unit, unit)}"


def _told(value: float, unit: Unit) -> str:
    """An amount in which less than a day is told in hours, and less than an hour in minutes."""
    if unit == "days" and value < 1:
        return f"{24 * value:.1f} h" if value >= 1 / 24 else f"{1440 * value:.0f} min"
    return amount(value, unit)


def _summary(standing: Standing) -> str:
    raised = standing.raised
    if not raised:
        return "nothing calls for anybody"
    return "; ".join(f"{SAYS[each.limit.figure]} {_told(each.value or 0, each.limit.unit)}" for each in raised)


def _line(each: Judged) -> str:
    name = SAYS[each.limit.figure]
    if each.value is None:
        return f"  {'-':<4}  {name:<{_WIDTH}}  not known"
    limits = f"  ({_limits(each)})" if each.state else ""
    return f"  {_word(each.state):<4}  {name:<{_WIDTH}}  {_told(each.value, each.limit.unit):>9}{limits}"


def _limits(each: Judged) -> str:
    limit = each.limit
    named: Iterable[tuple[str, float | None]] = (("look", limit.look), ("act", limit.act))
    return ", ".join(f"{word} from {amount(value, limit.unit)}" for word, value in named if value is not None)


def _word(state: State | None) -> str:
    return "unknown" if state is None else state.word
