"""What `clearclaim-train labels` does: read events, draw the ledger, tell of it and write its labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from features.event_table import from_arrow
from features.events import EventKind
from features.progress import Progress
from features.whole_file import appearing
from training.labels.ledger import draw_ledger
from training.labels.report import label_table, report
from training.source import events_from


def describe_labels(
    source: str, known_by_ms: int | None = None, out: Path | None = None, progress: Progress | None = None
) -> str:
    """What is known of the claims of a file or store before a moment; with `out`, their labels are written there.

    `progress` is called with (done, total, what).

    Raises:
        EventError: if the file is missing or holds a wrong event.
        StoreError: if the store can't be opened.
        ValueError: if no claim was known before the moment.
    """
    tell = progress or (lambda *_: None)
    tell(0, 2, "reading events")
    events = from_arrow(events_from(source))
    moment_ms = int(events["known_at_ms"].max(initial=0)) + 1 if known_by_ms is None else known_by_ms
    rows = events.rows_of(EventKind.CLAIM_FILED)
    rows = rows[events["known_at_ms"][rows] < moment_ms]
    if len(rows) == 0:
        raise ValueError(f"{source}: no claim was known by then; give events with claims, or a later --known-by")
    rows = rows[np.argsort(events["known_at_ms"][rows], kind="stable")]
    tell(1, 2, "weighing verdicts")
    ledger = draw_ledger(events, rows, moment_ms)
    if out is not None:
        with appearing(out) as unfinished:
            pq.write_table(label_table(events, rows, ledger), unfinished, compression="zstd")
    text = report(ledger)
    tell(2, 2, "weighing verdicts")
    return text
