"""What is odd about a policy is found: rules that never fire, never count, or contradict each other."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.policy import read_policy, shipped_policy_path
from serving.policy.checks.categories import missing_categories
from serving.policy.checks.checking import check_policy
from serving.policy.checks.searching import find_claim, fires, fires_not
from serving.policy.expressions import compile_expression
from tests.unit.serving.policies import LISTS, policy_with, rule

ASKED = rule(
    "asked", " && ".join(f"lists.{name}" for name in LISTS), reason={"en": "asked", "zh-CN": "问"}, priority=-9
)


def found_in(*rules: dict[str, Any], **changes: Any) -> list[str]:
    """Findings on a policy, each as one line with its severity."""
    return [f"{each.severity}: {each}" for each in check_policy(policy_with(*rules, ASKED, **changes))]


@pytest.mark.parametrize("currency", ["CNY", "GBP"])
def test_shipped_policies_have_nothing_odd(currency: str) -> None:
    """What comes with the package is no bad example."""
    assert check_policy(read_policy(shipped_policy_path(currency))) == []


NEVER = [
    "claim.amount_minor > 5000 && claim.amount_minor <= 5000",
    "claim.amount_minor > 10 && claim.amount_minor < 11",
    "claim.amount_minor < 0",
    "probabilities.abuse > 1.0",
    "claim.hour_of_day >= 24",
    "buyer.claims_ever > 2 && buyer.claims_ever < 3",
    'claim.type == "repair" && claim.type in ["exchange", "refund_only"]',
    "lists.vip_buyers && (claim.quantity > 1 && !lists.vip_buyers)",
    "!has(order.amount_minor) && order.amount_minor > 5",
    "false",
]


@pytest.mark.parametrize("when", NEVER)
def test_rule_that_can_never_fire_is_an_error(when: str) -> None:
    """Where fields are compared with constants, it is certain."""
    (said,) = found_in(rule("odd", when))
    assert said.startswith("error: rules.odd.when: never fires: no claim can meet ")
    assert said.endswith("; mend the condition, or take the rule out")


def test_rule_that_computes_and_was_never_seen_to_fire_is_a_warning() -> None:
    """Nothing found is no proof, and the line says so."""
    (said,) = found_in(rule("odd", "claim.amount_minor * 2 < claim.amount_minor"))
    assert said == (
        "warning: rules.odd.when: no claim was found on which it fires: claim.amount_minor * 2 < claim.amount_minor; "
        "look whether one can meet it"
    )


@pytest.mark.parametrize(
    "when",
    [
        "claim.amount_minor > 5000 && claim.amount_minor < 5002",
        "claim.amount_minor > order.amount_minor && order.amount_minor > 2000",
        "probabilities.abuse > 0.999",
        "probabilities.abuse > -1.0 && claim.hour_of_day < 30",
        "claim.amount_minor < 9000000000000000",
        "order.days_since_delivery > 7.0 && order.days_since_delivery <= 7.01",
        'claim.reason != "damaged" && !(claim.type in ["repair", "exchange", "refund_only"])',
        'order.category_id == "fresh" || order.category_id == ""',
        "!has(order.amount_minor)",
        "has(order.promised_at_ms) && claim.delivery_delay_hours < -3.0",
    ],
)
def test_rule_that_can_fire_is_not_reported(when: str) -> None:
    """However narrow, it is no mistake."""
    assert found_in(rule("narrow", when)) == []


def test_force_that_comes_too_late_is_named_with_those_before_it() -> None:
    """Whenever it fires, the others have forced already; those that aren't needed aren't named."""
    said = found_in(
        rule("large", "claim.amount_minor > 5000", priority=5),
        rule("other", "claim.quantity > 3", priority=4),
        rule("small", "claim.amount_minor <= 5000", priority=3, force="auto_approve"),
        rule("late", "lists.vip_buyers", priority=1, force="auto_approve"),
    )
    assert said == [
        (
            "warning: rules.late.then.force: never counts: where it fires, large or small always forces an action "
            "first; give it a higher priority, or take it out"
        )
    ]


def test_force_that_comes_first_on_some_claims_is_not_reported() -> None:
    """One claim on which it counts is enough; so is a day before the other's."""
    late = {"priority": 1, "force": "auto_approve"}
    assert (
        found_in(rule("a", "claim.amount_minor > 5000", priority=2), rule("b", "claim.amount_minor > 4999", **late))
        == []
    )
    assert found_in(rule("a", "true", priority=2, date="2030-01-01"), rule("b", "lists.vip_buyers", **late)) == []


