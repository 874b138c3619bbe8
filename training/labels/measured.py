"""Reviewers whose rates were measured on gold cases, and what a label is then worth for learning.

`clearclaim reviewers` writes the file. Rates from gold cases take the place of those that are told from disagreement
(`training.labels.reliability`), because there the truth was known; they hold for what a person finds as `reviewer` or
in an `audit`, not for an appeal, which is another kind of look.

A label of which it is sure with probability p that it is right teaches as much as 2p - 1 of a sure one: at 1/2 it
teaches nothing, and that is the weight with which a noisy label's expected loss is the true one's, up to a constant
(N. Natarajan and others, "Learning with noisy labels", 2013, for noise that is the same in both classes). Here it isn't
the same: where abuse is rare, an accusation is less sure than an acquittal by anybody. Were that in the weights, abuse
would seem rarer than it is. So weights are compared among labels of the same class only, and each class keeps the
weight that it had: who is less reliable counts less beside colleagues who found the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import code_of
from training.labels.labels import Labels
from training.labels.reliability import Reliability

FORMAT: Final = 1
MEASURED_SOURCES: Final = ("reviewer", "audit")
LEAST_WORTH: Final = 0.05  # a label that hardly tells anything still keeps its claim in the figures
_LEAST_RATE: Final = 0.01
_HEX_DIGITS: Final = 16


class ReviewersError(ValueError):
    """A file of reviewers' rates that can't be used: the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class MeasuredReviewers:
    """Sensitivity and specificity by reviewer, as gold cases tell them, and the file's hash."""

    rates: Mapping[str, tuple[float, float]] = field(repr=False)
    digest: str

    def onto(self, reliability: Reliability) -> Reliability:
        """The same reliability with the measured rates in the place of the told ones."""
        rates = reliability.rates.copy()
        codes = {code_of("verdict_source", word) for word in MEASURED_SOURCES}
        for voter, (source, place) in enumerate(
            zip(reliability.source.tolist(), reliability.reviewer.tolist(), strict=True)
        ):
            if place >= 0 and source in codes and reliability.reviewer_ids[place] in self.rates:
                rates[voter] = self.rates[reliability.reviewer_ids[place]]
        return replace(reliability, rates=rates)


def label_worth(labels: Labels, chosen: Ints, weights: Floats) -> Floats:
    """What each of the chosen labels is worth beside others of its class, shape (chosen,).

    Args:
        labels: with P(abusive) by measured rates; a label without it, by silence, is worth 1.
        chosen: positions of labels.
        weights: what they count for otherwise; each class keeps its sum.
    """
    abusive, probability = labels.abusive[chosen] == 1, labels.probability[chosen]
    told = np.isfinite(probability)
    right = np.where(abusive, probability, 1 - probability)
    worth = np.where(told, np.maximum(2 * right - 1, LEAST_WORTH), 1.0)
    for of_class in (told & abusive, told & ~abusive):
        if of_class.any():
            worth[of_class] /= np.average(worth[of_class], weights=weights[of_class])
    return np.asarray(worth, dtype=np.float64)


def read_reviewers(path: Path) -> MeasuredReviewers:
    """The file that `clearclaim reviewers` wrote.

    Raises:
        ReviewersError: if it can't be read, or isn't one.
    """
    try:
        content = path.read_bytes()
        said = json.loads(content)
    except (OSError, ValueError) as error:
        raise ReviewersError(f"{path}: can't be read ({error}); write it with 'clearclaim reviewers'") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ReviewersError(f"{path}: no file of reviewers of format {FORMAT}; write it with 'clearclaim reviewers'")
    try:
        rates = {name: _rates(each) for name, each in said["reviewers"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReviewersError(f"{path}: a reviewer's rates are missing or no rates; write the file anew") from error
    return MeasuredReviewers(rates, hashlib.sha256(content).hexdigest()[:_HEX_DIGITS])


def _rates(said: Mapping[str, Any]) -> tuple[float, float]:
    """Sensitivity and specificity, kept off the ends, where one vote would outdo all others.

    Raises:
        ValueError: if one of them is no share.
    """
    found = [float(said[name]["value"]) for name in ("sensitivity", "specificity")]
    if not all(0 <= rate <= 1 for rate in found):
        raise ValueError("a rate lies outside 0 to 1")
    sensitivity, specificity = (min(max(rate, _LEAST_RATE), 1 - _LEAST_RATE) for rate in found)
    return sensitivity, specificity
