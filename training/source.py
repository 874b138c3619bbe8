"""Where training gets its events: a Parquet file, or the event log of a store."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from features.event_file import read_events
from features.plan import default_plan
from features.store import Store
from features.store.log import read_log


def events_from(source: str) -> pa.Table:
    """Read all events from a Parquet file's path or a store's URL, in the order in which they became known.

    Raises:
        EventError: if the file is missing or holds a wrong event.
        StoreError: if the store can't be opened.
    """
    if "://" not in source:
        return read_events(Path(source)).sort_by("known_at_ms")
    store = Store.open(source, default_plan(), existing=True)
    try:
        with store.reading() as connection:
            return read_log(connection)
    finally:
        store.close()
