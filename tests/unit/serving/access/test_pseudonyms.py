"""Ids of people made unreadable with a keyed hash."""

import hashlib
import hmac
from dataclasses import fields
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.event_file import EVENT_SCHEMA, check_events, from_events, to_events
from features.events import EVENT_FIELDS, KIND_FIELDS, Event, EventError, EventKind, FieldType, check_event
from serving.access.event_pseudonyms import HashIds, KeepPseudonyms, change_of, with_pseudonyms
from serving.access.pseudonyms import FIELDS, KINDS, Pseudonyms, is_pseudonym
from tests.unit.serving.claims import NOW_MS, make_claim

KEY = b"k" * 32
PSEUDONYMS = Pseudonyms(KEY)
PEOPLE = {"buyer_id": "B1", "address_id": "A1", "payment_id": "B1"}
IDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=128)


def order_paid(event_id: str = "e1", **changes: Any) -> Event:
    content: dict[str, Any] = {
        "order_id": "O1",
        "merchant_id": "M1",
        "product_id": "P1",
        "amount_minor": 5,
        "quantity": 1,
        "buyer_id": "B1",
        "device_id": "B1",
    }
    return Event(
        event_id=event_id,
        kind=EventKind.ORDER_PAID,
        occurred_at_ms=NOW_MS,
        known_at_ms=NOW_MS,
        **{**content, **changes},
    )


def test_pseudonym_is_the_keyed_hash_of_kind_and_id() -> None:
    """HMAC-SHA256 (RFC 2104), its first 128 bits, behind the kind."""
    expected = hmac.new(KEY, b"buyer\0B1", hashlib.sha256).hexdigest()[:32]
    assert PSEUDONYMS.of("buyer", "B1") == f"buyer~{expected}"


@given(IDS, IDS)
def test_pseudonyms_are_equal_where_ids_are_and_nowhere_else(one: str, other: str) -> None:
    """Histories count as before, and no two kinds or keys share a pseudonym."""
    assert (PSEUDONYMS.of("buyer", one) == PSEUDONYMS.of("buyer", other)) == (one == other)
    hashes = [PSEUDONYMS.of(kind, one).partition("~")[2] for kind in KINDS]
    hashes.append(Pseudonyms(b"other key" * 4).of("buyer", one).partition("~")[2])
    assert len(set(hashes)) == len(hashes)
    assert all(is_pseudonym(kind, PSEUDONYMS.of(kind, one)) for kind in KINDS)
    assert not any(is_pseudonym(kind, PSEUDONYMS.of("buyer", one)) for kind in KINDS[1:])


@pytest.mark.parametrize("length", [0, 31])
def test_key_that_is_too_short_is_refused(length: int) -> None:
    """Less than the hash's own strength isn't worth the name; the message doesn't show the key."""
    with pytest.raises(ValueError, match=f"^has {length} bytes and needs 32 at least$"):
        Pseudonyms(b"k" * length)


def test_key_is_not_in_the_repr_and_its_check_value_is_no_pseudonym() -> None:
    """What is logged or stored says nothing about the key."""
    assert "kkk" not in repr(PSEUDONYMS)
    assert len(PSEUDONYMS.check) == 16
    assert PSEUDONYMS.check != Pseudonyms(b"l" * 32).check
    assert not PSEUDONYMS.of("buyer", PSEUDONYMS.check).endswith(PSEUDONYMS.check)


def test_every_id_of_an_event_is_either_hashed_or_left_for_a_reason() -> None:
    """A field that is added to events must be thought about here."""
    ids = {name for name, spec in EVENT_FIELDS.items() if spec.type is FieldType.ID}
    no_persons = {"event_id", "order_id", "claim_id", "merchant_id", "product_id", "category_id", "reviewer_id"}
    assert ids == set(FIELDS) | no_persons


def test_claim_keeps_everything_but_the_ids_of_people() -> None:
    """And its buyer and payment of one id have nothing in common afterwards."""
    claim = make_claim(device_id="D1", text="broken", order=PEOPLE)
    hashed = PSEUDONYMS.of_claim(claim)
    assert hashed.device_id == PSEUDONYMS.of("device", "D1")
    order = hashed.order
    assert (order.buyer_id, order.address_id, order.payment_id) == tuple(
        PSEUDONYMS.of(kind, plain) for kind, plain in (("buyer", "B1"), ("address", "A1"), ("payment", "B1"))
    )
    changed = {"order": claim.order.model_copy(update={name: getattr(order, name) for name in PEOPLE})}
    assert hashed == claim.model_copy(update={**changed, "device_id": hashed.device_id})
    assert type(hashed).model_validate(hashed.model_dump()) == hashed
    for plain in ("D1", "A1"):
        assert f'"{plain}"' not in hashed.model_dump_json()


def test_claim_without_device_address_and_payment_has_none_afterwards() -> None:
    """What isn't there isn't hashed."""
    hashed = PSEUDONYMS.of_claim(make_claim())
    assert (hashed.device_id, hashed.order.address_id, hashed.order.payment_id) == (None, None, None)
    assert hashed.order.model_fields_set == make_claim().order.model_fields_set


