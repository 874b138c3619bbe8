"""A claim is taken only if all of it means something, and becomes an event that the log takes."""

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from features.events import (
    CLAIM_REASONS,
    CLAIM_TYPES,
    EARLIEST_MS,
    LARGEST_AMOUNT,
    LATEST_MS,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST_PICTURES,
    EventKind,
    check_event,
)
from serving.claim import LONGEST_CLAIM_ID, Claim, ClaimReason, ClaimType, Language, OrderFacts
from serving.decision import ClaimFacts, RecordedAuthority, decide
from serving.policy import Policy, Reasons
from serving.records import decided_event
from tests.unit.serving.claims import CONSENT, DAY_MS, NOW_MS, claim_content, make_claim

Change = Callable[[dict[str, Any]], object]

FULL = claim_content(
    quantity=2,
    evidence_count=3,
    evidence_hashes=["00000000000000ff", "fedcba9876543210"],
    device_id="D1",
    text="屏幕碎了\nplease help",
    filed_at_ms=NOW_MS - 1_000,
    authority=CONSENT,
    human_requested=True,
    explain=True,
    language="en",
    order={"category_id": "G1", "address_id": "A1", "payment_id": "Y1", "promised_at_ms": NOW_MS - 4 * DAY_MS},
)


def complaints(content: object) -> dict[str, str]:
    """What is wrong with a claim sent as JSON, by field."""
    with pytest.raises(ValidationError) as caught:
        Claim.model_validate_json(json.dumps(content))
    return {".".join(map(str, each["loc"])): each["type"] for each in caught.value.errors()}


def put(content: dict[str, Any], field: str, value: object) -> dict[str, Any]:
    """The content with one field set, `order.x` for a field of the order."""
    head, _, tail = field.partition(".")
    return {**content, head: put(content[head], tail, value) if tail else value}


def test_words_of_the_api_are_those_of_events() -> None:
    """A claim's type and reason are stored and learned from under the same words."""
    assert get_args(ClaimType) == CLAIM_TYPES
    assert get_args(ClaimReason) == CLAIM_REASONS


def test_languages_of_a_claim_are_those_of_a_policy() -> None:
    """What a caller may ask for, a policy may set as the default."""
    assert get_args(Language) == get_args(Reasons.model_fields["language"].annotation)


def test_claim_with_only_the_required_fields_is_taken() -> None:
    """The platform need not send what it doesn't know."""
    claim = Claim.model_validate_json(json.dumps(claim_content()))
    assert (claim.quantity, claim.evidence_count, claim.text, claim.filed_at_ms) == (1, 0, None, None)
    assert (claim.evidence_hashes, claim.device_id) == ([], None)
    order = claim.order
    assert (order.category_id, order.address_id, order.payment_id, order.promised_at_ms) == (None, None, None, None)
    assert (claim.authority, claim.human_requested, claim.explain, claim.language) == (None, False, False, None)


def test_claim_with_every_field_is_taken() -> None:
    """What is sent is what is read."""
    claim = Claim.model_validate_json(json.dumps(FULL))
    assert json.loads(claim.model_dump_json()) == FULL
    assert set(FULL) == set(Claim.model_fields)
    assert set(FULL["order"]) == set(OrderFacts.model_fields)


@pytest.mark.parametrize("field", ["surprise", "order.surprise", "authority.surprise"])
def test_unknown_field_is_refused_by_name(field: str) -> None:
    """A mistyped field is never silently dropped."""
    assert complaints(put(FULL, field, 1)) == {field: "extra_forbidden"}


REQUIRED = [name for name, field in Claim.model_fields.items() if field.is_required()]


@pytest.mark.parametrize("field", REQUIRED)
def test_missing_field_is_refused_by_name(field: str) -> None:
    """Nothing that a decision needs is guessed."""
    assert complaints({name: value for name, value in FULL.items() if name != field}) == {field: "missing"}


