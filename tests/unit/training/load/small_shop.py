"""A shop of three tables, small enough to be drawn."""

from __future__ import annotations

from pathlib import Path

NOW_MS = 1_767_225_600_000  # 2026-01-01
TABLES = {
    "orders": """
        id buyer  shop product amount units paid
        o1 ann    east lamp    10.50  1     2025-03-01
        o2 bob    east vase    20.00  2     2025-03-02
    """,
    "deliveries": """
        order delivered  reported
        o1    2025-03-03 2025-03-04
    """,
    "claims": """
        id order amount why     filed
        c1 o1    10.50  broken  2025-03-05
    """,
    "decisions": """
        claim refund action        decided
        c1    10.50  auto_approve  2025-03-06
    """,
}
SAME = {"same_as": "occurred_at_ms"}
MAPPING = {
    "money": {"currency": "EUR", "unit": "major"},
    "time": {"zone": "UTC"},
    "tables": [
        {
            "name": "orders",
            "kind": "order_paid",
            "file": "orders.csv",
            "fields": {
                "event_id": {"column": "id", "prefix": "paid-"},
                "occurred_at_ms": "paid",
                "known_at_ms": SAME,
                "order_id": "id",
                "buyer_id": "buyer",
                "merchant_id": "shop",
                "product_id": "product",
                "amount_minor": "amount",
                "quantity": "units",
            },
        },
        {
            "name": "deliveries",
            "kind": "order_delivered",
            "file": "deliveries.csv",
            "fill": ["order"],
            "fields": {
                "event_id": {"column": "order", "prefix": "delivered-"},
                "occurred_at_ms": "delivered",
                "known_at_ms": "reported",
                "order_id": "order",
            },
        },
        {
            "name": "claims",
            "kind": "claim_filed",
            "file": "claims.csv",
            "fill": ["order"],
            "fields": {
                "event_id": {"column": "id", "prefix": "claim-"},
                "occurred_at_ms": "filed",
                "known_at_ms": SAME,
                "claim_id": "id",
                "order_id": "order",
                "amount_minor": "amount",
                "quantity": {"constant": 1},
                "claim_type": {"constant": "refund_only"},
                "claim_reason": {"column": "why", "words": {"broken": "damaged"}},
            },
        },
        {
            "name": "decisions",
            "kind": "claim_decided",
            "file": "decisions.csv",
            "fill": ["claim"],
            "fields": {
                "event_id": {"column": "claim", "prefix": "decided-"},
                "occurred_at_ms": "decided",
                "known_at_ms": SAME,
                "claim_id": "claim",
                "amount_minor": "refund",
                "action": "action",
            },
        },
    ],
}


def write_shop(folder: Path, **added: str) -> Path:
    """Write the shop's tables, with rows added to some; return the folder."""
    for name, table in TABLES.items():
        rows = [line.split() for line in (table + added.get(name, "")).strip().splitlines() if line.strip()]
        lines = [",".join("" if cell == "-" else cell for cell in row) for row in rows]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder
