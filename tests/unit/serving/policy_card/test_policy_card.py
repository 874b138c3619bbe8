"""The card says what decisions give, in every language, and nothing that would teach evasion."""

import re
from typing import get_args

import pytest

from serving.claim import ClaimType, Language
from serving.decision.entitlements import find_entitlements
from serving.policy import EntitlementTerms, Policy, default_policy_path, read_policy
from serving.policy_card.making import make_card
from serving.policy_card.words import WORDS
from tests.unit.serving.claims import NOW_MS, make_claim

POLICY = read_policy(default_policy_path())
CATEGORIES = (*POLICY.categories, "a category without terms of its own")


def with_terms(**changes: object) -> Policy:
    """The shipped policy with other terms."""
    return POLICY.model_copy(update={"entitlements": POLICY.entitlements.model_copy(update=changes)})


@pytest.mark.parametrize("category_id", CATEGORIES)
@pytest.mark.parametrize("claim_type", get_args(ClaimType))
def test_windows_are_those_that_claims_get(category_id: str, claim_type: ClaimType) -> None:
    """For goods at fault and others, as an answer to a claim would say."""
    (window,) = [each for each in make_card(POLICY, category_id).windows if each.claim_type == claim_type]
    for reason, days in (("changed_mind", window.days), ("damaged", window.days_if_at_fault)):
        claim = make_claim(claim_type=claim_type, reason=reason, order={"category_id": category_id})
        found = find_entitlements(claim.facts(NOW_MS), None, POLICY, abuse_probability=0.5, action="manual_review")
        assert found.window.days == days


def test_card_of_a_category_says_what_is_different_for_it() -> None:
    """And which policy it comes from."""
    fresh, other = make_card(POLICY, "fresh_food"), make_card(POLICY, "mugs")
    assert (fresh.own_terms, other.own_terms) == (True, False)
    assert [window.statutory_days for window in fresh.windows] == [0, 0, 0, 0]
    assert [window.statutory_days for window in other.windows if window.claim_type == "return_refund"] == [7]
    assert (fresh.warranty_days, other.warranty_days) == (0, 180)
    assert fresh.policy_version == other.policy_version == POLICY.version


def test_card_in_english_reads_as_a_page_would() -> None:
    """Whole sentences, with the policy's numbers."""
    windows, refund, freight, warranty, people = make_card(POLICY, "electronics", "en").sections
    assert "A return for a refund can be asked for within 30 days of delivery." in windows.text
    exchange = (
        "An exchange can be asked for within 15 days of delivery. Where the goods are at fault, it is within 30 days."
    )
    assert exchange in windows.text
    assert "Within 7 days of delivery the law gives you a return without a reason." in windows.text
    assert refund.text.startswith("A return is refunded at once, when the carrier takes the parcel or when the goods")
    assert "6 returns a year are free" in freight.text
    assert warranty.text == "The goods are repaired or exchanged for 365 days."
    assert "only a person can" in people.text


def test_card_in_chinese_says_the_same_numbers() -> None:
    """Both languages carry the same facts, topic by topic."""
    for category_id in CATEGORIES:
        cards = [make_card(POLICY, category_id, language) for language in ("en", "zh-CN")]
        english, chinese = ([sorted(re.findall(r"\d+", each.text)) for each in card.sections] for card in cards)
        assert english == chinese
        assert cards[0].model_dump(exclude={"language", "sections"}) == cards[1].model_dump(
            exclude={"language", "sections"}
        )


def test_card_without_a_language_is_in_the_policys_own() -> None:
    """The shipped policy speaks Chinese."""
    assert make_card(POLICY, "mugs").language == "zh-CN"
    assert set(WORDS) == set(get_args(Language))


def test_terms_that_are_missing_read_as_sentences_too() -> None:
    """A policy that promises nothing, and one without ends."""
    bare = POLICY.model_copy(update={"entitlements": EntitlementTerms(), "categories": {}})
    text = " ".join(section.text for section in make_card(bare, "mugs", "en").sections)
    assert "A return for a refund can be asked for at any time." in text
    assert "A return is refunded when the goods have come back and been looked at." in text
    assert "The goods are repaired or exchanged without an end." in text
    assert "After a change of mind you pay" in text
    assert "{" not in text
    none = make_card(with_terms(warranty_days=0, refund_only_window_days=0), "mugs", "en")
    assert "A refund without sending goods back isn't promised for these goods." in none.sections[0].text
    assert (
        make_card(with_terms(refund_only_window_days=1, quality_window_days=None), "mugs", "en")
        .sections[0]
        .text.startswith("A refund without sending goods back can be asked for within 1 day of delivery.")
    )


def test_card_teaches_no_evasion() -> None:
    """No cost, limit, probability, share, rule, list nor seed of the policy is in it."""
    card = make_card(POLICY, "electronics", "en").model_dump_json()
    secret = {POLICY.audit.seed, *(rule.id for rule in POLICY.rules), *POLICY.lists}
    amounts = {
        *POLICY.costs.model_dump().values(),
        *POLICY.actions.model_dump().values(),
        POLICY.review.capacity_per_day,
    }
    terms = POLICY.for_category("electronics").entitlements
    chances = {terms.refund_immediately_below, terms.refund_on_carrier_scan_below, POLICY.audit.share}
    words = set(re.findall(r"[\w.]+", card))
    assert not words & {str(each) for each in (*secret, *amounts, *chances)}
    assert "minor" not in card
    assert "first_time" not in card
