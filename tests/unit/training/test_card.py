"""A card says what a model is for, what it learned from, how good it is and where it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from training.card import write_card
from training.dataset import LABELS


@pytest.fixture(scope="module")
def card(trained):
    return write_card(trained.latest.dataset, {"model_auc": 0.71234, "model_brier": 0.1}, "f00d")


def test_card_says_that_only_a_person_refuses(card):
    """Whoever reads only the first lines learns the limit that matters."""
    assert "It must not refuse a claim: only a person does." in card.split("**Learned from**")[0]


def test_card_names_its_data_and_catalogue(card, trained):
    """A model can be traced to what made it."""
    dataset = trained.latest.dataset
    assert f"Data {dataset.data_hash}, feature catalogue f00d, {len(dataset.columns)} columns." in card


@pytest.mark.parametrize("label", list(LABELS))
def test_card_says_what_its_label_means(trained, label):
    """Above all, that a proxy is no abuse."""
    card = write_card(replace(trained.latest.dataset, label=label), {}, "f00d")
    assert f"**Learned from** {LABELS[label].meaning}." in card
    assert ("PROXY" in card) == (label == "high_refund_proxy")


def test_card_has_a_row_for_each_period(card, trained):
    """From when to when, how many claims and filings, and how many of them abusive."""
    for period in trained.latest.dataset.periods:
        start, end = (datetime.fromtimestamp(ms / 1000, UTC).date() for ms in (period.as_of_ms[0], period.as_of_ms[-1]))
        row = f"| {period.name} | {start} | {end} | {len(period)} | {period.filings} | {period.abusive_share:.2%} |"
        assert row in card


def test_card_has_a_row_for_each_figure(card):
    """All that was measured, in words."""
    assert "| model auc | 0.7123 |" in card
    assert "| model brier | 0.1000 |" in card


def test_card_counts_what_was_left_out(trained):
    """A reader sees whom the model doesn't speak of."""
    card = write_card(replace(trained.latest.dataset, without_order=1234, without_buyer=5), {}, "f00d")
    assert "Left out: 1,234 claims without their order's facts\nand 5 without a buyer." in card


def test_card_says_where_the_figures_end(card):
    """Figures without their limits promise too much."""
    assert "lies after all that the model learned from" in card
    assert "**Limits.**" in card


def test_card_is_the_same_for_the_same_model(card, trained):
    """It belongs to the bundle's version, so it holds no moment of writing."""
    assert write_card(trained.latest.dataset, {"model_auc": 0.71234, "model_brier": 0.1}, "f00d") == card
