"""What the platform reports: facts, each with the moment it happened and the moment it was learned.

An event is one flat record. `EVENT_FIELDS` says what every field holds and `KIND_FIELDS` which fields each
kind of event must and may carry; checks, files, the store and the engines all read these two tables.

An order here is one order line: one product at one price, which is the unit that a claim is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final


class EventKind(StrEnum):
    """The kinds of fact that have a history."""

    ORDER_PAID = "order_paid"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    CLAIM_FILED = "claim_filed"
    CLAIM_DECIDED = "claim_decided"
    MERCHANT_RESPONDED = "merchant_responded"
    RETURN_SHIPPED = "return_shipped"
    RETURN_INSPECTED = "return_inspected"
    CLAIM_ADJUDICATED = "claim_adjudicated"
    ADVANCE_SETTLED = "advance_settled"
    FEEDBACK_GIVEN = "feedback_given"


class FieldType(StrEnum):
    """How a field is checked and stored."""

    ID = "id"  # 1 to 128 characters, none of them a control character
    TIME = "time"  # integer milliseconds since 1970-01-01 UTC
    MONEY = "money"  # integer minor units (cents, fen), zero or more
    COUNT = "count"  # integer, zero or more
    CATEGORY = "category"  # one of a fixed list of words
    FLAG = "flag"  # true or false
    RATING = "rating"  # integer, 1 (worst) to 5
    TEXT = "text"  # up to 2,000 characters
    HASHES = "hashes"  # up to 16 different 64-bit perceptual hashes, each 16 lower-case hex digits


CLAIM_TYPES: Final = ("refund_only", "return_refund", "exchange", "repair")
CLAIM_REASONS: Final = (
    "not_received",
    "damaged",
    "defective",
    "not_as_described",
    "wrong_item",
    "missing_parts",
    "counterfeit",
    "expired",
    "late_delivery",
    "changed_mind",
    "other",
)
ACTIONS: Final = ("auto_approve", "manual_review", "pre_payment_compensation")
VERDICTS: Final = ("legitimate", "abusive", "undetermined")
MERCHANT_RESPONSES: Final = ("agreed", "partly_agreed", "refused", "timed_out")
INSPECTIONS: Final = ("as_sent", "used", "damaged", "swapped", "empty")
VERDICT_SOURCES: Final = ("reviewer", "inspection", "appeal", "platform", "audit")
FEEDBACK_STEPS: Final = ("filing", "answer", "return", "refund", "support")

EARLIEST_MS: Final = 631_152_000_000  # 1990-01-01: anything before is a time in seconds, or a mistake
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01
LARGEST_AMOUNT: Final = 10**12  # keeps sums of many amounts within int64, and exact in float64
LONGEST_ID: Final = 128
LONGEST_TEXT: Final = 2_000
MOST_PICTURES: Final = 16
WORST_RATING, BEST_RATING = 1, 5


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What one field of an event holds. `values` lists the words that a category may take, in code order."""

    type: FieldType
    meaning: str
    values: tuple[str, ...] = ()


EVENT_FIELDS: Final[Mapping[str, FieldSpec]] = {
    "event_id": FieldSpec(FieldType.ID, "unique over all events; a repeat with the same content changes nothing"),
    "kind": FieldSpec(FieldType.CATEGORY, "what happened", tuple(EventKind)),
    "occurred_at_ms": FieldSpec(FieldType.TIME, "when it happened, for people"),
    "known_at_ms": FieldSpec(FieldType.TIME, "when the platform learned it; every window runs over this"),
    "order_id": FieldSpec(FieldType.ID, "the order line"),
    "claim_id": FieldSpec(FieldType.ID, "the claim"),
    "buyer_id": FieldSpec(FieldType.ID, "who bought; missing for a sale without an account"),
    "merchant_id": FieldSpec(FieldType.ID, "who sold"),
    "product_id": FieldSpec(FieldType.ID, "what was sold"),
    "category_id": FieldSpec(FieldType.ID, "the sort of goods, in the platform's own list"),
    "device_id": FieldSpec(FieldType.ID, "the device that ordered or claimed"),
    "address_id": FieldSpec(FieldType.ID, "where the order was delivered; leave out places known to be public"),
    "payment_id": FieldSpec(FieldType.ID, "the card or account that paid, or that takes the refund"),
    "amount_minor": FieldSpec(
        FieldType.MONEY,
        "paid (order_paid), asked for (claim_filed), refunded (claim_decided) or advanced (advance_settled)",
    ),
    "quantity": FieldSpec(FieldType.COUNT, "units bought or claimed"),
    "order_amount_minor": FieldSpec(FieldType.MONEY, "what the claimed order cost"),
    "order_paid_at_ms": FieldSpec(FieldType.TIME, "when the claimed order was paid"),
    "order_delivered_at_ms": FieldSpec(FieldType.TIME, "when the claimed order arrived; missing while it has not"),
    "order_promised_at_ms": FieldSpec(FieldType.TIME, "when the order was promised to arrive"),
    "claim_filed_at_ms": FieldSpec(FieldType.TIME, "when the claim was filed, on a later event about it"),
    "claim_type": FieldSpec(FieldType.CATEGORY, "what the buyer asks for", CLAIM_TYPES),
    "claim_reason": FieldSpec(FieldType.CATEGORY, "why, in the buyer's choice of word", CLAIM_REASONS),
    "evidence_count": FieldSpec(FieldType.COUNT, "pictures or videos attached"),
    "evidence_hashes": FieldSpec(FieldType.HASHES, "64-bit perceptual hashes of the pictures attached"),
    "claim_text": FieldSpec(FieldType.TEXT, "what the buyer wrote"),
    "action": FieldSpec(FieldType.CATEGORY, "what was decided", ACTIONS),
    "merchant_response": FieldSpec(FieldType.CATEGORY, "what the merchant answered", MERCHANT_RESPONSES),
    "inspection": FieldSpec(FieldType.CATEGORY, "what came back, as the warehouse saw it", INSPECTIONS),
    "recovered_minor": FieldSpec(FieldType.MONEY, "what came back from the merchant of an advance"),
    "rating": FieldSpec(FieldType.RATING, "how the buyer rates the handling of the claim"),
    "feedback_step": FieldSpec(FieldType.CATEGORY, "which step is rated; missing for the whole", FEEDBACK_STEPS),
    "verdict": FieldSpec(FieldType.CATEGORY, "what an adjudication found", VERDICTS),
    "verdict_source": FieldSpec(FieldType.CATEGORY, "who found it", VERDICT_SOURCES),
    "merchant_at_fault": FieldSpec(FieldType.FLAG, "whether the merchant was found at fault"),
    "reviewer_id": FieldSpec(FieldType.ID, "who ruled: a person, or the warehouse that inspected"),
    "audit_propensity_ppm": FieldSpec(
        FieldType.COUNT,
        "the chance, in millionths, of an automatic decision to be drawn for an audit; missing if it could not be",
    ),
}


