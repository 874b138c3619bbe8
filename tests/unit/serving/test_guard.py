"""The authority guard, seen from outside: whatever the policy's rules ask for, no answer charges a merchant without
naming what entitles the platform to.
"""

from typing import Any, get_args

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.arrays import Floats
from features.plan import default_plan
from serving.answer import Answer, make_answer
from serving.decision import Case, ClaimFacts, RecordedAuthority, find_entitlements, judge
from serving.policy import AuthorityKind, Policy
from tests.unit.serving.policies import policy_with, rule

KINDS = get_args(AuthorityKind)
NOW_MS = 1_784_000_000_000
DAY_MS = 86_400_000
VECTOR: Floats = np.full(len(default_plan().names), np.nan)

thens = st.fixed_dictionaries(
    {"entitlements": st.sampled_from([{}, {"freight_payer": "merchant"}, {"prepaid_label": True}])},
    optional={
        "force": st.sampled_from(["auto_approve", "manual_review", "pre_payment_compensation"]),
        "platform_bears": st.just(True),
    },
).filter(lambda then: len(then) > 1 or then["entitlements"])
conditions = st.sampled_from(
    ["true", "claim.amount_minor > 5000", "probabilities.abuse < 0.5", "buyer.orders_ever > 3"]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Policies with any authorities, limits and rules; the rules' priorities differ, so none contradicts another."""
    rules = [rule(f"r{n}", draw(conditions), then=draw(thens), priority=n) for n in range(draw(st.integers(0, 3)))]
    return policy_with(
        *rules,
        authorities={
            "kinds": draw(st.lists(st.sampled_from(KINDS), unique=True)),
            "statutory_return_days": draw(st.sampled_from([0, 7])),
            "statutory_return_reference": "the law",
        },
        actions={
            "auto_approve_up_to_minor": draw(st.sampled_from([0, 10_000, 10**9])),
            "pre_payment_compensation_up_to_minor": draw(st.sampled_from([0, 10**9])),
            "platform_bears_up_to_minor": draw(st.sampled_from([0, 1_000, 10**9])),
        },
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Claims of every type, with and without an authority on record, a probability and a wish for a person."""
    recorded = draw(st.none() | st.builds(RecordedAuthority, st.sampled_from(KINDS), st.just("on file")))
    return Case(
        facts=ClaimFacts(
            amount_minor=draw(st.sampled_from([0, 900, 9_000, 90_000])),
            claim_type=draw(st.sampled_from(["refund_only", "return_refund", "exchange", "repair"])),
            reason=draw(st.sampled_from(["changed_mind", "defective"])),
            as_of_ms=NOW_MS,
            claim_id="C1",
            order_delivered_at_ms=draw(st.sampled_from([None, NOW_MS - DAY_MS, NOW_MS - 30 * DAY_MS])),
            authority=recorded,
            human_requested=draw(st.booleans()),
        ),
        vector=draw(st.sampled_from([None, VECTOR])),
        abuse_probability=draw(st.sampled_from([None, 0.0, 0.01, 0.4, 1.0])),
        capacity_price_minor=draw(st.sampled_from([0.0, 5_000.0])),
    )


def answer_to(case: Case, policy: Policy) -> Answer:
    """The answer as the service would send it."""
    decision = judge(case, policy)
    return make_answer(
        "C1",
        decision,
        (),
        abuse_probability=case.abuse_probability,
        as_of_ms=NOW_MS,
        model_version=None,
        policy_version=policy.version,
        catalog_hash="0",
        entitlements=find_entitlements(
            case.facts,
            None,
            policy,
            abuse_probability=case.abuse_probability,
            action=decision.action,
            settings=decision.effects.entitlements,
        ),
    )


def charging(**then: Any) -> Policy:
    """A policy that tries to charge, with nothing that entitles it to."""
    return policy_with(
        rule("r0", "true", **then),
        authorities={"kinds": [], "statutory_return_days": 7, "statutory_return_reference": "the law"},
    )


UNCHARGEABLE = Case(
    facts=ClaimFacts(amount_minor=9_000, claim_type="return_refund", as_of_ms=NOW_MS, order_delivered_at_ms=NOW_MS),
    vector=VECTOR,
    abuse_probability=0.01,
)


@example(case=UNCHARGEABLE, policy=charging(force="auto_approve"))
@example(case=UNCHARGEABLE, policy=charging(entitlements={"freight_payer": "merchant"}))
@settings(max_examples=150)
@given(case=cases(), policy=policies())
def test_no_answer_charges_a_merchant_without_naming_an_authority(case: Case, policy: Policy) -> None:
    """The merchant pays for a claim or its freight only under an authority that counts and is on record."""
    answer = answer_to(case, policy)
    if answer.charged_to == "merchant":
        assert answer.authority is not None
        assert answer.authority.kind in policy.authorities.kinds
        on_file = case.facts.authority
        assert answer.authority.reference == (
            "on file" if on_file and on_file.kind in policy.authorities.kinds else "the law"
        )
    else:
        assert answer.authority is None
    if answer.action == "auto_approve" and answer.charged_to == "platform":  # only what it chose to bear
        borne = {each.id for each in policy.rules if each.then.platform_bears}
        assert case.facts.amount_minor <= policy.actions.platform_bears_up_to_minor or borne & set(answer.rules)
    if answer.entitlements is not None and answer.entitlements.freight_payer == "merchant":
        assert case.facts.authority is not None
        assert case.facts.authority.kind in policy.authorities.kinds


@settings(max_examples=100)
@given(case=cases(), policy=policies())
def test_whoever_asks_for_a_person_gets_one(case: Case, policy: Policy) -> None:
    """And so does a claim that the service can't judge: no rule stands above that."""
    answer = answer_to(case, policy)
    asks_history = any("buyer." in each.when for each in policy.rules)
    if case.facts.human_requested or case.abuse_probability is None or (case.vector is None and asks_history):
        assert answer.action == "manual_review"
        assert answer.charged_to is None
