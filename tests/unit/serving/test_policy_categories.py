"""Sorts of goods have terms of their own, under one policy with one version."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.policy import (
    ENTITLEMENT_SETTINGS,
    EntitlementTerms,
    Policy,
    PolicyError,
    default_policy_path,
    read_policy,
    setting_complaint,
)
from training.simulate.goods import CATEGORIES

DEFAULT_TEXT = default_policy_path().read_text(encoding="utf-8")
POLICY = read_policy(default_policy_path())


def with_category(name: str, **tables: Any) -> Policy:
    """The default policy with one more category, checked as a file's would be."""
    content = POLICY.model_dump()
    content["categories"][name] = tables
    return Policy.model_validate(content)


def test_category_puts_its_keys_in_the_place_of_the_policys() -> None:
    """What a category says holds for it, what it doesn't say is the policy's, and so is all else."""
    policy = with_category(
        "seeds", costs={"delay_cost_minor": 7}, actions={"platform_bears_up_to_minor": 8}, entitlements={}
    )
    seeds = policy.for_category("seeds")
    assert seeds.costs == policy.costs.model_copy(update={"delay_cost_minor": 7})
    assert seeds.actions == policy.actions.model_copy(update={"platform_bears_up_to_minor": 8})
    assert (seeds.entitlements, seeds.review, seeds.authorities) == (
        policy.entitlements,
        policy.review,
        policy.authorities,
    )


def test_category_that_the_law_leaves_out_has_no_statutory_days() -> None:
    """The law's window is gone, its other authorities aren't."""
    food = POLICY.for_category("fresh_food").authorities
    assert food.statutory_return_days == 0
    assert food.kinds == POLICY.authorities.kinds


def test_category_has_the_version_of_the_whole_policy() -> None:
    """A decision names the policy it was made under, whatever the goods."""
    assert POLICY.for_category("fresh_food").version == POLICY.version
    assert with_category("seeds", statutory_return=False).version != POLICY.version
    assert with_category("seeds", costs={"delay_cost_minor": 7}).version != with_category("seeds").version


def test_policy_of_a_category_is_made_once() -> None:
    """Asking costs nothing; and a category without a table, or none, has the policy itself."""
    food = POLICY.for_category("fresh_food")
    assert POLICY.for_category("fresh_food") is food
    assert POLICY.for_category("nobody's") is POLICY
    assert POLICY.for_category("") is POLICY


def test_policy_of_a_category_answers_for_others_as_the_whole_does() -> None:
    """It can be handed on without losing anything."""
    food = POLICY.for_category("fresh_food")
    assert food.for_category("fresh_food") is food
    assert food.for_category("electronics") is POLICY.for_category("electronics")
    assert food.for_category("") is POLICY


def test_copy_with_another_amount_forgets_what_the_first_one_was() -> None:
    """Neither the version nor the categories of a changed copy are those of before."""
    assert POLICY.for_category("fresh_food").version == POLICY.version
    changed = POLICY.model_copy(update={"costs": POLICY.costs.model_copy(update={"review_cost_minor": 1})})
    assert changed.version != POLICY.version
    assert changed.for_category("fresh_food").costs.review_cost_minor == 1
    assert changed.for_category("fresh_food").version == changed.version
    food = POLICY.for_category("fresh_food")
    dearer = food.model_copy(update={"costs": food.costs.model_copy(update={"review_cost_minor": 1})})
    assert dearer.version != POLICY.version
    assert dearer.for_category("") is dearer


def test_policy_read_back_from_what_it_says_is_the_same() -> None:
    """Categories are said with their own keys alone, so that a later key changes no version."""
    assert Policy.model_validate(POLICY.model_dump()) == POLICY
    assert POLICY.model_dump()["categories"]["beauty"] == {
        "statutory_return": True,
        "entitlements": {"warranty_days": 0},
    }


def test_origin_names_the_table_that_a_value_stands_in() -> None:
    """A reader finds in the file what was said of an entitlement."""
    assert POLICY.origin("beauty", "entitlements.warranty_days") == "categories.beauty.entitlements.warranty_days"
    assert POLICY.origin("beauty", "entitlements.prepaid_label") == "entitlements.prepaid_label"
    assert POLICY.origin("nobody's", "entitlements.warranty_days") == "entitlements.warranty_days"


