from __future__ import annotations

import pandas as pd
import pytest

from features.events import INSPECTIONS, MERCHANT_RESPONSES

pytestmark = pytest.mark.slow

HOUR_MS = 60 * 60 * 1_000
DAY_MS = 24 * HOUR_MS

SAID = {
    "claim_decided": ["action", "amount_minor"],
    "merchant_responded": ["merchant_response"],
    "return_shipped": [],
    "return_inspected": ["inspection"],
    "claim_adjudicated": ["verdict", "verdict_source"],
    "advance_settled": ["recovered_minor", "amount_minor"],
    "feedback_given": ["rating"],
}


@pytest.fixture(scope="module")
def claims(filed, events) -> pd.DataFrame:
    """A row per claim, with its truth, and what each later event says and when, such as `claim_decided_action`.

    Of several decisions the first counts; of several verdicts, that of the inspection.
    """
    told = filed[["claim_id", "merchant_id", "known_at_ms", "claim_type", "amount_minor", "abusive", "story"]]
    events = events[events["feedback_step"].isna()]
    at_warehouse = (events["kind"] != "claim_adjudicated") | (events["verdict_source"] == "inspection")
    for kind, said in SAID.items():
        later = events.loc[(events["kind"] == kind) & at_warehouse, ["claim_id", "known_at_ms", *said]]
        later = later.drop_duplicates("claim_id").set_index("claim_id")
        told = told.join(later.add_prefix(f"{kind}_"), on="claim_id", validate="one_to_one")
    return told


@pytest.fixture(scope="module")
def old_claims(claims, config) -> pd.DataFrame:
    """Claims filed four months before the end: all that follows on them has happened."""
    return claims[claims["known_at_ms"] < config.end_ms - 120 * DAY_MS]


def test_merchant_answers_or_the_wait_ends(claims):
    """Merchants answer at their own pace within two days, after which the claim goes on without them."""
    answered = claims.dropna(subset="merchant_responded_merchant_response")
    waited_ms = answered["merchant_responded_known_at_ms"] - answered["known_at_ms"]
    response = answered["merchant_responded_merchant_response"]
    assert set(response) == set(MERCHANT_RESPONSES)
    asked_ms = 60_000  # from the filing to when the merchant was asked, at most
    assert waited_ms[response == "timed_out"].between(48 * HOUR_MS, 48 * HOUR_MS + asked_ms).all()
    assert (waited_ms[response != "timed_out"] < 48 * HOUR_MS + asked_ms).all()
    median_hours = waited_ms.groupby(answered["merchant_id"]).median() / HOUR_MS
    assert median_hours.max() > 3 * median_hours.min()


def test_merchant_is_asked_wherever_a_person_decides(old_claims):
    """Claims that a person decides go to the merchant too; of those that are paid at once, some do."""
    asked = old_claims["merchant_responded_merchant_response"].notna()
    automatic = old_claims["claim_decided_action"] == "auto_approve"
    assert asked[~automatic].all()
    assert 0.2 < asked[automatic].mean() < 0.4


def test_merchant_agrees_more_to_honest_claims_but_not_only(claims):
    """Merchants sense some of the abuse, and no answer settles what a claim is."""
    answered = claims.dropna(subset="merchant_responded_merchant_response")
    agreed = (answered["merchant_responded_merchant_response"] == "agreed").groupby(answered["abusive"]).mean()
    assert 0.2 < agreed[True] < agreed[False] - 0.1
    assert agreed[False] < 0.9


def test_only_goods_that_go_back_are_shipped(claims):
    """Refund-only claims send nothing back; nearly all others do, but for those that were refused."""
    shipped = claims["return_shipped_known_at_ms"].notna()
    assert not shipped[claims["claim_type"] == "refund_only"].any()
    assert shipped[claims["claim_type"] != "refund_only"].mean() > 0.9


