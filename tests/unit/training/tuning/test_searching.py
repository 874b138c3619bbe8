"""Settings that cost less, found by search."""

import numpy as np
import pytest

from tests.unit.training.tuning.drawn_claims import drawn, policy_with
from training.tuning.claims import TuningClaims
from training.tuning.knobs import Knob, TuningError, default_knobs, parse_knobs, setting, with_settings
from training.tuning.limits import parse_limits
from training.tuning.measuring import measure, saved
from training.tuning.searching import SearchConfig, search

AUTO = "actions.auto_approve_up_to_minor"
PRICE = "review.lowest_price_minor"
QUICK = SearchConfig(random=60, rounds=4, of_round=20)


def misjudged(count: int = 400) -> TuningClaims:
    """Claims that the model finds harmless; those above 50.00 are lies, all of them."""
    amount = np.random.default_rng(2).integers(1_000, 10_000, count)
    return drawn(count, day=np.arange(count) // 20, amount_minor=amount, probability=0.01, abusive=amount > 5_000.0)


def test_measure_of_four_claims_is_what_a_hand_computes() -> None:
    """Two approved, one a lie; two reviewed, one of them a lie whose label stands for four claims."""
    policy = policy_with(
        costs={"review_cost_minor": 100, "delay_cost_minor": 0, "wrongful_denial_cost_minor": 1_000},
        review={"sensitivity": 0.5, "specificity": 0.9, "capacity_per_day": None},
        actions={"auto_approve_up_to_minor": 3_000},
    )
    claims = drawn(
        5,
        day=[0, 0, 1, 1, 1],
        amount_minor=[2_000, 2_000, 4_000, 4_000, 4_000],
        probability=0.01,
        abusive=[1.0, 0.0, 1.0, 0.0, np.nan],
        chance=[1.0, 1.0, 0.25, 1.0, 1.0],
    )
    found = measure(claims, policy, policy, "none")
    assert found.costs_minor.tolist() == pytest.approx([3_000, 0, 100 + 2_000, 100 + 100, 0])
    assert found.cost_minor == pytest.approx(1_000 * (3_000 + 4 * 2_100 + 200) / 7)
    assert found.measures["reviews_per_day"] == 1.5
    assert found.measures["most_reviews_per_day"] == 3
    assert found.measures["automatic_share"] == pytest.approx(0.4)
    assert found.measures["wrongful_denials_per_1000"] == pytest.approx(1_000 * 0.1 / 7)
    assert found.measures["abuse_paid_per_1000"] == pytest.approx(10 * (2_000 + 4 * 2_000) / 7)


def test_search_finds_the_limit_above_which_all_are_lies() -> None:
    """The labels say what the model doesn't; the amount at which they turn is found to within a claim or two."""
    claims, policy = misjudged(), policy_with(review={"capacity_per_day": None})
    found = search(claims, policy, (Knob(AUTO, 0, 20_000),), (), "none", QUICK)
    best = measure(claims, with_settings(policy, found), policy, "none").cost_minor
    ideal = measure(claims, with_settings(policy, {AUTO: 5_000}), policy, "none").cost_minor
    assert best <= ideal * 1.02
    assert found[AUTO] == pytest.approx(5_000, abs=300)


def test_search_under_a_limit_keeps_it() -> None:
    """What would be best is out of reach; what is found holds, and is still better than nothing."""
    claims, policy = misjudged(), policy_with(review={"capacity_per_day": None})
    limits = parse_limits(["reviews_per_day=4"], at_most=True)
    found = search(claims, policy, (Knob(AUTO, 0, 20_000),), limits, "none", QUICK)
    base, tuned = (measure(claims, with_settings(policy, each), policy, "none") for each in ({}, found))
    assert tuned.measures["reviews_per_day"] <= 4
    assert tuned.cost_minor < base.cost_minor


def test_search_with_limits_that_nothing_keeps_says_which() -> None:
    """And how near it came."""
    limits = parse_limits(["approved_share=1", "reviews_per_day=1000"], at_most=False)
    with pytest.raises(TuningError, match=r"approved_share at least 1.*reviews_per_day at least 1000"):
        search(drawn(50, only_person=np.arange(50) < 25), policy_with(), (Knob(AUTO, 0, 9_000),), limits, "none", QUICK)


def test_search_leaves_alone_what_gains_nothing() -> None:
    """Nobody must find a reason for a number that changed by chance."""
    claims, policy = misjudged(), policy_with(review={"capacity_per_day": None})
    knobs = (Knob(AUTO, 0, 20_000), Knob("actions.pre_payment_compensation_up_to_minor", 0, 20_000))
    assert list(search(claims, policy, knobs, (), "none", QUICK)) == [AUTO]
    honest = drawn(50, probability=0.0)
    assert search(honest, policy, knobs, (), "none", QUICK) == {}


def test_search_with_the_same_seed_finds_the_same() -> None:
    """And another seed may not."""
    claims, policy = misjudged(100), policy_with()
    knobs = default_knobs(policy, int(claims.amount_minor.max()))
    assert search(claims, policy, knobs, (), "price", QUICK) == search(claims, policy, knobs, (), "price", QUICK)


def test_search_acts_by_beliefs_and_counts_by_facts() -> None:
    """Whoever searches what waiting costs gets other actions; what waiting costs in the sum stays what it is."""
    claims = drawn(40, probability=0.03, abusive=0.0)
    policy = policy_with(review={"capacity_per_day": None})
    acting = with_settings(policy, {"costs.merchant_loss_weight": 100.0})
    reviewed, approved = (measure(claims, each, policy, "none") for each in (acting, policy))
    assert (reviewed.measures["automatic_share"], approved.measures["automatic_share"]) == (0, 1)
    assert reviewed.costs_minor[0] == pytest.approx(400 + 200 + 0.03 * 6_000)


def test_saved_is_the_difference_claim_by_claim_and_its_interval_is_paired() -> None:
    """Two policies that differ on few claims differ by little, however much claims differ among themselves."""
    amount = np.random.default_rng(4).integers(1_000, 90_000, 500)
    claims = drawn(500, amount_minor=amount, abusive=amount % 2 == 0, probability=0.001)
    policy = policy_with(review={"capacity_per_day": None})
    other = with_settings(policy, {AUTO: 89_500})
    base, tuned = (measure(claims, each, policy, "none") for each in (policy, other))
    found = saved(claims, base, tuned)
    assert found.mean[0] * 1_000 == pytest.approx(base.cost_minor - tuned.cost_minor)
    assert found.high[0] - found.low[0] < 0.2 * base.costs_minor.mean()


# --- knobs


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["costs.review_cost_minor=0:100"], "is a fact, no choice"),
        (["review.sensitivity=0:1"], "is a fact, no choice"),
        ([f"{AUTO}=5"], "write KEY=LOW:HIGH"),
        ([f"{AUTO}=a:b"], "write KEY=LOW:HIGH"),
        ([f"{AUTO}=9:3"], "HIGH above it"),
        ([f"{AUTO}=0:5", f"{AUTO}=0:9"], "is there twice"),
        ([f"{PRICE}=0:60000"], "highest_price_minor is below lowest_price_minor"),
        (["recovery.default_probability=0:2"], "less than or equal to 1"),
    ],
)
def test_setting_that_can_not_be_searched_is_refused(texts: list[str], says: str) -> None:
    """One line, before anything long begins."""
    with pytest.raises(TuningError, match=says):
        parse_knobs(texts, policy_with())


