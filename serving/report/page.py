"""A report as HTML: one file, without script and without anything from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from markupsafe import Markup

from serving.claim import Language
from serving.html_templates import html_templates
from serving.policy import Policy
from serving.report.checklist import APPEAL_DAYS
from serving.report.drawing import HEIGHT, WIDTH, trend
from serving.report.drawn import Drawn
from serving.report.figures import share_of
from serving.report.held import Held
from serving.report.making import Report
from serving.report.targets.notices import IN_TIME_MINUTES
from serving.report.telling import Telling, texts_of

_HERE: Final = Path(__file__).parent


def render_report(
    report: Report, policy: Policy, language: Language, drawn: Drawn | None = None, held: Held | None = None
) -> bytes:
    """The report as UTF-8.

    Args:
        report: what it tells.
        policy: names the money and the zone of its days.
        language: of its words.
        drawn: who bore what, and plots; None where nothing could work them out.
        held: of which time the store holds events, to tell where the record ends before the quarter.
    """
    telling = Telling(texts_of(language), policy)
    return (
        html_templates(_HERE / "templates")
        .get_template("report.html")
        .render(
            report=report,
            period=report.period,
            policy=policy,
            tell=telling,
            t=telling.text,
            drawn=drawn,
            ended_ms=held.last_ms if held and held.ends_before(report.period.span) else None,
            trend=trend,
            width=WIDTH,
            height=HEIGHT,
            Markup=Markup,
            share_of=share_of,
            notice_minutes=IN_TIME_MINUTES,
            appeal_days=APPEAL_DAYS,
        )
        .encode("utf-8", "backslashreplace")
    )
