from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.event_table import code_of
from tests.unit.training.simulate.hand_made import hand_made_answers, hand_made_claims, hand_made_orders
from training.simulate import SimulationConfig
from training.simulate.market import make_market
from training.simulate.rulings import Reviewers, Rulings

DAY_MS = 86_400_000
MANY = 40_000
MARKET = make_market(SimulationConfig(orders=5_000, days=40))
BUSY = SimulationConfig(orders=400_000, days=40)  # enough for some twenty reviewers
ABUSIVE, LEGITIMATE = (code_of("verdict", word) for word in ("abusive", "legitimate"))


@pytest.fixture(scope="module")
def claims(filed, events) -> pd.DataFrame:
    """A row per claim, with its truth and its first decision; missing where there is none."""
    decided = events[events["kind"] == "claim_decided"].drop_duplicates("claim_id")
    decided = decided[["claim_id", "known_at_ms", "action", "amount_minor", "audit_propensity_ppm"]]
    renamed = decided.rename(columns={"known_at_ms": "decided_at_ms", "amount_minor": "refunded_minor"})
    return filed.drop(columns=["action", "audit_propensity_ppm"]).merge(
        renamed, on="claim_id", how="left", validate="one_to_one"
    )


@pytest.fixture(scope="module")
def found(claims, events) -> pd.DataFrame:
    """A row per verdict, with its claim's truth and decision."""
    verdicts = events[events["kind"] == "claim_adjudicated"]
    verdicts = verdicts[["claim_id", "known_at_ms", "verdict", "verdict_source", "reviewer_id", "merchant_at_fault"]]
    verdicts = verdicts.rename(columns={"known_at_ms": "found_at_ms"})
    told = ["claim_id", "known_at_ms", "abusive", "story", "claim_type", "action", "decided_at_ms", "refunded_minor"]
    return verdicts.merge(claims[told], on="claim_id", validate="many_to_one")


@pytest.fixture(scope="module")
def old_claims(claims, config) -> pd.DataFrame:
    """Claims filed two months before the end: whatever was to be found has been."""
    return claims[claims["known_at_ms"] < config.end_ms - 60 * DAY_MS]


def rule(story: str, action: str, *, count: int = MANY, audit_ppm: int = -1, **claims_settings) -> Rulings:
    """What many reviewers find on many claims of one story, each on an order from a merchant that tells the truth."""
    honest = int(np.flatnonzero(~MARKET.merchants.lies)[0])
    claims = hand_made_claims(story, count=count, **claims_settings)
    answers = hand_made_answers(claims, action, audit_ppm=audit_ppm)
    return Reviewers(BUSY, MARKET).rule(hand_made_orders(np.full(count, honest)), claims, answers)


def wrong_share(rulings: Rulings, *, against: int) -> float:
    return float((rulings.verdicts[0].verdict == against).mean())


def test_decision_follows_its_claim_and_refunds_no_more_than_asked(old_claims):
    """Each claim is decided, after it is filed, for at most what it asks."""
    assert old_claims["action"].notna().all()
    assert (old_claims["decided_at_ms"] > old_claims["known_at_ms"]).all()
    assert (old_claims["refunded_minor"] <= old_claims["amount_minor"]).all()


def test_second_decision_pays_after_an_appeal_only(events, claims, found):
    """A claim is decided twice at most: first refused, then, on an appeal that was granted, paid in full."""
    decided = events[events["kind"] == "claim_decided"].sort_values("known_at_ms")
    twice = decided[decided["claim_id"].duplicated(keep=False)].groupby("claim_id")
    assert len(twice) > 20
    assert (twice.size() == 2).all()
    assert (twice["amount_minor"].first() == 0).all()
    money = claims.set_index("claim_id")["claim_type"].isin(["refund_only", "return_refund"])
    paid = twice["amount_minor"].last()
    asked = claims.set_index("claim_id")["amount_minor"].where(money, 0)
    assert (paid == asked.reindex(paid.index)).all()
    granted = found[(found["verdict_source"] == "appeal") & (found["verdict"] == "legitimate")]
    assert set(paid.index) <= set(granted["claim_id"])


def test_decision_on_a_cheap_refund_is_immediate_and_full(claims):
    """The old rule pays cheap claims within a minute and without a look; a person decides the others, or advances."""
    automatic = claims[claims["action"] == "auto_approve"]
    assert automatic["amount_minor"].max() < claims.loc[claims["action"] == "manual_review", "amount_minor"].min()
    assert (automatic["decided_at_ms"] - automatic["known_at_ms"]).max() < 60_000
    refunds = automatic[automatic["claim_type"].isin(["refund_only", "return_refund"])]
    assert (refunds["refunded_minor"] == refunds["amount_minor"]).all()


