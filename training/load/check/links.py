"""Events of one order, one claim or one id held against each other, dealt out by id so that few lie in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.partitioned.spill import Spill
from features.event_file import EVENT_SCHEMA
from features.events import EventKind
from training.load.check.findings import Severity
from training.load.check.rows import RowChecks
from training.load.deals import deal, hashes
from training.load.tables.convert import PLACE, column_of

DEALS: Final = 32
_FIELDS: Final = ("event_id", "kind", "occurred_at_ms", "order_id", "claim_id", "amount_minor")
_SCHEMA: Final = pa.schema([*(EVENT_SCHEMA.field(name) for name in _FIELDS), ("content", pa.int64()), *PLACE])
_OF_AN_ORDER: Final = (EventKind.ORDER_SHIPPED, EventKind.ORDER_DELIVERED, EventKind.CLAIM_FILED)


@dataclass(frozen=True, slots=True)
class TableRole:
    """What a check has to know of a table: its name, and whether it can't be loaded without its orders, or claims."""

    name: str
    needs_order: bool = False
    needs_claim: bool = False


class Links:
    """Deals events out by their ids, then looks at what belongs together.

    Args:
        folder: where rows lie meanwhile.
        checks: takes what is found.
        tables: the tables that rows are of, by number.
        deals: into how many deals.
    """

    def __init__(self, folder: Path, checks: RowChecks, tables: Sequence[TableRole], deals: int = DEALS) -> None:
        self._checks = checks
        self._tables = tables
        self._deals = {key: Spill(folder, key, _SCHEMA, deals, "lz4") for key in ("event_id", "order_id", "claim_id")}

    def add(self, events: pa.Table) -> None:
        """Deal out events in the layout of parts."""
        known = events.append_column("content", pa.array(_content(events)))
        slim = pa.table([column_of(known, field) for field in _SCHEMA], schema=_SCHEMA)
        for key, spill in self._deals.items():
            rows = slim.filter(pc.is_valid(slim[key]))
            spill.add(rows, deal(rows, key, len(spill.rows)))

    def finish(self, tick: Callable[[], None]) -> None:
        """Look at all that was dealt out, and tell what is found; `tick` is called after each of `steps`."""
        looks = {"event_id": self._same_id, "order_id": self._orders, "claim_id": self._claims}
        for key, look in looks.items():
            for rows in self._deals[key].drain():
                look(rows)
                tick()

    @property
    def steps(self) -> int:
        """How many deals there are to look at."""
        return sum(int((spill.rows > 0).sum()) for spill in self._deals.values())

    def _same_id(self, rows: pa.Table) -> None:
        rows = rows.sort_by([(name, "ascending") for name, _ in PLACE])
        first = _first_index(rows, rows, "event_id")
        again = pc.not_equal(first, pa.array(np.arange(len(rows))))
        same = pc.equal(rows["content"], rows["content"].take(first))
        self._tell(
            Severity.WARNING, "says an event again, word for word; such rows are dropped", rows, pc.and_(again, same)
        )
        differs = pc.and_(again, pc.invert(same))
        self._tell(Severity.ERROR, "has the id of another event, and other content", rows, differs)

    def _orders(self, rows: pa.Table) -> None:
        paid = rows.filter(pc.equal(rows["kind"], str(EventKind.ORDER_PAID)))
        self._twice(paid, "order_id", "pays an order that another row pays already")
        of_order = _first_index(rows, paid, "order_id")
        self._nowhere(rows, pc.is_null(of_order), "its order isn't there", [role.needs_order for role in self._tables])
        paid_at = paid["occurred_at_ms"].take(of_order)
        early = pc.and_(_is_any(rows, _OF_AN_ORDER), pc.less(rows["occurred_at_ms"], paid_at))
        self._tell(Severity.WARNING, "occurred before its order was paid", rows, early)
        shipped = rows.filter(pc.equal(rows["kind"], str(EventKind.ORDER_SHIPPED)))
        shipped_at = shipped["occurred_at_ms"].take(_first_index(rows, shipped, "order_id"))
        early = pc.and_(_is_any(rows, [EventKind.ORDER_DELIVERED]), pc.less(rows["occurred_at_ms"], shipped_at))
        self._tell(Severity.WARNING, "delivered before it was shipped", rows, early)
        claims = rows.filter(_is_any(rows, [EventKind.CLAIM_FILED]))
        price = paid["amount_minor"].take(_first_index(claims, paid, "order_id"))
        more = pc.greater(claims["amount_minor"], price)
        self._tell(Severity.WARNING, "asks for more than was paid", claims, more)
        self._sum_of_claims(claims, price, more)

    def _sum_of_claims(self, claims: pa.Table, price: pa.ChunkedArray, more: pa.ChunkedArray) -> None:
        """Claims that only together ask for more than was paid, told by the last of each order."""
        fine = pc.fill_null(pc.invert(more), False)
        rows = claims.append_column("price", price).filter(fine).sort_by("occurred_at_ms")
        rows = rows.append_column("index", pa.array(np.arange(len(rows))))
        asked = [("amount_minor", "sum"), ("price", "min"), ("index", "max")]
        orders = rows.group_by("order_id", use_threads=False).aggregate(asked)
        beyond = orders.filter(pc.greater(orders["amount_minor_sum"], orders["price_min"]))
        last = pc.is_in(rows["index"], value_set=beyond["index_max"].combine_chunks())
        self._tell(Severity.WARNING, "asks, with earlier claims on the order, for more than was paid", rows, last)

    def _claims(self, rows: pa.Table) -> None:
        filed = rows.filter(_is_any(rows, [EventKind.CLAIM_FILED]))
        self._twice(filed, "claim_id", "files a claim that another row files already")
        of_claim = _first_index(rows, filed, "claim_id")
        self._nowhere(rows, pc.is_null(of_claim), "its claim isn't there", [role.needs_claim for role in self._tables])
        early = pc.less(rows["occurred_at_ms"], filed["occurred_at_ms"].take(of_claim))
        self._tell(Severity.WARNING, "occurred before its claim was filed", rows, early)
        refunded = pc.greater(rows["amount_minor"], filed["amount_minor"].take(of_claim))
        more = pc.and_(_is_any(rows, [EventKind.CLAIM_DECIDED]), refunded)
        self._tell(Severity.WARNING, "refunds more than was asked for", rows, more)

    def _twice(self, rows: pa.Table, key: str, what: str) -> None:
        first = _first_index(rows, rows, key)
        other = pc.not_equal(rows["event_id"], rows["event_id"].take(first))  # a repeat is told elsewhere
        self._tell(Severity.ERROR, what, rows, other)

    def _nowhere(self, rows: pa.Table, lost: pa.ChunkedArray, what: str, needed: list[bool]) -> None:
        fatal = pa.array(needed).take(rows["_table"].combine_chunks())
        self._tell(Severity.ERROR, what, rows, pc.and_(lost, fatal))
        self._tell(Severity.WARNING, what, rows, pc.and_(lost, pc.invert(fatal)))

    def _tell(self, severity: Severity, what: str, rows: pa.Table, wrong: pa.ChunkedArray) -> None:
        found = rows.filter(pc.fill_null(wrong, False))
        for number in pc.unique(found["_table"]).to_pylist():
            own = found.filter(pc.equal(found["_table"], number))
            self._checks.tell(severity, self._tables[number].name, what, own, pa.array([True] * len(own)))


