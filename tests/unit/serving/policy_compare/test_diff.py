"""Which decisions change from one policy to another."""

import json
from datetime import date

import pytest

from serving.policy import Policy
from serving.policy_compare.diff import Sum, diff_policies
from serving.policy_compare.diff_text import diff_json, diff_lines
from serving.policy_compare.settings import setting_changes
from tests.unit.serving.policy_compare.past_claims import CONSENT, changed, past


@pytest.fixture
def stricter(policy: Policy) -> Policy:
    """A policy that pays nothing from its own pocket, and little of the merchant's without a person."""
    return changed(policy, actions={"platform_bears_up_to_minor": 0, "auto_approve_up_to_minor": 3_000})


CASES = (
    # approved at the platform's cost; without that it would be advanced
    past(1, amount_minor=900, probability=0.001),
    # approved at the merchant's cost; a person beyond the limit
    past(2, amount_minor=5_000, probability=0.01, authority=CONSENT),
    past(3, amount_minor=4_000, probability=0.01, authority=CONSENT, day=1),
    # within the limit of both
    past(4, amount_minor=2_000, probability=0.01, authority=CONSENT, day=1),
)


def test_diff_counts_changes_and_their_money(policy: Policy, stricter: Policy) -> None:
    """Each claim stands in one cell of the table, with what it asks for."""
    diff = diff_policies(CASES, policy, stricter)
    assert diff.transitions == {
        ("approved, platform pays", "platform advances"): Sum(1, 900),
        ("approved, merchant pays", "person decides"): Sum(2, 9_000),
        ("approved, merchant pays", "approved, merchant pays"): Sum(1, 2_000),
    }
    assert diff.changed == Sum(3, 9_900)
    assert diff.paid("approved, merchant pays") == (Sum(3, 11_000), Sum(1, 2_000))
    assert diff.paid("person decides") == (Sum(0, 0), Sum(2, 9_000))


def test_diff_counts_reviews_by_the_policys_own_days_and_capacity(policy: Policy, stricter: Policy) -> None:
    """One review a day under the stricter policy: days above a capacity of none are counted against its own."""
    tight = changed(stricter, review={"capacity_per_day": 1})
    two_on_one_day = (*CASES, past(5, amount_minor=9_000, probability=0.01, authority=CONSENT, day=1))
    loose, load = diff_policies(two_on_one_day, policy, tight).load
    assert (loose.reviews, loose.days_over, loose.days) == (0, 0, 2)
    assert (load.reviews, load.per_day, load.highest, load.days_over) == (3, 1.5, 2, 1)


def test_diff_shows_the_largest_claims_of_each_change_and_why(policy: Policy, stricter: Policy) -> None:
    """As many as were asked for, the largest first, with what the policies say differently of them."""
    for cases in (CASES, CASES[::-1]):
        diff = diff_policies(cases, policy, stricter, examples=1)
        shown = diff.examples["approved, merchant pays", "person decides"]
        assert [example.claim_id for example in shown] == ["C2"]
    assert "auto_approve: allowed (authority_on_record) under A, not allowed (over_limit) under B" in shown[0].why
    assert diff_policies(CASES, policy, stricter, examples=0).examples == {}


def test_diff_names_the_part_of_a_cost_that_differs(policy: Policy) -> None:
    """A dearer review changes the reviews' part of its cost, by what it is dearer, and nothing else."""
    dearer = changed(policy, costs={"review_cost_minor": 900})
    case = past(1, amount_minor=9_000, probability=0.09, authority=CONSENT)
    diff = diff_policies((case,), policy, dearer)
    (example,) = diff.examples["person decides", "approved, merchant pays"]
    assert example.why == ("manual_review: reviews 4.00 under A, 9.00 under B",)
    assert example.b.costs_minor["manual_review"] - example.a.costs_minor["manual_review"] == pytest.approx(500)


