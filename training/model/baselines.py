"""What a model must beat: a logistic regression on the same columns, and the buyer's past refund rate alone."""

from __future__ import annotations

from typing import Final

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from features.arrays import Floats
from training.dataset import Dataset
from training.stored.vectors import chunks

PAST_REFUND_RATE: Final = "buyer_refunded_share_ever"
MOST_CLAIMS: Final = 50_000  # of a period that the regression learns from, which are in memory at once


def baseline_probabilities(dataset: Dataset, seed: int) -> dict[str, Floats]:
    """Each baseline's ranking of the test period, shape (n,), fitted on train and calibration together.

    The past refund rate is a rank, not a probability: only measures of order apply to it.
    """
    return {
        "logistic_regression": _logistic_regression(dataset, seed),
        "past_refund_rate": dataset.test.vectors[:, dataset.columns.index(PAST_REFUND_RATE)],
    }


def _logistic_regression(dataset: Dataset, seed: int) -> Floats:
    # counts and amounts have long tails, which a linear model takes badly as they are
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        FunctionTransformer(_tame),
        StandardScaler(),
        LogisticRegression(C=0.1, max_iter=2_000, random_state=seed),
    )
    train, calibration = dataset.train.spread(MOST_CLAIMS), dataset.calibration.spread(MOST_CLAIMS)
    model.fit(
        np.concatenate([train.vectors, calibration.vectors]),
        np.concatenate([train.abusive, calibration.abusive]),
        logisticregression__sample_weight=np.concatenate([train.weights, calibration.weights]),
    )
    return np.concatenate([model.predict_proba(rows)[:, 1] for rows in chunks(dataset.test.vectors)])


def _tame(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)
