"""The price of a place in the reviewers' queue: it fits, it follows the queue, and it stays within its bounds."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.decision import ClaimFacts, Demand, Price, Queue, RecentClaims, RuleEffects, decide, gain_of
from serving.decision.capacity import MS_PER_HOUR, day_began_ms, fitting_price, follow, places_left, recent_since_ms
from serving.policy import Policy, Review, default_policy_path, read_policy

DAY_MS = 24 * MS_PER_HOUR
DEFAULT = read_policy(default_policy_path())
MIDNIGHT_MS = 1_772_035_200_000  # 2026-02-26 00:00 in Shanghai


def policy_of(zone: str = "Asia/Shanghai", **review: Any) -> Policy:
    """The default policy with another `[review]`, and without smoothing unless that is asked for."""
    settings = {"half_life_minutes": 0.0, "capacity_per_day": 10, **review}
    return DEFAULT.model_copy(update={"review": DEFAULT.review.model_copy(update=settings), "time_zone": zone})


def every(minutes: float, from_ms: int, to_ms: int, gains: tuple[float, ...] = (0.0,)) -> RecentClaims:
    """Claims at an even pace, whose gains go round in turn."""
    at_ms = np.arange(from_ms, to_ms, int(minutes * 60_000), dtype=np.int64)
    return RecentClaims(at_ms, np.resize(np.array(gains), len(at_ms)))


# 48 claims a day, with 1 to 12 yuan to gain
WEEK = every(30, MIDNIGHT_MS - 7 * DAY_MS, MIDNIGHT_MS, tuple(100.0 * step for step in range(1, 13)))

gains = st.lists(
    st.floats(-1e6, 1e6) | st.sampled_from([0.0, 50.0, 50.0, math.inf, -math.inf]), min_size=1, max_size=40
).map(lambda drawn: np.sort(np.array(drawn)))
reviews = st.builds(
    lambda lowest, more: Review(
        sensitivity=0.9, specificity=0.9, lowest_price_minor=lowest, highest_price_minor=lowest + more
    ),
    st.integers(0, 100),
    st.integers(0, 10**6),
)
expectations = st.floats(0, 1e6)
places = st.floats(-50, 1e6)


@given(gains, expectations, places, reviews)
def test_fitting_price_fits_unless_it_is_the_highest(found, expected, left, review):
    """On the claims that it was found on, no more reviews are expected than there are places."""
    price = fitting_price(found, expected, left, review)
    assert review.lowest_price_minor <= price <= review.highest_price_minor
    if price < review.highest_price_minor:
        assert expected * (found >= price).mean() <= left * (1 + 1e-9)


@given(gains, expectations, places, reviews)
def test_fitting_price_is_the_smallest_that_fits(found, expected, left, review):
    """Any lower price would send too many to reviewers, or lies below the lowest."""
    price = fitting_price(found, expected, left, review)
    if price > review.lowest_price_minor:
        lower = max(np.nextafter(price, -np.inf), review.lowest_price_minor)
        assert left <= 0 or expected * (found >= lower).mean() > left * (1 - 1e-9)


@given(gains, expectations, st.tuples(places, places), reviews)
def test_fitting_price_never_rises_with_places(found, expected, two, review):
    """More places never make one dearer."""
    fewer, more = sorted(two)
    assert fitting_price(found, expected, more, review) <= fitting_price(found, expected, fewer, review)


@given(gains, st.tuples(expectations, expectations), places, reviews)
def test_fitting_price_never_falls_with_expected_claims(found, two, left, review):
    """A flood of claims never makes a place cheaper."""
    fewer, more = sorted(two)
    assert fitting_price(found, fewer, left, review) <= fitting_price(found, more, left, review)


counts = st.integers(0, 60)
moments = st.integers(MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS + 2 * DAY_MS)


@given(counts, counts, counts, counts, st.integers(1, 100), moments)
def test_price_never_falls_with_the_queue_nor_rises_with_capacity(claims, sent, waiting, more, capacity, now_ms):
    """Whatever fills the queue never makes a place cheaper, and a larger capacity never dearer."""
    policy, larger = policy_of(capacity_per_day=capacity), policy_of(capacity_per_day=capacity + more)
    demand = Demand.of(WEEK, policy, now_ms)
    queue = Queue(claims_today=claims, reviews_today=sent, waiting=waiting)
    price = demand.price(policy, queue, now_ms).price_minor
    for fuller in (
        Queue(claims_today=claims + more, reviews_today=sent, waiting=waiting),
        Queue(claims_today=claims, reviews_today=sent + more, waiting=waiting),
        Queue(claims_today=claims, reviews_today=sent, waiting=waiting + more),
    ):
        assert demand.price(policy, fuller, now_ms).price_minor >= price
    assert demand.price(larger, queue, now_ms).price_minor <= price


@given(st.permutations(range(len(WEEK))))
def test_price_does_not_depend_on_the_order_in_which_claims_are_given(order):
    """The same claims make the same price."""
    policy, queue = policy_of(), Queue(claims_today=10, reviews_today=3)
    shuffled = RecentClaims(WEEK.at_ms[order], WEEK.gains_minor[order])
    now_ms = MIDNIGHT_MS + 5 * MS_PER_HOUR
    assert Demand.of(shuffled, policy, now_ms).price(policy, queue, now_ms) == Demand.of(WEEK, policy, now_ms).price(
        policy, queue, now_ms
    )


def test_price_of_a_usual_day_sends_the_dearest_share():
    """With places for a quarter of the claims, those of the upper quarter of gains are reviewed, and no others."""
    policy = policy_of(capacity_per_day=12)
    price = Demand.of(WEEK, policy, MIDNIGHT_MS).price(policy, Queue(), MIDNIGHT_MS)
    assert 900 < price.price_minor <= 1_000
    assert price == Price(
        at_ms=MIDNIGHT_MS, price_minor=price.target_minor, target_minor=price.price_minor, places_left=12.0,
        expected_claims=48.0, expected_reviews=12.0, recent_claims=7 * 48,
    )  # fmt: skip


def test_price_at_noon_looks_at_the_rest_of_the_day():
    """Half of the claims are still to come, so half of the places give the same price."""
    policy = policy_of(capacity_per_day=12)
    noon_ms = MIDNIGHT_MS + 12 * MS_PER_HOUR
    price = Demand.of(WEEK, policy, noon_ms).price(policy, Queue(claims_today=24, reviews_today=6), noon_ms)
    assert price.expected_claims == pytest.approx(24, abs=1)
    assert 900 < price.price_minor <= 1_000


def test_burst_makes_a_place_dearer_and_still_lets_the_dearest_through():
    """Four times the usual claims by noon: the price rises, and what gains most is still above it."""
    policy = policy_of(capacity_per_day=12)
    noon_ms = MIDNIGHT_MS + 12 * MS_PER_HOUR
    demand = Demand.of(WEEK, policy, noon_ms)
    usual = demand.price(policy, Queue(claims_today=24, reviews_today=6), noon_ms)
    burst = demand.price(policy, Queue(claims_today=96, reviews_today=6), noon_ms)
    assert burst.expected_claims > 2 * usual.expected_claims
    assert usual.price_minor < burst.price_minor < WEEK.gains_minor.max()


def test_pace_of_one_day_counts_for_no_more_than_tenfold():
    """However many claims a burst brings, the rest of the day isn't expected to bring more than ten times the usual."""
    policy = policy_of()
    noon_ms = MIDNIGHT_MS + 12 * MS_PER_HOUR
    demand = Demand.of(WEEK, policy, noon_ms)
    assert demand.rest_of_day(policy, noon_ms, 10**9) == 10 * 24


