"""Events on their way in: what is right comes out as it was sent, what is wrong is named, event by event."""

import json
from typing import Any

import pytest

from features.event_file import EVENT_SCHEMA, check_events, from_events
from features.events import EVENT_FIELDS, KIND_FIELDS, EventKind, FieldType
from serving.intake.problems import MOST_PROBLEMS, EventsError, Problem
from serving.intake.reading import CHECK_ROWS, parse_events, read_events
from serving.intake.sent_event import MOST_EVENTS, EventBatch, needed_of
from tests.parity.histories import random_history

ORDER = {
    "event_id": "e1",
    "kind": "order_paid",
    "order_id": "o1",
    "buyer_id": "ann",
    "merchant_id": "shop",
    "product_id": "mug",
    "amount_minor": 1_000,
    "quantity": 1,
}
CLAIM = {
    "event_id": "e2",
    "kind": "claim_filed",
    "claim_id": "c1",
    "merchant_id": "shop",
    "product_id": "mug",
    "amount_minor": 1_000,
    "quantity": 1,
    "claim_type": "refund_only",
    "claim_reason": "damaged",
}


def sent(event: Any) -> dict[str, Any]:
    """An event as a platform would send it."""
    return {name: value for name, value in event.as_dict().items() if value is not None}


def problems_of(rows: list[Any]) -> tuple[Problem, ...]:
    """What is said of these rows."""
    with pytest.raises(EventsError) as raised:
        read_events(rows)
    return raised.value.problems


def test_events_of_every_kind_come_out_as_they_were_sent() -> None:
    """Through JSON and back, every field of every kind, as a file of the same events would be read."""
    history = random_history(1, 300)
    assert {event.kind for event in history} == set(EventKind)
    body = json.dumps({"events": [sent(event) for event in history]}).encode()
    assert read_events(parse_events(body)).equals(check_events(from_events(history), "history"))


def test_fields_that_are_null_count_as_missing() -> None:
    """Who has no value says so or leaves the field out."""
    full = {**dict.fromkeys(EVENT_FIELDS), **ORDER}
    allowed = {"event_id", "kind", "occurred_at_ms", *KIND_FIELDS[EventKind.ORDER_PAID].optional}
    own = {name: value for name, value in full.items() if value is not None or name in allowed}
    assert read_events([own]).equals(read_events([ORDER]))


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"amount_minor": -1}, "amount_minor", "is -1; money is an integer in minor units"),
        ({"amount_minor": 1.0}, "amount_minor", "is 1.0; money is"),
        ({"amount_minor": True}, "amount_minor", "is True; money is"),
        ({"amount_minor": "1"}, "amount_minor", "is '1'; money is"),
        ({"amount_minor": 2**70}, "amount_minor", "is 1180591620717411303424; money is"),
        ({"amount_minor": None}, "amount_minor", "is None; money is"),
        ({"occurred_at_ms": 1_700_000_000}, "occurred_at_ms", "is 1700000000; a time is integer milliseconds"),
        ({"buyer_id": ""}, "buyer_id", "is ''; an id is"),
        ({"buyer_id": "a\u200b"}, "buyer_id", "an id is 1 to 128 printable characters"),
        ({"buyer_id": "x" * 129}, "buyer_id", "an id is 1 to 128"),
        ({"kind": "order_lost"}, "kind", "is 'order_lost'; use one of order_paid, "),
        ({"rating": 3}, "rating", "order_paid has no such field; leave it out"),
        ({"raiting": 3}, "raiting", "is not a field of an event; remove or rename it"),
    ],
)
def test_field_that_is_wrong_is_named_with_its_event(change: dict[str, Any], field: str, reason: str) -> None:
    """The index counts the call's events, and the words are those of files."""
    (problem,) = problems_of([ORDER, {**ORDER, **change}])
    assert (problem.index, problem.field) == (1, field)
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"evidence_hashes": ["0" * 16, "0" * 16]}, "evidence_hashes"),
        ({"evidence_hashes": ["0" * 15 + "g"]}, "evidence_hashes"),
        ({"evidence_hashes": [f"{number:016x}" for number in range(17)]}, "evidence_hashes"),
        ({"evidence_hashes": "0" * 16}, "evidence_hashes"),
        ({"claim_text": "private words" + "x" * 2_000}, "claim_text"),
        ({"claim_text": "private words\0"}, "claim_text"),
        ({"claim_text": ["private words"]}, "claim_text"),
    ],
)
def test_what_a_buyer_wrote_or_showed_is_not_repeated_in_an_error(change: dict[str, Any], field: str) -> None:
    """Errors reach logs; a buyer's words mustn't."""
    problems = problems_of([{**CLAIM, **change}])
    assert {problem.field for problem in problems} == {field}
    assert "private" not in str([problem.reason for problem in problems])


