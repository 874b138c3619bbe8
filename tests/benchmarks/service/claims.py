"""Claims that follow a history: by people who claimed before, on other orders of theirs, in the way of past claims."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

ORDER_FIELDS = (
    "order_id", "buyer_id", "merchant_id", "product_id", "category_id", "address_id", "payment_id", "amount_minor",
    "occurred_at_ms", "order_promised_at_ms",
)  # fmt: skip
CLAIM_FIELDS = (
    "order_id", "buyer_id", "claim_type", "claim_reason", "amount_minor", "quantity", "evidence_count",
    "evidence_hashes", "claim_text", "device_id", "occurred_at_ms", "order_amount_minor", "order_paid_at_ms",
    "order_delivered_at_ms", "order_promised_at_ms",
)  # fmt: skip
STEP_MS = 1  # from one claim to the next on their own clock: about the pace at which they are sent

Row = dict[str, Any]


def following_claims(events: pa.Table, number: int, seed: int = 7) -> Iterator[bytes]:
    """The bodies of so many claims, the newest orders first; each order once, and each claim's id once.

    Where those who claimed before have no orders left, others' orders follow.

    Raises:
        ValueError: if there are not so many orders.
    """
    orders = _unclaimed(events)
    patterns = _rows(events, "claim_filed", CLAIM_FIELDS)
    random.Random(seed).shuffle(patterns)
    began_ms = pc.max(events["known_at_ms"]).as_py() + 60_000
    chance = random.Random(seed)
    for index, (pattern, order) in enumerate(_pairs(patterns, orders, number)):
        claim = _claim(pattern, order, f"bench-{index}", began_ms + index * STEP_MS, chance)
        yield json.dumps(claim, ensure_ascii=False, separators=(",", ":")).encode()


def _unclaimed(events: pa.Table) -> list[Row]:
    claimed = pc.unique(events.filter(pc.equal(events["kind"], "claim_filed"))["order_id"])
    rows = [row for row in _rows(events, "order_paid", ORDER_FIELDS) if row["buyer_id"] and row["amount_minor"]]
    taken = set(claimed.to_pylist())
    return sorted((row for row in rows if row["order_id"] not in taken), key=lambda row: -row["occurred_at_ms"])


def _rows(events: pa.Table, kind: str, names: tuple[str, ...]) -> list[Row]:
    rows: list[Row] = events.filter(pc.equal(events["kind"], kind)).select(names).to_pylist()
    return rows


def _pairs(patterns: list[Row], orders: list[Row], number: int) -> Iterator[tuple[Row, Row]]:
    own: dict[str, list[Row]] = defaultdict(list)
    for order in reversed(orders):
        own[order["buyer_id"]].append(order)
    patterns = [
        each for each in patterns if each["buyer_id"] and each["order_amount_minor"] and each["order_paid_at_ms"]
    ]
    found, used, before = 0, set[str](), -1
    while found > before:
        before = found
        for pattern in patterns:
            if own[pattern["buyer_id"]] and found < number:
                order = own[pattern["buyer_id"]].pop()
                used.add(order["order_id"])
                found += 1
                yield pattern, order
    others = [order for order in orders if order["order_id"] not in used][: number - found]
    for index, order in enumerate(others):
        yield patterns[index % len(patterns)], order
    if found + len(others) < number:
        raise ValueError(
            f"{number:,} claims were asked for, and the history has {found + len(others):,} orders for them"
        )


def _claim(pattern: Row, order: Row, claim_id: str, filed_at_ms: int, chance: random.Random) -> Row:
    """A claim on an order that was paid, promised and delivered as long before it as the pattern's was."""
    later_ms = filed_at_ms - pattern["occurred_at_ms"]
    amount = max(1, order["amount_minor"] * min(1, pattern["amount_minor"] / pattern["order_amount_minor"]))
    times = {name: pattern[f"order_{name}"] for name in ("paid_at_ms", "promised_at_ms", "delivered_at_ms")}
    pictures = len(pattern["evidence_hashes"] or ())
    claim = {
        "claim_id": claim_id,
        "claim_type": pattern["claim_type"],
        "reason": pattern["claim_reason"],
        "amount_minor": int(amount),
        "quantity": pattern["quantity"] or 1,
        "evidence_count": pattern["evidence_count"] or 0,
        "evidence_hashes": [f"{chance.getrandbits(64):016x}" for _ in range(pictures)],
        "device_id": pattern["device_id"],
        "text": pattern["claim_text"],
        "filed_at_ms": filed_at_ms,
        "order": {
            **{name: order[name] for name in ORDER_FIELDS if not name.endswith("_at_ms")},
            **{name: moment + later_ms for name, moment in times.items() if moment is not None},
        },
    }
    return _without_nothing(claim)


def _without_nothing(claim: Row) -> Row:
    claim["order"] = {name: value for name, value in claim["order"].items() if value is not None}
    return {name: value for name, value in claim.items() if value is not None}
