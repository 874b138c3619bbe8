"""Audits: drawn so that anybody can draw again, at the chance that is logged, in a budget, never without a chance."""

import hashlib
import hmac
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.decision import (
    NO_LOAD,
    AuditDraw,
    AuditLoad,
    ClaimFacts,
    audit_propensity,
    audit_stratum,
    draw_audit,
    find_audit,
)
from serving.policy import Audits
from tests.unit.serving.claims import NOW_MS

MILLION = 1_000_000


def audits_of(**changes: Any) -> Audits:
    """A fiftieth of approvals, dear ones and those of new buyers more often."""
    return Audits(
        **{
            "share": 0.02,
            "amount_edges_minor": (5_000, 20_000),
            "amount_factors": (0.5, 1.0, 2.0),
            "novel_factor": 1.5,
            "budget_per_day": 1_000_000,
            **changes,
        }
    )


def facts_of(claim_id: str = "C1", amount_minor: int = 6_000) -> ClaimFacts:
    return ClaimFacts(amount_minor=amount_minor, claim_type="refund_only", as_of_ms=NOW_MS, claim_id=claim_id)


# --- the draw


def test_draw_of_a_claim_is_the_same_each_time() -> None:
    """A draw can be made again from the seed, the id and the logged chance."""
    ids = [f"claim {number}" for number in range(200)]
    first = [draw_audit("seed", claim_id, 300_000) for claim_id in ids]
    assert [draw_audit("seed", claim_id, 300_000) for claim_id in ids] == first
    assert {True, False} == set(first)


def test_draw_is_what_anybody_computes_from_the_seed() -> None:
    """An auditor needs no code of ours: the first 64 bits of HMAC-SHA256 over 2^64 are below the chance."""
    for number in range(50):
        digest = hmac.new(b"seed", f"audit:C{number}".encode(), hashlib.sha256).digest()
        below = int.from_bytes(digest[:8], "big") / 2**64
        assert draw_audit("seed", f"C{number}", 400_000) == (below < 0.4)


def test_draw_under_another_seed_is_another() -> None:
    """Who doesn't know the seed can't foresee who is drawn."""
    ids = [f"C{number}" for number in range(1_000)]
    one, other = ([draw_audit(seed, claim_id, 500_000) for claim_id in ids] for seed in ("one", "other"))
    same = sum(a == b for a, b in zip(one, other, strict=True))
    assert abs(same - 500) < 4 * math.sqrt(250)


@pytest.mark.parametrize("ppm", [2_000, 20_000, 300_000, 970_000])
def test_share_drawn_of_many_is_the_chance(ppm: int) -> None:
    """Over 20,000 ids the drawn are as many as a binomial draw brings, within four standard deviations."""
    n, chance = 20_000, ppm / MILLION
    drawn = sum(draw_audit("seed", f"claim-{number:09d}", ppm) for number in range(n))
    assert abs(drawn - n * chance) < 4 * math.sqrt(n * chance * (1 - chance))


def test_chance_of_one_draws_all_and_higher_chances_draw_no_fewer() -> None:
    """Raising a share adds audits to those there were."""
    ids = [f"C{number}" for number in range(300)]
    assert all(draw_audit("seed", claim_id, MILLION) for claim_id in ids)
    few, many = ({each for each in ids if draw_audit("seed", each, ppm)} for ppm in (100_000, 400_000))
    assert few < many


# --- what is up for it


def test_approval_is_up_for_audit_and_nothing_else_is() -> None:
    """A person's case is looked at anyway, and an advance is settled with the merchant."""
    audits = audits_of()
    assert find_audit(facts_of(), "auto_approve", 0.0, audits) is not None
    assert find_audit(facts_of(), "manual_review", 0.0, audits) is None
    assert find_audit(facts_of(), "pre_payment_compensation", 0.0, audits) is None


def test_no_share_is_no_audit() -> None:
    """A policy that says nothing of audits makes none."""
    assert find_audit(facts_of(), "auto_approve", 0.0, Audits()) is None


