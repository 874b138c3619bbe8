"""What an event may hold, field by field."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.event_file import check_events, from_events
from features.events import (
    ALWAYS,
    EARLIEST_MS,
    EVENT_FIELDS,
    KIND_FIELDS,
    LARGEST_AMOUNT,
    LATEST_MS,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST_PICTURES,
    OF_THE_CLAIM,
    RULES,
    Event,
    EventError,
    EventKind,
    FieldSpec,
    FieldType,
    check_event,
    complain,
    of_the_claim,
)

GOOD = {
    FieldType.ID: ["a", "order 1", "买家", "🍵", "x" * LONGEST_ID, "é"],
    FieldType.TIME: [EARLIEST_MS, LATEST_MS - 1, 1_704_067_200_000],
    FieldType.MONEY: [0, 1, LARGEST_AMOUNT],
    FieldType.COUNT: [0, 1, LARGEST_AMOUNT],
    FieldType.RATING: [1, 3, 5],
    FieldType.FLAG: [True, False],
    FieldType.HASHES: [
        (),
        ("0" * 16,),
        ("0123456789abcdef", "f" * 16),
        tuple(f"{n:016x}" for n in range(MOST_PICTURES)),
    ],
    FieldType.TEXT: ["", "two\nlines", "a\x1fb", "杯" * LONGEST_TEXT],
    FieldType.CATEGORY: ["red", "green"],
}
BAD = {
    FieldType.ID: ["", "x" * (LONGEST_ID + 1), "a\x1fb", "a\n", "\ud800", "a\u200bb", "a\u3000b", 5, True, b"a", None],
    FieldType.TIME: [EARLIEST_MS - 1, LATEST_MS, 1_704_067_200, 0, -1, 1.704e12, "1704067200000", True, None],
    FieldType.MONEY: [-1, LARGEST_AMOUNT + 1, 12.5, 12.0, "12", True, False, np.int64(5), None],
    FieldType.COUNT: [-1, LARGEST_AMOUNT + 1, 1.0, "1", True, None],
    FieldType.RATING: [0, 6, -1, 4.0, "4", True, np.int64(4), None],
    FieldType.FLAG: [0, 1, "true", "", None],
    FieldType.HASHES: [
        ("0" * 15,),
        ("0" * 17,),
        ("0" * 15 + "A",),
        ("0" * 15 + "g",),
        ("0x" + "0" * 14,),
        ("0" * 16 + "\n",),
        ("０" * 16,),
        ("",),
        (None,),
        (0,),
        ("0" * 16, "0" * 16),
        tuple(f"{number:016x}" for number in range(MOST_PICTURES + 1)),
        ["0" * 16],
        "0" * 16,
        0,
        True,
        None,
    ],
    FieldType.TEXT: ["x" * (LONGEST_TEXT + 1), "half a character \ud83c", "a\0b", 5, b"text", True, None],
    FieldType.CATEGORY: ["blue", "Red", "red ", "", 0, 1, True, ["red"], None],
}


def spec_of(field_type: FieldType) -> FieldSpec:
    return FieldSpec(field_type, "a field", ("red", "green") if field_type is FieldType.CATEGORY else ())


@pytest.mark.parametrize("field_type", FieldType)
def test_values_that_a_field_holds_raise_no_complaint(field_type):
    """The limits themselves are inside."""
    complaints = [complain(spec_of(field_type), value) for value in GOOD[field_type]]
    assert complaints == [None] * len(GOOD[field_type])


@pytest.mark.parametrize("field_type", FieldType)
def test_values_that_a_field_does_not_hold_are_named_with_the_rule(field_type):
    """Each is refused, shown, and followed by what to use: nothing is rounded, trimmed or parsed on the quiet."""
    rule = RULES.get(field_type, "use one of red, green")
    for value in BAD[field_type]:
        complaint = complain(spec_of(field_type), value)
        assert complaint is not None, f"{value!r} was taken"
        assert complaint == f"is {value!r:.60}; {rule}"


def test_complaint_of_a_long_value_is_short():
    """A page of text in the wrong field doesn't fill the screen."""
    assert len(complain(EVENT_FIELDS["buyer_id"], "x" * 100_000) or "") < 150