def _first_index(rows: pa.Table, among: pa.Table, key: str) -> pa.ChunkedArray:
    """For each row the index of the first among others that has its key; null where none has."""
    different = pc.unique(among[key])
    numbered = pa.table({"key": among[key], "index": pa.array(np.arange(len(among)))})
    first = numbered.group_by("key", use_threads=False).aggregate([("index", "min")])
    of_key = first["index_min"].take(pc.index_in(different, value_set=first["key"].combine_chunks()))
    return of_key.take(pc.index_in(rows[key], value_set=different))


def _is_any(rows: pa.Table, kinds: Sequence[EventKind]) -> pa.ChunkedArray:
    return pc.is_in(rows["kind"], value_set=pa.array([str(kind) for kind in kinds]))


def _content(events: pa.Table) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """64 bits of what each event says but for its id. Shape (events,)."""
    bits = np.zeros(len(events), dtype=np.uint64)
    for number, spec in enumerate(EVENT_SCHEMA):
        cells = column_of(events, spec).combine_chunks()
        if spec.name == "event_id" or cells.null_count == len(cells):
            continue
        if pa.types.is_list(cells.type):
            cells = pc.binary_join(cells, ",")
        present = np.asarray(cells.is_valid())
        coded = cells.drop_null().dictionary_encode()
        words = hashes(coded.dictionary)[np.asarray(coded.indices)]
        bits[present] += (words + np.uint64(number)) * np.uint64(2 * number + 1)
    return bits.view(np.int64)