def test_place_used_up_costs_the_highest_price():
    """Who only a person may decide, or gains more than the bound, still goes."""
    policy = policy_of(capacity_per_day=12, highest_price_minor=1_100)
    now_ms = MIDNIGHT_MS + 5 * MS_PER_HOUR
    demand = Demand.of(WEEK, policy, now_ms)
    assert demand.price(policy, Queue(claims_today=10, reviews_today=12), now_ms).price_minor == 1_100


def test_last_place_gone_raises_the_price_at_once():
    """The price needs no half-life to rise when there is nothing left to give."""
    policy = policy_of(capacity_per_day=12, half_life_minutes=60.0, highest_price_minor=5_000)
    noon_ms = MIDNIGHT_MS + 12 * MS_PER_HOUR
    demand = Demand.of(WEEK, policy, noon_ms)
    before = demand.price(policy, Queue(claims_today=24, reviews_today=11), noon_ms)
    assert before.price_minor < 5_000
    assert demand.price(policy, Queue(claims_today=25, reviews_today=12), noon_ms + 1, before).price_minor == 5_000


def test_last_moment_of_a_day_with_places_left_costs_the_lowest_price():
    """Places that nobody will ask for any more are given away."""
    policy = policy_of(lowest_price_minor=7)
    late_ms = MIDNIGHT_MS + DAY_MS - 1
    demand = Demand.of(WEEK, policy, late_ms)
    assert demand.price(policy, Queue(claims_today=47, reviews_today=9), late_ms).price_minor == 7