INTEGERS = [
    "amount_minor",
    "quantity",
    "evidence_count",
    "filed_at_ms",
    "order.amount_minor",
    "order.paid_at_ms",
    "order.promised_at_ms",
]


@pytest.mark.parametrize("value", [True, 5000.5, "5000", float("nan"), float("inf"), -1, LARGEST_AMOUNT * 10])
@pytest.mark.parametrize("field", INTEGERS)
def test_number_that_is_no_sensible_integer_is_refused(field: str, value: object) -> None:
    """Money and times are integers: nothing is rounded, and no flag, text or NaN passes for a number."""
    assert set(complaints(put(FULL, field, value))) == {field}


@pytest.mark.parametrize("value", [EARLIEST_MS - 1, LATEST_MS, NOW_MS // 1_000])
@pytest.mark.parametrize("field", ["filed_at_ms", "order.paid_at_ms", "order.promised_at_ms", "order.delivered_at_ms"])
def test_time_outside_1990_to_2099_is_refused(field: str, value: int) -> None:
    """A time in seconds is a mistake, and caught."""
    assert set(complaints(put(FULL, field, value))) == {field}


NEEDED_IDS = [
    "claim_id",
    "order.order_id",
    "order.buyer_id",
    "order.merchant_id",
    "order.product_id",
    "authority.reference",
]
IDS = [*NEEDED_IDS, "device_id", "order.category_id", "order.address_id", "order.payment_id"]


@pytest.mark.parametrize(
    "value", ["", "a\nb", "a\x00", "\x1f", "a\x85", "zero\u200bwidth", "no\u00a0break", "line\u2028end", 7]
)
@pytest.mark.parametrize("field", IDS)
def test_id_that_is_empty_or_not_printable_is_refused(field: str, value: object) -> None:
    """An id is what a person can read back; the event log takes no other."""
    assert set(complaints(put(FULL, field, value))) == {field}


@pytest.mark.parametrize("field", IDS)
def test_id_of_nobody_is_refused_where_it_is_needed(field: str) -> None:
    """A claim is of a buyer, an order and a merchant; which device or card is known or not."""
    if field in NEEDED_IDS:
        assert set(complaints(put(FULL, field, None))) == {field}
    else:
        Claim.model_validate(put(FULL, field, None))


@pytest.mark.parametrize("field", IDS)
def test_id_that_is_too_long_is_refused(field: str) -> None:
    """The longest id is taken, one character more isn't."""
    longest = LONGEST_CLAIM_ID if field == "claim_id" else LONGEST_ID
    Claim.model_validate(put(FULL, field, "i" * longest))
    assert set(complaints(put(FULL, field, "i" * (longest + 1)))) == {field}


@pytest.mark.parametrize(
    "word", ["", "ff", "00000000000000FF", "00000000000000fg", "0x000000000000ff", "00000000000000ff\n", "0" * 17, 255]
)
def test_picture_hash_that_is_no_16_lower_case_hex_digits_is_refused(word: object) -> None:
    """The message names which of the pictures it is; the event log takes no other hash."""
    assert set(complaints({**FULL, "evidence_hashes": ["0" * 16, word]})) == {"evidence_hashes.1"}


def test_pictures_of_a_claim_are_different_and_at_most_sixteen() -> None:
    """The most are taken, one more isn't, and no picture is sent twice."""
    hashes = [f"{number:016x}" for number in range(MOST_PICTURES + 1)]
    claim = make_claim(evidence_hashes=hashes[:-1])
    assert check_event(claim.filed_event(NOW_MS)).evidence_hashes == tuple(hashes[:-1])
    assert complaints(claim_content(evidence_hashes=hashes)) == {"evidence_hashes": "too_long"}
    with pytest.raises(ValidationError, match="evidence_hashes holds one hash more than once"):
        make_claim(evidence_hashes=hashes[:2] + hashes[:1])


def test_text_that_is_too_long_is_refused() -> None:
    """The longest text is taken, one character more isn't."""
    make_claim(text="字" * LONGEST_TEXT)
    assert complaints(claim_content(text="字" * (LONGEST_TEXT + 1))) == {"text": "string_too_long"}
    assert complaints(claim_content(text="a\0b")) == {"text": "value_error"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("claim_type", "refund"), ("reason", ""), ("authority.kind", "habit"), ("language", "zh"), ("language", "EN")],
)
def test_word_that_is_not_listed_is_refused(field: str, value: str) -> None:
    """Categories take the documented words only."""
    assert complaints(put(FULL, field, value)) == {field: "literal_error"}


@pytest.mark.parametrize("value", ["true", 1, None])
def test_flag_that_is_no_boolean_is_refused(value: object) -> None:
    """A wish for a person is said clearly or not at all."""
    assert set(complaints({**FULL, "human_requested": value})) == {"human_requested"}


def test_order_delivered_before_it_was_paid_is_refused() -> None:
    """Times that contradict each other are a mistake of the sender; the same moment isn't."""
    make_claim(order={"delivered_at_ms": NOW_MS - DAY_MS, "paid_at_ms": NOW_MS - DAY_MS})
    wrong = claim_content(order={"delivered_at_ms": NOW_MS - DAY_MS - 1, "paid_at_ms": NOW_MS - DAY_MS})
    with pytest.raises(ValidationError, match="delivered_at_ms is before paid_at_ms"):
        Claim.model_validate(wrong)


def test_content_hash_ignores_language_and_explain() -> None:
    """Asking again for reasons, or in another language, is asking about the same claim."""
    claim = make_claim()
    assert make_claim(language="en", explain=True).content_hash() == claim.content_hash()


def test_content_hash_of_defaults_left_out_is_that_of_defaults_sent() -> None:
    """What is claimed counts, not how it was written."""
    assert make_claim(quantity=1, text=None, human_requested=False).content_hash() == make_claim().content_hash()


OTHER_VALUES: dict[str, object] = {
    "claim_id": "C2",
    "claim_type": "exchange",
    "reason": "other",
    "amount_minor": 4_999,
    "quantity": 3,
    "evidence_count": 0,
    "evidence_hashes": ["00000000000000ff"],
    "device_id": "D9",
    "text": "something else",
    "filed_at_ms": NOW_MS,
    "authority": None,
    "authority.kind": "platform_rule",
    "authority.reference": "rule 8",
    "human_requested": False,
    "order.order_id": "O9",
    "order.buyer_id": "B9",
    "order.merchant_id": "M9",
    "order.product_id": "P9",
    "order.category_id": "G9",
    "order.address_id": "A9",
    "order.payment_id": None,
    "order.amount_minor": 7_999,
    "order.paid_at_ms": NOW_MS - 5 * DAY_MS,
    "order.promised_at_ms": NOW_MS,
    "order.delivered_at_ms": None,
}


@pytest.mark.parametrize("field", OTHER_VALUES)
def test_content_hash_changes_with_every_other_field(field: str) -> None:
    """Two claims that differ in anything that may decide them are never taken for one."""
    claim = Claim.model_validate(FULL)
    assert Claim.model_validate(put(FULL, field, OTHER_VALUES[field])).content_hash() != claim.content_hash()


def test_content_hash_test_covers_every_field() -> None:
    """A field that is added to the API is decided on: it belongs to the content, or it is named here."""
    fields = {*Claim.model_fields, *(f"order.{name}" for name in OrderFacts.model_fields)} - {"order"}
    assert fields - set(OTHER_VALUES) == {"language", "explain"}


@pytest.mark.parametrize(
    "content",
    [
        claim_content(),
        FULL,
        claim_content("i" * LONGEST_CLAIM_ID, text="字" * LONGEST_TEXT, order={"delivered_at_ms": None}),
        claim_content("申请 1", amount_minor=0, quantity=0, order={"amount_minor": LARGEST_AMOUNT}),
    ],
)
def test_events_of_a_claim_pass_the_events_own_check(content: dict[str, Any], policy: Policy) -> None:
    """Whatever the API takes, the log can export and another store can import."""
    claim = Claim.model_validate(content)
    filed = check_event(claim.filed_event(NOW_MS))
    check_event(decided_event(filed, decide(claim.facts(NOW_MS), None, policy).action))


def test_filed_event_carries_the_claim_and_its_orders_facts() -> None:
    """Nothing that features or labels are made of is lost between request and log."""
    event = Claim.model_validate(FULL).filed_event(NOW_MS)
    assert event.kind is EventKind.CLAIM_FILED
    assert (event.known_at_ms, event.occurred_at_ms) == (NOW_MS, NOW_MS - 1_000)
    assert (event.claim_id, event.claim_type, event.claim_reason) == ("C1", "refund_only", "damaged")
    assert (event.amount_minor, event.quantity, event.evidence_count) == (5_000, 2, 3)
    assert event.claim_text == FULL["text"]
    assert (event.order_id, event.buyer_id, event.merchant_id, event.product_id) == ("O-C1", "B1", "M1", "P1")
    assert (event.category_id, event.address_id, event.payment_id) == ("G1", "A1", "Y1")
    assert (event.device_id, event.evidence_hashes) == ("D1", ("00000000000000ff", "fedcba9876543210"))
    assert (event.order_amount_minor, event.order_promised_at_ms) == (8_000, NOW_MS - 4 * DAY_MS)
    assert (event.order_paid_at_ms, event.order_delivered_at_ms) == (NOW_MS - 6 * DAY_MS, NOW_MS - 3 * DAY_MS)


def test_filed_event_of_a_claim_that_says_no_time_happened_when_it_became_known() -> None:
    """Without a filing time, the moment of the request stands for it."""
    assert make_claim().filed_event(NOW_MS).occurred_at_ms == NOW_MS


def test_facts_of_a_claim_are_what_a_decision_needs() -> None:
    """The decision sees the claim as of its moment, authority and the wish for a person included."""
    assert Claim.model_validate(FULL).facts(NOW_MS) == ClaimFacts(
        amount_minor=5_000,
        claim_type="refund_only",
        as_of_ms=NOW_MS,
        claim_id="C1",
        reason="damaged",
        quantity=2,
        evidence_count=3,
        evidence_hashes=("00000000000000ff", "fedcba9876543210"),
        buyer_id="B1",
        merchant_id="M1",
        product_id="P1",
        order_id="O-C1",
        category_id="G1",
        order_amount_minor=8_000,
        order_paid_at_ms=NOW_MS - 6 * DAY_MS,
        order_promised_at_ms=NOW_MS - 4 * DAY_MS,
        order_delivered_at_ms=NOW_MS - 3 * DAY_MS,
        authority=RecordedAuthority("consent", "merchant agreement 7"),
        human_requested=True,
    )
    assert make_claim().facts(NOW_MS).authority is None


def test_error_about_a_claim_hides_what_the_buyer_wrote():
    """The text of an error ends up in logs, which hold no personal data."""
    with pytest.raises(ValidationError) as caught:
        Claim.model_validate_json('{"claim_id": 5, "text": "my address is Long Lane 5", "order": {"buyer_id": 77}}')
    assert "Long Lane" not in str(caught.value)
    assert "77" not in str(caught.value)


def test_pictures_with_a_hash_count_as_evidence() -> None:
    """Whoever sends hashes alone has still attached pictures."""
    hashes = ["00000000000000ff", "fedcba9876543210"]
    assert make_claim(evidence_hashes=hashes).filed_event(NOW_MS).evidence_count == 2
    assert make_claim(evidence_hashes=hashes, evidence_count=3).filed_event(NOW_MS).evidence_count == 3


def test_digest_of_a_claim_leaves_out_what_is_at_its_default() -> None:
    """A field that is added one day must not make a stored claim another one."""
    assert make_claim(quantity=1, evidence_hashes=[]).content_hash() == make_claim().content_hash()
    assert make_claim(quantity=2).content_hash() != make_claim().content_hash()