def test_verdict_never_comes_before_the_decision(found):
    """A verdict looks back: it follows the filing and the decision, and takes its source's time."""
    assert (found["found_at_ms"] > found["decided_at_ms"]).all()
    days = ((found["found_at_ms"] - found["known_at_ms"]) / DAY_MS).groupby(found["verdict_source"]).median()
    assert days["reviewer"] < 1.5
    assert 2 < days["appeal"] < 8
    assert 2 < days["audit"] < 12
    assert 6 < days["inspection"] < 11
    assert 8 < days["platform"] < 18


def test_each_source_rules_on_its_own_claims(found):
    """Reviewers rule on what needs a person, audits on what was approved, the platform on advances, the warehouse on
    returns, and appeals on what was refused."""
    of = dict(list(found.groupby("verdict_source")))
    assert set(of) == {"reviewer", "audit", "platform", "inspection", "appeal"}
    assert set(of["reviewer"]["action"]) == set(of["appeal"]["action"]) == {"manual_review"}
    assert set(of["audit"]["action"]) == {"auto_approve"}
    assert set(of["platform"]["action"]) == {"pre_payment_compensation"}
    assert set(of["inspection"]["claim_type"]) == {"return_refund"}
    assert (of["appeal"]["refunded_minor"] == 0).all()
    assert of["inspection"]["reviewer_id"].str.startswith("warehouse-").all()
    assert of["reviewer"]["reviewer_id"].str.startswith("reviewer-").all()


def test_verdict_covers_a_part_of_the_claims(old_claims, found):
    """Most returns are inspected and what a person decides is ruled on; what was approved or advanced mostly isn't."""
    covered = old_claims["claim_id"].isin(found["claim_id"])
    by_action = covered.groupby(old_claims["action"]).mean()
    assert by_action["manual_review"] == 1.0
    assert by_action["pre_payment_compensation"] < 0.8
    kept = old_claims["claim_type"] == "refund_only"
    assert covered[kept & (old_claims["action"] == "auto_approve")].mean() < 0.05
    returned = old_claims["claim_type"] == "return_refund"
    assert 0.8 < covered[returned & (old_claims["action"] == "auto_approve")].mean() < 0.92


def test_inspection_does_not_follow_the_truth(old_claims, found):
    """Whether an approved return is inspected does not depend on whether it is abusive."""
    returned = old_claims[(old_claims["claim_type"] == "return_refund") & (old_claims["action"] == "auto_approve")]
    inspected = returned["claim_id"].isin(found.loc[found["verdict_source"] == "inspection", "claim_id"])
    share = inspected.groupby(returned["abusive"]).mean()
    lies = returned["abusive"].sum()
    assert abs(share[True] - share[False]) < 4 * np.sqrt(0.13 / lies)


def test_verdict_is_sometimes_wrong_and_mostly_right(found):
    """Verdicts miss some abuse and accuse some honest buyers; both are a minority, and some verdicts stay open."""
    settled = found[found["verdict"].isin(["legitimate", "abusive"])]
    wrong = (settled["verdict"] == "abusive") != settled["abusive"]
    assert 0.05 < wrong[settled["abusive"]].mean() < 0.3
    assert 0.01 < wrong[~settled["abusive"]].mean() < 0.07
    assert 0.01 < (found["verdict"] == "undetermined").mean() < 0.15
    assert not (found.loc[found["verdict_source"] == "appeal", "verdict"] == "undetermined").any()


def test_claim_may_have_verdicts_that_disagree(found):
    """Some claims are ruled on again, by a second reviewer or on appeal, and not always with the same finding."""
    several = found.groupby("claim_id")["verdict"].agg(["size", "nunique"]).query("size > 1")
    assert len(several) > 100
    assert 0.02 < (several["nunique"] > 1).mean() < 0.5


def test_merchant_at_fault_is_known_unless_the_verdict_is_open(found):
    """A settled verdict says whether the merchant was at fault, never so on an abusive claim; an open one does not."""
    open_ = found["verdict"] == "undetermined"
    assert found.loc[open_, "merchant_at_fault"].isna().all()
    assert found.loc[~open_, "merchant_at_fault"].notna().all()
    assert not found.loc[found["verdict"] == "abusive", "merchant_at_fault"].any()
    assert found.loc[found["verdict"] == "legitimate", "merchant_at_fault"].any()


