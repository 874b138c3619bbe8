"""The claims of a training as MLflow datasets: schema, counts, hash and origin, and not a copy of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import mlflow
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.dataset_source_registry import get_dataset_source_from_json
from mlflow.data.meta_dataset import MetaDataset
from mlflow.types import ColSpec, DataType, Schema

from training.dataset import Dataset, Period
from training.tracking.connection import without_password

CONTEXTS: Final[Mapping[str, str]] = {"train": "training", "calibration": "validation", "test": "test"}
UNSTATED: Final = "not stated"


class PeriodDataset(MetaDataset):  # type: ignore[misc]
    """The claims of one period: their schema, how many they are, and where their events came from."""

    def __init__(self, dataset: Dataset, period: Period, source: str | None) -> None:
        self._period = period
        # the hash is that of all periods together: the model learned from them as one
        super().__init__(
            source=dataset_source(source),
            name=f"clearclaim_{period.name}",
            digest=dataset.data_hash,
            schema=claims_schema(dataset.columns),
        )

    @property
    def profile(self) -> dict[str, float]:
        """How many claims and filings, from when to when, and the share of filings labelled abusive."""
        period = self._period
        return {
            "claims": len(period),
            "filings": period.filings,
            "abusive_share": period.abusive_share,
            "from_ms": int(period.as_of_ms[0]),
            "to_ms": int(period.as_of_ms[-1]),
        }

    def to_dict(self) -> dict[str, str]:
        """As MLflow stores it."""
        return {**super().to_dict(), "profile": json.dumps(self.profile)}


def claims_schema(columns: tuple[str, ...]) -> Schema:
    """The columns of a labelled claim: what the model takes, then moment, label and weight."""
    return Schema(
        [
            *(ColSpec(DataType.double, name, required=False) for name in columns),
            ColSpec(DataType.long, "as_of_ms"),
            ColSpec(DataType.long, "abusive"),
            ColSpec(DataType.double, "weight"),
        ]
    )


def dataset_source(source: str | None) -> DatasetSource:
    """Where events came from, in MLflow's words: a file's whole path, or a store's URL without its password."""
    if source is None or "://" in source:
        return CodeDatasetSource({"events": UNSTATED if source is None else without_password(source)})
    return get_dataset_source_from_json(json.dumps({"uri": str(Path(source).resolve())}), "local")


def log_periods(dataset: Dataset, source: str | None) -> None:
    """Log the three periods as inputs of the active run, each with its context."""
    for period in dataset.periods:
        mlflow.log_input(PeriodDataset(dataset, period, source), context=CONTEXTS[period.name])
