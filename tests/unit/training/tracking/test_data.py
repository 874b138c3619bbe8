"""The claims of a training are MLflow datasets: known by schema, hash and origin, and not copied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.tracking.data import PeriodDataset, claims_schema, dataset_source


def test_dataset_has_the_columns_with_their_types_and_the_datas_hash(trained):
    """What the model takes, then the moment, the label and its weight."""
    dataset = trained.latest.dataset
    logged = PeriodDataset(dataset, dataset.test, "events.parquet").to_dict()
    schema = json.loads(logged["schema"])["mlflow_colspec"]
    assert [column["name"] for column in schema] == [*dataset.columns, "as_of_ms", "abusive", "weight"]
    assert {column["type"] for column in schema[: len(dataset.columns)]} == {"double"}
    assert [column["type"] for column in schema[len(dataset.columns) :]] == ["long", "long", "double"]
    assert (logged["name"], logged["digest"]) == ("clearclaim_test", dataset.data_hash)


def test_dataset_has_a_profile_and_no_rows(trained):
    """How many, from when to when; the claims themselves stay where they are."""
    dataset = trained.latest.dataset
    profile = json.loads(PeriodDataset(dataset, dataset.train, None).to_dict()["profile"])
    assert profile == {
        "claims": len(dataset.train),
        "filings": dataset.train.filings,
        "abusive_share": pytest.approx(dataset.train.abusive_share),
        "from_ms": dataset.train.as_of_ms[0],
        "to_ms": dataset.train.as_of_ms[-1],
    }


def test_source_of_a_file_is_its_whole_path():
    """Wherever it is looked at from."""
    source = dataset_source("data/events.parquet")
    assert json.loads(source.to_json()) == {"uri": str(Path("data/events.parquet").resolve())}


@pytest.mark.parametrize(
    ("given", "stated"),
    [("postgresql://ann:secret@db/shop", "postgresql://ann:***@db/shop"), (None, "not stated")],
)
def test_source_of_a_store_has_no_password(given, stated):
    """What is logged is read by many."""
    assert json.loads(dataset_source(given).to_json()) == {"tags": {"events": stated}}


def test_values_may_be_missing_and_labels_not():
    """As the features and the labels are."""
    required = {column.name: column.required for column in claims_schema(("amount",)).inputs}
    assert required == {"amount": False, "as_of_ms": True, "abusive": True, "weight": True}