@pytest.mark.parametrize("kind", EventKind)
def test_event_with_all_that_its_kind_carries_is_returned_unchanged(good_events, kind):
    """A good event passes as it is."""
    assert check_event(good_events[kind]) is good_events[kind]


@pytest.mark.parametrize("kind", EventKind)
def test_event_with_only_what_its_kind_requires_is_good(good_events, kind):
    """What is optional may be missing."""
    bare = replace(good_events[kind], **dict.fromkeys(KIND_FIELDS[kind].optional))
    assert check_event(bare) is bare


@pytest.mark.parametrize(("kind", "field"), [(kind, name) for kind in EventKind for name in KIND_FIELDS[kind].required])
def test_event_without_a_required_field_is_refused_naming_it(good_events, kind, field):
    """The message names the event, the field and the kind that needs it."""
    bare = replace(good_events[kind], **{field: None})
    with pytest.raises(EventError, match=rf"^event 'a {kind}', field {field}: missing, and {kind} needs it$"):
        check_event(bare)


@pytest.mark.parametrize("field", [name for name in ALWAYS if name != "kind"])
def test_event_without_what_every_event_has_is_refused(claim, field):
    """No event goes without an id and its two moments."""
    with pytest.raises(EventError, match=rf"field {field}: missing, and claim_filed needs it"):
        check_event(replace(claim, **{field: None}))


@pytest.mark.parametrize("kind", ["order_lost", None])
def test_event_of_an_unknown_kind_is_refused_with_the_kinds(claim, kind):
    """The message lists the kinds that there are."""
    with pytest.raises(EventError, match=r"field kind: is .*; use one of order_paid, order_shipped, "):
        check_event(replace(claim, kind=kind))


@pytest.mark.parametrize("kind", EventKind)
def test_event_with_a_field_out_of_place_is_refused(good_events, kind):
    """A field of another kind is a mistake, not something to ignore."""
    carried = {*ALWAYS, *KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional}
    for name in EVENT_FIELDS.keys() - carried:
        value = next(getattr(event, name) for event in good_events.values() if getattr(event, name) is not None)
        with pytest.raises(EventError, match=rf"field {name}: {kind} has no such field; leave it out"):
            check_event(replace(good_events[kind], **{name: value}))


def test_event_with_a_bad_value_is_refused_in_one_line(claim):
    """The message names the event, the field, the value and the rule."""
    with pytest.raises(EventError) as caught:
        check_event(replace(claim, amount_minor=-1))
    assert str(caught.value) == (
        "event 'a claim_filed', field amount_minor: is -1; money is an integer in minor units, from 0 to 1000000000000"
    )


def test_fields_of_events_are_those_of_the_table_of_fields():
    """One list of fields: the class, the table and the dictionary agree, in one order."""
    assert [field.name for field in fields(Event)] == list(EVENT_FIELDS)
    event = Event(event_id="e", kind=EventKind.ORDER_PAID, occurred_at_ms=1, known_at_ms=2, quantity=3)
    present = {name: value for name, value in event.as_dict().items() if value is not None}
    assert list(event.as_dict()) == list(EVENT_FIELDS)
    assert present == {
        "event_id": "e",
        "kind": "order_paid",
        "occurred_at_ms": 1,
        "known_at_ms": 2,
        "quantity": 3,
    }


def test_fields_of_each_kind_are_fields_and_stand_once():
    """A kind's lists name real fields, none of them twice."""
    for kind_fields in KIND_FIELDS.values():
        names = [*ALWAYS, *kind_fields.required, *kind_fields.optional]
        assert set(names) <= set(EVENT_FIELDS)
        assert len(set(names)) == len(names)


