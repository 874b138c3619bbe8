"""What orders and claims say of themselves, for the rows about them that don't repeat it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.event_file import EVENT_SCHEMA
from features.events import OF_THE_CLAIM, EventKind
from training.load.errors import LoadError
from training.load.tables.convert import PLACE, column_of
from training.load.tables.mapping import ASKABLE_OF_THE_ORDER
from training.load.tables.places import Places

GIVERS: Final = {"order": EventKind.ORDER_PAID, "claim": EventKind.CLAIM_FILED}
# facts that have another name in the event that states them
_STATED_AS: Final = {
    "order_amount_minor": "amount_minor",
    "order_paid_at_ms": "occurred_at_ms",
    "claim_filed_at_ms": "occurred_at_ms",
}
_DELIVERY: Final = "order_delivered_at_ms"


def fact_schema(source: str) -> pa.Schema:
    """The columns of an order's or claim's facts: its id, what it says, where it says so, when that was known."""
    every = ASKABLE_OF_THE_ORDER if source == "order" else OF_THE_CLAIM
    names = [f"{source}_id", *(name for name in every if name not in {f"{source}_id", _DELIVERY})]
    times = [("kind", pa.string()), ("occurred_at_ms", pa.int64()), ("known_at_ms", pa.int64())]
    return pa.schema([*(EVENT_SCHEMA.field(name) for name in names), *times, *PLACE])


def facts_in(part: pa.Table, source: str) -> pa.Table:
    """The facts that some events state about orders or about claims; deliveries are of orders too."""
    kinds = [str(GIVERS[source]), *([str(EventKind.ORDER_DELIVERED)] if source == "order" else [])]
    stating = part.filter(pc.is_in(part["kind"], value_set=pa.array(kinds)))
    schema = fact_schema(source)
    return pa.table(
        [column_of(stating, field.with_name(_STATED_AS.get(field.name, field.name))) for field in schema], schema=schema
    )


class Facts:
    """The facts of some orders or claims, to be looked up by id.

    Raises:
        LoadError: if two rows say different things of one order or claim.
    """

    def __init__(self, stated: pa.Table, source: str, places: Places) -> None:
        self._key = f"{source}_id"
        giver = stated.filter(pc.equal(stated["kind"], str(GIVERS[source])))
        self._facts = _first_of_each(giver, self._key)
        if len(self._facts) < len(giver):
            _refuse_contradictions(giver, self._key, places)
        delivered = stated.filter(pc.equal(stated["kind"], str(EventKind.ORDER_DELIVERED)))
        self._delivered = _first_of_each(delivered.sort_by("known_at_ms"), self._key)

    def fill(self, rows: pa.Table, names: tuple[str, ...]) -> pa.Table:
        """Rows with what they lack of some fields filled in, where there is an order or claim of their id.

        When the order was delivered is filled in only if that was known before the row was.
        """
        found = pc.index_in(rows[self._key], value_set=self._facts[self._key].combine_chunks())
        for name in names:
            given = self._deliveries(rows) if name == _DELIVERY else self._facts[name].take(found)
            rows = rows.set_column(
                rows.schema.get_field_index(name), rows.schema.field(name), _either(rows[name], given)
            )
        return rows

    def _deliveries(self, rows: pa.Table) -> pa.ChunkedArray:
        found = pc.index_in(rows[self._key], value_set=self._delivered[self._key].combine_chunks())
        known = pc.less(self._delivered["known_at_ms"].take(found), rows["known_at_ms"])
        return pc.if_else(known, self._delivered["occurred_at_ms"].take(found), None)


def _either(own: pa.ChunkedArray, given: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_valid(own), own, given)


def _first_of_each(stated: pa.Table, key: str) -> pa.Table:
    numbered = pa.table({"key": stated[key], "row": np.arange(len(stated))})
    first = numbered.group_by("key", use_threads=False).aggregate([("row", "min")])["row_min"]
    return stated.take(first) if len(first) < len(stated) else stated


def _refuse_contradictions(stated: pa.Table, key: str, places: Places) -> None:
    # a list can't be compared so; what contradicts itself in pictures alone shows later, by the event's id
    names = [field.name for field in stated.schema if not pa.types.is_list(field.type) and field.name[0] != "_"]
    numbered = stated.select(names).append_column("row", pa.array(np.arange(len(stated))))
    distinct = numbered.group_by(names, use_threads=False).aggregate([("row", "min")])
    ids = pc.value_counts(distinct[key].combine_chunks())
    several = ids.field("values").filter(pc.greater(ids.field("counts"), 1))
    if len(several):
        rows = distinct.filter(pc.equal(distinct[key], several[0]))["row_min"].to_pylist()[:2]
        at = [places.name(*(stated[name][row].as_py() for name, _ in PLACE)) for row in sorted(rows)]
        raise LoadError(f"{at[0]} and {at[1]}: both say what {key} {several[0].as_py()!r} is, and differ; keep one")
