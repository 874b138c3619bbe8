"""Who and what a claim's later events concern: filled in from the claims, which are on record or come along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from features.arrays import Ints
from features.events import OF_THE_CLAIM, EventKind
from features.store.lookup import find_claims
from serving.intake.problems import Problem, refuse
from serving.intake.sent_event import SPEAKING_FOR_THEMSELVES

_LATER: Final = [kind for kind in EventKind if kind not in SPEAKING_FOR_THEMSELVES]


def complete_all(connection: sa.Connection, sent: pa.Table) -> pa.Table:
    """The events with all that their claims say of them; what an event says itself is not overwritten.

    The same as `features.store.log.complete` does for one, but a claim may also be among the events.

    Raises:
        EventsError: if the claim of an event is neither on record nor among these events.
    """
    rows = np.flatnonzero(_needs_its_claim(sent))
    if len(rows) == 0:
        return sent
    claims = _claims_of(connection, sent, rows)
    place = np.asarray(pc.fill_null(pc.index_in(_flat(sent, "claim_id").take(rows), claims["claim_id"]), -1))
    refuse(_without_claim(sent, rows[place < 0]))
    for name in OF_THE_CLAIM:
        own = _flat(sent, name)
        told = _flat(claims, "occurred_at_ms" if name == "claim_filed_at_ms" else name)
        empty = np.asarray(own.is_null())[rows]  # every kind of later event carries all of these fields
        # one after the other, and of each row one of the two: so lists are filled in as numbers are
        source = np.arange(len(sent))
        source[rows[empty]] = len(sent) + place[empty]
        filled = pa.concat_arrays([own, told]).take(pa.array(source))
        sent = sent.set_column(sent.schema.get_field_index(name), sent.schema.field(name), filled)
    return sent


def _needs_its_claim(sent: pa.Table) -> npt.NDArray[np.bool_]:
    later = np.asarray(pc.is_in(sent["kind"], pa.array([str(kind) for kind in _LATER])))
    missing = np.zeros(len(sent), dtype=bool)
    for name in OF_THE_CLAIM:
        missing |= np.asarray(sent[name].is_null())
    return later & missing


def _claims_of(connection: sa.Connection, sent: pa.Table, rows: Ints) -> pa.Table:
    """The claims on record, and after them those that come along, so that the first of an id is what counts."""
    wanted = _flat(sent, "claim_id").take(rows).unique()
    along = sent.filter(pc.equal(sent["kind"], str(EventKind.CLAIM_FILED)))
    return pa.concat_tables([find_claims(connection, wanted.to_pylist()), along]).combine_chunks()


def _without_claim(sent: pa.Table, rows: Ints) -> Iterator[Problem]:
    for row in rows.tolist():
        claim_id = sent["claim_id"][row].as_py()
        yield Problem(row, "claim_id", f"no claim {claim_id!r} on record, nor among these events; file it first")


def _flat(table: pa.Table, name: str) -> pa.Array:
    return table[name].combine_chunks()
