"""Events looked at one by one: times that can't be, amounts that can't be, ids that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.events import EVENT_FIELDS, KIND_FIELDS, EventKind, FieldType
from training.load.check.findings import Findings, Severity
from training.load.complaints import EXAMPLES
from training.load.tables.convert import in_full

FEW_AMOUNTS: Final = 20  # so many may all end in 00 by chance, or by the shop's prices
_DIGITS: Final = {0: ("CLP", "ISK", "JPY", "KRW", "VND", "XAF", "XOF"), 3: ("BHD", "IQD", "JOD", "KWD", "OMR", "TND")}
_MONEY: Final = tuple(name for name, spec in EVENT_FIELDS.items() if spec.type is FieldType.MONEY)
_IDS: Final = tuple(name for name, spec in EVENT_FIELDS.items() if spec.type is FieldType.ID)

RowName = Callable[[int, int, int], str]


@dataclass(slots=True)
class RowChecks:
    """Looks at events by themselves. `now_ms` is the present; `name_row` names a row by table, file and number."""

    findings: Findings
    now_ms: int
    name_row: RowName
    _amounts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _round: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, name: str, events: pa.Table, given: tuple[str, ...]) -> None:
        """Look at events of one table, in the layout of parts (`training.load.tables.convert`).

        Args:
            name: what the table is called.
            events: its events, all of one kind.
            given: the fields that its mapping gives.
        """
        if len(events) == 0:
            return
        events = in_full(events)
        self._times(name, events)
        self._sums(name, events)
        optional = KIND_FIELDS[EventKind(events["kind"][0].as_py())].optional
        for id_field in _IDS:
            if id_field in given and id_field in optional:
                self.tell(Severity.WARNING, name, f"no {id_field}", events, pc.is_null(events[id_field]))
        for money in _MONEY:
            found = events[money].drop_null().to_numpy()
            self._amounts[name, money] += int((found > 0).sum())
            self._round[name, money] += int(((found > 0) & (found % 100 == 0)).sum())

    def finish(self, currency: str, minor_digits: int) -> None:
        """Tell what only all rows together show."""
        for (name, money), count in self._amounts.items():
            if count >= FEW_AMOUNTS and count == self._round[name, money]:
                what = f"every {money} ends in 00; check the unit (major or minor) and minor_digits"
                self.findings.add(Severity.WARNING, name, what, count)
        for digits, currencies in _DIGITS.items():
            if currency in currencies and minor_digits != digits:
                what = f"{currency} has {digits} minor digits, and the mapping says {minor_digits}"
                self.findings.add(Severity.WARNING, "money.minor_digits", what, 1)

    def tell(self, severity: Severity, where: str, what: str, events: pa.Table, wrong: pa.ChunkedArray) -> None:
        """Add the rows where `wrong` is true to a finding; null is not true."""
        rows = np.flatnonzero(np.asarray(pc.fill_null(wrong, False), dtype=np.bool_))
        first = events.select(["_table", "_file", "_row"]).take(pa.array(rows[:EXAMPLES])).to_pylist()
        self.findings.add(severity, where, what, len(rows), [self.name_row(*place.values()) for place in first])

    def _times(self, name: str, events: pa.Table) -> None:
        occurred, known = events["occurred_at_ms"], events["known_at_ms"]
        self.tell(Severity.WARNING, name, "known before it occurred", events, pc.less(known, occurred))
        late = pc.greater(pc.max_element_wise(occurred, known), self.now_ms)
        self.tell(Severity.ERROR, name, "lies in the future", events, late)

    def _sums(self, name: str, events: pa.Table) -> None:
        amount = events["amount_minor"]
        if events["kind"][0].as_py() == EventKind.CLAIM_FILED:
            # where the order is named, `links` compares with what was paid
            more = pc.and_(pc.greater(amount, events["order_amount_minor"]), pc.is_null(events["order_id"]))
            self.tell(Severity.WARNING, name, "asks for more than the order cost", events, more)
        if events["kind"][0].as_py() == EventKind.ADVANCE_SETTLED:
            more = pc.greater(events["recovered_minor"], amount)
            self.tell(Severity.WARNING, name, "recovered more than was advanced", events, more)