def test_inspection_comes_after_the_goods_and_before_its_verdict(claims):
    """Goods are sent, then looked at, then ruled on; every verdict by inspection has its inspection."""
    looked = claims.dropna(subset="return_inspected_inspection")
    assert (looked["return_inspected_known_at_ms"] > looked["return_shipped_known_at_ms"]).all()
    ruled = claims[claims["claim_adjudicated_verdict_source"] == "inspection"]
    assert (ruled["return_inspected_known_at_ms"] <= ruled["claim_adjudicated_known_at_ms"]).all()


def test_inspection_finds_most_empty_and_swapped_returns_and_misses_some(claims):
    """The warehouse mostly sees what is wrong, sometimes not, and seldom accuses an honest buyer's parcel."""
    looked = claims.dropna(subset="return_inspected_inspection")
    said = looked["return_inspected_inspection"]
    assert set(said) == set(INSPECTIONS)
    bad = said.isin(["empty", "swapped"])
    assert 0.5 < bad[looked["story"] == "empty_or_swapped_return"].mean() < 0.9
    assert 0.4 < (said == "used")[looked["story"] == "wardrobing"].mean() < 0.85
    as_sent = (said == "as_sent").groupby(looked["abusive"]).mean()
    assert 0.05 < as_sent[True] < 0.3
    assert 0.8 < as_sent[False] < 0.98


def test_inspection_agrees_with_the_verdict_that_follows(claims):
    """A verdict of abuse never follows on goods that came back as they were sent."""
    ruled = claims[claims["claim_adjudicated_verdict_source"] == "inspection"]
    abusive = ruled["claim_adjudicated_verdict"] == "abusive"
    assert not (ruled.loc[abusive, "return_inspected_inspection"] == "as_sent").any()


def test_advance_is_settled_where_the_platform_paid_first(old_claims):
    """Each refund paid first is settled once, for what was paid, after it was paid; no other claim is."""
    settled = old_claims["advance_settled_recovered_minor"].notna()
    assert settled.equals(old_claims["claim_decided_action"] == "pre_payment_compensation")
    advances = old_claims[settled]
    assert (advances["advance_settled_amount_minor"] == advances["claim_decided_amount_minor"]).all()
    assert (advances["advance_settled_amount_minor"] > 0).all()
    assert (advances["advance_settled_known_at_ms"] > advances["claim_decided_known_at_ms"]).all()


def test_advance_comes_back_in_full_in_part_or_not(old_claims):
    """Never more than was advanced; mostly all of it, at times a part or nothing, and sometimes after months."""
    advances = old_claims.dropna(subset="advance_settled_recovered_minor")
    share = advances["advance_settled_recovered_minor"] / advances["advance_settled_amount_minor"]
    assert (share <= 1).all()
    assert 0.35 < (share == 1).mean() < 0.85
    assert 0.1 < (share == 0).mean() < 0.5
    assert 0.05 < share.between(0, 1, inclusive="neither").mean() < 0.3
    days = (advances["advance_settled_known_at_ms"] - advances["claim_decided_known_at_ms"]) / DAY_MS
    assert 5 < days[share > 0].median() < 15
    assert days[share == 0].min() >= 45


def test_advance_on_a_refused_answer_comes_back_less(old_claims):
    """What the merchant answered says something about what it will pay back."""
    advances = old_claims.dropna(subset="advance_settled_recovered_minor")
    back = (advances["advance_settled_recovered_minor"] > 0).groupby(advances["merchant_responded_merchant_response"])
    assert back.mean()["agreed"] > back.mean()["refused"] + 0.1


def test_feedback_comes_from_some_and_follows_the_outcome(old_claims):
    """A share of the buyers rates, after the decision; those who got nothing rate lower, and more of them do."""
    rating = old_claims["feedback_given_rating"]
    rated = rating.notna()
    assert set(rating[rated]) == {1, 2, 3, 4, 5}
    refunds = old_claims["claim_type"].isin(["refund_only", "return_refund"])
    refused = refunds & (old_claims["claim_decided_amount_minor"] == 0)
    assert 0.15 < rated[~refused].mean() < rated[refused].mean() < 0.6
    assert rating[refused].mean() < 2.5
    assert rating[refunds & ~refused].mean() > 3.8
    given = old_claims[rated]
    assert (given["feedback_given_known_at_ms"] > given["claim_decided_known_at_ms"]).all()
