"""Returns and refunds: what stands out, by month, category and reason, who bore it, and what changes of policy did."""

from __future__ import annotations

from typing import Final

from serving.console.page import OVERSEES, Page, PageReply
from serving.console.pages.insight import worked_out
from serving.console.pages.team_charts import line
from serving.console.rendering import render
from serving.console.visit import Visit
from serving.insight import keeping
from serving.insight.returns.body import of_body
from serving.insight.returns.figures import Bounded, Effect, Returns, Share
from serving.insight.returns.part import PERIODS, RETURNS
from serving.insight.returns.saying import category_name, money, say, texts_of

_NONE: Final = "–"
_SHOWN: Final = 50  # categories: those with most claims


def show(visit: Visit) -> PageReply:
    """The figures of one of the kept periods."""
    chosen = visit.query.get("days", "")
    days = next((each for each in PERIODS if str(each) == chosen), PERIODS[0])
    with visit.desk.store.reading() as connection:
        kept = keeping.find(connection, RETURNS, str(days)) if keeping.as_of(connection, RETURNS) else None
    returns = None if kept is None else of_body(kept.body)
    return render(
        visit,
        "returns.html",
        worked=worked_out(visit, RETURNS),
        days=days,
        periods=PERIODS,
        returns=returns,
        findings=[] if returns is None else [say(each, visit.language, returns.currency) for each in returns.findings],
        shown=_SHOWN,
        weeks=None if returns is None else _weeks(returns),
        most=_most(returns),
        percent=percent,
        between=between,
        times=times,
        effect=lambda each: effect(each, "" if returns is None else returns.currency),
        category=lambda name: category_name(name, texts_of(visit.language)),
        word=lambda key, code: visit.text(f"{key}_{code}") if f"{key}_{code}" in visit.text else code or _NONE,
    )


def _weeks(returns: Returns) -> object:
    """The claims of whole weeks as a line, None of fewer than two."""
    whole = [week.total.claims for week in returns.weeks if week.is_whole]
    return line(whole) if len(whole) > 1 else None


def _most(returns: Returns | None) -> int:
    """The claims of the busiest month, which its bar's full length stands for."""
    return 0 if returns is None else max((month.total.claims for month in returns.months), default=0)


def percent(share: Share) -> str:
    """A share.

    >>> percent(Share(1, 8, 0.125, 0.02, 0.47)), percent(Share(0, 0, None, None, None))
    ('12.5 %', '–')
    """
    return _NONE if share.value is None else f"{100 * share.value:.1f} %"


def between(share: Share) -> str:
    """Where the truth lies in 95 of 100 cases.

    >>> between(Share(1, 8, 0.125, 0.022, 0.471))
    '(2.2–47.1)'
    """
    return "" if share.low is None or share.high is None else f"({100 * share.low:.1f}–{100 * share.high:.1f})"


def times(told: Bounded) -> str:
    """A ratio with its interval.

    >>> times(Bounded(1.5, 1.2, 1.9)), times(Bounded(None, None, None))
    ('1.50 (1.20–1.90)', '–')
    """
    if told.value is None:
        return _NONE
    return f"{told.value:.2f} ({told.low:.2f}–{told.high:.2f})"


def effect(each: Effect, currency: str) -> tuple[str, str, str, bool]:
    """Before, after, the difference with its interval, and whether the interval holds no change at all.

    >>> effect(Effect("approved_share", 0.2, 0.25, Bounded(0.05, -0.01, 0.11)), "CNY")
    ('20.0 %', '25.0 %', '+5.0 (−1.0 … +11.0)', True)
    """
    told = (each.difference.value, each.difference.low, each.difference.high)
    is_share = each.name.endswith("_share")
    by = 100 if is_share else 0.01
    value, low, high = (_NONE if one is None else f"{one * by:+,.1f}".replace("-", "−") for one in told)
    sides = [f"{100 * one:.1f} %" if is_share else money(one, currency) for one in (each.before, each.after)]
    may_be_none = each.difference.low is None or each.difference.high is None
    may_be_none = may_be_none or (each.difference.low or 0) <= 0 <= (each.difference.high or 0)
    return sides[0], sides[1], f"{value} ({low} … {high})", may_be_none


PAGES: Final = (Page("GET", "/insight/returns", show, OVERSEES),)