def test_new_day_has_its_places_again_and_begins_at_the_price_that_fits():
    """What was used up yesterday isn't today's business, and the price doesn't creep down from it."""
    policy = policy_of(capacity_per_day=12, half_life_minutes=5.0)
    late_ms = MIDNIGHT_MS + DAY_MS - 1
    demand = Demand.of(WEEK, policy, late_ms)
    used_up = demand.price(policy, Queue(claims_today=47, reviews_today=12), late_ms)
    assert used_up.price_minor == policy.review.highest_price_minor
    morning = demand.price(policy, Queue(), late_ms + 1, used_up)
    assert morning.price_minor == morning.target_minor < 1_000


def test_queue_beyond_what_is_tolerated_takes_places():
    """Up to a day's work may wait; the rest is worked off before new claims get a place."""
    review = policy_of(capacity_per_day=12, tolerated_queue_days=2.0).review
    assert places_left(review, Queue(reviews_today=5, waiting=24)) == 7
    assert places_left(review, Queue(reviews_today=5, waiting=30)) == 1
    assert places_left(review, Queue(reviews_today=5, waiting=300)) < 0


def test_without_a_capacity_a_place_costs_the_lowest_price():
    """Reviewers who are never short have no queue to price."""
    policy = policy_of(capacity_per_day=None, lowest_price_minor=3)
    price = Demand.of(WEEK, policy, MIDNIGHT_MS).price(policy, Queue(reviews_today=10**6), MIDNIGHT_MS)
    assert (price.price_minor, price.places_left) == (3, None)


def test_without_recent_claims_a_place_costs_the_lowest_price():
    """A service that has seen nothing yet sends what pays for its review."""
    policy = policy_of(lowest_price_minor=3)
    nothing = RecentClaims(np.zeros(0, dtype=np.int64), np.zeros(0))
    price = Demand.of(nothing, policy, MIDNIGHT_MS).price(policy, Queue(), MIDNIGHT_MS)
    assert (price.price_minor, price.expected_claims, price.expected_reviews) == (3, 0, 0)


def test_first_day_expects_claims_at_the_pace_so_far():
    """Before there is a whole day, the rest of the day is expected to go on as it began."""
    policy = policy_of()
    noon_ms = MIDNIGHT_MS + 12 * MS_PER_HOUR
    demand = Demand.of(every(30, noon_ms - 6 * MS_PER_HOUR, noon_ms), policy, noon_ms)
    assert demand.rest_of_day(policy, noon_ms, 12) == pytest.approx(24)


def test_day_on_which_claims_began_is_left_out_of_the_pace():
    """Half a day doesn't count as a whole one."""
    policy = policy_of()
    began = every(30, MIDNIGHT_MS - 36 * MS_PER_HOUR, MIDNIGHT_MS)
    assert Demand.of(began, policy, MIDNIGHT_MS).rest_of_day(policy, MIDNIGHT_MS, 0) == pytest.approx(48, abs=1)


def test_days_without_claims_count_as_days():
    """Who had claims on one day of the last seven doesn't expect them every day."""
    policy = policy_of()
    one_day = every(30, MIDNIGHT_MS - 7 * DAY_MS, MIDNIGHT_MS - 6 * DAY_MS)
    assert Demand.of(one_day, policy, MIDNIGHT_MS).rest_of_day(policy, MIDNIGHT_MS, 0) == pytest.approx(48 / 7)


