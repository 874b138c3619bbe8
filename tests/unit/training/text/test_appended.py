"""Columns of texts in a training: no row is read by a reader that knew its buyer, and none learns from the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.events import CLAIM_REASONS, EventKind
from serving.bundle import write_bundle
from serving.model import load_model
from serving.text.columns import TEXT_COLUMNS, text_values
from training.card import write_card
from training.dataset import SplitConfig, build_dataset
from training.summary import summary
from training.text import appended
from training.text.appended import append_texts, read_texts
from training.text.claim_texts import ClaimTexts
from training.text.cross_fit import FOLDS, fit_readers
from training.text.fitting import ReaderConfig
from training.train import train

pytestmark = pytest.mark.slow

OWN_WORD = "qwxzv jkqpf"  # a word of one buyer's own
QUICK_READER = ReaderConfig(iterations=5)


def claims(count: int, *, marked: int = -1) -> ClaimTexts:
    """Texts of 40 buyers who state and tell one of two reasons; one buyer states another, in words of its own."""
    buyers = np.arange(count) % 40
    stated = np.where(buyers % 2 == 0, 1, 6)
    texts = np.where(stated == 1, "it came broken", "this is a fake").astype(object)
    stated[buyers == marked], texts[buyers == marked] = 9, OWN_WORD
    return ClaimTexts(pa.array(texts.tolist()), stated.astype(np.int64), buyers.astype(np.int64))


def test_row_is_read_by_a_reader_that_never_saw_its_buyer() -> None:
    """Words of one buyer alone tell nothing to the reader of that buyer's rows, and all to the one of the service."""
    teaching = claims(400, marked=7)
    readers = fit_readers(teaching, QUICK_READER)
    assert readers is not None
    assert readers.whole.probabilities(OWN_WORD)[9] > 0.5
    assert readers.for_buyer(7).probabilities(OWN_WORD)[9] < 1e-6
    assert all(readers.folds[fold].probabilities(OWN_WORD)[9] > 0.5 for fold in range(FOLDS) if fold != 7 % FOLDS)


@pytest.mark.parametrize("texts", [claims(150), claims(400).take(np.arange(400) % 2 == 0)])
def test_too_few_texts_or_a_single_reason_teach_nothing(texts: ClaimTexts) -> None:
    """Then there is no reader, rather than a bad one."""
    assert fit_readers(texts, QUICK_READER) is None


def test_texts_read_together_give_what_the_service_makes_of_each(monkeypatch) -> None:
    """Bit for bit, whoever reads, however many at once: long ones, repeated, foreign, empty and missing."""
    some = claims(400)
    readers = fit_readers(some, QUICK_READER)
    written = ["it came broken", None, "", " \t", "盒子破了, a fake 12.5", "x", "it came broken", "fake " * 99]
    texts = replace(some, texts=pa.array([written[row % len(written)] for row in range(len(some))]))
    monkeypatch.setattr(appended, "AT_ONCE", 37)
    claim = zip(texts.texts.to_pylist(), texts.stated.tolist(), texts.buyers.tolist(), strict=True)
    expected = [text_values(readers.for_buyer(buyer), text, CLAIM_REASONS[stated]) for text, stated, buyer in claim]
    assert read_texts(texts, readers.for_buyer).tobytes() == np.array(expected).tobytes()


def test_texts_of_white_space_dont_count() -> None:
    """Who wrote nothing taught nothing."""
    some = claims(400)
    silent = replace(some, texts=pa.array([*some.texts.to_pylist()[:150], *[None, " "] * 125]))
    assert fit_readers(silent, QUICK_READER) is None


def test_later_periods_are_read_by_the_reader_of_the_bundle(trained_on_texts) -> None:
    """Calibration and test see what the service will say, bit for bit; the training period sees less."""
    reader = trained_on_texts.bundle.reader
    for period in trained_on_texts.latest.dataset.periods[1:]:
        found = period.vectors[:, -len(TEXT_COLUMNS) :]
        assert found.tobytes() == read_texts(period.texts, lambda _: reader).tobytes()
    train_period = trained_on_texts.latest.dataset.train
    found = train_period.vectors[:, -len(TEXT_COLUMNS) :]
    assert found.tobytes() != read_texts(train_period.texts, lambda _: reader).tobytes()


def test_claims_without_a_text_have_missing_values(trained_on_texts) -> None:
    """Every tenth claim of the shop is silent, and no other."""
    for period in trained_on_texts.latest.dataset.periods:
        silent = np.array([text is None for text in period.texts.texts.to_pylist()])
        missing = np.isnan(period.vectors[:, -len(TEXT_COLUMNS) :])
        assert 0 < silent.sum() < len(silent)
        assert (missing == silent[:, np.newaxis]).all()


