"""An answer says what was decided, in the words of the API and nothing else."""

import json
from dataclasses import asdict, replace
from typing import get_args

import pytest
from pydantic import ValidationError

from features.events import ACTIONS
from serving.answer import Answer, make_answer
from serving.decision import (
    PREFERENCE,
    Action,
    AuditDraw,
    BuyerHistory,
    ClaimFacts,
    Decision,
    Entitlements,
    RecordedAuthority,
    decide,
    find_entitlements,
)
from serving.policy import Policy
from serving.reasons import Reason
from tests.unit.serving.claims import NOW_MS

REASON = Reason("buyer_claims", "该买家申请售后的频率", "raises", 0.625, "buyer_claims_30d", None)


FACTS = ClaimFacts(amount_minor=5_000, claim_type="refund_only", as_of_ms=NOW_MS)


def decide_on(policy: Policy, probability: float | None, authority: RecordedAuthority | None = None) -> Decision:
    return decide(replace(FACTS, authority=authority), probability, policy)


def answer_to(
    decision: Decision,
    probability: float | None = 0.1,
    reasons: tuple[Reason, ...] = (),
    entitlements: Entitlements | None = None,
) -> Answer:
    return make_answer(
        "C1",
        decision,
        reasons,
        abuse_probability=probability,
        as_of_ms=NOW_MS,
        model_version="0123456789ab",
        policy_version="ba9876543210",
        catalog_hash="0123456789abcdef",
        entitlements=entitlements,
    )


def test_actions_of_an_answer_are_those_of_events() -> None:
    """What is answered is stored and learned from under the same word."""
    assert set(get_args(Action)) == set(ACTIONS) == set(PREFERENCE)


def test_answer_carries_every_part_of_the_decision(policy: Policy) -> None:
    """Costs, standing, changes and authority reach the caller as they were decided."""
    decision = decide_on(policy, 0.1, RecordedAuthority("consent", "agreement 7"))
    answer = answer_to(decision, 0.1, (REASON,))
    dumped = answer.model_dump()
    assert dumped["costs"] == [
        {
            "action": cost.action,
            "expected_cost_minor": cost.expected_cost_minor,
            "available": cost.available,
            "why": cost.why,
        }
        for cost in decision.costs
    ]
    assert (answer.action_changes_below, answer.action_changes_above) == decision.action_changes_at
    assert answer.action_changes_above is not None
    assert dumped["authority"] == {"kind": "consent", "reference": "agreement 7"}
    for name in ("action", "cause", "runner_up", "charged_to", "recovery_probability", "recovery_source", "degraded"):
        assert dumped[name] == getattr(decision, name)
    assert dumped["reasons"] == [
        {
            "code": "buyer_claims",
            "text": "该买家申请售后的频率",
            "direction": "raises",
            "share": 0.625,
            "feature": "buyer_claims_30d",
            "value": None,
        }
    ]
    assert (answer.claim_id, answer.as_of_ms, answer.abuse_probability) == ("C1", NOW_MS, 0.1)
    versions = (answer.model_version, answer.policy_version, answer.catalog_hash)
    assert versions == ("0123456789ab", "ba9876543210", "0123456789abcdef")
    assert answer.replayed is False


def test_answer_to_an_approval_says_whether_it_was_drawn_for_an_audit(policy: Policy) -> None:
    """The platform knows whom to audit, and at which chance each was drawn."""
    decision = decide_on(policy, 0.01, RecordedAuthority("consent", "agreement 7"))
    answer = make_answer(
        "C1",
        decision,
        (),
        abuse_probability=0.01,
        as_of_ms=NOW_MS,
        model_version=None,
        policy_version="ba9876543210",
        catalog_hash="0123456789abcdef",
        audit=AuditDraw("0-5000/novel", 15_000, drawn=True),
    )
    assert answer.model_dump()["audit"] == {"propensity": 0.015, "drawn": True, "stratum": "0-5000/novel"}
    assert Answer.model_validate_json(answer.model_dump_json()) == answer
    assert answer_to(decision).audit is None


def test_answer_without_a_probability_has_every_field_and_says_degraded(policy: Policy) -> None:
    """A caller finds the same fields in every answer."""
    degraded = answer_to(decide_on(policy, None), None)
    assert degraded.degraded
    assert set(json.loads(degraded.model_dump_json())) == set(Answer.model_fields)
    assert (degraded.action_changes_below, degraded.action_changes_above, degraded.authority) == (None, None, None)


@pytest.mark.parametrize("probability", [0.1, 1 / 3, 0.019007268011151636, None])
def test_answer_read_back_from_json_is_the_same_to_the_last_bit(policy: Policy, probability: float | None) -> None:
    """A stored answer is the answer that was given."""
    answer = answer_to(decide_on(policy, probability), probability, (REASON,))
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def test_answer_carries_every_part_of_the_entitlements(policy: Policy) -> None:
    """What the buyer is given reaches the caller as it was found, and comes back from the store."""
    facts = replace(FACTS, claim_type="exchange", claim_id="C1", order_delivered_at_ms=NOW_MS)
    found = find_entitlements(facts, BuyerHistory(3, 1), policy, abuse_probability=0.1, action="auto_approve")
    answer = answer_to(decide_on(policy, 0.1), entitlements=found)
    assert answer.entitlements is not None
    assert answer.entitlements.model_dump() == {**asdict(found), "refund_routes": list(found.refund_routes)}
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def test_answer_of_before_there_were_entitlements_is_read(policy: Policy) -> None:
    """A stored answer stays an answer."""
    content = answer_to(decide_on(policy, 0.1)).model_dump()
    del content["entitlements"]
    assert Answer.model_validate(content).entitlements is None


def test_answer_with_a_field_that_is_not_the_apis_is_refused(policy: Policy) -> None:
    """Nothing slips into the API unnamed."""
    content = answer_to(decide_on(policy, 0.1)).model_dump()
    with pytest.raises(ValidationError, match="surprise"):
        Answer.model_validate({**content, "surprise": 1})


def test_answer_is_never_changed(policy: Policy) -> None:
    """What was decided stays as it was."""
    with pytest.raises(ValidationError, match="frozen"):
        answer_to(decide_on(policy, 0.1)).action = "auto_approve"