def test_missing_fields_are_named_with_the_kind_that_needs_them() -> None:
    """What every event needs, and what this kind does."""
    assert problems_of([{"kind": "feedback_given", "event_id": "e1"}]) == (
        Problem(0, "claim_id", "missing, and feedback_given needs it"),
        Problem(0, "rating", "missing, and feedback_given needs it"),
    )
    assert problems_of([{}]) == (Problem(0, "kind", "missing, and every event needs it"),)
    assert problems_of([[ORDER]])[0].reason.startswith("is not an event")


def test_later_event_of_a_claim_needs_only_the_claims_id() -> None:
    """Parties, product and the rest are the claim's."""
    assert needed_of(EventKind.CLAIM_ADJUDICATED) == ("claim_id", "verdict", "verdict_source")
    assert needed_of(EventKind.RETURN_SHIPPED) == ("claim_id",)
    assert "merchant_id" in needed_of(EventKind.ORDER_SHIPPED)


def test_problems_are_bounded_and_in_the_order_of_the_events() -> None:
    """A body full of mistakes gets a short answer, from its beginning on."""
    problems = problems_of([{**ORDER, "quantity": -1}] * (3 * CHECK_ROWS))
    assert [problem.index for problem in problems] == list(range(MOST_PROBLEMS))


def test_wrong_event_far_down_is_found() -> None:
    """Events are checked in parts, and the index goes on through them."""
    rows: list[Any] = [ORDER] * (CHECK_ROWS + 7)
    rows[CHECK_ROWS + 3] = {**ORDER, "product_id": "a\n"}
    assert [(problem.index, problem.field) for problem in problems_of(rows)] == [(CHECK_ROWS + 3, "product_id")]


def test_event_with_more_fields_than_there_are_is_refused_at_once() -> None:
    """Nobody makes the service list a hundred thousand unknown fields."""
    (problem,) = problems_of([ORDER, {**ORDER, **{f"field {number}": 1 for number in range(100_000)}}])
    assert (problem.index, problem.path) == (1, "events.1")


@pytest.mark.parametrize("count", [0, MOST_EVENTS + 1])
def test_number_of_events_is_limited(count: int) -> None:
    """One to five thousand."""
    (problem,) = problems_of([ORDER] * count)
    assert (problem.path, problem.reason) == ("events", f"are {count} events; send 1 to 5,000 in one call")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"events": {}}',
        b'{"events": [], "more": 1}',
        b'{"events": [{"amount_minor": NaN}]}',
        b'{"events": [{"amount_minor": Infinity}]}',
        b'{"events": [{"buyer_id": "\\ud800"}]}',
        b'{"events": [{"buyer_id": "\xff"}]}',
        b"[" * 100_000,
    ],
)
def test_body_that_is_no_list_of_events_is_refused(body: bytes) -> None:
    """Half characters, numbers that are none, and what is no JSON at all."""
    with pytest.raises(EventsError) as raised:
        parse_events(body)
    assert [problem.path for problem in raised.value.problems] == ["body"]


def test_message_of_the_api_says_what_is_checked() -> None:
    """For every kind: its own fields and no others, the needed ones marked, categories with their words."""
    definitions = EventBatch.model_json_schema()["$defs"]
    for kind, fields in KIND_FIELDS.items():
        message = definitions["".join(word.title() for word in kind.split("_"))]
        assert message["additionalProperties"] is False
        assert set(message["required"]) == {"kind", "event_id", *needed_of(kind)}
        own = {"kind", "event_id", "occurred_at_ms", "known_at_ms", *fields.required, *fields.optional}
        assert set(message["properties"]) == own
    assert definitions["ClaimAdjudicated"]["properties"]["verdict"]["enum"] == [*EVENT_FIELDS["verdict"].values]


def test_every_sort_of_field_has_a_column() -> None:
    """What is read has the layout of files, whatever was sent."""
    assert read_events([ORDER]).schema == EVENT_SCHEMA
    assert {spec.type for spec in EVENT_FIELDS.values()} == set(FieldType)
