"""A small shop, drawn by a rule: what each claim is, and when its verdict came, can be told from its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa
import pytest

from features.event_file import from_events
from features.events import Event, EventKind, check_event
from features.plan import Plan, default_plan
from training.dataset import SplitConfig
from training.evaluation.config import EvaluationConfig
from training.model.gradient_boosting import BoostingConfig
from training.train import Trained, TrainingConfig, train

START_MS = 1_700_000_000_000
DAY_MS = 86_400_000
CLAIMS = 600  # one every half a day
VERDICT_AFTER_DAYS = (2, 10, 30, 70)  # in turn


def draw_claim(number: int, *, line: int = 0, buyer: str | None = "", has_order: bool = True) -> list[Event]:
    """An order, a claim on it, its decision and its verdict; every third claim is abusive.

    Most abusive claims and few others ask for refund-only, and nothing else tells them apart. The claim is filed at
    half a day times its number, for 1,000 and its number plus a million for each further line.
    """
    filed_ms = START_MS + number * DAY_MS // 2 + 3_600_000
    name = f"{number}-{line}"
    amount = 1_000 + number + 1_000_000 * line
    parties = {
        "buyer_id": f"buyer-{number % 40}" if buyer == "" else buyer,
        "merchant_id": f"shop-{number % 5}",
        "product_id": f"product-{number % 10}",
    }
    claim = {"claim_id": f"claim-{name}", **parties}
    order = {"order_amount_minor": 2 * amount, "order_paid_at_ms": filed_ms - 3_000_000} if has_order else {}

    def event(kind: EventKind, moment_ms: int, **given: object) -> Event:
        return check_event(
            Event(event_id=f"{kind}-{name}", kind=kind, occurred_at_ms=moment_ms, known_at_ms=moment_ms, **given)
        )

    paid = {"order_id": f"order-{name}", "amount_minor": 2 * amount, "quantity": 1, **parties}
    abusive = number % 3 == 0
    refund_only = number % 5 != 0 if abusive else number % 7 == 0
    claim_type = "refund_only" if refund_only else "return_refund"
    asked = {"amount_minor": amount, "quantity": 1, "claim_type": claim_type, "claim_reason": "other"}
    ruled = {"verdict": "abusive" if abusive else "legitimate", "verdict_source": "reviewer"}
    ruled_ms = filed_ms + VERDICT_AFTER_DAYS[number % 4] * DAY_MS + 1_234
    return [
        event(EventKind.ORDER_PAID, filed_ms - 3_000_000 + line, **paid),
        event(EventKind.CLAIM_FILED, filed_ms, **asked, **order, **claim),
        event(EventKind.CLAIM_DECIDED, filed_ms + 5_000 + line, amount_minor=amount, action="auto_approve", **claim),
        event(EventKind.CLAIM_ADJUDICATED, ruled_ms + line, **ruled, **claim),
    ]


@pytest.fixture(scope="session")
def claim() -> Callable[..., list[Event]]:
    """Draw one claim with all that belongs to it."""
    return draw_claim


@pytest.fixture(scope="session")
def table_of() -> Callable[[Iterable[Event]], pa.Table]:
    """Events as a table, in the order in which they became known."""
    return lambda events: from_events(sorted(events, key=lambda event: event.known_at_ms))


@pytest.fixture(scope="session")
def shop() -> tuple[Event, ...]:
    """300 days of the shop: what would come to be known later isn't there."""
    end_ms = START_MS + CLAIMS * DAY_MS // 2
    events = [event for number in range(CLAIMS) for event in draw_claim(number)]
    return tuple(event for event in events if event.known_at_ms < end_ms)


@pytest.fixture(scope="session")
def plan() -> Plan:
    return default_plan()


@pytest.fixture(scope="session")
def quick() -> TrainingConfig:
    """A training that takes a moment."""
    few_draws = EvaluationConfig(replicates=10)
    return TrainingConfig(SplitConfig(gap_days=45), BoostingConfig(rounds=12), evaluation=few_draws)


@pytest.fixture(scope="session")
def trained(shop: tuple[Event, ...], table_of: Callable[..., pa.Table], plan: Plan, quick: TrainingConfig) -> Trained:
    """A training on the shop."""
    return train(table_of(shop), plan, quick)
