"""Other facts of a claim put into its vector: as if they had been so from the start."""

from __future__ import annotations

import numpy as np
import pytest

from features.assemble import Assembler
from features.changed_facts import ChangedFacts
from features.event_table import MISSING
from features.facts import FACT_FIELDS
from features.plan import WindowTotals, default_plan

NOW_MS = 1_735_689_600_000


def any_facts(random: np.random.Generator) -> np.ndarray:
    """A claim's facts, some of them missing; the moment and the amount stay what they are."""
    facts = {
        "known_at_ms": NOW_MS,
        "amount_minor": 5_000,
        "quantity": random.integers(1, 5),
        "order_amount_minor": random.choice([5_000, 9_000, MISSING]),
        "order_paid_at_ms": NOW_MS - random.integers(1, 10**9),
        "order_delivered_at_ms": random.choice([NOW_MS, NOW_MS - 10**8, MISSING]),
        "order_promised_at_ms": random.choice([NOW_MS - 10**7, MISSING]),
        "evidence_count": random.integers(0, 9),
        "claim_type": random.integers(0, 4),
        "claim_reason": random.integers(0, 11),
    }
    return np.array([[facts[name] for name in FACT_FIELDS]], dtype=np.int64)


@pytest.mark.parametrize("seed", range(20))
def test_vector_with_other_facts_is_the_one_that_they_would_have_given(seed: int) -> None:
    """Bit for bit, whatever the history is."""
    plan, random = default_plan(), np.random.default_rng(seed)
    totals, recent, links = (random.integers(0, 50, size=(1, width)) for width in plan.widths)
    window = WindowTotals(totals, recent + NOW_MS - 10**9, links)
    then, other = any_facts(random), any_facts(random)
    assembler = Assembler(plan)
    vector = assembler.assemble(window, then)[0]
    before = vector.copy()
    changed = ChangedFacts(plan).apply(vector, other)
    np.testing.assert_array_equal(changed, assembler.assemble(window, other)[0])
    np.testing.assert_array_equal(vector, before)
    assert not np.array_equal(changed, vector, equal_nan=True)