def test_logged_chance_is_the_one_that_was_used() -> None:
    """Whether a claim is drawn follows from what is logged of it, at any load."""
    audits = audits_of(share=0.4, budget_per_day=100)
    for number in range(300):
        load = AuditLoad({"5000-20000/known": number * 2.0}, number * 300_000)
        drawn = find_audit(facts_of(f"C{number}"), "auto_approve", 4.0, audits, load)
        assert drawn is not None
        assert drawn == AuditDraw(
            "5000-20000/known", drawn.propensity_ppm, draw_audit(audits.seed, f"C{number}", drawn.propensity_ppm)
        )
        assert drawn.propensity == drawn.propensity_ppm / MILLION


# --- strata


@pytest.mark.parametrize(
    ("amount_minor", "earlier_claims", "stratum", "ppm"),
    [
        (0, 3.0, "0-5000/known", 10_000),
        (4_999, 0.0, "0-5000/novel", 15_000),
        (5_000, 1.0, "5000-20000/known", 20_000),
        (19_999, math.nan, "5000-20000/novel", 30_000),
        (20_000, 1.0, "20000-/known", 40_000),
        (10**9, 0.0, "20000-/novel", 60_000),
    ],
)
def test_stratum_has_the_share_of_its_amount_and_of_the_buyers_novelty(
    amount_minor: int, earlier_claims: float, stratum: str, ppm: int
) -> None:
    """Dear claims, and those of buyers of whom nothing is known, are looked at more often."""
    audits = audits_of()
    assert audit_stratum(amount_minor, earlier_claims, audits) == stratum
    assert audit_propensity(stratum, audits) == ppm


def test_buyer_with_few_claims_is_novel_as_the_policy_says() -> None:
    """How many claims make a buyer known is the policy's to say."""
    audits = audits_of(novel_up_to_claims=2)
    assert [audit_stratum(0, claims, audits).split("/")[1] for claims in (1, 2, 3)] == ["novel", "novel", "known"]


def test_share_times_factors_is_at_most_all() -> None:
    """A chance is no more than one."""
    assert audit_propensity("20000-/novel", audits_of(share=0.9)) == MILLION


# --- the budget


def test_load_within_the_budget_cuts_nothing() -> None:
    """1,000 approvals a day at two percent are 20 audits."""
    load = AuditLoad({"5000-20000/known": 1_000.0})
    assert audit_propensity("5000-20000/known", audits_of(budget_per_day=20), load) == 20_000


def test_load_above_the_budget_cuts_all_strata_by_one_factor() -> None:
    """What the strata were meant to have of each other, they keep."""
    load = AuditLoad({"5000-20000/known": 1_000.0, "20000-/known": 500.0})
    ppm = [audit_propensity(name, audits_of(budget_per_day=20), load) for name in load.approvals_per_day]
    assert ppm == [10_000, 20_000]


def test_stratum_at_its_least_share_leaves_the_others_the_rest() -> None:
    """10,000 cheap approvals at a hundredth take 100 of the 120 audits; 1,000 dear ones share 20."""
    audits = audits_of(share=0.02, least_share=0.01, budget_per_day=120)
    load = AuditLoad({"0-5000/known": 10_000.0, "20000-/known": 1_000.0})
    assert audit_propensity("0-5000/known", audits, load) == 10_000
    assert audit_propensity("20000-/known", audits, load) == 20_000


def test_stratum_of_another_policy_counts_at_the_basic_share() -> None:
    """When edges move, yesterday's approvals still take their part of the budget."""
    load = AuditLoad({"0-777/known": 1_000.0})
    assert audit_propensity("5000-20000/known", audits_of(budget_per_day=10), load) == 10_000


strata = st.sampled_from(
    [f"{amounts}/{who}" for amounts in ("0-5000", "5000-20000", "20000-") for who in ("known", "novel")]
)
audit_tables = st.builds(
    audits_of,
    share=st.floats(0.01, 1.0),
    least_share=st.floats(1e-6, 0.01),
    budget_per_day=st.integers(1, 500),
    novel_factor=st.floats(0.1, 10),
)


