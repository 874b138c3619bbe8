"""Simulated worlds are honest, whatever befalls them; and a leak in one of them is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.engines.batch import feature_vectors
from features.plan import default_plan
from tests.unit.training.leakage.test_foresight import known_earlier
from tests.unit.training.simulate.worlds import many_abusers
from training.dataset import Dataset, Gathered, SplitConfig, cut_dataset, gather
from training.leakage import LeakageConfig, LeakageError, check_dataset
from training.leakage.sharing import find_sides
from training.simulate import SimulationConfig, simulate

pytestmark = pytest.mark.slow

WORLDS = {"festival": 22, "ring_attack": 23}
SMALL = LeakageConfig(sample=4)


@pytest.fixture(scope="module")
def worlds() -> dict[str, tuple[Gathered, Dataset]]:
    """Small worlds with few honest people, so that there are verdicts enough, and columns that tell much."""
    made = {}
    with many_abusers():
        for scenario, seed in WORLDS.items():
            events = simulate(SimulationConfig(orders=10_000, days=200, seed=seed, scenario=scenario)).events
            gathered = gather(events.sort_by("known_at_ms"), default_plan())
            made[scenario] = gathered, cut_dataset(gathered, SplitConfig())
    return made


@pytest.mark.parametrize("scenario", list(WORLDS))
def test_check_dataset_of_an_honest_world_passes(worlds, scenario):
    """No column is too good, no vector looks ahead; and it says how good the strongest is."""
    gathered, dataset = worlds[scenario]
    checked = check_dataset(dataset, gathered.table, default_plan(), SMALL).checked
    assert 0.5 < checked.strongest_auc < 0.85
    assert checked.recomputed == 4


def test_check_dataset_of_a_world_whose_vectors_look_a_day_ahead_fails(worlds):
    """In all that a world holds, it shows in every claim that was asked about."""
    gathered, _ = worlds["ring_attack"]
    ahead = feature_vectors(default_plan(), known_earlier(gathered.table, 1), gathered.spine.rows)
    leaked = cut_dataset(replace(gathered, vectors=ahead), SplitConfig())
    with pytest.raises(LeakageError, match="should have") as caught:
        check_dataset(leaked, gathered.table, default_plan(), SMALL)
    assert "4 of 4 vectors are others" in str(caught.value)


def test_check_dataset_of_a_world_with_a_column_of_verdicts_fails(worlds):
    """By what the column tells, and by what it should have been."""
    gathered, dataset = worlds["festival"]
    found = gathered.columns.index("buyer_abusive_verdicts_ever")
    verdict = np.zeros(len(gathered.vectors))
    rows = {int(row): place for place, row in enumerate(gathered.spine.rows)}
    for period in dataset.periods:
        verdict[[rows[int(row)] for row in period.rows]] = period.abusive
    vectors = gathered.vectors.copy()
    vectors[:, found] += verdict
    leaked = cut_dataset(replace(gathered, vectors=vectors), SplitConfig())
    with pytest.raises(LeakageError) as caught:
        check_dataset(leaked, gathered.table, default_plan(), replace(SMALL, sample=12))
    assert any(
        line.startswith("column buyer_abusive_verdicts_ever, period train: alone") for line in caught.value.findings
    )
    assert any(line.startswith("columns buyer_abusive_verdicts_ever: from what was") for line in caught.value.findings)


@pytest.mark.parametrize("drop", ["train", "test"])
def test_check_dataset_of_a_world_whose_buyers_are_to_be_apart_passes_without_them(worlds, drop):
    """It fails as it is; and with the claims of shared buyers and rings left out of either side it doesn't."""
    gathered, dataset = worlds["festival"]
    plan, apart = default_plan(), replace(SMALL, buyers="apart")
    with pytest.raises(LeakageError, match="--drop-shared"):
        check_dataset(dataset, gathered.table, plan, apart)
    kept = check_dataset(dataset, gathered.table, plan, replace(apart, drop=drop))
    assert kept.checked.dropped > 0
    assert sum(map(len, kept.periods)) == sum(map(len, dataset.periods)) - kept.checked.dropped
    assert find_sides(kept, gathered.table, plan).shared.by_ring == 0
    for period in kept.periods:
        weights = kept.labelling.weights[period.name]
        assert weights.values.tolist() == period.label_weights.tolist()
        assert weights.effective <= len(period)
