"""Claims as the platform would send them, for tests to change."""

from __future__ import annotations

from typing import Any

from serving.claim import Claim

NOW_MS = 1_735_689_600_000  # 2025-01-01T00:00Z
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def claim_content(claim_id: str = "C1", *, order: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The JSON of a refund-only claim without an authority, delivered three days before `NOW_MS`, with changes."""
    facts = {
        "order_id": f"O-{claim_id}",
        "buyer_id": "B1",
        "merchant_id": "M1",
        "product_id": "P1",
        "amount_minor": 8_000,
        "paid_at_ms": NOW_MS - 6 * DAY_MS,
        "delivered_at_ms": NOW_MS - 3 * DAY_MS,
    }
    content = {"claim_id": claim_id, "claim_type": "refund_only", "reason": "damaged", "amount_minor": 5_000}
    return {**content, "order": {**facts, **(order or {})}, **changes}


def make_claim(claim_id: str = "C1", *, order: dict[str, Any] | None = None, **changes: Any) -> Claim:
    """The same as a checked claim."""
    return Claim.model_validate(claim_content(claim_id, order=order, **changes))


CONSENT = {"kind": "consent", "reference": "merchant agreement 7"}
