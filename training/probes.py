"""The probes of a bundle: rows, and what LightGBM's own `Booster.predict` makes of them.

Each column's values are real ones, but drawn apart from the other columns': no row is anybody's claim, so that a bundle
gives away nobody's history.
"""

from __future__ import annotations

from typing import Final

import lightgbm
import numpy as np

from features.arrays import Floats
from serving.bundle import BundleContents
from serving.calibration import Calibration
from serving.probes import Outcome, Probes
from training.stored.vectors import Vectors

ROWS: Final = 24


def make_probes(contents: BundleContents, vectors: Vectors, seed: int) -> Probes:
    """Draw rows, and score them with both models as their texts say them.

    Args:
        contents: of the bundle; its models and calibrations.
        vectors: float64, shape (n, columns), n > 0, in the bundle's order; NaN means missing.
        seed: the same seed and vectors give the same rows.
    """
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(vectors), (ROWS, vectors.shape[1]))
    used, places = np.unique(drawn, return_inverse=True)
    rows = np.take_along_axis(vectors[used], places.reshape(drawn.shape), axis=0)
    rows[0] = np.nan  # a claim of which nothing is known
    recovery = contents.recovery
    return Probes(
        rows=tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in rows),
        abuse=_outcome(contents.model_text, contents.calibration, rows),
        recovery=None if recovery is None else _outcome(recovery.model_text, recovery.calibration, rows),
    )


def _outcome(model_text: str, calibration: Calibration, rows: Floats) -> Outcome:
    predicted = lightgbm.Booster(model_str=model_text).predict(rows, raw_score=True)
    raw_scores = np.asarray(predicted, dtype=np.float64)
    return Outcome(tuple(raw_scores.tolist()), tuple(calibration.probabilities(raw_scores).tolist()))
