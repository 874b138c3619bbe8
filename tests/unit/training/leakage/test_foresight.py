"""Vectors that know what came after their claims are found, whoever made them; honest ones are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.engines.batch import feature_vectors
from features.event_table import EventTable
from features.events import EventKind
from tests.unit.training.leakage.conftest import SPLIT
from training.dataset import cut_dataset
from training.leakage.foresight import find_foresight
from training.leakage.narrowing import turn_round

DAY_MS = 86_400_000


def known_earlier(table, days):
    """The same events, all but the claims known some days before they were."""
    filed = np.zeros(len(table), dtype=bool)
    filed[table.rows_of(EventKind.CLAIM_FILED)] = True
    moments = np.where(filed, table["known_at_ms"], table["known_at_ms"] - days * DAY_MS)
    return EventTable({**table.columns, "known_at_ms": moments}, table.ids, table.pictures)


@pytest.fixture
def cut(gathered):
    """A dataset of other vectors, of all columns or of some whose names begin so."""

    def of(vectors, begins=""):
        chosen = np.array([name.startswith(begins) for name in gathered.columns])
        mixed = np.where(chosen, vectors, gathered.vectors)
        return cut_dataset(replace(gathered, vectors=mixed), SPLIT)

    return of


def test_find_foresight_in_vectors_of_the_past_finds_nothing(dataset, gathered, plan):
    """Bit for bit the same, both ways, for all claims that were asked about."""
    found = find_foresight(dataset, gathered.table, plan, 6, 1)
    assert (found.lines, found.claims) == ([], 6)


@pytest.mark.parametrize(("days", "begins"), [(1, ""), (1, "merchant_abusive"), (300, "buyer_abusive")])
def test_find_foresight_in_columns_that_look_ahead_finds_them(gathered, plan, cut, days, begins):
    """One day in all columns or in two, or all that ever came to be known: each is named with a claim and a value."""
    ahead = feature_vectors(plan, known_earlier(gathered.table, days), gathered.spine.rows)
    found = find_foresight(cut(ahead, begins), gathered.table, plan, 6, 1)
    past, turned = found.lines
    assert past.startswith(f"columns {begins}")
    assert "from what was known before their claims alone" in past
    assert "with later verdicts, decisions and inspections turned round" in turned
    assert " and should have " in past
    assert "claim claim-" in past


def test_find_foresight_in_vectors_made_from_other_outcomes_finds_them(gathered, plan, cut):
    """As from a file that was written before verdicts were corrected."""
    middle_ms = int(np.median(gathered.spine.as_of_ms))
    other = feature_vectors(plan, turn_round(gathered.table, middle_ms), gathered.spine.rows)
    assert len(find_foresight(cut(other), gathered.table, plan, 6, 1).lines) == 2


def test_find_foresight_in_one_claim_of_those_asked_about_counts_one(dataset, gathered, plan):
    """The figure says how many of how many differ."""
    vectors = dataset.test.vectors.copy()
    vectors[:, 3] += 1
    wrong = replace(dataset, test=replace(dataset.test, vectors=vectors))
    line = find_foresight(wrong, gathered.table, plan, 10, 1).lines[0]
    in_test = int(line.split(" of 10 vectors")[0].rsplit(" ", 1)[1])
    assert 0 < in_test < 10
    assert line.startswith(f"columns {plan.names[3]}: ")


def test_find_foresight_under_other_columns_than_the_catalogues_says_so(dataset, gathered, plan):
    """Vectors of another catalogue can't be compared."""
    renamed = replace(dataset, columns=("other", *dataset.columns[1:]))
    found = find_foresight(renamed, gathered.table, plan, 4, 1)
    assert found.claims == 0
    assert "aren't those of the feature catalogue" in found.lines[0]