def test_diff_of_a_weight_is_told_apart_from_the_money(policy: Policy) -> None:
    """What a merchant's loss weighs is a judgement; what the merchant loses is not."""
    light = changed(policy, costs={"merchant_loss_weight": 1.0})
    case = past(1, amount_minor=10_000, probability=0.08, authority=CONSENT)
    diff = diff_policies((case,), policy, light)
    ((example,),) = diff.examples.values()
    assert example.why == ("auto_approve: the weight of a merchant's loss 4.00 under A, 0.00 under B",)


def test_same_policy_twice_changes_nothing_and_says_so(policy: Policy) -> None:
    """Whoever compares a file with itself is told, in one line."""
    diff = diff_policies(CASES, policy, policy)
    assert (diff.changed, diff.settings, diff.examples) == (Sum(), (), {})
    lines = list(diff_lines(diff, "CNY"))
    assert "no setting differs" in lines
    assert "nothing changes: both decide all 4 claims alike" in lines


def test_diff_of_no_claims_tells_the_settings_and_that_there_are_none(policy: Policy, stricter: Policy) -> None:
    """An empty store is no error: what differs in the files is there to be read."""
    text = "\n".join(diff_lines(diff_policies((), policy, stricter), "CNY"))
    assert "platform_bears_up_to_minor  1000 -> 0" in text
    assert "no past decision" in text


def test_claim_that_only_a_person_may_decide_is_no_change(policy: Policy, stricter: Policy) -> None:
    """A buyer who wants a person gets one under any policy, and so does a claim of unknown probability."""
    cases = (past(1, human_requested=True), past(2, probability=None))
    assert diff_policies(cases, policy, stricter).changed == Sum()


def test_diff_is_the_same_as_a_page_and_as_json(policy: Policy, stricter: Policy) -> None:
    """Another program reads what a person does."""
    diff = diff_policies(CASES, policy, stricter)
    told = json.loads(json.dumps(diff_json(diff)))
    assert told["changed"] == {"claims": 3, "amount_minor": 9_900}
    assert {example["claim_id"] for example in told["examples"]} == {"C1", "C2", "C3"}
    assert "3 of 4 decisions change (75.0%); they ask for 99.00 CNY" in list(diff_lines(diff, "CNY"))


def test_settings_that_differ_are_named_by_key(policy: Policy) -> None:
    """One line a setting, in the order of the file; lists are one setting."""
    other = changed(policy, review={"capacity_per_day": None}, authorities={"kinds": ["consent"]})
    changes = setting_changes(policy, other)
    assert [(each.key, each.b) for each in changes] == [
        ("review.capacity_per_day", "null"),
        ("authorities.kinds", '["consent"]'),
    ]


RULE = {"id": "careful", "date": date(2026, 2, 1), "priority": 5, "when": "claim.amount_minor > 1", "then": {}}


def with_rules(policy: Policy, *rules: dict) -> Policy:
    """A policy with just these rules, each of which sends claims to a person."""
    given = [{**RULE, "then": {"force": "manual_review"}, **rule} for rule in rules]
    return Policy.model_validate({**policy.model_dump(), "rules": given})


def test_rules_that_differ_are_known_by_their_ids(policy: Policy) -> None:
    """A rule that is new does not make all those after it look changed."""
    one = with_rules(policy, {"id": "late"}, {"id": "dear", "priority": 3})
    other = with_rules(policy, {"id": "first", "priority": 9}, {"id": "late"}, {"id": "dear", "priority": 4})
    changes = {each.key: (each.a, each.b) for each in setting_changes(one, other)}
    assert changes.pop("rules") == ('["late", "dear"]', '["first", "late", "dear"]')
    assert changes.pop("rules.dear.priority") == ("3", "4")
    assert changes
    assert all(key.startswith("rules.first.") and a is None for key, (a, _) in changes.items())


def test_secret_that_differs_is_told_but_not_shown(policy: Policy) -> None:
    """Whoever knows the seed can foresee whom an audit draws: a page that is passed around must not say it."""
    changes = setting_changes(policy, changed(policy, audit={"seed": "quite another"}))
    assert [(each.key, each.a, each.b) for each in changes] == [("audit.seed", '"(secret)"', '"(secret)"')]