def test_texts_that_tell_of_something_else_make_the_model_better(
    trained_on_texts, writing_shop, table_of, plan, quick
) -> None:
    """In the shop abusive claims write of other things than they state: whoever reads finds more of them."""
    silent = train(table_of(replace(event, claim_text=None) for event in writing_shop), plan, quick)
    assert silent.bundle.reader is None
    assert trained_on_texts.latest.metrics["model_auc"] > silent.latest.metrics["model_auc"]


def test_service_scores_the_test_as_the_training_did(trained_on_texts, plan, tmp_path) -> None:
    """From the catalogue's vector and the text, a service gives the probabilities that were measured, bit for bit."""
    model = load_model(write_bundle(tmp_path / "bundle", trained_on_texts.bundle).path, plan)
    test = trained_on_texts.latest.dataset.test
    served = [
        model.scorer.score(model.scorer.complete(vector, text, CLAIM_REASONS[reason])).abuse_probability
        for vector, text, reason in zip(
            test.vectors[:, : len(plan.columns)], test.texts.texts.to_pylist(), test.texts.stated, strict=True
        )
    ]
    assert served == trained_on_texts.latest.rankings["model"].tolist()


def test_reader_learns_nothing_from_later_texts(trained_on_texts, writing_shop, table_of, plan, quick) -> None:
    """With all texts from the calibration period on turned round, the reader is the same to the byte."""
    start_ms = int(trained_on_texts.latest.dataset.calibration.as_of_ms[0])
    turned = [
        replace(event, claim_text=event.claim_text[::-1])
        if event.claim_text is not None and event.known_at_ms >= start_ms
        else event
        for event in writing_shop
    ]
    other = train(table_of(turned), plan, quick)
    assert other.bundle.reader == trained_on_texts.bundle.reader
    assert other.latest.rankings["model"].tolist() != trained_on_texts.latest.rankings["model"].tolist()


def test_reader_learns_from_claims_that_nobody_ruled_on(writing_shop, table_of, plan) -> None:
    """A text needs no verdict to teach: the stated reason is enough."""
    dataset = build_dataset(table_of(writing_shop), plan, SplitConfig())
    filed = [event for event in writing_shop if event.kind is EventKind.CLAIM_FILED]
    start_ms = int(dataset.calibration.as_of_ms[0])
    in_time = [event for event in filed if event.known_at_ms < start_ms]
    assert len(dataset.teaching) == len(in_time) > len(dataset.train)


def test_card_and_manifest_say_what_reads_texts(trained_on_texts) -> None:
    """How many texts taught it, how often it agrees, and how it was fitted."""
    said = trained_on_texts.bundle.training["texts"]
    assert said["texts"] > 200
    assert 0 < said["agreement"] < 1
    assert said["strength"] == ReaderConfig().strength
    assert f"learned from {said['texts']:,} texts" in trained_on_texts.bundle.card
    assert "**Texts**" in trained_on_texts.bundle.card


def test_events_without_texts_train_a_model_without_and_the_card_says_so(trained, plan) -> None:
    """A real file may have none: training goes on with the catalogue's columns."""
    assert trained.bundle.reader is None
    assert trained.bundle.training["texts"] is None
    assert trained.latest.dataset.columns == plan.names
    assert "**Texts**: none are read; the events have too few texts of claims to learn from." in trained.bundle.card
    assert write_card(trained.latest.dataset, {}, "f00d").count("**Texts**") == 1


def test_reading_again_gives_the_same_columns(writing_shop, table_of, plan) -> None:
    """No draw is in it."""
    dataset = build_dataset(table_of(writing_shop), plan, SplitConfig())
    first, second = (append_texts(dataset, QUICK_READER) for _ in range(2))
    assert first.dataset.data_hash == second.dataset.data_hash != dataset.data_hash
    assert first.columns == TEXT_COLUMNS
    train_period = first.dataset.train
    row = next(place for place, text in enumerate(train_period.texts.texts.to_pylist()) if text)
    text, stated, buyer = (getattr(train_period.texts, name)[row] for name in ("texts", "stated", "buyers"))
    expected = text_values(first.readers.for_buyer(int(buyer)), text.as_py(), CLAIM_REASONS[stated])
    assert train_period.vectors[row, -len(TEXT_COLUMNS) :].tolist() == expected.tolist()


def test_summary_says_how_texts_were_read(trained_on_texts) -> None:
    """From how many texts, and how often they tell of the reason stated."""
    readers = trained_on_texts.latest.reading.readers
    expected = (
        f"texts of claims: learned to read from {readers.texts:,}; {readers.agreement:.0%} tell of the reason stated"
    )
    assert expected in summary(trained_on_texts).splitlines()


def test_agreement_counts_texts_read_by_strangers_readers() -> None:
    """A quarter of the texts tell of the other reason that there is, and are found to."""
    told = claims(400)
    swapped = np.where(np.arange(400) % 80 < 20, 7 - told.stated, told.stated)
    readers = fit_readers(replace(told, stated=swapped), ReaderConfig())
    assert readers is not None
    assert readers.agreement == pytest.approx(0.75)