def test_content_hash_is_the_same_for_a_repeated_request_and_says_nothing_of_ids() -> None:
    """Idempotency holds with a key, and who has the ledger but no key can't try out ids."""
    first, again = (PSEUDONYMS.of_claim(make_claim(device_id="D1", order=PEOPLE)) for _ in range(2))
    assert first.content_hash() == again.content_hash()
    other = PSEUDONYMS.of_claim(make_claim(device_id="D1", order={**PEOPLE, "buyer_id": "B2"}))
    assert other.content_hash() != first.content_hash()
    assert first.content_hash() != make_claim(device_id="D1", order=PEOPLE).content_hash()


def test_claim_and_its_order_lead_to_the_same_buyer() -> None:
    """The event of a claim carries the pseudonyms that its order's events carry."""
    claim = PSEUDONYMS.of_claim(make_claim(device_id="D1", order=PEOPLE))
    order = PSEUDONYMS.of_event(order_paid(device_id="D1", address_id="A1", payment_id="B1"))
    filed = claim.filed_event(NOW_MS)
    assert {name: getattr(filed, name) for name in FIELDS} == {name: getattr(order, name) for name in FIELDS}


def test_event_keeps_everything_but_the_ids_of_people() -> None:
    """And is as good an event as before."""
    event = order_paid(address_id=None)
    hashed = check_event(PSEUDONYMS.of_event(event))
    differ = {each.name for each in fields(Event) if getattr(event, each.name) != getattr(hashed, each.name)}
    assert differ == {"buyer_id", "device_id"}
    nobody = order_paid(buyer_id=None, device_id=None)
    assert PSEUDONYMS.of_event(nobody) is nobody


def test_table_is_hashed_as_its_events_are() -> None:
    """Row by row the same, empty fields, chunks and repeated ids included."""
    events = [
        order_paid("e1"),
        order_paid("e2", buyer_id=None, address_id="A1"),
        order_paid("e3", buyer_id="B2", payment_id="商店"),
        order_paid("e4", device_id=None),
    ]
    table = pa.concat_tables([from_events(events[:1]), from_events(events[1:]), from_events([])])
    hashed = with_pseudonyms(table, PSEUDONYMS)
    assert to_events(hashed) == [PSEUDONYMS.of_event(event) for event in events]
    assert hashed.schema == EVENT_SCHEMA
    assert check_events(hashed, "hashed") == hashed


@pytest.mark.parametrize("columns", [["event_id"], ["event_id", "buyer_id"]])
def test_table_without_some_columns_or_rows_is_taken_as_it_is(columns: list[str]) -> None:
    """There may be nothing to hash."""
    table = from_events([order_paid(buyer_id=None)]).select(columns)
    assert with_pseudonyms(table, PSEUDONYMS) == table
    assert with_pseudonyms(table.slice(0, 0), PSEUDONYMS).num_rows == 0


def test_import_hashes_refuses_to_hash_twice_and_keeps_what_is_hashed() -> None:
    """What the flag says must be so of the file, in both directions."""
    plain = from_events([order_paid(), order_paid("e2", buyer_id=None, device_id=None)])
    hashed = with_pseudonyms(plain, PSEUDONYMS)
    hashing, keeping = HashIds(PSEUDONYMS), KeepPseudonyms()
    hashing.refuse(plain, "file")
    keeping.refuse(hashed, "file")
    assert hashing.apply(plain) == hashed
    assert keeping.apply(hashed) is hashed
    with pytest.raises(EventError, match=r"^file: field buyer_id: holds pseudonyms.*say --pseudonymised"):
        hashing.refuse(hashed, "file")
    with pytest.raises(EventError, match=r"^file: field buyer_id: holds ids that are no pseudonyms; leave") as caught:
        keeping.refuse(plain, "file")
    assert "B1" not in str(caught.value)


def test_pseudonym_of_another_kind_is_none() -> None:
    """A buyer's pseudonym in the place of a device's is a mistake."""
    mixed = from_events([order_paid(buyer_id=PSEUDONYMS.of("buyer", "B1"), device_id=PSEUDONYMS.of("buyer", "B1"))])
    with pytest.raises(EventError, match="field device_id"):
        KeepPseudonyms().refuse(mixed, "file")


def test_import_without_a_key_changes_nothing() -> None:
    """Unless the file is said to be hashed, and then it is looked at."""
    assert change_of(None, pseudonymised=False) is None
    assert isinstance(change_of(None, pseudonymised=True), KeepPseudonyms)
    assert isinstance(change_of(PSEUDONYMS, pseudonymised=True), KeepPseudonyms)
    assert isinstance(change_of(PSEUDONYMS, pseudonymised=False), HashIds)


def test_every_field_with_people_is_one_that_some_kind_of_event_has() -> None:
    """A mistyped name would hash nothing."""
    known = {name for kind in KIND_FIELDS.values() for name in (*kind.required, *kind.optional)}
    assert set(FIELDS) <= known