def test_fields_have_meanings_and_only_categories_have_words():
    """Whoever reads the table learns what each field holds."""
    for name, spec in EVENT_FIELDS.items():
        assert spec.meaning, name
        assert bool(spec.values) == (spec.type is FieldType.CATEGORY), name
        assert len(set(spec.values)) == len(spec.values), name


def test_later_event_of_a_claim_is_told_what_the_claim_says(claim):
    """Parties, pictures and the filing time come from the claim, and nothing else does."""
    told = of_the_claim(claim)
    assert set(told) == set(OF_THE_CLAIM)
    assert told["claim_filed_at_ms"] == claim.occurred_at_ms
    others = {name: value for name, value in told.items() if name != "claim_filed_at_ms"}
    assert others == {name: getattr(claim, name) for name in others}
    assert (told["buyer_id"], told["evidence_hashes"]) == (claim.buyer_id, claim.evidence_hashes)


def test_fields_of_the_claim_may_stand_on_every_later_event():
    """What is filled in from a claim has a place on all that comes after it."""
    first = {EventKind.ORDER_PAID, EventKind.ORDER_SHIPPED, EventKind.ORDER_DELIVERED, EventKind.CLAIM_FILED}
    for kind in set(EventKind) - first:
        assert {"claim_id", *OF_THE_CLAIM} <= {*KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional}


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-2, 10**13), st.text(max_size=5), st.floats())
ASCII_IDS = st.text(st.characters(max_codepoint=0x2FF), max_size=5)
TYPED = {
    FieldType.ID: st.none() | ASCII_IDS,
    FieldType.TIME: st.none() | st.integers(EARLIEST_MS - 2, EARLIEST_MS + 2) | st.integers(LATEST_MS - 2, LATEST_MS),
    FieldType.MONEY: st.none() | st.integers(-1, 1) | st.integers(LARGEST_AMOUNT - 1, LARGEST_AMOUNT + 1),
    FieldType.COUNT: st.none() | st.integers(-1, 1) | st.integers(LARGEST_AMOUNT - 1, LARGEST_AMOUNT + 1),
    FieldType.RATING: st.none() | st.integers(-1, 7),
    FieldType.FLAG: st.none() | st.booleans(),
    FieldType.HASHES: st.none()
    | st.lists(st.sampled_from(["0" * 16, "f" * 16, "0" * 15 + "F", "0" * 15, "", None]), max_size=3).map(tuple)
    | st.integers(0, MOST_PICTURES + 2).map(lambda number: tuple(f"{each:016x}" for each in range(number))),
    FieldType.TEXT: st.none()
    | st.text(max_size=3)
    | st.sampled_from(["a\0b", "x" * LONGEST_TEXT, "x" * (LONGEST_TEXT + 1)]),
}


@given(data=st.data(), kind=st.sampled_from(EventKind))
def test_event_is_refused_alone_just_when_a_table_of_it_is(good_events, data, kind):
    """One event and a table of events are held to the same rules, so no file holds what the service would refuse."""
    name = data.draw(st.sampled_from([name for name in EVENT_FIELDS if name != "kind"]))
    spec = EVENT_FIELDS[name]
    words = st.none() | st.sampled_from([*spec.values, "nonsense"])
    value = data.draw(words if spec.type is FieldType.CATEGORY else TYPED[spec.type])
    event = replace(good_events[kind], **{name: value})
    assert verdict(lambda: check_event(event)) == verdict(lambda: check_events(from_events([event]), "a table"))


@given(name=st.sampled_from([name for name in EVENT_FIELDS if name != "event_id"]), value=VALUES)
def test_event_with_any_value_is_taken_or_refused_by_name(good_events, name, value):
    """Whatever stands in a field, there is an answer, and a refusal names the field."""
    event = replace(good_events[EventKind.CLAIM_FILED], **{name: value})
    assert verdict(lambda: check_event(event)) in {"taken", name}


def verdict(check) -> str:
    """What a check refuses, by field, or that it takes the event."""
    try:
        check()
    except EventError as error:
        return str(error).split("field ")[1].split(":")[0]
    return "taken"
