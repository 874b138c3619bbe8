"""What a bundle remembers: counts of all claims, labelled or not, and nothing that is anybody's."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from features.engines.batch import feature_vectors
from features.event_table import from_arrow
from features.events import EventKind
from serving.bundle import write_bundle
from training.drift.later import Asked, later_from_events
from training.drift.reference import KEY, DriftError, reference_of


def test_reference_in_a_bundle_is_read_as_the_training_made_it(bundle, trained):
    """From a folder, without MLflow; written again it is the same text."""
    reference = reference_of(bundle)
    assert reference.as_json() == trained.bundle.training[KEY]
    assert set(reference.columns) == set(trained.latest.dataset.columns)


def test_reference_counts_all_claims_since_the_test_began(bundle, trained, shop, table_of, plan):
    """Brute force: claims without a verdict count too, since a service scores them."""
    reference = reference_of(bundle)
    events = from_arrow(table_of(shop))
    filed = events.rows_of(EventKind.CLAIM_FILED)
    rows = filed[events["known_at_ms"][filed] >= trained.latest.dataset.test.as_of_ms[0]]
    assert reference.claims == len(rows) > len(trained.latest.dataset.test)
    vectors = feature_vectors(plan, events, rows)
    for index, name in enumerate(plan.names):
        spread = reference.columns[name]
        assert spread.counted.counts.tolist() == spread.bins.counts(vectors[:, index]).tolist(), name
    assert reference.probability.counted.claims == reference.claims
    assert int(reference.weeks.counts.sum()) == reference.claims


def test_reference_tells_the_figures_of_the_test(bundle, trained):
    """What the training logged, with its error."""
    known, metrics = reference_of(bundle).outcomes, trained.latest.metrics
    assert known.claims == len(trained.latest.dataset.test)
    assert known.average_precision.value == pytest.approx(metrics["model_average_precision"])
    assert known.auc.value == pytest.approx(metrics["model_auc"])
    assert known.found.value == pytest.approx(metrics["test_abusive_share"])
    assert known.average_precision.low < known.average_precision.value < known.average_precision.high


def test_reference_names_nobody(bundle, shop):
    """No id of a buyer, merchant, claim or order is in it."""
    text = json.dumps(bundle.contents.training[KEY])
    ids = {value for event in shop for value in (event.buyer_id, event.merchant_id, event.claim_id, event.order_id)}
    assert not [value for value in ids if value and value in text]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda _: None, "remembers nothing"),
        (lambda known: {**known, "format": 99}, "another format"),
        (lambda known: {**known, "columns": {"claim_amount_minor": "1 2 | 3 | 1"}}, "damaged"),
        (lambda known: {name: value for name, value in known.items() if name != "outcomes"}, "damaged"),
    ],
    ids=["none", "another format", "counts that don't fit", "a part is missing"],
)
def test_reference_that_cannot_be_read_is_refused_in_a_line(trained, tmp_path, change, complaint):
    """The line names the model and says to train again."""
    training = {**trained.bundle.training, KEY: change(trained.bundle.training[KEY])}
    broken = write_bundle(tmp_path / "bundle", replace(trained.bundle, training=training))
    with pytest.raises(DriftError, match=complaint) as caught:
        reference_of(broken)
    assert f"model {broken.model_version}: train it again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_reference_leaves_the_model_version_as_it_is(trained, bundle, tmp_path):
    """It is a fact about the training: the same model is the same model, with or without it."""
    without = {name: value for name, value in trained.bundle.training.items() if name != KEY}
    other = write_bundle(tmp_path / "bundle", replace(trained.bundle, training=without))
    assert other.model_version == bundle.model_version


def test_later_claims_of_given_days_are_those_filed_in_them(bundle, files, plan):
    """From the first moment on, and before the last; without days, after all that the training knew."""
    since_ms = reference_of(bundle).to_ms
    source = str(files("unchanged"))
    everything = later_from_events(source, plan, bundle, since_ms, Asked())
    assert len(everything) == 300
    assert everything.as_of_ms.min() >= since_ms
    middle = np.sort(everything.as_of_ms)[[100, 200]]
    some = later_from_events(source, plan, bundle, since_ms, Asked(int(middle[0]), int(middle[1])))
    assert some.as_of_ms.tolist() == np.sort(everything.as_of_ms)[100:200].tolist()
    assert some.probabilities.tolist() == everything.probabilities[100:200].tolist()