@dataclass(frozen=True, slots=True)
class KindFields:
    """Which fields a kind of event must carry and which it may, beside those that every event has."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


ALWAYS: Final = ("event_id", "kind", "occurred_at_ms", "known_at_ms")
# what a claim's later events may leave out: the service fills it in from the claim
OF_THE_CLAIM: Final = (
    "order_id",
    "buyer_id",
    "merchant_id",
    "product_id",
    "category_id",
    "device_id",
    "address_id",
    "payment_id",
    "evidence_hashes",
    "claim_filed_at_ms",
)
_SOLD: Final = ("merchant_id", "product_id")
_LATER: Final = tuple(name for name in OF_THE_CLAIM if name not in _SOLD)

KIND_FIELDS: Final[Mapping[EventKind, KindFields]] = {
    EventKind.ORDER_PAID: KindFields(
        ("order_id", *_SOLD, "amount_minor", "quantity"),
        ("buyer_id", "category_id", "device_id", "address_id", "payment_id", "order_promised_at_ms"),
    ),
    EventKind.ORDER_SHIPPED: KindFields(
        ("order_id", *_SOLD), ("buyer_id", "category_id", "order_paid_at_ms", "order_promised_at_ms")
    ),
    EventKind.ORDER_DELIVERED: KindFields(
        ("order_id", *_SOLD), ("buyer_id", "category_id", "address_id", "order_paid_at_ms", "order_promised_at_ms")
    ),
    EventKind.CLAIM_FILED: KindFields(
        ("claim_id", *_SOLD, "amount_minor", "quantity", "claim_type", "claim_reason"),
        (
            "buyer_id",
            "order_id",
            "category_id",
            "device_id",
            "address_id",
            "payment_id",
            "order_amount_minor",
            "order_paid_at_ms",
            "order_delivered_at_ms",
            "order_promised_at_ms",
            "evidence_count",
            "evidence_hashes",
            "claim_text",
        ),
    ),
    EventKind.CLAIM_DECIDED: KindFields(
        ("claim_id", *_SOLD, "amount_minor", "action"), (*_LATER, "audit_propensity_ppm")
    ),
    EventKind.MERCHANT_RESPONDED: KindFields(("claim_id", *_SOLD, "merchant_response"), _LATER),
    EventKind.RETURN_SHIPPED: KindFields(("claim_id", *_SOLD), _LATER),
    EventKind.RETURN_INSPECTED: KindFields(("claim_id", *_SOLD, "inspection"), _LATER),
    EventKind.CLAIM_ADJUDICATED: KindFields(
        ("claim_id", *_SOLD, "verdict", "verdict_source"), (*_LATER, "merchant_at_fault", "reviewer_id")
    ),
    EventKind.ADVANCE_SETTLED: KindFields(("claim_id", *_SOLD, "amount_minor", "recovered_minor"), _LATER),
    EventKind.FEEDBACK_GIVEN: KindFields(("claim_id", *_SOLD, "rating"), (*_LATER, "feedback_step")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. The fields are those of `EVENT_FIELDS`; what a kind doesn't carry is None."""

    event_id: str
    kind: EventKind
    occurred_at_ms: int
    known_at_ms: int
    order_id: str | None = None
    claim_id: str | None = None
    buyer_id: str | None = None
    merchant_id: str | None = None
    product_id: str | None = None
    category_id: str | None = None
    device_id: str | None = None
    address_id: str | None = None
    payment_id: str | None = None
    amount_minor: int | None = None
    quantity: int | None = None
    order_amount_minor: int | None = None
    order_paid_at_ms: int | None = None
    order_delivered_at_ms: int | None = None
    order_promised_at_ms: int | None = None
    claim_filed_at_ms: int | None = None
    claim_type: str | None = None
    claim_reason: str | None = None
    evidence_count: int | None = None
    evidence_hashes: tuple[str, ...] | None = None
    claim_text: str | None = None
    action: str | None = None
    merchant_response: str | None = None
    inspection: str | None = None
    recovered_minor: int | None = None
    rating: int | None = None
    feedback_step: str | None = None
    verdict: str | None = None
    verdict_source: str | None = None
    merchant_at_fault: bool | None = None
    reviewer_id: str | None = None
    audit_propensity_ppm: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """All fields by name, in the order of `EVENT_FIELDS`, for a file or a table."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def of_the_claim(filed: Event) -> dict[str, Any]:
    """What a later event about a claim says of it, by field; `filed` is its `claim_filed` event."""
    return {**{name: getattr(filed, name) for name in OF_THE_CLAIM}, "claim_filed_at_ms": filed.occurred_at_ms}


class EventError(ValueError):
    """An event that can't be taken: the message names the event or row, the field, and what to do."""


