"""Labels of reviewers who are known to err count less, and nothing else changes."""

import json
from dataclasses import replace

import numpy as np
import pytest

from features.event_table import code_of
from tests.unit.training.labels.worlds import APPEAL, REVIEWER, bench, look
from training.dataset import SplitConfig, cut_dataset, gather
from training.labels.measured import LEAST_WORTH, MeasuredReviewers, ReviewersError, label_worth, read_reviewers
from training.labels.reliability import estimate_reliability
from training.labels.verdicts import verdict_labels

GOOD, BAD = (0.95, 0.98), (0.6, 0.8)
KNOWN = MeasuredReviewers({"reviewer-000": GOOD, "reviewer-001": BAD}, "hash")


def measured(sensitivity, specificity):
    return {"sensitivity": {"value": sensitivity}, "specificity": {"value": specificity}}


@pytest.fixture
def world():
    """Two reviewers, each with half of the claims, and few of them looked at by both."""
    random = np.random.default_rng(5)
    found = bench(random, claims=4_000)
    for number, rates in enumerate((GOOD, BAD)):
        claim = np.arange(number * 2_000, number * 2_000 + 2_100) % 4_000
        found.rule(claim, REVIEWER, look(random, found.truth[claim], *rates), number)
    return found


def worth_of(rulings, known):
    reliability = estimate_reliability(rulings)
    labels = verdict_labels(rulings, reliability if known is None else known.onto(reliability))
    chosen = np.flatnonzero(labels.is_known)
    return labels, label_worth(labels, chosen, np.ones(len(chosen)))


def test_worth_of_an_unreliable_reviewers_labels_is_less(world):
    """Beside colleagues who found the same, of either class."""
    labels, worth = worth_of(world.rulings(2), KNOWN)
    good, bad = np.arange(4_000) // 2_000 == 0, np.arange(4_000) // 2_000 == 1
    for found, least in ((0, 1.05), (1, 1.5)):
        of_class = labels.abusive == found
        assert worth[of_class & good].mean() > least * worth[of_class & bad].mean()
    assert worth.min() > 0


def test_worth_leaves_each_class_its_weight(world):
    """Abuse seems as frequent as before, whatever the labels counted for."""
    labels, _ = worth_of(world.rulings(2), KNOWN)
    chosen = np.flatnonzero(labels.is_known)
    weights = np.random.default_rng(1).random(len(chosen)) + 0.1
    worth = label_worth(labels, chosen, weights)
    for found in (0, 1):
        of_class = labels.abusive[chosen] == found
        assert (weights * worth)[of_class].sum() == pytest.approx(weights[of_class].sum())


def test_worth_of_labels_without_a_probability_is_one(world):
    """Silence is nobody's finding, so nobody's rates speak of it; a label that is likely wrong keeps a little."""
    labels, _ = worth_of(world.rulings(2), KNOWN)
    labels.probability[:] = np.nan
    assert label_worth(labels, np.arange(100), np.ones(100)).tolist() == [1.0] * 100
    labels.probability[:2], labels.abusive[:2] = [0.2, 0.9], 1
    first, second = label_worth(labels, np.arange(2), np.ones(2))
    assert first / second == pytest.approx(LEAST_WORTH / 0.8)


def test_measured_rates_hold_for_reviews_and_not_for_appeals(world):
    """They take the place of the told rates of the people in the file, and of nothing else."""
    world.rule(np.arange(50), APPEAL, world.truth[:50], 1)
    told = estimate_reliability(world.rulings(3))
    known = KNOWN.onto(told)
    changed = np.flatnonzero((known.rates != told.rates).any(axis=1))
    assert {(int(told.source[each]), int(told.reviewer[each])) for each in changed} == {(REVIEWER, 0), (REVIEWER, 1)}
    assert known.rates[changed].tolist() == [list(GOOD), list(BAD)]
    assert code_of("verdict_source", "reviewer") == REVIEWER


def test_dataset_without_a_file_is_as_before_and_with_one_only_weights_change(shop, table_of, plan):
    """No label, no claim and nothing of the test changes; who is less reliable counts less in what is learned from."""
    named = [
        replace(event, reviewer_id=f"r{int(event.claim_id.split('-')[1]) % 2}")
        if event.kind == "claim_adjudicated"
        else event
        for event in shop
    ]
    gathered = gather(table_of(named), plan)
    split = SplitConfig("verdict_unweighted", gap_days=45)
    plain = cut_dataset(gathered, split)
    assert cut_dataset(replace(gathered, reviewers=None), split).data_hash == plain.data_hash
    known = MeasuredReviewers({"r0": GOOD, "r1": BAD}, "hash")
    weighed = cut_dataset(replace(gathered, reviewers=known), split)
    assert weighed.test.weights.tolist() == plain.test.weights.tolist()
    assert weighed.train.weights.sum() == pytest.approx(plain.train.weights.sum())
    assert weighed.train.abusive.tolist() == plain.train.abusive.tolist()
    assert weighed.data_hash != plain.data_hash
    assert weighed.train.abusive_share == pytest.approx(plain.train.abusive_share)
    assert len(set((weighed.train.weights / plain.train.weights).round(6).tolist())) > 2


def test_file_of_reviewers_is_read_with_its_hash(tmp_path):
    """Rates by name, kept off the ends; the same content has the same hash."""
    path = tmp_path / "reviewers.json"
    path.write_text(json.dumps({"format": 1, "reviewers": {"ann": measured(0.9, 1.0)}}))
    found = read_reviewers(path)
    assert found.rates == {"ann": (0.9, 0.99)}
    assert (found.digest, len(found.digest)) == (read_reviewers(path).digest, 16)
    assert "ann" not in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "can't be read"),
        ("[]", "format 1"),
        ('{"format": 2}', "format 1"),
        ('{"format": 1}', "rates"),
        (json.dumps({"format": 1, "reviewers": {"ann": measured(1.4, 0.9)}}), "rates"),
        (json.dumps({"format": 1, "reviewers": {"ann": {"sensitivity": 0.9}}}), "rates"),
    ],
)
def test_file_of_reviewers_that_is_none_is_refused(tmp_path, text, said):
    """In one line that names the file and says what to do."""
    path = tmp_path / "reviewers.json"
    path.write_text(text)
    with pytest.raises(ReviewersError, match=said):
        read_reviewers(path)
    with pytest.raises(ReviewersError, match="can't be read"):
        read_reviewers(tmp_path / "none.json")
