"""The model as MLflow's users expect it: the `lightgbm` flavour with a signature, registered, tagged and described.

It takes named columns and answers with LightGBM's own probability. What the service uses is the bundle, which
calibrates that and checks itself; both hold the same trees.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Final

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

from training.probes import make_probes
from training.tracking.names import CHALLENGER, REGISTERED_MODEL
from training.train import Trained

EXAMPLES: Final = 3


def input_example(trained: Trained) -> pd.DataFrame:
    """A few rows of named columns: of the bundle's probes, which are nobody's claim.

    Missing values are 0 here, since JSON has no NaN; who asks sends null for them.
    """
    dataset, seed = trained.latest.dataset, trained.config.boosting.seed
    probes = trained.bundle.probes or make_probes(trained.bundle, dataset.test.vectors, seed)
    rows = probes.matrix[1 : 1 + EXAMPLES]  # in the first row everything is missing
    return pd.DataFrame(np.nan_to_num(rows), columns=list(dataset.columns))


def register(trained: Trained, tags: Mapping[str, str], description: str) -> str:
    """Log the model to the active run, register it as challenger, and return its version's number."""
    example = input_example(trained)
    predicted = np.asarray(trained.latest.fitted.booster.predict(example), dtype=np.float64)
    with warnings.catch_warnings():
        # what MLflow says here concerns its own way of storing; the bundle is what the service uses
        warnings.simplefilter("ignore")
        logged = mlflow.lightgbm.log_model(
            trained.latest.fitted.booster,
            name="model",
            registered_model_name=REGISTERED_MODEL,
            signature=infer_signature(example, predicted),
            input_example=example,
            pip_requirements=[f"{name}=={version}" for name, version in trained.bundle.versions.items()],
        )
    version, client = str(logged.registered_model_version), mlflow.MlflowClient()
    for name, value in tags.items():
        client.set_model_version_tag(REGISTERED_MODEL, version, name, value)
    client.update_model_version(REGISTERED_MODEL, version, description)
    client.set_registered_model_alias(REGISTERED_MODEL, CHALLENGER, version)
    return version


def description_of(trained: Trained) -> str:
    """One sentence with the main figures, for the list of versions."""
    latest, dataset = trained.latest, trained.latest.dataset
    metrics = latest.metrics
    beside = ", ".join(
        f"{name.replace('_', ' ')} {metrics[f'{name}_average_precision']:.3f}"
        for name in latest.rankings
        if name != "model"
    )
    return (
        f"Average precision {metrics['model_average_precision']:.3f} ({beside}), AUC {metrics['model_auc']:.3f} and "
        f"calibration error {metrics['model_calibration_error']:.4f} on {dataset.test.filings:,} later filings, "
        f"by label {dataset.label}, learned from {len(dataset.train):,} claims (data {dataset.data_hash})."
    )
