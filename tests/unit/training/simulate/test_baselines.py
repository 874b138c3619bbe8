"""The rivals of a policy: each does what its name says, and none gets round the guard."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from serving.decision import ClaimFacts, Queue, RecordedAuthority, decide
from serving.policy import default_policy_path, read_policy
from tests.unit.training.simulate.hand_made import FILED_MS, hand_made_claims
from training.simulate import SimulationConfig
from training.simulate.baselines import ApproveAll, MinimumRisk, Oracle, ReviewRandom, SingleThreshold, sent
from training.simulate.in_turn import FiledClaims
from training.simulate.sight import Scores

SHIPPED = read_policy(default_policy_path())
POLICY = SHIPPED.model_copy(update={
    "time_zone": "UTC", "review": SHIPPED.review.model_copy(update={"capacity_per_day": 2}),
})  # fmt: skip
CLAIM = ClaimFacts(amount_minor=10_000, claim_type="refund_only", as_of_ms=FILED_MS)
CONSENT = RecordedAuthority("consent", "on record")
NOBODY = Queue()


class Seen:
    """A sight whose scores are given."""

    def __init__(self, *abuse: float) -> None:
        self.abuse = abuse

    def look_on(self, day) -> None: ...

    def keep(self, events) -> None: ...

    def see(self, _) -> Scores:
        return Scores(np.array(self.abuse), None, np.zeros((len(self.abuse), 0)))


def filed(stories: list[str], amounts: list[int], **more: object) -> FiledClaims:
    """Claims that are lies or not, all with the consent of their merchants."""
    facts = [dataclasses.replace(CLAIM, amount_minor=amount, authority=CONSENT, **more) for amount in amounts]
    return FiledClaims([], facts, hand_made_claims(stories, amount_minor=amounts))


def actions(judge, claims: FiledClaims) -> list[str]:
    judge.begin(None, claims)
    return [judge.judge(row, facts, NOBODY).action for row, facts in enumerate(claims.facts)]


HONEST, LIE = "faulty_goods", "one_off"


def test_approve_all_approves_where_it_may_and_advances_elsewhere():
    """The machine's answer, whatever the claim looks like; beyond its limits a person decides."""
    dear = dataclasses.replace(CLAIM, amount_minor=10**9)
    judge = ApproveAll(POLICY)
    found = [judge.judge(0, facts, NOBODY).action for facts in (
        dataclasses.replace(CLAIM, authority=CONSENT), CLAIM, dear, dataclasses.replace(CLAIM, human_requested=True),
    )]  # fmt: skip
    assert found == ["auto_approve", "pre_payment_compensation", "manual_review", "manual_review"]


def test_review_random_reviews_its_share_and_the_same_ones_again():
    """Lots belong to claims."""
    claims = filed([HONEST] * 400, [10_000] * 400)
    once, again = (actions(ReviewRandom(POLICY, SimulationConfig(orders=1, days=1), 0.3), claims) for _ in range(2))
    assert once == again
    assert once.count("manual_review") == pytest.approx(120, abs=40)
    assert set(once) == {"manual_review", "auto_approve"}


def test_single_threshold_reviews_from_it_on_and_nothing_else():
    """Neither the amount nor the costs play a part."""
    claims = filed([HONEST] * 3, [10, 10_000, 90_000])
    assert actions(SingleThreshold(POLICY, Seen(0.5, 0.49, 0.2), 0.5), claims) == [
        "manual_review", "auto_approve", "auto_approve",
    ]  # fmt: skip


def test_minimum_risk_decides_each_claim_as_if_places_were_free():
    """The decision at no price, however full the queue."""
    claims = filed([HONEST] * 2, [90_000, 90_000])
    judge = MinimumRisk(POLICY, Seen(0.3, 0.0001))
    judge.begin(None, claims)
    full = Queue(claims_today=50, reviews_today=50)
    assert [judge.judge(row, facts, full) for row, facts in enumerate(claims.facts)] == [
        decide(facts, abuse, POLICY, capacity_price_minor=0.0)
        for facts, abuse in zip(claims.facts, (0.3, 0.0001), strict=True)
    ]


def test_oracle_gives_the_places_to_the_dearest_lies_of_the_day():
    """It sees who lies and what is still to come, and wastes no place on the honest or the cheap."""
    claims = filed([LIE, HONEST, LIE, LIE], [20_000, 90_000, 30_000, 40_000])
    assert actions(Oracle(POLICY), claims) == ["auto_approve", "auto_approve", "manual_review", "manual_review"]


def test_oracle_leaves_places_empty_where_no_review_pays():
    """A lie that costs less than a look at it is paid."""
    claims = filed([LIE, LIE], [100, 30_000])
    assert actions(Oracle(POLICY), claims) == ["auto_approve", "manual_review"]


def test_oracle_of_another_day_than_the_simulations_is_refused():
    """It would give places of two days at once."""
    with pytest.raises(ValueError, match="use 'UTC'"):
        Oracle(SHIPPED)


def test_sent_to_a_person_falls_back_to_the_machines_cheapest():
    """Who gets no place finds in the decision what to do instead."""
    decision = sent(decide(dataclasses.replace(CLAIM, authority=CONSENT), 0.0, POLICY), to_a_person=True)
    assert (decision.action, decision.runner_up) == ("manual_review", "auto_approve")
