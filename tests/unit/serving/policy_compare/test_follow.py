"""The queue's price, found anew for another policy."""

from serving.policy import Policy
from serving.policy_compare.follow import FollowedPrice
from serving.policy_compare.past import PastCase
from tests.unit.serving.policy_compare.past_claims import CONSENT, changed, past

PER_DAY = 40


def days_of(days: int) -> list[PastCase]:
    """Forty claims a day, of rising amounts, that all are worth a review if it is free."""
    spread = 86_400_000 // PER_DAY
    return [
        past(number * spread, amount_minor=8_000 + 400 * number, probability=0.5, day=day, authority=CONSENT)
        for day in range(days)
        for number in range(PER_DAY)
    ]


def test_followed_price_rises_until_reviews_fit_the_capacity(policy: Policy) -> None:
    """Reviewers take ten a day of forty: after a few days no more are asked of them, and the dearest are those."""
    tight = changed(policy, review={"capacity_per_day": 10})
    follow = FollowedPrice(tight)
    decisions = [(each, follow.judge(each)) for each in days_of(8)]
    reviewed = [each for each, decision in decisions[6 * PER_DAY :] if decision.action == "manual_review"]
    assert len(reviewed) <= 2 * 10 + 2
    assert len(reviewed) >= 10
    assert decisions[-1][1].capacity_price_minor > 0


def test_followed_price_counts_what_waits_from_the_day_before(policy: Policy) -> None:
    """Forty that only a person may decide leave no place for the next day, as long as reviewers take ten; a day without
    claims works ten of them off, and three such days all.
    """
    tight = changed(policy, review={"capacity_per_day": 10, "tolerated_queue_days": 0.0, "half_life_minutes": 0.0})
    flood = [past(number, human_requested=True, authority=CONSENT) for number in range(40)]
    places = {}
    for day in (1, 3, 4, 5):
        follow = FollowedPrice(tight)
        for each in flood:
            follow.judge(each)
        on_day = past(90, amount_minor=8_000, probability=0.5, authority=CONSENT, day=day)
        places[day] = follow.judge(on_day).capacity_price_minor
    assert places[1] == places[3] == tight.review.highest_price_minor
    assert places[5] < tight.review.highest_price_minor


def test_followed_price_without_a_capacity_stays_lowest(policy: Policy) -> None:
    """Where reviewers are never short, a place costs nothing more, however many come."""
    free = changed(policy, review={"capacity_per_day": None, "lowest_price_minor": 30})
    follow = FollowedPrice(free)
    assert {follow.judge(each).capacity_price_minor for each in days_of(3)} == {30.0}
