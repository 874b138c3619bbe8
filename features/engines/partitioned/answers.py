"""One part of a pass in, answers to its claims out: the batch kernel on a few columns.

A table of answers has three columns: `claim`, `pass` (its number), and `numbers`, a list of int64: an entity's totals
and then its last rises; of rings, how many members and then the sums over them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.engines.batch import claim_queries
from features.engines.partitioned.passes import CLAIM, PICTURE, Pass
from features.engines.running import order_events
from features.engines.seeking import Moments, seek
from features.event_table import EventTable, Pictures, from_arrow, hash_bits


def answer_schema(claim: pa.DataType) -> pa.Schema:
    """The columns of answers, where a claim is called by values of this type."""
    return pa.schema([(CLAIM, claim), ("pass", pa.int32()), ("numbers", pa.list_(pa.int64()))])


def answer(of: Pass, rows: pa.Table) -> pa.Table:
    """Answer what the rows of one part ask, in `answer_schema`."""
    asking, numbers = answers_of(of, rows)
    claims = rows[CLAIM].take(pa.array(asking)).combine_chunks()
    if not of.adds_up:
        return answer_table(claims, of.number, numbers)
    coded = claims.dictionary_encode()
    sums = np.zeros((len(coded.dictionary), numbers.shape[1] + 1), dtype=np.int64)
    each = np.concatenate([np.ones((len(numbers), 1), np.int64), numbers], axis=1)
    np.add.at(sums, np.asarray(coded.indices), each)
    return answer_table(coded.dictionary, of.number, sums)


def answers_of(of: Pass, rows: pa.Table) -> tuple[Ints, Ints]:
    """Which rows ask, and their totals and last rises, shape (asking, cuts + recent)."""
    events = _events_of(rows)
    asking = np.flatnonzero(np.asarray(pc.is_valid(rows[CLAIM])))
    queries = claim_queries(events, of.plan, asking)
    moments = Moments(events, events["known_at_ms"][asking])
    found = seek(order_events(moments.timeline, of.plan), moments, of.plan, queries)
    return asking[queries.claim], np.concatenate([found.totals, found.last_rise_ms], axis=1)


def answer_table(claims: pa.Array, number: int, numbers: Ints) -> pa.Table:
    """Lay answers out as a table: claims of shape (n,), numbers of shape (n, width)."""
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * numbers.shape[1]
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.ascontiguousarray(numbers).reshape(-1)))
    passes = pa.array(np.full(len(numbers), number, dtype=np.int32))
    return pa.table([claims, passes, lists], schema=answer_schema(claims.type))


def _events_of(rows: pa.Table) -> EventTable:
    events = from_arrow(rows)
    if PICTURE not in rows.column_names:
        return events
    pictures = Pictures(np.arange(len(rows)), hash_bits(rows[PICTURE].to_pylist()))
    return EventTable(events.columns, events.ids, pictures)
