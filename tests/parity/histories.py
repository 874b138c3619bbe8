"""Histories that nobody would think of: few parties, so that they collide, and moments at the edges of windows."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog.entities import ADDRESS, BUYER, BUYER_MERCHANT, DEVICE, EVIDENCE, MERCHANT
from features.definition import (
    FeatureGroup,
    Link,
    LinkGroup,
    Prior,
    Rate,
    RateGroup,
    RecencyGroup,
    RelativeGroup,
    Ring,
    Shared,
    SpreadGroup,
    Text,
    TotalGroup,
    UsualGroup,
    Window,
)
from features.events import EVENT_FIELDS, KIND_FIELDS, LARGEST_AMOUNT, Event, EventKind, FieldType, check_event
from features.plan import Plan, compile_plan, default_plan

ANCHOR_MS = 1_704_067_200_000
AMOUNTS = (0, 1, 99, 12_345, LARGEST_AMOUNT)
PARTIES = {
    "buyer_id": (None, "ann", "b", "cy", "di"),
    "merchant_id": ("shop", "b"),
    "product_id": ("mug", "灯"),
    "device_id": (None, "phone", "b"),
    "address_id": (None, "home", "station", "b"),
    "payment_id": (None, "card"),
    "category_id": (None, "mugs"),
}
PICTURES = ("0" * 16, "0" * 15 + "7", "0" * 15 + "f", "8000000000000001", "ff" * 8, "7" + "f" * 15)


def crowd(seed: int) -> dict[str, Sequence[Any]]:
    """Parties in such numbers that rings grow, are full and fall apart, and pictures that differ in a few bits."""
    chance = random.Random(seed)
    names = {"buyer_id": 90, "device_id": 40, "address_id": 60, "payment_id": 60, "merchant_id": 9, "product_id": 20}
    pictures = [chance.getrandbits(64) for _ in range(60)]

    def nearly(picture: int) -> str:
        return f"{picture ^ sum(1 << bit for bit in chance.sample(range(64), k=chance.randrange(3))):016x}"

    shown = [{nearly(chance.choice(pictures)) for _ in range(chance.randrange(4))} for _ in range(400)]
    lists = [tuple(sorted(words)) for words in shown]
    ids = {field: (None, *(f"{field} {each}" for each in range(most))) for field, most in names.items()}
    return {
        **ids,
        "merchant_id": ids["merchant_id"][1:],
        "product_id": ids["product_id"][1:],
        "category_id": (None, "mugs", "lamps"),
        "evidence_hashes": lists,
    }


def moments_of(plan: Plan) -> list[int]:
    """Moments that lie exactly a window apart, and a millisecond to either side; few enough to be tied often."""
    cuts = [cut for entity in plan.entities for cut in entity.cuts] + list(plan.ring.cuts if plan.ring else ())
    lengths = {window.length_ms or 0 for _, window in cuts}
    return sorted({ANCHOR_MS - length + nudge for length in lengths for nudge in (-1, 0, 1)})


def odd_plan() -> Plan:
    """A catalogue unlike the shipped one: recency of sums, a window of a millisecond, rings that are soon full."""
    moment, minute = Window("1ms", 1), Window("1m", 60_000)
    windows = (moment, minute, Window.ever())
    reason, words = reasons.BUYER_ORDERS, Text("odd", "奇")
    ring = Ring("gang", BUYER, (Shared(DEVICE, m.BUYERS, 2), Shared(ADDRESS, m.CLAIMANTS, 3)), most_things=3, largest=3)
    groups: list[FeatureGroup] = [
        RecencyGroup(BUYER, (m.SPEND, m.REFUNDED, m.CLAIMED, m.PAYMENTS), reason),
        TotalGroup(BUYER, (m.ORDERS, m.SPEND, m.MERCHANTS), windows, reason),
        TotalGroup(MERCHANT, (m.VERDICTS, m.CLAIMS, m.BUYERS), (minute,), reason),
        TotalGroup(MERCHANT, (m.RESPONSE_SECONDS, m.LATE_DELIVERIES, m.SHIPMENTS, m.FAULT_VERDICTS), windows, reason),
        RateGroup(
            "odd", BUYER_MERCHANT, m.REFUNDED, m.CLAIMED, Prior(1 / 3, 0.7), (moment, Window.hours(1)), words, reason
        ),
        RelativeGroup(
            "odder",
            Rate(BUYER, m.CLAIMS, m.ORDERS, Prior(1, 1)),
            Rate(MERCHANT, m.CLAIMS, m.ORDERS, Prior(1 / 7, 3)),
            windows,
            words,
            reason,
        ),
        UsualGroup("oddest", "amount_minor", Rate(DEVICE, m.CLAIMED, m.CLAIMS, Prior(5, 1)), windows, words, reason),
        SpreadGroup("spread", ADDRESS, m.CLAIMS, m.CLAIMED, m.CLAIMED_SQUARES, windows, words, reason),
        TotalGroup(EVIDENCE, (m.CLAIMS, m.CLAIMANTS, m.ABUSIVE_VERDICTS), windows, reason),
        RecencyGroup(EVIDENCE, (m.CLAIMS, m.ABUSIVE_VERDICTS), reason),
        TotalGroup(ring, (m.CLAIMED, m.REFUNDED, m.DEVICES, m.ADVANCES), windows, reason),
        *(LinkGroup(link, words, reason) for link in Link),
    ]
    return compile_plan(groups, (MERCHANT, BUYER_MERCHANT, EVIDENCE, DEVICE, BUYER, ADDRESS), [ring])


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


def random_history(seed: int, size: int, parties: Mapping[str, Sequence[Any]] = PARTIES) -> list[Event]:
    """The same inventions, many of them, always the same for a seed; most moments are spread over two years."""
    chance = random.Random(seed)
    edges = moments_of(default_plan())
    spread = [ANCHOR_MS - chance.randrange(2 * 365 * 86_400_000) for _ in range(size)]
    weights = {EventKind.ORDER_PAID: 5, EventKind.CLAIM_FILED: 8, EventKind.CLAIM_DECIDED: 3}
    kinds = chance.choices(list(EventKind), weights=[weights.get(kind, 1) for kind in EventKind], k=size)
    moments = [chance.choice(edges) if chance.random() < 0.2 else moment for moment in spread]
    return [
        invent_event(number, kind, [moment], chance.choice, parties)
        for number, (kind, moment) in enumerate(zip(kinds, moments, strict=True))
    ]


def invent_event(
    number: int,
    kind: EventKind,
    moments: Sequence[int],
    choose: Callable[[Sequence[Any]], Any],
    parties: Mapping[str, Sequence[Any]] = PARTIES,
) -> Event:
    """An event of a kind with all that it must carry and some of what it may, each value by choice."""
    kind_fields = KIND_FIELDS[kind]
    optional = [name for name in kind_fields.optional if name == "buyer_id" or choose((True, False))]
    values = {name: choose(parties.get(name) or _values_of(name)) for name in (*kind_fields.required, *optional)}
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
        case FieldType.RATING:
            return (1, 5)
        case FieldType.HASHES:
            return ((), PICTURES[:1], PICTURES[1:2], PICTURES[2:4], PICTURES[3:5], PICTURES[5:], PICTURES)
        case _:
            return (f"a {field}", f"another {field}")
