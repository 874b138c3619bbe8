"""Parts of a dossier that need no store: how rare a value is, the guides, the leaves."""

from __future__ import annotations

import numpy as np
import pytest

from features.events import CLAIM_REASONS
from serving.dossier.guides import GuideError, guide_of, read_guide
from serving.dossier.leaf_space import LeafSpace
from serving.dossier.unusual import unusual
from training.drift.bins import cut_bins
from training.drift.reference import FORMAT, Spread, written
from training.drift.stability import Counted


def training_of(values, name="amount"):
    bins = cut_bins(np.array(values, dtype=np.float64))
    counts = bins.counts(np.array(values, dtype=np.float64))
    return {"reference": {"format": FORMAT, "columns": {name: written(Spread(bins, Counted(counts, 1.0)))}}}


@pytest.mark.parametrize(
    ("value", "place", "percent"),
    [(5.0, "low", 90), (95.0, "high", 90), (1_000.0, "high", 90), (None, "missing", 50), (45.0, "low", 50)],
)
def test_value_is_placed_among_the_claims_of_the_training(value, place, percent):
    """What is said is surely true of the values that training counted; a missing one is told as missing."""
    values = [*range(100), *[np.nan] * 100]
    found = unusual(training_of(values), "amount", value)
    assert (found.place, found.percent) == (place, percent)


def test_share_that_is_told_holds_for_the_values_themselves():
    """Of any value, no fewer claims have less than is said, and none in its own bin are counted."""
    random = np.random.default_rng(3)
    values = np.round(random.lognormal(3, 2, 2_000))
    for value in values[:50]:
        found = unusual(training_of(values), "amount", float(value))
        assert found.less <= (values < value).mean() + 1e-9
        assert found.more <= (values > value).mean() + 1e-9


@pytest.mark.parametrize(
    "training",
    [
        {},
        {"reference": None},
        {"reference": {"format": 99, "columns": {"amount": "1 | 1 1 0 | 1"}}},
        {"reference": {"format": FORMAT, "columns": {"amount": "broken"}}},
        {"reference": {"format": FORMAT, "columns": {"amount": "1 | 0 0 0 | 1"}}},
    ],
)
def test_bundle_that_remembers_nothing_says_nothing(training):
    """An older bundle, or a damaged one, leaves it out."""
    assert unusual(training, "amount", 1.0) is None


def test_every_reason_has_its_guide_in_both_languages():
    """No reviewer is left with the guide of another reason."""
    guides = {guide_of(reason, language) for reason in CLAIM_REASONS for language in ("en", "zh-CN")}
    assert len(guides) == 2 * len(CLAIM_REASONS)
    assert guide_of("unheard_of", "en") == guide_of("other", "en")


def test_guide_that_lacks_a_part_is_named(tmp_path):
    """A writer is told the file and the language."""
    (tmp_path / "damaged.toml").write_text('[en]\nlook_at = "a"\n["zh-CN"]\nlook_at = "b"\n')
    with pytest.raises(GuideError, match=r"damaged\.toml, en: give look_at, speaks_for"):
        read_guide(tmp_path, "damaged")
    (tmp_path / "damaged.toml").write_text('[en]\nlook_at = "a"\n')
    with pytest.raises(GuideError, match="in each of en, zh-CN"):
        read_guide(tmp_path, "damaged")


def test_leaf_space_gives_the_share_of_trees_in_common():
    """By the plain definition, for any claims, before and after the oldest have made room."""
    random = np.random.default_rng(5)
    leaves = random.integers(0, 4, size=(40, 12)).astype(np.uint16)
    space = LeafSpace(trees=12, most=30)
    places = np.concatenate([space.put(leaves[:25]), space.put(leaves[25:])])
    assert len(space) == 30
    shares = space.alike(leaves[3])
    newest = {int(place): row for row, place in enumerate(places)}
    for place, row in newest.items():
        assert shares[place] == (leaves[row] == leaves[3]).mean()


def test_leaf_space_grows_up_to_its_size_and_no_further():
    """Two bytes for each claim and tree."""
    space = LeafSpace(trees=3, most=5_000)
    first = space.size_bytes
    space.put(np.zeros((4_999, 3), dtype=np.uint16))
    assert first < space.size_bytes == 2 * 3 * 5_000
