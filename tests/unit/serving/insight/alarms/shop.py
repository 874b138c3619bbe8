"""A little shop whose sales and claims are laid out day by day, without any draw of chance."""

from dataclasses import dataclass

from features.event_file import from_events
from features.events import Event, EventKind
from serving.insight.record import Record, record_of
from tests.spec.drawing import BASE_MS

DAY_MS = 86_400_000
DAYS = 140
DELAY_DAYS = 5


@dataclass
class Shop:
    """Sells what it is told to, and notes who claims."""

    def __post_init__(self) -> None:
        self.events: list[Event] = []

    def sell(self, product: str, day: int, *, merchant: str = "shop", buyer: str | None = None) -> tuple[str, int]:
        """Sell one piece; return the order's id and its day."""
        order = f"order {len(self.events)}"
        self._add(
            EventKind.ORDER_PAID, day, order_id=order, product_id=product, merchant_id=merchant,
            buyer_id=buyer or order, category_id="home", amount_minor=500, quantity=1,
        )  # fmt: skip
        return order, day

    def claim(
        self,
        order: tuple[str, int],
        product: str,
        *,
        merchant: str = "shop",
        buyer: str | None = None,
        reason: str = "defective",
        delay: int = DELAY_DAYS,
    ) -> None:
        """Claim an order some days after it was paid."""
        self._add(
            EventKind.CLAIM_FILED, order[1] + delay, claim_id=f"claim {len(self.events)}", order_id=order[0],
            product_id=product, merchant_id=merchant, buyer_id=buyer or order[0], category_id="home",
            amount_minor=400, claim_type="return_refund", claim_reason=reason,
        )  # fmt: skip

    def usual(self, products: int = 10, *, merchant: str = "shop", a_day: int = 1, days: int = DAYS) -> "Shop":
        """Sell products every day, every 20th piece of which is claimed."""
        sold = 0
        for day in range(days):
            for number in range(products):
                for _ in range(a_day):
                    product = f"{merchant} {number}"
                    order = self.sell(product, day, merchant=merchant)
                    sold += 1
                    if sold % 19 == 0:
                        self.claim(order, product, merchant=merchant)
        return self

    def record(self, days: int = DAYS) -> Record:
        """What was known after so many days."""
        return record_of(from_events(self.events), BASE_MS, BASE_MS + days * DAY_MS)

    def _add(self, kind: EventKind, day: int, **fields: object) -> None:
        at_ms = BASE_MS + day * DAY_MS + 3_600_000 + len(self.events)
        self.events.append(
            Event(event_id=f"event {len(self.events)}", kind=kind, occurred_at_ms=at_ms, known_at_ms=at_ms, **fields)  # type: ignore[arg-type]
        )


def with_batch(
    shop: Shop, product: str = "mug", *, first: int = 80, last: int = 100, reason: str = "defective"
) -> Shop:
    """Sell a product every day; of what is sold from one day to another, every second piece is claimed."""
    for day in range(DAYS):
        order = shop.sell(product, day)
        if first <= day <= last and day % 2 == 0:
            shop.claim(order, product, reason=reason)
    return shop
