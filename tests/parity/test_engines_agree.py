"""Invented histories through every engine: the same integers, the same floats, the same bytes of history."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.arrays import Floats
from tests.parity.histories import PLANS, histories, random_history
from tests.spec.engines import ENGINES, STORES, Found, by_appends, by_batch, by_rebuild, claims_of


def bits(vectors: Floats) -> list[list[int]]:
    """The bit patterns of floats, one for all that is missing."""
    return np.where(np.isnan(vectors), np.nan, vectors).view(np.int64).tolist()


def assert_alike(one: Found, other: Found) -> None:
    assert one.window.totals.tolist() == other.window.totals.tolist()
    assert one.window.last_rise_ms.tolist() == other.window.last_rise_ms.tolist()
    assert bits(one.vectors) == bits(other.vectors)


@pytest.mark.parametrize("plan_name", PLANS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_engines_on_any_history_agree_bit_for_bit(plan_name, data):
    """Whatever happens, in whatever order it is told, every engine finds what the oracle finds."""
    plan = PLANS[plan_name]()
    events = data.draw(histories(plan))
    found = {name: engine(plan, events) for name, engine in ENGINES.items()}
    for name in ENGINES:
        assert_alike(found[name], found["reference"])
    stored = [found[name].history for name in STORES]
    assert stored[1:] == stored[:-1]


def test_batch_and_store_on_a_long_history_agree_on_every_claim():
    """Three thousand events, a thousand claims: what was found in passing is what the whole table gives."""
    plan = PLANS["shipped"]()
    events = random_history(seed=20_240_101, size=3_000)
    stored, batch = by_appends(plan, events), by_batch(plan, events)
    assert len(claims_of(events)) > 600
    assert_alike(stored, batch)
    assert stored.history == by_rebuild(plan, events).history


@settings(max_examples=50)
@given(events=histories(PLANS["odd"]()), chance=st.randoms(use_true_random=False))
def test_batch_of_shuffled_events_finds_the_same(events, chance):
    """The order of the rows in a file says nothing."""
    plan = PLANS["odd"]()
    shuffled = chance.sample(events, len(events))
    before, after = by_batch(plan, events), by_batch(plan, shuffled)
    ids = [claim.event_id for claim in claims_of(events)]
    order = [[claim.event_id for claim in claims_of(shuffled)].index(event_id) for event_id in ids]
    assert bits(after.vectors[order]) == bits(before.vectors)
