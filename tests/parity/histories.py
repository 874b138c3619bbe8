"""Histories that nobody would think of: few parties, so that they collide, and moments at the edges of windows."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from features.catalog import reasons
from features.catalog.entities import BUYER, BUYER_MERCHANT, ENTITIES, MERCHANT
from features.catalog.measures import CLAIMED, CLAIMS, ORDERS, REFUNDED, SPEND, VERDICTS
from features.definition import FeatureGroup, Prior, RateGroup, RecencyGroup, Text, TotalGroup, Window
from features.events import EVENT_FIELDS, KIND_FIELDS, LARGEST_AMOUNT, Event, EventKind, FieldType, check_event
from features.plan import Plan, compile_plan, default_plan

ANCHOR_MS = 1_704_067_200_000
AMOUNTS = (0, 1, 99, 12_345, LARGEST_AMOUNT)
PARTIES = {
    "buyer_id": (None, "ann", "b"),
    "merchant_id": ("shop", "b"),
    "product_id": ("mug", "灯"),
}


def moments_of(plan: Plan) -> list[int]:
    """Moments that lie exactly a window apart, and a millisecond to either side; few enough to be tied often."""
    lengths = {window.length_ms or 0 for entity in plan.entities for _, window in entity.cuts}
    return sorted({ANCHOR_MS - length + nudge for length in lengths for nudge in (-1, 0, 1)})


def odd_plan() -> Plan:
    """A catalogue unlike the shipped one: recency of sums, a window of a millisecond, an entity that counts nothing."""
    moment, minute = Window("1ms", 1), Window("1m", 60_000)
    reason, words = reasons.BUYER_ORDERS, Text("odd", "奇")
    groups: list[FeatureGroup] = [
        RecencyGroup(BUYER, (SPEND, REFUNDED, CLAIMED), reason),
        TotalGroup(BUYER, (ORDERS, SPEND), (moment, minute, Window.ever()), reason),
        TotalGroup(MERCHANT, (VERDICTS, CLAIMS), (minute,), reason),
        RateGroup(
            "odd", BUYER_MERCHANT, REFUNDED, CLAIMED, Prior(1 / 3, 0.7), (moment, Window.hours(1)), words, reason
        ),
    ]
    return compile_plan(groups, ENTITIES)


PLANS: dict[str, Callable[[], Plan]] = {"shipped": default_plan, "odd": odd_plan}


@st.composite
def histories(draw: st.DrawFn, plan: Plan) -> list[Event]:
    """Up to 30 events of every kind, in no order, the last of them a claim."""
    size = draw(st.integers(0, 29))  # left to itself, a list of Hypothesis has three or four elements
    kinds = draw(st.lists(st.sampled_from(EventKind), min_size=size, max_size=size))
    moments = moments_of(plan)
    return [
        invent_event(number, kind, moments, lambda choices: draw(st.sampled_from(choices)))
        for number, kind in enumerate([*kinds, EventKind.CLAIM_FILED])
    ]


def random_history(seed: int, size: int) -> list[Event]:
    """The same inventions, many of them, always the same for a seed; most moments are spread over two years."""
    chance = random.Random(seed)
    edges = moments_of(default_plan())
    spread = [ANCHOR_MS - chance.randrange(2 * 365 * 86_400_000) for _ in range(size)]
    kinds = chance.choices(list(EventKind), weights=[5, 1, 3, 3, 1], k=size)
    moments = [chance.choice(edges) if chance.random() < 0.2 else moment for moment in spread]
    return [
        invent_event(number, kind, [moment], chance.choice)
        for number, (kind, moment) in enumerate(zip(kinds, moments, strict=True))
    ]


def invent_event(number: int, kind: EventKind, moments: Sequence[int], choose: Callable[[Sequence[Any]], Any]) -> Event:
    """An event of a kind with all that it must carry and some of what it may, each value by choice."""
    kind_fields = KIND_FIELDS[kind]
    optional = [name for name in kind_fields.optional if name == "buyer_id" or choose((True, False))]
    values = {name: choose(_values_of(name)) for name in (*kind_fields.required, *optional)}
    return check_event(
        Event(
            event_id=f"event {number}",
            kind=kind,
            known_at_ms=choose(moments),
            occurred_at_ms=ANCHOR_MS - choose((0, 1, 10**10)),
            **values,
        )
    )


def _values_of(field: str) -> Sequence[Any]:
    if field in PARTIES:
        return PARTIES[field]
    spec = EVENT_FIELDS[field]
    match spec.type:
        case FieldType.MONEY | FieldType.COUNT:
            return AMOUNTS
        case FieldType.TIME:
            return (ANCHOR_MS, ANCHOR_MS - 3_600_001)
        case FieldType.CATEGORY:
            return spec.values
        case FieldType.FLAG:
            return (True, False)
        case _:
            return (f"a {field}", f"another {field}")
