"""What an operator looks at when something wakes them: the worst first, each part with its state and its figures.

The part that changes is a page of its own without a frame, which the browser asks for again and again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from features.spans import DAY_MS
from serving.console.page import OVERSEES, Page, PageReply
from serving.console.pages.monitor_charts import lines_of
from serving.console.rendering import minutes, render
from serving.console.visit import Visit
from serving.monitoring.limits import LIMITS, PARTS, Standing, Unit, judge
from serving.monitoring.reading import read_vitals
from serving.monitoring.reading_work import MOST_COUNTED
from serving.monitoring.telling import amount
from serving.monitoring.vitals import Actions

_STYLES: Final = ("fine", "soon", "late")  # of a badge, by state
_UNITS: Final[frozenset[Unit]] = frozenset({"seconds", "minutes", "days"})  # that are words


@dataclass(frozen=True, slots=True)
class Shares:
    """An action's decisions and its share of all, since an hour, a day and a week ago; no share of nothing."""

    action: str
    counts: tuple[int, int, int]
    shares: tuple[float | None, float | None, float | None]


def show(visit: Visit) -> PageReply:
    """The page."""
    return _page(visit, "monitor.html")


def show_now(visit: Visit) -> PageReply:
    """The part of it that changes."""
    return _page(visit, "monitor_now.html")


def _page(visit: Visit, template: str) -> PageReply:
    policy, now_ms = visit.desk.policy(), visit.desk.now_ms()
    vitals = read_vitals(visit.desk.store, policy, now_ms)
    standing = judge(vitals)
    return render(
        visit,
        template,
        vitals=vitals,
        standing=standing,
        parts=PARTS,
        limits=LIMITS,
        figures={part: [each for each in standing.figures if each.limit.part == part] for part in PARTS},
        unknown=sum(each.state is None for each in standing.figures),
        states=" ".join(f"{each.limit.figure}:{each.state}" for each in standing.raised),
        headline=_headline(visit, standing),
        clock=dt.datetime.fromtimestamp(now_ms / 1000, policy.zone).strftime("%H:%M:%S"),
        shares=shares_of(vitals.actions),
        lines=lines_of(vitals.beating.steps),
        styles=_STYLES,
        told=lambda value, unit: _told(visit, value, unit),
        some=some,
        size=size,
    )


def shares_of(actions: Actions) -> list[Shares]:
    """The actions that were taken in the last week, the most frequent first.

    >>> [(each.action, each.shares[0]) for each in shares_of(Actions({"a": 1, "b": 3}, {}, {"a": 9, "b": 8}, 0))]
    [('a', 0.25), ('b', 0.75)]
    """
    spans = (actions.hour, actions.day, actions.week)
    totals = [sum(span.values()) for span in spans]
    found = []
    for action in sorted(actions.week, key=lambda each: -actions.week[each]):
        hour, day, week = (span.get(action, 0) for span in spans)
        shares = [count / total if total else None for count, total in zip((hour, day, week), totals, strict=True)]
        found.append(Shares(action, (hour, day, week), (shares[0], shares[1], shares[2])))
    return found


def some(count: int) -> str:
    """A number that isn't counted beyond a bound.

    >>> some(12), some(10_000)
    ('12', '10,000+')
    """
    return f"{count:,}{'+' if count >= MOST_COUNTED else ''}"


def size(number: int | None) -> str:
    """Bytes for people.

    >>> size(None), size(225_726_464), size(3_200_000_000_000)
    ('–', '226 MB', '3.20 TB')
    """
    if number is None:
        return "–"
    for unit, most in (("kB", 1e6), ("MB", 1e9), ("GB", 1e12)):
        if number < most:
            return f"{number / (most / 1000):.3g} {unit}"
    return f"{number / 1e12:.2f} TB"


def _told(visit: Visit, value: float | None, unit: Unit) -> str:
    if value is None:
        return "–"
    if unit == "days" and value < 1:
        return minutes(visit, round(value * DAY_MS))
    if unit not in _UNITS:
        return amount(value, unit)
    return visit.text(f"monitor.unit_{unit}", value=amount(value, unit).partition(" ")[0])


def _headline(visit: Visit, standing: Standing) -> str:
    """One sentence: how urgent it is, and how many figures say so."""
    state = standing.state
    count = sum(each.state == state for each in standing.figures)
    return visit.text(f"monitor.headline_{state.word}", count=count)


PAGES: Final = (
    Page("GET", "/monitor", show, OVERSEES),
    Page("GET", "/monitor/now", show_now, OVERSEES),
)
