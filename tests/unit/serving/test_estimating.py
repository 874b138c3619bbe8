"""Sums over all claims, from those that were looked at."""

import numpy as np
import pytest

from serving.decision.estimating import estimate_means


def test_estimate_of_four_claims_is_what_a_hand_computes() -> None:
    """Costs 100 and 20 by chances 1 and 1/4, 40 by 1/2; one claim wasn't looked at: total 100 + 80 + 80."""
    found = estimate_means(
        np.array([[100.0], [20.0], [40.0], [9_999.0]]),
        np.array([1.0, 0.25, 0.5, 0.5]),
        np.array([True, True, True, False]),
        np.arange(4),
    )
    assert found.total.tolist() == [260.0]
    assert found.mean.tolist() == [260.0 / 7]  # the weights are 1, 4 and 2
    assert found.looked_at == 3
    assert found.effective == pytest.approx(49 / 21)
    assert found.low[0] <= found.mean[0] <= found.high[0]


def test_estimate_over_many_draws_is_right_on_average_and_within_its_interval() -> None:
    """Cheap and dear claims, looked at by very different chances: neither estimate leans, and intervals hold as often
    as they say.
    """
    random = np.random.default_rng(3)
    claims = 1_000
    cost = np.concatenate([random.exponential(10, claims // 2), 50 + random.exponential(30, claims // 2)])
    chance = np.repeat([0.1, 0.9], claims // 2)
    totals, means, held = [], [], 0
    for draw in range(200):
        found = estimate_means(
            cost[:, np.newaxis], chance, random.random(claims) < chance, np.arange(claims), rounds=100, seed=draw
        )
        totals.append(found.total[0])
        means.append(found.mean[0])
        held += bool(found.low[0] <= cost.mean() <= found.high[0])
    assert np.mean(totals) == pytest.approx(cost.sum(), rel=0.02)
    assert np.mean(means) == pytest.approx(cost.mean(), rel=0.02)
    assert 0.88 <= held / 200 <= 0.995
    assert np.mean(cost[random.random(claims) < chance]) > 1.3 * cost.mean()  # what a plain mean would say


def test_interval_is_wider_where_claims_are_few_buyers() -> None:
    """Claims of one buyer tell much the same: a hundred of ten buyers are no hundred of a hundred."""
    random = np.random.default_rng(5)
    of_buyer = random.normal(size=10)
    values = np.repeat(of_buyer, 10)[:, np.newaxis]
    everything = np.ones(100, dtype=bool)
    apart = estimate_means(values, np.ones(100), everything, np.arange(100))
    together = estimate_means(values, np.ones(100), everything, np.repeat(np.arange(10), 10))
    assert (together.high - together.low)[0] > 2 * (apart.high - apart.low)[0]


def test_estimate_with_the_same_seed_is_the_same() -> None:
    """A figure that is looked up again is the figure that was."""
    arguments = (np.arange(20.0)[:, np.newaxis], np.full(20, 0.5), np.arange(20) % 2 == 0, np.arange(20))
    one, other = (estimate_means(*arguments, rounds=30, seed=11) for _ in range(2))
    assert (one.low, one.high) == (other.low, other.high)


@pytest.mark.parametrize(
    ("chance", "looked_at", "says"), [(1.0, False, "nothing to estimate"), (0.0, True, "chance"), (1.5, True, "chance")]
)
def test_estimate_from_nothing_or_by_no_chance_is_refused(chance: float, looked_at: bool, says: str) -> None:
    """Better no figure than one that means nothing."""
    with pytest.raises(ValueError, match=says):
        estimate_means(np.ones((1, 1)), np.array([chance]), np.array([looked_at]), np.array([0]))
