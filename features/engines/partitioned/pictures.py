"""Near pictures, in parts: two that are near each other are filed under the same number at least once.

So each picture of each claim goes to the parts of all ten of its numbers (`features.pictures.bands`). All showings of a
picture go the same ways, so that a part knows everybody who showed the pictures that it holds, and when.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.engines.partitioned.answers import answer_table
from features.engines.partitioned.passes import CLAIM, PICTURE, by_picture
from features.event_table import EventTable, Pictures, code_of, hash_bits
from features.events import EventKind
from features.pictures import bands, nearest_of_others
from features.plan import Plan

BAND: Final = "band"
BANDS: Final = bands(np.zeros(1, dtype=np.int64)).shape[1]
FIELDS: Final = ("kind", "known_at_ms", "buyer_id", "evidence_hashes")


def picture_pass(plan: Plan) -> int:
    """The number of the pass in answers: after the entities and the rings."""
    return len(plan.entities) + 1


def band_schema(claim: pa.DataType) -> pa.Schema:
    """The columns of `rows_by_band`."""
    return pa.schema(
        [
            (CLAIM, claim),
            ("known_at_ms", pa.int64()),
            ("buyer_id", pa.string()),
            (PICTURE, pa.int64()),
            (BAND, pa.int64()),
        ]
    )


def rows_by_band(events: pa.Table) -> pa.Table:
    """The pictures of all claims that have a buyer, a row for each number under which a picture is filed."""
    asking = pc.and_(pc.is_valid(events[CLAIM]), pc.is_valid(events["buyer_id"]))
    rows = by_picture(events.select([CLAIM, "known_at_ms", "buyer_id", "evidence_hashes"]).filter(asking))
    hashes = hash_bits(rows[PICTURE].to_pylist())
    filed = bands(hashes)
    again = rows.drop_columns([PICTURE]).take(pa.array(np.repeat(np.arange(len(rows)), BANDS)))
    again = again.append_column(PICTURE, pa.array(np.repeat(hashes, BANDS)))
    return again.append_column(BAND, pa.array(filed.reshape(-1)))


def answer_pictures(number: int, rows: pa.Table) -> pa.Table:
    """The claims of one part that have a picture near one of others: the picture, and in how many bits they differ.

    A picture may be answered in several parts; the least counts.
    """
    claims = rows[CLAIM].combine_chunks().dictionary_encode()
    row = _different(np.asarray(claims.indices).astype(np.int64), np.asarray(rows[PICTURE]))
    buyers = rows["buyer_id"].combine_chunks().dictionary_encode()
    columns = {
        "kind": np.full(len(row), code_of("kind", EventKind.CLAIM_FILED), dtype=np.int64),
        "buyer_id": np.asarray(buyers.indices).astype(np.int64)[row],
        "known_at_ms": np.asarray(rows["known_at_ms"])[row],
    }
    picture = np.asarray(rows[PICTURE])[row]
    shown = EventTable(columns, {"buyer_id": buyers.dictionary}, Pictures(np.arange(len(row)), picture))
    near, bits = nearest_of_others(shown, np.arange(len(row)))
    some = np.flatnonzero(near)
    numbers = np.stack([picture[some], bits[some]], axis=1)
    return answer_table(rows[CLAIM].combine_chunks().take(pa.array(row[some])), number, numbers)


def _different(claim: Ints, picture: Ints) -> Ints:
    """Rows that hold each pair of claim and picture once, ascending."""
    order = np.lexsort((picture, claim))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(claim[order]) != 0) | (np.diff(picture[order]) != 0)
    return np.sort(order[new])