@pytest.mark.parametrize(
    ("text", "says"), [("hats=1", "use one of reviews_per_day"), ("automatic_share=x", "=NUMBER"),
                       ("reviews_per_day=-1", "zero or more"), ("reviews_per_day=inf", "zero or more")]
)  # fmt: skip
def test_limit_that_can_not_be_kept_track_of_is_refused(text: str, says: str) -> None:
    """What isn't measured can't be promised."""
    with pytest.raises(TuningError, match=says):
        parse_limits([text], at_most=True)


@pytest.mark.parametrize("knob", [Knob(AUTO, 0, 500_000), Knob("costs.merchant_loss_weight", 0.5, 3.0)])
def test_knob_reaches_its_bounds_and_knows_where_a_value_lies(knob: Knob) -> None:
    """From low to high, in whole numbers where the policy takes no others."""
    assert (knob.value(0.0), knob.value(1.0)) == (knob.low, knob.high)
    middle = knob.value(0.5)
    assert knob.value(knob.place(middle)) == pytest.approx(middle, rel=1e-3)
    assert middle == round(middle) or not knob.whole


def test_what_the_platform_bears_is_searched_only_on_request() -> None:
    """An honest claim that it pays for the merchant counts as no cost, so a search by itself would bear all."""
    key = "actions.platform_bears_up_to_minor"
    assert key not in {knob.key for knob in default_knobs(policy_with(), 123_456)}
    assert [knob.key for knob in parse_knobs([f"{key}=0:5000"], policy_with())] == [key]


def test_default_knobs_are_settings_that_the_policy_takes() -> None:
    """At either bound, whatever claims ask for."""
    policy = policy_with()
    for knob in default_knobs(policy, 123_456):
        for value in (knob.low, knob.high):
            assert setting(with_settings(policy, {knob.key: value}), knob.key) == value