def test_default_policy_has_a_table_for_every_sort_of_goods_of_the_marketplace() -> None:
    """What is simulated is decided under terms of its own."""
    assert {category.name for category in CATEGORIES} <= set(POLICY.categories)


@pytest.mark.parametrize("name", ["fresh_food", "custom_made", "digital", "periodicals"])
def test_default_policy_leaves_out_what_the_law_does(name: str) -> None:
    """Consumer Protection Law, article 25: no return without reason for these, and for all others there is."""
    without = {name for name, category in POLICY.categories.items() if not category.statutory_return}
    assert without == {"fresh_food", "custom_made", "digital", "periodicals"}
    assert POLICY.for_category(name).entitlements.return_window_days == 0


@pytest.mark.parametrize("path", sorted(default_policy_path().parent.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_policies_say_every_term(path: Path) -> None:
    """No entitlement of a shipped policy is left to a default."""
    assert read_policy(path).entitlements.model_fields_set == set(EntitlementTerms.model_fields)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("return_window_days = 30", "return_window = 30", "entitlements.return_window: unknown key; did you mean ent"),
        (
            "warranty_days = 365",
            "warranty_dayz = 365",
            "warranty_dayz: unknown key; did you mean categories.electronics.entitlements.warranty_days?",
        ),
        (
            "[categories.apparel]\nstatutory_return",
            "[categories.apparel]\nstatutory_returns",
            "categories.apparel.statutory_returns: unknown key; did you mean categories.apparel.statutory_return?",
        ),
        (
            "costs.delay_cost_minor = 600",
            "costs.delay_cost = 600",
            "delay_cost: unknown key; did you mean categories.fresh_food.costs.delay_cost_minor?",
        ),
        (
            "[categories.apparel]",
            "[categories.apparel.review]\nsensitivity = 1.0\n[categories.apparel]",
            "categories.apparel.review: unknown key; use one of statutory_return, costs, actions, entitlements",
        ),
        ("[categories.home]", '[categories.""]', "string should have at least 1 character"),
        ("costs.delay_cost_minor = 600", "costs.delay_cost_minor = -1", "categories.fresh_food.costs.delay_cost_minor"),
        (
            "entitlements.refund_on_carrier_scan_below = 0.05",
            "entitlements.refund_on_carrier_scan_below = 0.01",
            "categories.electronics: refund_on_carrier_scan_below is below refund_immediately_below; raise it",
        ),
        ('reasons = ["damaged"', 'reasons = ["ugly"', "'ugly' is no reason of claims; use some of not_received, "),
        ('["original_payment", "bank_transfer"]', "[]", "entitlements.refund_routes: is []; tuple should have at"),
        ("return_window_days = 30", "return_window_days = 3651", "entitlements.return_window_days: is 3651; input"),
    ],
)
def test_mistake_in_a_category_is_named_in_one_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """A category's id is free, its keys aren't: file, key and what to do stand in the message."""
    assert old in DEFAULT_TEXT
    file = tmp_path / "policy.toml"
    file.write_text(DEFAULT_TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_policy(file)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_settings_of_rules_are_taken_or_refused_with_what_to_use() -> None:
    """A rule can set what the words say, and a mistake in it is named."""
    good = {"window_days": 30, "refund_timing": "immediate", "refund_route": "bank_transfer", "prepaid_label": False}
    assert {setting_complaint(name, value) for name, value in good.items()} == {None}
    assert setting_complaint("freight", "buyer") == (
        "unknown entitlement; use one of window_days, refund_timing, refund_route, freight_payer, prepaid_label"
    )
    assert setting_complaint("prepaid_label", 1) == "is 1; use true or false"
    for value in (True, -1, 3651, 1.5, "7"):
        assert setting_complaint("window_days", value) == f"is {value!r}; use whole days from 0 to 3650"


@given(st.sampled_from([*ENTITLEMENT_SETTINGS, "other"]), st.none() | st.booleans() | st.integers() | st.text())
def test_complaint_about_a_setting_is_one_line_or_none(name: str, value: object) -> None:
    """Whatever stands in a rule, the message is one line that says what to use."""
    complaint = setting_complaint(name, value)
    assert complaint is None or ("use" in complaint and "\n" not in complaint)