@settings(max_examples=60)
@given(audit_tables, st.dictionaries(strata, st.floats(0, 1e6)), st.integers(0, 10**9), strata)
def test_chance_is_never_zero_and_never_above_one(
    audits: Audits, per_day: dict[str, float], expected_ppm: int, stratum: str
) -> None:
    """Inverse weights exist for every approval, however far the budget is overdrawn."""
    assert 1 <= audit_propensity(stratum, audits, AuditLoad(per_day, expected_ppm)) <= MILLION


@settings(max_examples=60)
@given(audit_tables, st.dictionaries(strata, st.floats(0, 1e5), min_size=1))
def test_day_like_those_before_brings_no_more_audits_than_the_budget(audits: Audits, per_day: dict[str, float]) -> None:
    """But for the least shares, which are promised to all; and no audit of the budget is left unused."""
    load = AuditLoad(per_day)
    chances = {name: audit_propensity(name, audits, load) / MILLION for name in per_day}
    expected = sum(count * chances[name] for name, count in per_day.items())
    least = sum(per_day.values()) * audits.least_share
    rounding = sum(per_day.values()) * 1e-6 + 1e-6
    assert expected <= max(audits.budget_per_day, least) + rounding
    cut = [name for name in per_day if chances[name] + 2e-6 < audit_propensity(name, audits) / MILLION]
    if any(chances[name] > audits.least_share + 2e-6 for name in cut):
        assert expected >= audits.budget_per_day - rounding


@settings(max_examples=40, deadline=None)
@given(audit_tables, st.lists(strata, min_size=1, max_size=400))
def test_day_unlike_those_before_keeps_the_budget_too(audits: Audits, approvals: list[str]) -> None:
    """Whatever a festival brings that nobody planned for: the chances of one day add up to the budget at most,
    exactly, but for the least shares.
    """
    expected_ppm = 0
    for stratum in approvals:
        expected_ppm += audit_propensity(stratum, audits, AuditLoad(expected_today_ppm=expected_ppm))
    least_ppm = round(audits.least_share * MILLION)
    assert expected_ppm <= audits.budget_per_day * MILLION + len(approvals) * least_ppm


def test_audits_found_under_a_tight_budget_weigh_up_to_all_approvals() -> None:
    """The point of it all: weighted by the inverse of the logged chance, the audited speak for all that were approved.

    A quarter of 20,000 approvals is dear; the budget is spent by the middle of the day.
    """
    audits = audits_of(share=0.2, budget_per_day=1_500, least_share=0.02)
    expected_ppm, estimate, variance, drawn = 0, 0.0, 0.0, Counter[str]()
    for number in range(20_000):
        amount_minor = 30_000 if number % 4 == 0 else 1_000
        load = AuditLoad(expected_today_ppm=expected_ppm)
        audit = find_audit(facts_of(f"C{number}", amount_minor), "auto_approve", 1.0, audits, load)
        assert audit is not None
        expected_ppm += audit.propensity_ppm
        drawn[audit.stratum] += audit.drawn
        if amount_minor > 20_000:
            estimate += audit.drawn / audit.propensity
            variance += (1 - audit.propensity) / audit.propensity
    assert abs(estimate - 5_000) < 4 * math.sqrt(variance)
    assert min(drawn["0-5000/known"], drawn["20000-/known"]) > 100
    assert audit_propensity("20000-/known", audits, NO_LOAD) == 400_000


# --- the policy's table


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"amount_factors": (1.0, 2.0)}, "one factor more"),
        ({"amount_edges_minor": (20_000, 5_000)}, "must rise"),
        ({"least_share": 0.5}, "above share"),
        ({"least_share": 0.0}, "greater than or equal"),
        ({"share": 1.5}, "less than or equal"),
        ({"seed": ""}, "at least 1 character"),
        ({"amount_factors": (0.5, 0.0, 2.0)}, "greater than 0"),
        ({"budget_per_day": 0}, "greater than or equal"),
    ],
)
def test_table_that_cannot_hold_is_refused(changes: dict[str, object], complaint: str) -> None:
    """A mistake is told when the policy is read, and not when the first claim comes."""
    with pytest.raises(ValidationError, match=complaint):
        audits_of(**changes)
