"""The report of a comparison as one HTML page that needs nothing else: no script, no address, light and dark."""

from __future__ import annotations

from html import escape
from typing import Final

from training.drift.comparing import ColumnShift, Comparison
from training.drift.judging import Judgement
from training.drift.outcomes import OutcomeFigures
from training.drift.pace import ANSWERS, Weeks
from training.drift.plots import plot_calibration, plot_delays, plot_shares, plot_shifts, plot_weeks
from training.drift.resampling import Estimate
from training.drift.stability import FAR, LEAST_CLAIMS, SOME
from training.drift.telling import day

DRAWN: Final = 4  # columns whose values are drawn
LISTED: Final = 20  # columns in the first table; the others are folded away

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #fdfdfc; --card: #f3f3f0; --ink: #1c1c1a; --muted: #5d5d58; --grid: #cfcfc8;
  --then: #8a8a84; --now: #1f6fb2; --warn: #b4530f; --bad: #a3211b; --good: #2e6b34; }
@media (prefers-color-scheme: dark) { :root { --paper: #171716; --card: #222220; --ink: #ecece6; --muted: #a6a69e;
  --grid: #45453f; --then: #8f8f88; --now: #62abe8; --warn: #eb9450; --bad: #ef7d74; --good: #86c48c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; max-width: 46rem; } .muted { color: var(--muted); font-size: .9rem; }
.advice { padding: .8rem 1rem; border-left: .35rem solid var(--good); background: var(--card); }
.watch { border-color: var(--warn); } .retrain { border-color: var(--bad); } .advice strong { font-size: 1.2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; } td.moved { color: var(--warn); font-weight: 600; }
td small { color: var(--muted); display: block; }
.plots { display: grid; margin: .8rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
.plots figure:only-child { max-width: 34rem; }
figure { margin: 0; padding: .7rem; background: var(--card); border-radius: .4rem; min-width: 0; }
figcaption { font-size: .88rem; font-weight: 600; } svg { width: 100%; height: auto; display: block; }
svg text { font-family: system-ui, sans-serif !important; }
summary { cursor: pointer; color: var(--muted); padding: .5rem 0; }
"""


def page(comparison: Comparison, judgement: Judgement) -> str:
    """The whole page."""
    later, then = comparison.later, comparison.reference
    source = "as the service logged them" if later.logged else "computed from events"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Drift of model {escape(comparison.model_version)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>Drift of model {escape(comparison.model_version)}</h1>",
            (
                f"<p><b>Now</b>: {len(later):,} claims of {day(later.from_ms)} to {day(later.to_ms - 1)}, {source}. "
                f"<b>Then</b>: {then.claims:,} claims of {day(then.from_ms)} to {day(then.to_ms - 1)}, "
                "the latest that the training knew.</p>"
            ),
            *_advice(judgement),
            "<h2>What was found</h2>",
            *_findings(judgement),
            "<h2>Columns</h2>",
            *_columns(comparison),
            "<h2>Outcomes</h2>",
            *_outcomes(comparison),
            "<h2>Actions and labels</h2>",
            *_pace(comparison),
            "<h2>How to read it</h2>",
            *_method(comparison),
            "</body></html>\n",
        ]
    )


def _advice(judgement: Judgement) -> list[str]:
    word = judgement.advice.word
    reasons = "".join(f"<p>{_text(_capital(reason))}.</p>" for reason in judgement.reasons)
    return [f'<div class="advice {word}"><strong>Advice: {word}</strong>{reasons}</div>']


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _findings(judgement: Judgement) -> list[str]:
    return _table(
        ["topic", "calls for", "found"],
        [
            [finding.topic, finding.advice.word, finding.sentence.removeprefix(f"{finding.topic}: ")]
            for finding in judgement.findings
        ],
    )


def _columns(comparison: Comparison) -> list[str]:
    if len(comparison.later) < LEAST_CLAIMS:
        return [f"<p>{len(comparison.later):,} claims are too few to compare columns: it takes {LEAST_CLAIMS}.</p>"]
    columns = comparison.columns
    figures = [("Columns that moved, worst first", plot_shifts(columns))]
    figures += [("The probability that the model gives", plot_shares(comparison.probability))]
    figures += [(f"{column.name}: {column.meaning}", plot_shares(column)) for column in columns[:DRAWN]]
    return [
        *_figures(figures),
        *_column_table(columns[:LISTED]),
        f"<details><summary>All {len(columns)} columns</summary>",
        *_column_table(columns),
        "</details>",
    ]


def _column_table(columns: tuple[ColumnShift, ...]) -> list[str]:
    head = "<th>column</th>" + "".join(
        f'<th class="n">{word}</th>' for word in ("index", "chance", "gain", "missing then", "now")
    )
    rows = [
        f"<tr><td>{escape(column.name)}<small>{escape(column.meaning)}</small></td>"
        f'<td class="n{" moved" if column.shift.is_seen else ""}">{column.shift.index:.3f}</td>'
        f'<td class="n">{column.shift.bound:.3f}</td><td class="n">{column.gain_share:.1%}</td>'
        f'<td class="n">{column.then.counted.missing:.1%}</td>'
        f'<td class="n{" moved" if column.missing_moved else ""}">{column.now.missing:.1%}</td></tr>'
        for column in columns
    ]
    return [f'<div class="wide"><table><tr>{head}</tr>', *rows, "</table></div>"]


def _outcomes(comparison: Comparison) -> list[str]:
    labelled, then = comparison.labelled, comparison.reference.outcomes
    now = labelled.figures
    told = (
        f"<p>{labelled.mature:,} of {len(comparison.later):,} claims are older than {labelled.mature_days:.0f} days, "
        f"so that their labels ({escape(labelled.kind)}) are there if they ever are; {labelled.known:,} have one.</p>"
    )
    if now is None:
        return [told, "<p>No mature claim has a label yet: nothing can be said of calibration and ranking.</p>"]
    few = [] if now.tell_ranking else ["<p>Too few of either kind were found to tell anything of the ranking.</p>"]
    plot = plot_calibration(comparison)
    rows = [
        ["labelled claims", f"{then.claims:,}", f"{now.claims:,}"],
        ["worth so many of equal weight", f"{then.effective:,.0f}", f"{now.effective:,.0f}"],
        ["found abusive", f"{then.abusive:,}", f"{now.abusive:,}"],
        ["probability given, mean", _share(then.given), _share(now.given)],
        ["share found abusive", _share_of(then), _share_of(now)],
        ["average precision", _estimate(then.average_precision), _estimate(now.average_precision)],
        ["area under the ROC curve", _estimate(then.auc), _estimate(now.auc)],
    ]
    table = _table(["figure", "then, the training's test", "now"], rows)
    return [told, *few, *table, *(_figures([("Calibration on mature claims", plot)]) if plot else [])]


def _pace(comparison: Comparison) -> list[str]:
    weeks, delays = plot_weeks(comparison), plot_delays(comparison)
    drawn = [("Actions by week; grey: then", weeks)] if weeks else []
    drawn += [("First verdicts that have come, by days after the claim", delays)] if delays else []
    return [
        *(_figures(drawn) if drawn else ["<p>Nothing was decided and nothing ruled on in either time.</p>"]),
        *([] if weeks else ["<p>There are no decisions to show.</p>"]),
        *([] if delays else ["<p>There are too few verdicts to tell how long they take.</p>"]),
        *_week_table("Claims of now by week and first decision", comparison.weeks),
    ]


def _week_table(title: str, weeks: Weeks) -> list[str]:
    if len(weeks.start_ms) == 0:
        return []
    rows = [
        [day(start), *(f"{number:,}" for number in counts)]
        for start, counts in zip(weeks.start_ms.tolist(), weeks.counts.tolist(), strict=True)
    ]
    head = ["week from", *(answer.replace("_", " ") for answer in ANSWERS)]
    return [f"<details><summary>{title}</summary>", *_table(head, rows), "</details>"]


def _method(comparison: Comparison) -> list[str]:
    return [
        '<p class="muted">The stability index of a column is the sum over its bins of (now - then) times the logarithm',
        "of their ratio; missing values have a bin. Chance alone puts it above zero: it hardly passes the bound by it",
        f"(1 in 100, for all {len(comparison.columns)} columns together). The bound is wider because claims of one",
        f"buyer, merchant or category are alike. A column has moved if it passes both the bound and {SOME:g}, and far",
        f"if it passes {FAR:g}. Worst first: index times the column's share of the model's gain. Outcomes are weighted",
        "as in the training, so that they speak of all claims; intervals hold 95 %, by draws of buyers.</p>",
    ]


def _figures(figures: list[tuple[str, str]]) -> list[str]:
    return [
        '<div class="plots">',
        *(f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>" for title, svg in figures),
        "</div>",
    ]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [
        '<div class="wide"><table><tr>' + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>",
        *("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows),
        "</table></div>",
    ]


def _text(sentence: str) -> str:
    """Escaped, with no line's end between a number and its sign."""
    return escape(sentence).replace(" %", "&nbsp;%")


def _share(value: float) -> str:
    return f"{value:.2%}"


def _share_of(figures: OutcomeFigures) -> str:
    found = figures.found
    return f"{_share(found.value)} ({_share(found.low)} to {_share(found.high)})"


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
