"""From a store to a file: what `clearclaim report` does with its options."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from features.progress import Progress
from features.store import Store
from serving.claim import Language
from serving.policy import Policy
from serving.report.drawn import draw_returns
from serving.report.ground import period_of
from serving.report.held import Held, held_by, last_whole, refuse_unheld
from serving.report.making import Report, make_report, read
from serving.report.page import render_report
from serving.report.quarter import parse_quarter


@dataclass(frozen=True, slots=True)
class Written:
    """A report, where it was written, and what the store holds events of."""

    report: Report
    path: Path
    held: Held | None


def write_report(
    store: Store,
    policy: Policy,
    quarter_name: str | None,
    now_ms: int,
    language: Language,
    out: Path | None,
    progress: Progress | None = None,
) -> Written:
    """Make a report and write it; the file appears whole or not at all.

    Args:
        store: with the events.
        policy: its zone, currency and authorities count.
        quarter_name: such as 2026Q3; None for the last whole one that the record covers.
        now_ms: when it is made.
        language: of its words.
        out: the file; None for report-QUARTER.html here.
        progress: called with (done, total, what is being done).

    Raises:
        ReportError: no such quarter, it hasn't begun, or nothing is on record of it.
        StoreError: an older clearclaim made the store.
        OSError: the file can't be written.
    """
    named = None if quarter_name is None else parse_quarter(quarter_name)
    held = held_by(store, now_ms)
    quarter = named or last_whole(held, policy, now_ms)
    period_of(quarter, policy, now_ms)  # one that hasn't begun is told first
    refuse_unheld(held, quarter, policy)
    known = read(store, policy, quarter, now_ms, progress)
    report = make_report(store, policy, known, progress)
    drawn = draw_returns(store, policy, known, language)
    path = Path(f"report-{quarter}.html") if out is None else out
    _write(path, render_report(report, policy, language, drawn, held))
    return Written(report, path, held)


def _write(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        draft = Path(file.name)
    try:
        draft.write_bytes(content)
        draft.chmod(0o644)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
