"""Invented histories through every engine: the same integers, the same floats, the same bytes of history."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.arrays import Floats
from features.engines import reference
from tests.parity.histories import PLANS, crowd, histories, random_history
from tests.spec.engines import ENGINES, STORES, Found, by_appends, by_batch, by_rebuild, claims_of


def bits(vectors: Floats) -> list[list[int]]:
    """The bit patterns of floats, one for all that is missing."""
    return np.where(np.isnan(vectors), np.nan, vectors).view(np.int64).tolist()


def assert_alike(one: Found, other: Found) -> None:
    assert one.window.totals.tolist() == other.window.totals.tolist()
    assert one.window.last_rise_ms.tolist() == other.window.last_rise_ms.tolist()
    assert one.window.linked.tolist() == other.window.linked.tolist()
    assert bits(one.vectors) == bits(other.vectors)


# on every history run the oracle, the batch engine and a store that learns in passing; by turns, the other stores
ALWAYS = ("reference", "batch", "online, appends")


@pytest.mark.parametrize("plan_name", PLANS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_engines_on_any_history_agree_bit_for_bit(plan_name, data):
    """Whatever happens, in whatever order it is told, every engine finds what the oracle finds."""
    plan = PLANS[plan_name]()
    events = data.draw(histories(plan))
    other = data.draw(st.sampled_from([name for name in STORES if name not in ALWAYS]))
    found = {name: ENGINES[name](plan, events) for name in (*ALWAYS, other)}
    for each in found.values():
        assert_alike(each, found["reference"])
    assert found[other].history == found["online, appends"].history


@pytest.mark.parametrize("plan_name", PLANS)
def test_batch_and_store_on_a_long_history_agree_on_every_claim(plan_name):
    """Three thousand events, a thousand claims: what was found in passing is what the whole table gives."""
    plan = PLANS[plan_name]()
    events = random_history(seed=20_240_101, size=3_000)
    stored, batch = by_appends(plan, events), by_batch(plan, events)
    assert len(claims_of(events)) > 900
    assert_alike(stored, batch)
    assert stored.history == by_rebuild(plan, events).history


def test_engines_on_the_history_of_a_crowd_agree():
    """Rings that grow, are cut and fall apart, and pictures that are nearly the same, among ninety buyers."""
    plan = PLANS["shipped"]()
    events = random_history(seed=20_240_102, size=1_500, parties=crowd(seed=20_240_103))
    stored, batch = by_appends(plan, events), by_batch(plan, events)
    assert_alike(stored, batch)
    sizes, near, bits = batch.window.linked.T.tolist()
    assert {0, 2, 50} < set(sizes)
    assert max(near) >= 2
    assert {0, 1, 2, 3} < set(bits)
    claims = claims_of(events)
    some = sorted(range(len(claims)), key=lambda number: (sizes[number] in {0, 50}, claims[number].known_at_ms))[::200]
    oracle = reference.window_totals(plan, events, [claims[number] for number in some])
    assert batch.window.totals[some].tolist() == oracle.totals.tolist()
    assert batch.window.last_rise_ms[some].tolist() == oracle.last_rise_ms.tolist()
    assert batch.window.linked[some].tolist() == oracle.linked.tolist()


@settings(max_examples=30)
@given(events=histories(PLANS["odd"]()), chance=st.randoms(use_true_random=False))
def test_batch_of_shuffled_events_finds_the_same(events, chance):
    """The order of the rows in a file says nothing."""
    plan = PLANS["odd"]()
    shuffled = chance.sample(events, len(events))
    before, after = by_batch(plan, events), by_batch(plan, shuffled)
    ids = [claim.event_id for claim in claims_of(events)]
    order = [[claim.event_id for claim in claims_of(shuffled)].index(event_id) for event_id in ids]
    assert bits(after.vectors[order]) == bits(before.vectors)