def test_force_of_what_is_forbidden_first_is_named() -> None:
    """A higher rule forbids the action wherever the lower one forces it."""
    said = found_in(
        rule("no_advance", "claim.amount_minor > 100", priority=5, forbid="pre_payment_compensation"),
        rule("advance", "claim.amount_minor > 200", priority=1, force="pre_payment_compensation"),
    )
    assert said == [
        (
            "warning: rules.advance.then.force: never counts: where it fires, no_advance always forbids "
            "pre_payment_compensation first; give it a higher priority, or take it out"
        )
    ]


@pytest.mark.parametrize(
    ("one", "other", "opposed"),
    [
        ({"force": "auto_approve"}, {"force": "manual_review"}, "forces auto_approve, and b forces manual_review"),
        ({"force": "auto_approve"}, {"forbid": "auto_approve"}, "forces auto_approve, and b forbids it"),
        ({"forbid": "auto_approve"}, {"force": "auto_approve"}, "forbids auto_approve, and b forces it"),
    ],
)
def test_contradiction_at_equal_priority_is_an_error(
    one: Mapping[str, Any], other: Mapping[str, Any], opposed: str
) -> None:
    """Nobody said which counts; with another priority, or on other claims, there is no question."""
    large, vip = "claim.amount_minor > 200", "lists.vip_buyers"
    (said,) = found_in(rule("a", large, **one), rule("b", vip, **other))
    assert said == (
        f"error: rules.a: {opposed}, and both can fire on one claim at priority 0; "
        "give one a higher priority, or narrow its condition"
    )
    assert found_in(rule("a", large, **one), rule("b", vip, priority=1, **other)) == []
    assert found_in(rule("a", large, **one), rule("b", "claim.amount_minor <= 200", **other)) == []


def test_rules_that_agree_are_no_contradiction() -> None:
    """The same action twice, or a reason and an action, go together."""
    reason = {"en": "large", "zh-CN": "大"}
    assert (
        found_in(rule("a", "claim.quantity > 2"), rule("b", "claim.amount_minor > 9"), rule("c", "true", reason=reason))
        == []
    )


def test_machine_without_any_action_left_is_told() -> None:
    """A manager should know that all claims go to people."""
    said = found_in(
        rule("dear", "claim.amount_minor > 500", forbid=["auto_approve", "pre_payment_compensation"], priority=1),
        rule("cheap", "claim.amount_minor <= 500", forbid=["auto_approve", "pre_payment_compensation"]),
    )
    forbidden = "is forbidden on every claim, by dear or cheap; narrow their conditions"
    assert said == [
        f"warning: rules: auto_approve {forbidden}",
        f"warning: rules: pre_payment_compensation {forbidden}",
        "warning: actions: neither machine action is ever taken: every claim goes to a person",
    ]


def test_limits_without_effect_are_told() -> None:
    """Amounts that cut each other off, and rules that only reach beyond a limit."""
    actions = {
        "auto_approve_up_to_minor": 1_000,
        "pre_payment_compensation_up_to_minor": 0,
        "platform_bears_up_to_minor": 2_000,
    }
    said = found_in(
        rule("large", "claim.amount_minor > 1000", force="auto_approve"),
        rule("vip", "claim.amount_minor >= 1001 && lists.vip_buyers", platform_bears=True),
        rule("good", "claim.amount_minor >= 1000", platform_bears=True),
        actions=actions,
    )
    assert [line.partition(";")[0] for line in said] == [
        (
            "warning: actions.pre_payment_compensation_up_to_minor: pre_payment_compensation is taken on no claim of "
            "more than 0"
        ),
        (
            "warning: actions.platform_bears_up_to_minor: is over auto_approve_up_to_minor = 1000, above which nothing "
            "is approved"
        ),
        (
            "warning: rules.large.then.force: has no effect: it fires only on claims over "
            "actions.auto_approve_up_to_minor = 1000"
        ),
        (
            "warning: rules.vip.then.platform_bears: has no effect: it fires only on claims over "
            "actions.auto_approve_up_to_minor = 1000"
        ),
    ]


