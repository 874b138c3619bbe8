"""What the terminal shows after a training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.dataset import LABELS
from training.summary import summary


@pytest.fixture(scope="module")
def lines(trained):
    return summary(trained).splitlines()


def test_summary_names_label_data_catalogue_columns_and_trees(lines, trained):
    """The first lines say which model this is, and what its label means."""
    head = "\n".join(lines[:3])
    assert lines[0] == f"label verdict: {LABELS['verdict'].meaning}"
    assert f"data {trained.latest.dataset.data_hash}" in head
    assert f"catalogue {trained.bundle.catalog_hash}" in head
    assert f"{len(trained.latest.dataset.columns)} columns, {trained.latest.fitted.rounds} trees" in head


def with_latest(trained, *, dataset, **changes):
    """The training, with another dataset (and more) in its latest fold."""
    latest = replace(trained.latest, reading=replace(trained.latest.reading, dataset=dataset), **changes)
    return replace(trained, folds=(latest, *trained.folds[1:]))


def test_summary_counts_the_claims_that_were_not_scored(trained):
    """Nothing is left out in silence."""
    text = summary(with_latest(trained, dataset=replace(trained.latest.dataset, claims=9_999, without_order=1_234)))
    assert "9,999 claims; not scored: 1,234 without their order's facts, 0 without a buyer" in text


def test_summary_has_a_line_for_each_period(lines, trained):
    """Each period with its days, claims, filings and share of abuse."""
    start = next(number for number, line in enumerate(lines) if line.startswith("period"))
    for line, period in zip(lines[start + 1 :], trained.latest.dataset.periods, strict=False):
        name, first, last, claims, filings, abusive = line.split()
        assert (name, int(claims), int(filings)) == (period.name, len(period), period.filings)
        assert abusive == f"{period.abusive_share:.2%}"
        assert first < last


def test_summary_shows_the_model_beside_its_baselines(lines, trained):
    """A figure alone says little."""
    for name, words in (
        ("model", "model"),
        ("logistic_regression", "logistic regression"),
        ("past_refund_rate", "past refund rate"),
    ):
        (line,) = [line for line in lines if line.startswith(words)]
        figures = [f"{trained.latest.metrics[f'{name}_{figure}']:.3f}" for figure in ("average_precision", "auc")]
        assert line.split()[-2:] == figures


def test_summary_shows_figures_per_claim_only_where_filings_have_several(lines, trained):
    """Where each claim is a filing, the second table would repeat the first."""
    assert "the same, per claim" not in "\n".join(lines)
    test = trained.latest.dataset.test
    shared = replace(trained.latest.dataset, test=replace(test, weights=np.full(len(test), 0.5)))
    metrics = trained.latest.metrics | {"model_per_claim_average_precision": 0.111, "model_per_claim_auc": 0.777}
    text = summary(with_latest(trained, dataset=shared, metrics=metrics))
    per_claim = text.split("the same, per claim")[1].splitlines()
    assert per_claim[1].split() == ["model", "0.111", "0.777"]


def test_summary_shows_the_folds_where_there_are_several(trained):
    """Whether the model does as well at other moments, a line each; a single fold is no table."""
    assert "tested from" not in summary(trained)
    earlier = replace(trained.latest, metrics=trained.latest.metrics | {"model_auc": 0.4321})
    lines = summary(replace(trained, folds=(trained.latest, earlier))).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("tested from"))
    assert [line.split()[4] for line in lines[start + 1 : start + 3]] == [
        f"{trained.latest.metrics['model_auc']:.3f}",
        "0.432",
    ]


def test_summary_says_that_no_texts_were_read(lines):
    """Events without texts are no error, and no secret either."""
    assert "texts of claims: too few to learn to read from" in lines
