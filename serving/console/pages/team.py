"""How the team does: clocks, backlog, agreement, accuracy, and the past claims that it is measured by.

Names stand only where seniors and auditors read: an administrator runs accounts and has no use for who errs how often.
"""

from __future__ import annotations

import math
from typing import Final, Literal

import sqlalchemy as sa

from serving.cases.quality.agreement import TARGET
from serving.cases.quality.answers import GoldError, choose_gold, end_gold, gold_candidates
from serving.cases.quality.chance import Figure
from serving.cases.quality.pace import HOURS, Hour
from serving.cases.quality.tables import GOLD_ANSWER
from serving.cases.quality.team import TeamFigures, team_figures
from serving.cases.words import Role
from serving.console.page import OVERSEES, ConsoleError, Page, PageReply
from serving.console.pages.team_charts import bars, line
from serving.console.rendering import minutes, moment, render, see_other
from serving.console.visit import Visit

_SEES_NAMES: Final[frozenset[Role]] = frozenset({"senior", "auditor"})
# it says what past claims were, and seniors are given some of them to rule on
_CHOOSES: Final[frozenset[Role]] = frozenset({"auditor"})
_GOLD_SHOWN: Final = 50
_NONE: Final = "–"


def show(visit: Visit) -> PageReply:
    """The team page."""
    return _page(visit)


def show_gold(visit: Visit) -> PageReply:
    """The past claims with known answers, and those that may become some."""
    return _gold_page(visit)


def choose(visit: Visit) -> PageReply:
    """Make a past claim a gold claim."""
    claim_id = visit.form.get("claim_id", "").strip()
    try:
        choose_gold(visit.desk.store, claim_id, by=visit.who.name, now_ms=visit.desk.now_ms())
    except GoldError as error:
        return _gold_page(visit, 422, claim_id=claim_id, error=visit.text(error.key))
    return see_other("/console/team/gold", said="gold_chosen")


def end(visit: Visit) -> PageReply:
    """Give a claim out as gold no more."""
    claim_id = visit.form.get("claim_id", "")
    if not claim_id:
        raise ConsoleError(422, "team.gold_which")
    end_gold(visit.desk.store, claim_id, visit.desk.now_ms())
    return see_other("/console/team/gold", said="gold_ended")


def _page(visit: Visit) -> PageReply:
    policy, now_ms = visit.desk.policy(), visit.desk.now_ms()
    figures = team_figures(visit.desk.store, policy, now_ms)
    oldest_ms = figures.backlog.oldest_ms
    return render(
        visit,
        "team.html",
        figures=figures,
        is_empty=_is_empty(figures),
        review=policy.review,
        clock=next((clock for clock in figures.clocks if clock.answered), None),
        oldest=None if oldest_ms is None else minutes(visit, now_ms - oldest_ms),
        names=visit.who.role in _SEES_NAMES,
        chooses=visit.who.role in _CHOOSES,
        target=TARGET,
        standing=standing(figures.rulings.share, TARGET),
        percent=percent,
        number=number,
        between=between,
        bars=bars([(hour.opened, hour.closed) for hour in figures.hours]),
        line=line(_open_cases(figures.hours)),
        marks=[moment(hour.start_ms, policy.zone)[-5:] for hour in figures.hours[:: HOURS // 4]],
        day=_day(visit, figures),
    )


def _gold_page(visit: Visit, status: int = 200, claim_id: str = "", error: str | None = None) -> PageReply:
    store, known = visit.desk.store, GOLD_ANSWER.c
    query = sa.select(GOLD_ANSWER).where(known.ended_at_ms.is_(None)).order_by(known.chosen_at_ms.desc())
    with store.reading() as connection:
        golds = connection.execute(query.limit(_GOLD_SHOWN)).all()
    candidates = gold_candidates(store, visit.desk.now_ms())
    return render(visit, "team_gold.html", status, golds=golds, candidates=candidates, claim_id=claim_id, error=error)


def percent(figure: Figure) -> str:
    """A share.

    >>> percent(Figure(0.9, 0.783, 1.0, 10))
    '90 %'
    """
    return f"{100 * figure.value:.0f} %" if figure.is_told else _NONE


def number(figure: Figure) -> str:
    """A figure such as alpha.

    >>> number(Figure(0.743, 0.41, 0.93, 12))
    '0.74'
    """
    return f"{figure.value:.2f}" if figure.is_told else _NONE


def between(figure: Figure, times: float = 100, digits: int = 0, sign: str = "") -> str:
    """Where the truth lies in 95 of 100 cases; nothing where too little tells it.

    >>> between(Figure(0.9, 0.783, 1.0, 10)), between(Figure(0.05, -0.02, 0.12, 99), sign="+")
    ('(78–100)', '(−2 … +12)')
    """
    if not figure.is_told or math.isnan(figure.low):
        return ""
    if digits == 0 and round(times * figure.low) == round(times * figure.high):
        digits = 1  # a thousand cases know it better than to a percent
    low, high = (f"{times * bound:{sign}.{digits}f}".replace("-", "−") for bound in (figure.low, figure.high))
    return f"({low} … {high})" if sign or figure.low < 0 else f"({low}–{high})"


def standing(figure: Figure, target: float) -> Literal["met", "missed", "unsure"] | None:
    """How a share stands to a target; unsure while its interval holds the target, None where nothing tells it.

    >>> [standing(Figure(value, value - 0.04, value + 0.04, 99), 0.85) for value in (0.95, 0.86, 0.7)]
    ['met', 'unsure', 'missed']
    """
    if not figure.is_told:
        return None
    return "met" if figure.low >= target else "missed" if figure.high < target else "unsure"


def _is_empty(figures: TeamFigures) -> bool:
    """Whether nothing has happened yet that could be told."""
    known = (figures.backlog.open, figures.clocks[-1].answered, figures.rulings.cases, figures.rates.team.right.count)
    return not any(known) and not any(hour.opened or hour.closed for hour in figures.hours)


def _open_cases(hours: list[Hour]) -> list[int]:
    """How many were open at the beginning of the first hour, and at the end of each."""
    first = hours[0]
    return [first.open_at_end - first.opened + first.closed, *(hour.open_at_end for hour in hours)]


def _day(visit: Visit, figures: TeamFigures) -> str:
    """What came and went in the last 24 hours: counts, as a pace from one day would be no forecast."""
    opened, closed = (
        sum(counts) for counts in zip(*((hour.opened, hour.closed) for hour in figures.hours), strict=True)
    )
    if opened > closed:
        return visit.text("team.day_grew", opened=f"{opened:,}", closed=f"{closed:,}", more=f"{opened - closed:,}")
    clear_hours = figures.backlog.clear_hours
    if not clear_hours:
        return visit.text("team.day_even", opened=f"{opened:,}", closed=f"{closed:,}")
    return visit.text("team.day_shrank", opened=f"{opened:,}", closed=f"{closed:,}", hours=f"{clear_hours:,.0f}")


PAGES: Final = (
    Page("GET", "/team", show, OVERSEES),
    Page("GET", "/team/gold", show_gold, _CHOOSES),
    Page("POST", "/team/gold", choose, _CHOOSES),
    Page("POST", "/team/gold/end", end, _CHOOSES),
)
