"""A claim's facts go into the ledger and come back, so that it can be decided again."""

import json
from dataclasses import fields, replace

import pytest

from serving.decision import ClaimFacts, RecordedAuthority, facts_from_json, facts_to_json
from tests.unit.serving.claims import NOW_MS

LEAST = ClaimFacts(amount_minor=0, claim_type="exchange", as_of_ms=NOW_MS)
ALL = ClaimFacts(
    amount_minor=5_000,
    claim_type="return_refund",
    as_of_ms=NOW_MS,
    claim_id="申请 1",
    reason="damaged",
    quantity=0,
    evidence_count=2,
    evidence_hashes=("00000000000000ff", "fedcba9876543210"),
    buyer_id="B1",
    merchant_id="M1",
    product_id="P1",
    order_id="O1",
    category_id="G1",
    order_amount_minor=0,
    order_paid_at_ms=NOW_MS - 3,
    order_promised_at_ms=NOW_MS - 2,
    order_delivered_at_ms=NOW_MS - 1,
    authority=RecordedAuthority("consent", '协议 "7"'),
    human_requested=True,
)


@pytest.mark.parametrize("facts", [LEAST, ALL, replace(ALL, authority=None), replace(ALL, order_amount_minor=None)])
def test_facts_read_back_are_the_same(facts: ClaimFacts) -> None:
    """Every fact, an authority and the wish for a person among them; nothing and zero stay two things."""
    assert facts_from_json(facts_to_json(facts)) == facts


def test_every_fact_that_differs_from_its_default_is_written() -> None:
    """A fact that is added later is written without anybody thinking of it."""
    assert set(json.loads(facts_to_json(ALL))) == {each.name for each in fields(ClaimFacts)}
    assert set(json.loads(facts_to_json(LEAST))) == {"amount_minor", "claim_type", "as_of_ms"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"amount_minor":1,"claim_type":"exchange"}', "lack the field as_of_ms"),
        ('{"amount_minor":1,"claim_type":"exchange","as_of_ms":1,"mood":"bad"}', "unknown field mood"),
        ("[1]", "write an object"),
        ("{", "Expecting"),
        ('{"amount_minor":-1,"claim_type":"exchange","as_of_ms":1}', "amount_minor is -1"),
    ],
)
def test_facts_that_are_none_are_refused(text: str, complaint: str) -> None:
    """Nobody decides on half a claim."""
    with pytest.raises(ValueError, match=complaint):
        facts_from_json(text)