def test_claims_of_long_ago_and_of_later_do_not_count():
    """Only the policy's recent days do, and nothing that lies after now."""
    policy = policy_of(recent_days=2)
    more = every(30, MIDNIGHT_MS - 9 * DAY_MS, MIDNIGHT_MS + 3 * DAY_MS)
    assert len(Demand.of(more, policy, MIDNIGHT_MS - 1).gains_minor) == 3 * 48
    assert recent_since_ms(policy, MIDNIGHT_MS) == MIDNIGHT_MS - 2 * DAY_MS


@pytest.mark.parametrize(
    ("zone", "noon_ms", "hours"),
    [
        ("Asia/Shanghai", MIDNIGHT_MS + 12 * MS_PER_HOUR, 12),
        ("UTC", MIDNIGHT_MS + 12 * MS_PER_HOUR, 20),
        ("Europe/London", 1_774_782_000_000, 12),  # 2026-03-29 12:00 BST: a day of 23 hours, 11 of them gone
        ("Europe/London", 1_792_929_600_000, 12),  # 2026-10-25 12:00 GMT: a day of 25 hours, 13 of them gone
    ],
)
def test_day_ends_at_midnight_of_the_policys_zone(zone, noon_ms, hours):
    """The rest of the day reaches to the zone's midnight, also where the clock changes."""
    policy = policy_of(zone)
    demand = Demand.of(every(30, noon_ms - 3 * MS_PER_HOUR, noon_ms), policy, noon_ms)
    assert demand.rest_of_day(policy, noon_ms, 6) == pytest.approx(2 * hours)


def test_day_of_a_clock_change_begins_at_its_own_midnight():
    """On the day of 25 hours, noon is 13 hours after midnight."""
    assert day_began_ms(policy_of("Europe/London"), 1_792_929_600_000) == 1_792_929_600_000 - 13 * MS_PER_HOUR


@given(st.floats(0, 20_000), st.floats(0, 20_000), st.integers(-DAY_MS, DAY_MS), st.floats(0, 1_440))
def test_follow_moves_towards_the_target_and_never_past_it(price, target, elapsed_ms, half_life):
    """Between where it was and where it should be; a clock that goes back moves nothing."""
    review = policy_of(half_life_minutes=half_life).review
    moved = follow(price, target, elapsed_ms, review)
    assert min(price, target) - 1e-6 <= moved <= max(price, target) + 1e-6
    if half_life == 0:
        assert moved == target
    elif elapsed_ms <= 0:
        assert moved == pytest.approx(price)


def test_follow_in_two_steps_arrives_where_one_does():
    """How often the price is asked for doesn't matter."""
    review = policy_of(half_life_minutes=5.0).review
    once = follow(100.0, 900.0, 420_000, review)
    assert follow(follow(100.0, 900.0, 120_000, review), 900.0, 300_000, review) == pytest.approx(once)


def test_equal_gains_are_reviewed_all_or_none():
    """A price can't tell equal gains apart, so too many of them are all released."""
    equal, review = np.full(100, 50.0), policy_of().review
    assert fitting_price(equal, 100, 99, review) > 50.0
    assert fitting_price(equal, 100, 100, review) == 0.0


def test_gain_of_a_claim_that_only_a_person_may_decide_has_no_bound():
    """Such claims take their places first; those that a rule keeps from people never take one."""
    facts = ClaimFacts(amount_minor=10_000, claim_type="refund_only", as_of_ms=MIDNIGHT_MS)
    asked = ClaimFacts(amount_minor=10_000, claim_type="refund_only", as_of_ms=MIDNIGHT_MS, human_requested=True)
    forced = RuleEffects(fired=("pay",), forced=("pre_payment_compensation", "pay"))
    free = decide(facts, 0.3, DEFAULT)
    assert gain_of(free) == free.review_gain_minor
    assert gain_of(decide(asked, 0.3, DEFAULT)) == math.inf
    assert gain_of(decide(facts, None, DEFAULT)) == math.inf
    assert gain_of(decide(facts, 0.3, DEFAULT, effects=forced)) == -math.inf


@pytest.mark.parametrize(
    ("at_ms", "found", "message"),
    [([1, 2], [1.0], "2 moments and 1 gains; give one"), ([1], [math.nan], "a gain is NaN; give those")],
)
def test_recent_claims_that_make_no_sense_are_refused(at_ms, found, message):
    """One line says what is wrong."""
    with pytest.raises(ValueError, match=message):
        RecentClaims(np.array(at_ms), np.array(found))
