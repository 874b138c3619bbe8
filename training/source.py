"""Where training gets its events: a Parquet file, or the event log of a store."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.event_file import check_events, read_events
from features.parity import Parity, check_parity
from features.plan import default_plan
from features.progress import Progress
from features.store import Store
from features.store.log import read_log


def is_store(source: str) -> bool:
    """Whether a source is a store's URL, and not a file's path."""
    return "://" in source


def parity_of(source: str, progress: Progress | None = None) -> Parity | None:
    """How the vectors that a service logged in a store compare with its event log; None for a file, which has none.

    Raises:
        StoreError: if the store can't be opened.
    """
    if not is_store(source):
        return None
    store = Store.open(source, default_plan(), existing=True)
    try:
        return check_parity(store, progress)
    finally:
        store.close()


def events_from(source: str) -> pa.Table:
    """Read all events, in the order in which they became known.

    The source is a Parquet file's path, a folder of such files, or a store's URL.

    Raises:
        EventError: if the file is missing or holds a wrong event.
        StoreError: if the store can't be opened.
    """
    if not is_store(source):
        path = Path(source)
        events = check_events(pq.read_table(path), source) if path.is_dir() else read_events(path)
        return events.sort_by("known_at_ms")
    store = Store.open(source, default_plan(), existing=True)
    try:
        with store.reading() as connection:
            return read_log(connection)
    finally:
        store.close()
