"""Few events out of many, as a table of their own; and what became known later turned round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import Ints
from features.event_table import EventTable, Pictures, code_of
from features.events import ACTIONS, INSPECTIONS, EventKind

SMALL_MINOR: Final = 100


class Taken(dict[str, Ints]):
    """Columns at some rows, each taken when it is first asked for; those that are set stand above them."""

    def __init__(self, columns: Mapping[str, Ints], rows: Ints | slice) -> None:
        super().__init__()
        self._columns, self._rows = columns, rows

    def __missing__(self, name: str) -> Ints:
        self[name] = taken = self._columns[name][self._rows]
        return taken

    def __contains__(self, name: object) -> bool:
        return name in self._columns


def narrow(events: EventTable, rows: Ints) -> EventTable:
    """The events at some rows, ascending, as a table of their own, whose ids keep their numbers."""
    place = np.full(len(events), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    picture_rows = place[events.pictures.row]
    kept = picture_rows >= 0
    pictures = Pictures(picture_rows[kept], events.pictures.hash[kept])
    return EventTable(Taken(events.columns, rows), events.ids, pictures)


def number_anew(events: EventTable) -> EventTable:
    """The same events, with numbers for those ids alone that occur: rings and pictures cost by how many there are."""
    columns, ids = Taken(events.columns, slice(None)), {}
    for name, words in events.ids.items():
        codes, own = np.unique(columns[name], return_inverse=True)
        absent = int(len(codes) > 0 and codes[0] < 0)
        columns[name] = own.reshape(-1) - absent
        ids[name] = words.take(pa.array(codes[absent:]))
    return EventTable(columns, ids, events.pictures)


def turn_round(events: EventTable, from_ms: int) -> EventTable:
    """The same events, but every verdict, decision and inspection known at a moment or later says something else.

    A verdict for the buyer becomes one against him, and the other way round, also about the merchant; a refund becomes
    none, and none a small one; another action, and another state of the goods.
    """
    later = events["known_at_ms"] >= from_ms
    columns = Taken(events.columns, slice(None))

    def change(name: str, chosen: npt.NDArray[np.bool_], to: Ints) -> None:
        if name in columns:
            columns[name] = np.where(chosen, to, columns[name])

    def are(kind: EventKind) -> npt.NDArray[np.bool_]:
        return np.asarray(later & (columns["kind"] == code_of("kind", kind)), dtype=np.bool_)

    ruled, decided, inspected = (
        are(kind) for kind in (EventKind.CLAIM_ADJUDICATED, EventKind.CLAIM_DECIDED, EventKind.RETURN_INSPECTED)
    )
    abusive, legitimate = code_of("verdict", "abusive"), code_of("verdict", "legitimate")
    if ruled.any():
        change("verdict", ruled, np.where(columns["verdict"] == abusive, legitimate, abusive))
    if ruled.any() and "merchant_at_fault" in columns:
        change("merchant_at_fault", ruled & (columns["merchant_at_fault"] >= 0), 1 - columns["merchant_at_fault"])
    if decided.any():
        change("amount_minor", decided, np.where(columns["amount_minor"] > 0, 0, SMALL_MINOR))
        change("action", decided, (columns["action"] + 1) % len(ACTIONS))
    if inspected.any():
        change("inspection", inspected, (columns["inspection"] + 1) % len(INSPECTIONS))
    return replace(events, columns=columns)
