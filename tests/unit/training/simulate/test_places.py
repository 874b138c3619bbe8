"""The reviewers' places: nobody gets more than there are, and whom only a person may decide always gets one."""

from __future__ import annotations

import dataclasses

import pytest

from features.spans import DAY_MS, HOUR_MS
from serving.decision import ClaimFacts, Decision, RecordedAuthority, decide
from serving.policy import Policy, default_policy_path, read_policy
from training.simulate.baselines import sent
from training.simulate.places import Places

SHIPPED = read_policy(default_policy_path())
MORNING_MS = 1_772_035_200_000 + 8 * HOUR_MS  # in Shanghai
CLAIM = ClaimFacts(amount_minor=10_000, claim_type="refund_only", as_of_ms=MORNING_MS)
CONSENTED = dataclasses.replace(CLAIM, authority=RecordedAuthority("consent", "on record"))


def policy_with(capacity: int | None) -> Policy:
    return SHIPPED.model_copy(update={"review": SHIPPED.review.model_copy(update={"capacity_per_day": capacity})})


def to_a_person(facts: ClaimFacts) -> Decision:
    return sent(decide(facts, 0.3, SHIPPED), to_a_person=True)


def reviewed(places: Places, at_ms: int, claims: int, facts: ClaimFacts = CLAIM) -> int:
    """How many of some claims, which all ask for a person, get one."""
    count = 0
    for _ in range(claims):
        places.queue(at_ms)
        count += places.give(facts, to_a_person(facts)).action == "manual_review"
    return count


def test_day_takes_a_tenth_more_than_its_places_and_no_more():
    """However many ask, reviewers don't stretch further."""
    assert reviewed(Places(policy_with(20)), MORNING_MS, 100) == 22


def test_what_one_day_took_too_much_the_next_has_less():
    """Over the days nobody gets more than the capacity."""
    places = Places(policy_with(20))
    taken = [reviewed(places, MORNING_MS + day * DAY_MS, 100) for day in range(10)]
    assert taken == [22, *[20] * 9]


def test_quiet_days_pay_back_what_was_taken_and_lay_nothing_by():
    """A day without claims settles it; places that nobody took are gone."""
    places = Places(policy_with(20))
    assert reviewed(places, MORNING_MS, 100) == 22
    assert reviewed(places, MORNING_MS + 5 * DAY_MS, 100) == 22


def test_queue_counts_what_todays_places_were_taken_by():
    """The price sees claims and places of today, and what yesterday took of them."""
    places = Places(policy_with(20))
    reviewed(places, MORNING_MS, 25)
    queue = places.queue(MORNING_MS + 1)
    assert (queue.claims_today, queue.reviews_today) == (25, 22)
    queue = places.queue(MORNING_MS + DAY_MS)
    assert (queue.claims_today, queue.reviews_today) == (0, 2)


@pytest.mark.parametrize(
    ("facts", "action", "charges"),
    [(CLAIM, "pre_payment_compensation", False), (CONSENTED, "auto_approve", True)],
)
def test_claim_without_a_place_gets_what_the_machine_may_do(facts, action, charges):
    """An approval where the merchant may be charged, an advance elsewhere."""
    places = Places(policy_with(1))
    places.queue(MORNING_MS)
    places.give(facts, to_a_person(facts))
    places.give(facts, to_a_person(facts))
    given = places.give(facts, to_a_person(facts))
    assert (given.action, given.charges_merchant) == (action, charges)


def test_small_approval_that_the_platform_bears_charges_no_merchant():
    """Only an authority lets a merchant be charged."""
    small = dataclasses.replace(CLAIM, amount_minor=SHIPPED.actions.platform_bears_up_to_minor)
    given = Places(policy_with(1)).give(small, sent(decide(small, 0.0, SHIPPED), to_a_person=False))
    assert (given.action, given.charges_merchant) == ("auto_approve", False)


def test_whom_only_a_person_may_decide_gets_one_on_a_full_day():
    """No machine decides on a buyer who asked for a person."""
    asked = dataclasses.replace(CLAIM, human_requested=True)
    assert reviewed(Places(policy_with(1)), MORNING_MS, 10, asked) == 10


def test_without_a_capacity_everybody_gets_a_place():
    """Reviewers who are never short take all."""
    assert reviewed(Places(policy_with(None)), MORNING_MS, 1_000) == 1_000