def test_list_that_no_rule_asks_is_told() -> None:
    """Whoever is put on it would wait in vain."""
    (said,) = [
        str(each)
        for each in check_policy(
            policy_with(rule("a", "lists.vip_buyers"), lists={"vip_buyers": "buyer", "old": "buyer"})
        )
    ]
    assert said == "lists.old: no rule asks this list; take it out, or ask it in a rule"


def test_categories_that_are_not_described_are_told() -> None:
    """Those that rules name and those that were seen, but none where the policy has no categories at all."""
    policy = policy_with(
        rule("fresh", 'order.category_id in ["fresh", "toys", ""]'), rule("typo", 'order.category_id == "bokks"')
    )
    assert list(missing_categories(policy, ["pets"])) == []
    described = SimpleNamespace(rules=policy.rules, lists=policy.lists, categories={"fresh": {}, "books": {}})
    assert [str(each) for each in missing_categories(described, ["pets", "fresh", ""])] == [
        "categories.bokks: missing, though rule typo names it; did you mean books?",
        "categories.pets: missing, though it was seen in events; add a section for it",
        "categories.toys: missing, though rule fresh names it; add a section for it",
    ]


# --- the search against brute force

AMOUNTS = (0, 4, 5, 6, 9, 10, 11, 50)
atoms = st.one_of(
    st.builds(
        "claim.amount_minor {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.sampled_from([5, 10])
    ),
    st.builds("order.amount_minor {} {}".format, st.sampled_from(["<", ">="]), st.sampled_from([5, 10])),
    st.builds("claim.type {} 'repair'".format, st.sampled_from(["==", "!="])),
    st.builds("claim.hour_of_day {} {}".format, st.sampled_from(["<", ">"]), st.sampled_from([-3, 0, 22, 23, 30])),
    st.sampled_from(["lists.vip_buyers", "has(order.amount_minor)"]),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=5,
)
claims = st.fixed_dictionaries(
    {
        "claim": st.fixed_dictionaries(
            {
                "amount_minor": st.sampled_from(AMOUNTS),
                "type": st.sampled_from(["repair", "exchange"]),
                "hour_of_day": st.sampled_from([0, 1, 22, 23]),
            }
        ),
        "order": st.fixed_dictionaries({}, optional={"amount_minor": st.sampled_from(AMOUNTS)}),
        "lists": st.fixed_dictionaries({"vip_buyers": st.booleans()}),
    }
)


@settings(max_examples=150, deadline=None)
@given(conditions, conditions, st.lists(claims, min_size=20, max_size=20))
def test_search_finds_a_claim_wherever_there_is_one(one: str, other: str, drawn: list[dict[str, Any]]) -> None:
    """Against claims drawn at random: what it finds fires, and where it finds nothing nothing does."""
    fired, silent = compile_expression(one, LISTS), compile_expression(other, LISTS)
    search = find_claim([*fires(fired), fires_not(silent)])
    if search.values is not None:
        values = {"claim": {}, "order": {}, "lists": {}, **search.values}
        assert _meets(fired, values, free=search.values)
        assert not silent.whole.holds(values)
    else:
        assert search.certain
        assert not any(fired.whole.holds(claim) and not silent.whole.holds(claim) for claim in drawn)


def _meets(expression: Any, values: dict[str, Any], *, free: Mapping[str, Any]) -> bool:
    asked = {field.key for field in expression.whole.fields if not field.may_lack}
    assert asked <= {f"{root}.{name}" for root, named in free.items() for name in named}
    return expression.whole.holds(values)
