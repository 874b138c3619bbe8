"""The parts of what an action costs, and who bears them."""

import itertools

import numpy as np
import pytest

from serving.decision import PREFERENCE, expected_costs
from serving.decision.outcomes import CODES, PART_WORDS, PARTS, Goods, cost_parts, weighed
from serving.policy import Policy


def parts_of(
    policy: Policy, action: str, *, charged: bool, amount: int, abusive: float, back: float, category: str = ""
) -> dict:
    return cost_parts(
        policy,
        goods=Goods.of([category]),
        action=np.array([CODES[action]]),
        charged=np.array([charged]),
        amount_minor=np.array([amount]),
        abusive=np.array([abusive]),
        back=np.array([back]),
    )


@pytest.mark.parametrize("action", PREFERENCE)
@pytest.mark.parametrize(("abusive", "back"), [*itertools.product([0.0, 0.3, 1.0], [0.0, 0.8])])
@pytest.mark.parametrize("charged", [True, False])
def test_parts_weighed_are_the_expected_cost(
    policy: Policy, action: str, abusive: float, back: float, charged: bool
) -> None:
    """Nothing of a decision's cost is lost between its parts, and nothing is added; but for the queue's price."""
    parts = parts_of(policy, action, charged=charged, amount=12_345, abusive=abusive, back=back)
    whole = expected_costs(
        policy,
        amount_minor=12_345,
        abuse_probability=abusive,
        recovery_probability=back,
        loss_weight=policy.costs.merchant_loss_weight if charged else 1.0,
    )
    assert weighed(parts, policy, Goods.of([""]))[0] == pytest.approx(whole[action], abs=1e-9)


def test_approval_of_an_abusive_claim_costs_whoever_pays_it(policy: Policy) -> None:
    """The merchant where the merchant is charged, the platform where it bears the claim; in money, not in weights."""
    for charged, part in ((True, "abuse_charged"), (False, "abuse_borne")):
        parts = parts_of(policy, "auto_approve", charged=charged, amount=700, abusive=1.0, back=0.0)
        assert {name: cost[0] for name, cost in parts.items() if cost[0]} == {part: 700}


def test_every_part_has_a_party_and_words() -> None:
    """A page that shows parts has something to say of each."""
    assert set(PARTS) == set(PART_WORDS)


def test_costs_of_a_category_count_for_its_claims(policy: Policy) -> None:
    """Where a category has costs of its own, these are what its claims cost, and no others'."""
    own = {"costs": {"review_cost_minor": 900, "merchant_loss_weight": 3.0}}
    special = Policy.model_validate({**policy.model_dump(), "categories": {"jewels": own}})
    for category, review in (("", 400), ("books", 400), ("jewels", 900)):
        parts = parts_of(special, "manual_review", charged=True, amount=1, abusive=1.0, back=0.0, category=category)
        assert parts["reviews"].tolist() == [review]
    goods = Goods.of(["jewels", "", "jewels"])
    assert weighed({"abuse_charged": np.ones(3)}, special, goods).tolist() == [3.0, 1.5, 3.0]
