"""Published rates: measured rightly, and met by the marketplace."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from features.event_table import code_of
from features.events import CLAIM_TYPES
from training.simulate import SimulationConfig, World, simulate
from training.simulate.published import PUBLISHED, Facts, facts_of, rates_table

pytestmark = pytest.mark.slow

# luck moves a rate of one small world: of sums of money, where a few dear claims decide, further than of counts
ROOM = {"money asked for without a return that lies ask for": 0.25, "claims that are lies": 0.12}
LITTLE_ROOM = 0.07


@pytest.fixture(scope="module")
def rates(world: World) -> dict[str, tuple[float, float, float]]:
    """Published low and high, and the mean over three worlds, by name."""
    others = [simulate(SimulationConfig(orders=40_000, days=365, seed=seed)) for seed in (2, 3)]
    return {name.strip(): (low, high, found) for name, low, high, found, _ in rates_table([world, *others])}


@pytest.mark.parametrize("name", [each.name.strip() for each in PUBLISHED])
def test_rate_of_the_marketplace_is_the_published_one(rates, name):
    """Each rate lies where published figures put it, give or take what luck does to three small worlds."""
    low, high, found = rates[name]
    room = ROOM.get(name, LITTLE_ROOM)
    assert low * (1 - room) <= found <= high * (1 + room)


def small_facts(types: list[str], amounts: list[int], abusive: list[bool]) -> Facts:
    """Facts of as many claims, all on food, out of ten orders of food and ten of other goods."""
    return Facts(
        ordered_category=pa.array(["food"] * 10 + ["home"] * 10),
        claimed_category=pa.array(["food"] * len(types)),
        claim_type=np.array([code_of("claim_type", word) for word in types]),
        amount_minor=np.array(amounts),
        abusive=np.array(abusive),
        late=0.25,
    )


def measured(facts: Facts) -> dict[str, float]:
    return {each.name.strip(): each.measure(facts) for each in PUBLISHED}


def test_rates_of_a_few_claims_are_those_that_one_counts_by_hand():
    """Swaps ask for no money; shares of returns look at returns only; shares of money weigh by money."""
    facts = small_facts([*CLAIM_TYPES, "refund_only"], [300, 50, 20, 20, 100], [True, False, True, False, False])
    found = measured(facts)
    assert found["orders sent back or refunded"] == pytest.approx(3 / 20)
    assert facts.returned_share("food") == pytest.approx(3 / 10)
    assert facts.returned_share("home") == 0
    assert found["returns that are lies"] == 0
    assert found["claims that are lies"] == pytest.approx(2 / 5)
    assert found["money asked for without a return that lies ask for"] == pytest.approx(300 / 400)
    assert found["parcels later than promised"] == 0.25


def test_rate_of_nothing_is_nan_and_no_error():
    """Without a return there is no share of returns."""
    assert math.isnan(measured(small_facts(["refund_only"], [1], [True]))["returns that are lies"])


def test_facts_of_a_world_without_claims_say_so():
    """There is nothing to measure."""
    empty = simulate(SimulationConfig(orders=1, days=1))
    assert len(empty.truth) == 0
    with pytest.raises(ValueError, match="simulate more orders"):
        facts_of(empty)
