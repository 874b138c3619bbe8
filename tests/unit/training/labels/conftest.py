"""Events drawn as short lines."""

from collections.abc import Callable

import pytest

from features.event_file import from_events
from features.event_table import EventTable, from_arrow
from features.events import Event, EventKind, check_event

START_MS = 1_700_000_000_000
DAY_MS = 86_400_000
SHOP = {"merchant_id": "shop", "product_id": "lamp"}
EXTRA = {
    "paid": {"quantity": 1},
    "filed": {"quantity": 1, "claim_type": "return_refund", "claim_reason": "other"},
    "decided": {"action": "auto_approve"},
    "adjudicated": {"verdict_source": "reviewer"},
}
KINDS = {
    "paid": EventKind.ORDER_PAID,
    "filed": EventKind.CLAIM_FILED,
    "decided": EventKind.CLAIM_DECIDED,
    "adjudicated": EventKind.CLAIM_ADJUDICATED,
}


def event(number: int, line: str) -> Event:
    """An event from "<day> <kind> <who> <amount or verdict> [<claim>]"; - is no buyer, a day may be a fraction.

    What follows as "<field>=<value>" is set besides, such as "reviewer_id=rita".
    """
    day, kind, who, what, *about = (word for word in line.split() if "=" not in word)
    besides = dict(word.split("=") for word in line.split() if "=" in word)
    moment_ms = START_MS + round(float(day) * DAY_MS)
    given = {"verdict": what} if kind == "adjudicated" else {"amount_minor": int(what)}
    subject = {"order_id": f"order-{number}"} if kind == "paid" else {"claim_id": about[0]}
    return check_event(
        Event(
            event_id=f"event-{number}",
            kind=KINDS[kind],
            occurred_at_ms=moment_ms,
            known_at_ms=moment_ms,
            buyer_id=None if who == "-" else who,
            **SHOP,
            **EXTRA[kind] | {name: int(word) if word.isdecimal() else word for name, word in besides.items()},
            **given,
            **subject,
        )
    )


@pytest.fixture(scope="session")
def draw() -> Callable[[str], EventTable]:
    """Turn drawn lines into an event table, a row each, in the order drawn."""

    def make(drawing: str) -> EventTable:
        lines = [line for line in drawing.splitlines() if line.strip()]
        return from_arrow(from_events([event(number, line) for number, line in enumerate(lines)]))

    return make


@pytest.fixture(scope="session")
def at() -> Callable[[float], int]:
    """The moment at the start of a drawn day, in milliseconds."""
    return lambda day: START_MS + round(day * DAY_MS)