@pytest.mark.parametrize("story", ["faulty_goods", "serial_refunds"])
def test_reviewers_differ_in_what_they_see_and_suspect_beyond_chance(story):
    """On claims that are all alike, some reviewers accuse far more often than others: far beyond what luck would do."""
    first = rule(story, "manual_review").verdicts[0]
    accused = pd.Series(first.verdict == ABUSIVE).groupby(first.reviewer).agg(["mean", "size"])
    share = (first.verdict == ABUSIVE).mean()
    squares = (accused["mean"] - share) ** 2 / (share * (1 - share) / accused["size"])
    assert len(accused) > 10
    assert squares.sum() / (len(accused) - 1) > 4


def test_reviewers_find_most_abuse_and_less_of_what_is_told_with_care():
    """Lies that look honest are missed more often."""
    plain, careful = rule("serial_refunds", "manual_review"), rule("serial_refunds", "manual_review", careful=True)
    assert 0.08 < wrong_share(plain, against=LEGITIMATE) < 0.25
    assert wrong_share(careful, against=LEGITIMATE) > wrong_share(plain, against=LEGITIMATE) + 0.1


def test_merchants_who_lie_raise_false_alarms():
    """Made-up proof has honest buyers accused several times as often."""
    claims = hand_made_claims("faulty_goods", count=MANY)
    lies = np.arange(MANY) % 2 == 0
    merchants = replace(MARKET.merchants, lies=np.arange(len(MARKET.merchants)) == 0)
    orders = hand_made_orders(np.where(lies, 0, 1))
    reviewers = Reviewers(BUSY, replace(MARKET, merchants=merchants))
    first = reviewers.rule(orders, claims, hand_made_answers(claims, "manual_review")).verdicts[0]
    accused = first.verdict == ABUSIVE
    assert accused[lies].mean() > 2 * accused[~lies].mean()
    assert accused[lies].mean() < 0.3


def test_seniors_who_hear_appeals_err_less_than_first_reviewers():
    """An appeal clears most of the honest who were refused."""
    rulings = rule("faulty_goods", "manual_review")
    appeals = rulings.verdicts[3]
    refused_at_first = rulings.verdicts[0].verdict == ABUSIVE
    assert refused_at_first[appeals.row].all()
    assert 0.35 < len(appeals.row) / refused_at_first.sum() < 0.55
    cleared = appeals.row[appeals.verdict == LEGITIMATE]
    assert len(cleared) > 0.9 * len(appeals.row)
    assert not rulings.refused[cleared].any()
    assert np.array_equal(np.flatnonzero(rulings.overturned_at_ms >= 0), np.sort(cleared))
    assert rulings.refused.sum() == refused_at_first.sum() - len(cleared)


@pytest.mark.parametrize("ppm", [0, 250_000, 1_000_000])
def test_audits_are_drawn_as_often_as_their_propensity_says(ppm):
    """Of what is approved, the stated share gets a verdict by audit afterwards; nobody is refused by that."""
    rulings = rule("serial_refunds", "auto_approve", count=8_000, audit_ppm=ppm)
    audits = rulings.verdicts[2]
    assert len(audits.row) / 8_000 == pytest.approx(ppm / 1e6, abs=0.03 if 0 < ppm < 1_000_000 else 0)
    assert set(audits.source) <= {code_of("verdict_source", "audit")}
    assert not rulings.refused.any()
    assert (rulings.settled_at_ms == rulings.decided_at_ms).all()


def test_queue_longer_than_a_days_work_makes_all_wait():
    """What exceeds the capacity waits, the next day's claims too; the queue is worked off when fewer come."""
    reviewers = Reviewers(BUSY, MARKET)
    claims = hand_made_claims("faulty_goods", count=reviewers.capacity)
    orders, answers = (
        hand_made_orders(np.zeros(len(claims), dtype=np.int64)),
        hand_made_answers(claims, "manual_review"),
    )
    usual = reviewers.rule(orders, claims, answers).decided_at_ms
    assert reviewers.backlog == 0
    twice = hand_made_claims("faulty_goods", count=2 * reviewers.capacity)
    twice_orders = hand_made_orders(np.zeros(len(twice), dtype=np.int64))
    reviewers.rule(twice_orders, twice, hand_made_answers(twice, "manual_review"))
    assert reviewers.backlog == reviewers.capacity
    queued = reviewers.rule(orders, claims, answers).decided_at_ms
    assert queued - usual == pytest.approx(np.full(len(claims), DAY_MS), abs=2)
    reviewers.rule(orders, claims, hand_made_answers(claims, "auto_approve"))
    assert reviewers.backlog == 0