def check_event(event: Event) -> Event:
    """Return the event unchanged if it carries what its kind must and nothing that it may not.

    Raises:
        EventError: for the first field that is missing, out of place, of a wrong type or out of range.
    """
    if complaint := complain(EVENT_FIELDS["kind"], event.kind):
        raise EventError(f"event {event.event_id!r}, field kind: {complaint}")
    kind_fields = KIND_FIELDS[event.kind]
    allowed = {*ALWAYS, *kind_fields.required, *kind_fields.optional}
    for name, spec in EVENT_FIELDS.items():
        value = getattr(event, name)
        if value is None:
            if name in ALWAYS or name in kind_fields.required:
                raise EventError(f"event {event.event_id!r}, field {name}: missing, and {event.kind} needs it")
            continue
        if name not in allowed:
            raise EventError(f"event {event.event_id!r}, field {name}: {event.kind} has no such field; leave it out")
        if complaint := complain(spec, value):
            raise EventError(f"event {event.event_id!r}, field {name}: {complaint}")
    return event


def complain(spec: FieldSpec, value: object) -> str | None:
    """Say what is wrong with a field's value, or None if nothing is."""
    if _holds(spec, value):
        return None
    rule = f"use one of {', '.join(spec.values)}" if spec.values else RULES[spec.type]
    return f"is {value!r:.60}; {rule}"


RULES: Final[Mapping[FieldType, str]] = {
    FieldType.ID: f"an id is 1 to {LONGEST_ID} printable characters",
    FieldType.TIME: "a time is integer milliseconds since 1970 UTC, from 1990 to 2099",
    FieldType.MONEY: f"money is an integer in minor units, from 0 to {LARGEST_AMOUNT}",
    FieldType.COUNT: f"a count is an integer, from 0 to {LARGEST_AMOUNT}",
    FieldType.RATING: f"a rating is an integer, from {WORST_RATING} to {BEST_RATING}",
    FieldType.FLAG: "use true or false",
    FieldType.TEXT: f"a text has at most {LONGEST_TEXT} characters, all of them whole, none of them null",
    FieldType.HASHES: f"give at most {MOST_PICTURES} different hashes, each of 16 lower-case hex digits",
}


def _holds(spec: FieldSpec, value: object) -> bool:
    match value:
        case bool():
            return spec.type is FieldType.FLAG
        case int():
            low, high = _RANGES.get(spec.type, (1, 0))
            return low <= value <= high
        case str() if spec.type is FieldType.ID:
            return 1 <= len(value) <= LONGEST_ID and value.isprintable()
        case str() if spec.type is FieldType.TEXT:
            return len(value) <= LONGEST_TEXT and not _NOT_TEXT.search(value)
        case tuple() if spec.type is FieldType.HASHES:
            return len(set(value)) == len(value) <= MOST_PICTURES and all(_is_hash(each) for each in value)
        case _:
            return value in spec.values


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and HASH_PATTERN.fullmatch(value) is not None


HASH_PATTERN: Final = re.compile("[0-9a-f]{16}")
# half a character, or none: JSON can carry them, but not every store and file
_NOT_TEXT: Final = re.compile("[\ud800-\udfff\0]")

_RANGES: Final[Mapping[FieldType, tuple[int, int]]] = {
    FieldType.TIME: (EARLIEST_MS, LATEST_MS - 1),
    FieldType.MONEY: (0, LARGEST_AMOUNT),
    FieldType.COUNT: (0, LARGEST_AMOUNT),
    FieldType.RATING: (WORST_RATING, BEST_RATING),
}
