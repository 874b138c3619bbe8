from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def claims(world) -> pd.DataFrame:
    """A row per claim, with its truth, its decision and its verdict; missing where there is none."""
    events = world.events.to_pandas()
    filed = events[events["kind"] == "claim_filed"].merge(world.truth.to_pandas(), on="claim_id")
    decided = events[events["kind"] == "claim_decided"][["claim_id", "known_at_ms", "action", "amount_minor"]]
    found = events[events["kind"] == "claim_adjudicated"]
    found = found[["claim_id", "known_at_ms", "verdict", "verdict_source", "merchant_at_fault"]]
    filed = filed.drop(columns=["action", "verdict", "verdict_source", "merchant_at_fault"])
    for name, part in (("decided", decided), ("found", found)):
        renamed = part.rename(columns={"known_at_ms": f"{name}_at_ms", "amount_minor": "refunded_minor"})
        filed = filed.merge(renamed, on="claim_id", how="left", validate="one_to_one")
    return filed


@pytest.fixture(scope="module")
def old_claims(claims, config) -> pd.DataFrame:
    """Claims filed two months before the end: whatever was to be found has been."""
    return claims[claims["known_at_ms"] < config.end_ms - 60 * 24 * 60 * 60 * 1_000]


def test_decision_follows_its_claim_and_refunds_no_more_than_asked(claims):
    """Each claim is decided once at most, after it is filed, for at most what it asks."""
    decided = claims.dropna(subset="action")
    assert len(decided) > 0.98 * len(claims)
    assert (decided["decided_at_ms"] > decided["known_at_ms"]).all()
    assert (decided["refunded_minor"] <= decided["amount_minor"]).all()


def test_decision_on_a_cheap_refund_is_immediate_and_full(claims):
    """The old rule pays cheap claims within a minute and without a look; a person decides the others."""
    automatic = claims[claims["action"] == "auto_approve"]
    assert automatic["amount_minor"].max() < claims.loc[claims["action"] == "manual_review", "amount_minor"].min()
    assert (automatic["decided_at_ms"] - automatic["known_at_ms"]).max() < 60_000
    refunds = automatic[automatic["claim_type"].isin(["refund_only", "return_refund"])]
    assert (refunds["refunded_minor"] == refunds["amount_minor"]).all()


def test_verdict_never_comes_before_the_decision(claims):
    """A verdict looks back: it follows the filing and the decision, and takes days."""
    found = claims.dropna(subset="verdict")
    assert (found["found_at_ms"] >= found["decided_at_ms"]).all()
    median_days = (found["found_at_ms"] - found["known_at_ms"]).groupby(found["verdict_source"]).median() / 86_400_000
    assert 7 < median_days["inspection"] < 11
    assert 3 < median_days["reviewer"] < 5.5


def test_verdict_covers_a_part_of_the_claims(old_claims):
    """Most returns are inspected, few other claims are reviewed, and many claims never get a verdict."""
    covered = old_claims["verdict"].notna()
    assert 0.4 < covered.mean() < 0.75
    returned = old_claims["claim_type"] == "return_refund"
    assert covered[returned].mean() > 0.8
    assert covered[~returned].mean() < 0.4
    assert set(old_claims.loc[returned & covered, "verdict_source"]) == {"inspection"}
    assert set(old_claims.loc[~returned & covered, "verdict_source"]) == {"reviewer"}


def test_verdict_coverage_does_not_follow_the_truth(old_claims):
    """Whether a return is inspected does not depend on whether it is abusive."""
    returned = old_claims[old_claims["claim_type"] == "return_refund"]
    share = returned["verdict"].notna().groupby(returned["abusive"]).mean()
    assert abs(share[True] - share[False]) < 0.08


def test_verdict_is_sometimes_wrong_and_mostly_right(claims):
    """Verdicts miss some abuse and accuse some honest buyers; both are a minority, and some verdicts stay open."""
    settled = claims[claims["verdict"].isin(["legitimate", "abusive"])]
    wrong = (settled["verdict"] == "abusive") != settled["abusive"]
    assert 0.03 < wrong[settled["abusive"]].mean() < 0.25
    assert 0.003 < wrong[~settled["abusive"]].mean() < 0.05
    assert 0.01 < (claims["verdict"].dropna() == "undetermined").mean() < 0.15


def test_merchant_at_fault_is_known_unless_the_verdict_is_open(claims):
    """A settled verdict says whether the merchant was at fault, never so on an abusive claim; an open one does not."""
    found = claims.dropna(subset="verdict")
    open_ = found["verdict"] == "undetermined"
    assert found.loc[open_, "merchant_at_fault"].isna().all()
    assert found.loc[~open_, "merchant_at_fault"].notna().all()
    assert not found.loc[found["verdict"] == "abusive", "merchant_at_fault"].any()
    assert found.loc[found["verdict"] == "legitimate", "merchant_at_fault"].any()
