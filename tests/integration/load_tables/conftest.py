"""A small marketplace as a platform's own tables, in the layout of the shipped example."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from training.load import TablesMapping, read_mapping, shipped_mapping
from training.simulate import SimulationConfig, simulate

ZONE = ZoneInfo("Asia/Shanghai")
TEXTS = ["杯子, 碎了", 'said "broken"\ntwice', None]

KEYS = {"order_line_no": "order_id", "decision_no": "event_id", "ruling_no": "event_id", "rating_no": "event_id"}

Rows = list[dict[str, object]]


@pytest.fixture(scope="session")
def mapping() -> TablesMapping:
    """The shipped example."""
    found = read_mapping(shipped_mapping("platform_tables"))
    assert isinstance(found, TablesMapping)
    return found


@pytest.fixture(scope="session")
def events() -> pa.Table:
    """Simulated events of all kinds; some claims have a text."""
    table = simulate(SimulationConfig(orders=1_000, days=90)).events
    texts = iter(TEXTS * len(table))
    filed = pc.equal(table["kind"], "claim_filed").to_pylist()
    column = pa.array([next(texts) if is_claim else None for is_claim in filed], type=pa.string())
    found = table.set_column(table.schema.get_field_index("claim_text"), "claim_text", column)
    assert len(pc.unique(found["kind"])) == 11
    return found


@pytest.fixture(scope="session")
def expected(events: pa.Table, mapping: TablesMapping) -> Rows:
    """The events as the example mapping names them, with the fields that it maps or fills in."""
    tables = {str(table.kind): table for table in mapping.tables}
    rows = []
    for row in events.to_pylist():
        table = tables[row["kind"]]
        given = {"kind", *table.fields, *table.filled}
        event_id = table.fields["event_id"]
        key = KEYS.get(event_id.column or "", "claim_id")
        rows.append({name: value if name in given else None for name, value in row.items()})
        rows[-1]["event_id"] = event_id.prefix + row[key]
    return rows


def local(time_ms: int | None) -> str | None:
    """A moment as a platform in Shanghai writes it."""
    return time_ms and datetime.fromtimestamp(time_ms / 1000, ZONE).isoformat(" ", "milliseconds")[:23]


def yuan(amount_minor: int) -> str:
    return f"{amount_minor // 100}.{amount_minor % 100:02}"


class Platform:
    """Writes events as the platform's tables, in a folder."""

    def __init__(self, folder: Path, events: pa.Table, mapping: TablesMapping) -> None:
        self.folder = folder
        self._rows = events.to_pylist()
        self._mapping = {str(table.kind): table for table in mapping.tables}

    def write(self) -> Path:
        """Write all tables; return the folder."""
        (self.folder / "orders").mkdir(parents=True)
        orders = self._orders()
        half = len(orders) // 2
        as_csv(orders[:half], self.folder / "orders" / "2026-01.csv")
        as_csv(orders[half:], self.folder / "orders" / "2026-02.csv")
        pq.write_table(pa.Table.from_pylist(self._parcels()), self.folder / "parcels.parquet")
        self._claims()
        as_csv(self._decisions(), self.folder / "decisions.csv")
        packed = gzip.compress((self.folder / "decisions.csv").read_bytes())
        (self.folder / "decisions.csv.gz").write_bytes(packed)
        (self.folder / "decisions.csv").unlink()
        as_csv(
            self._later("merchant_responded", "answered_at", answer="merchant_response"), self._csv("merchant_answers")
        )
        pq.write_table(pa.Table.from_pylist(self._returns()), self.folder / "returns.parquet")
        ruled = {
            "ruling_no": "event_id",
            "ruled_by": "reviewer_id",
            "finding": "verdict",
            "found_by": "verdict_source",
            "shop_at_fault": "merchant_at_fault",
        }
        as_csv(self._later("claim_adjudicated", "ruled_at", **ruled), self._csv("verdicts"))
        settled = {"advanced": "amount_minor", "recovered": "recovered_minor"}
        as_csv(self._later("advance_settled", "settled_at", **settled), self._csv("settlements"))
        rated = {"rating_no": "event_id", "stars": "rating", "step": "feedback_step"}
        as_csv(self._later("feedback_given", "rated_at", **rated), self._csv("feedback"))
        return self.folder

    def _csv(self, name: str) -> Path:
        return self.folder / f"{name}.csv"

    def _of(self, kind: str) -> Rows:
        return [row for row in self._rows if row["kind"] == kind]

    def _word(self, kind: str, field: str, word: object) -> object:
        """The platform's own word for one of ours."""
        words = self._mapping[kind].fields[field].words
        ours = str(word).lower() if isinstance(word, bool) else word
        return next((theirs for theirs, mine in words.items() if mine == ours), word)

    def _orders(self) -> Rows:
        return [
            {
                "order_line_no": row["order_id"],
                "paid_at": local(row["occurred_at_ms"]),
                "buyer_no": row["buyer_id"],
                "shop_no": row["merchant_id"],
                "sku": row["product_id"],
                "category": row["category_id"],
                "device": row["device_id"],
                "address_hash": row["address_id"],
                "card_hash": row["payment_id"],
                "paid_amount": yuan(row["amount_minor"]),
                "units": row["quantity"],
                "promised_at": local(row["order_promised_at_ms"]),
            }
            for row in self._of("order_paid")
        ]

    def _parcels(self) -> Rows:
        shipped = {row["order_id"]: row for row in self._of("order_shipped")}
        delivered = {row["order_id"]: row for row in self._of("order_delivered")}
        return [
            {
                "order_line_no": order_id,
                "shipped_at": local(row["occurred_at_ms"]) if (row := shipped.get(order_id)) else None,
                "delivered_at": local(row["occurred_at_ms"]) if (row := delivered.get(order_id)) else None,
                "delivery_reported_at": local(row["known_at_ms"]) if (row := delivered.get(order_id)) else None,
            }
            for order_id in sorted(shipped | delivered)
        ]

    def _claims(self) -> None:
        rows = [
            (
                row["claim_id"],
                row["order_id"],
                local(row["occurred_at_ms"]),
                self._word("claim_filed", "claim_type", row["claim_type"]),
                "说不清"
                if row["claim_reason"] == "other"
                else self._word("claim_filed", "claim_reason", row["claim_reason"]),
                yuan(row["amount_minor"]),
                row["quantity"],
                row["claim_text"],
                row["evidence_count"],
                row["evidence_hashes"] and ";".join(row["evidence_hashes"]),
                row["device_id"],
                row["address_id"],
                row["payment_id"],
            )
            for row in self._of("claim_filed")
        ]
        connection = sqlite3.connect(self.folder / "aftersales.db")
        connection.execute(
            "CREATE TABLE claims (claim_no TEXT, order_line_no TEXT, filed_at TEXT, kind TEXT, reason TEXT,"
            " amount TEXT, units INT, remark TEXT, pictures INT, picture_hashes TEXT, device TEXT,"
            " address_hash TEXT, card_hash TEXT)"
        )
        connection.executemany(f"INSERT INTO claims VALUES ({', '.join('?' * 13)})", rows)  # noqa: S608
        connection.commit()
        connection.close()

    def _decisions(self) -> Rows:
        return [
            {
                "decision_no": row["event_id"],
                "claim_no": row["claim_id"],
                "audit_ppm": row["audit_propensity_ppm"],
                "decided": f"{row['occurred_at_ms'] / 1000:.3f}",
                "refunded_fen": row["amount_minor"],
                "outcome": self._word("claim_decided", "action", row["action"]),
            }
            for row in self._of("claim_decided")
        ]

    def _returns(self) -> Rows:
        inspected = {row["claim_id"]: row for row in self._of("return_inspected")}
        return [
            {
                "claim_no": row["claim_id"],
                "sent_at": local(row["occurred_at_ms"]),
                "inspected_at": local(found["occurred_at_ms"]) if (found := inspected.get(row["claim_id"])) else None,
                "found": found and self._word("return_inspected", "inspection", found["inspection"]),
            }
            for row in self._of("return_shipped")
        ]

    def _later(self, kind: str, time: str, **columns: str) -> Rows:
        return [
            {
                "claim_no": row["claim_id"],
                time: local(row["occurred_at_ms"]),
                **{
                    column: yuan(row[field]) if field.endswith("_minor") else self._word(kind, field, row[field])
                    for column, field in columns.items()
                },
            }
            for row in self._of(kind)
        ]


def as_csv(rows: Iterable[dict[str, object]], path: Path) -> None:
    csv.write_csv(pa.Table.from_pylist(list(rows)), path)


@pytest.fixture
def platform(tmp_path: Path, events: pa.Table, mapping: TablesMapping) -> Callable[[], Path]:
    """Write the marketplace's tables into a folder of this test; return the folder."""
    return Platform(tmp_path / "platform", events, mapping).write
