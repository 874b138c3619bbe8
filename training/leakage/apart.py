"""A dataset in which no buyer, and no ring of buyers, is on both sides of the test's start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.dataset import Dataset, Period
from training.dataset.building import LEAST_OF_EACH
from training.labels.drawing import Labelling
from training.leakage.config import LeakageError, Side
from training.leakage.sharing import Flags, Sides


def keep_apart(dataset: Dataset, sides: Sides, drop: Side) -> tuple[Dataset, int]:
    """Leave out the claims of buyers and rings on both sides, from one of them; and how many that were.

    From "train" means from train and calibration: the test stays as it came, and nothing is learned from its buyers,
    nor from their texts. From "test", it holds strangers only. Weights are scaled anew, to the filings that are left.

    Raises:
        LeakageError: if too few claims of either kind are left.
    """
    train, calibration, test = sides.ringed
    left_out = (
        (train, calibration, np.zeros_like(test))
        if drop == "train"
        else (np.zeros_like(train), np.zeros_like(calibration), test)
    )
    kept = [_without(period, flags) for period, flags in zip(dataset.periods, left_out, strict=True)]
    lines = [line for period in kept if (line := _too_few(period, drop)) is not None]
    if lines:
        raise LeakageError(lines)
    dropped = sum(int(flags.sum()) for flags in left_out)
    smaller = replace(
        dataset, train=kept[0], calibration=kept[1], test=kept[2], labelling=_weighed(dataset.labelling, kept)
    )
    return (_untaught(smaller, dataset, sides) if drop == "train" else smaller), dropped


def _without(period: Period, left_out: Flags) -> Period:
    """The other claims. All of a buyer's go, so each filing is whole, or gone."""
    if not left_out.any():
        return period
    if left_out.all():
        return period.take(np.flatnonzero(~left_out))
    shares = period.weights if period.label_weights is None else period.weights / period.label_weights
    filings = period.weights.sum() * shares[~left_out].sum() / shares.sum()
    kept = period.take(np.flatnonzero(~left_out))
    labels = None if kept.label_weights is None else kept.label_weights / kept.label_weights.mean()
    return replace(kept, weights=kept.weights * (filings / kept.weights.sum()), label_weights=labels)


def _weighed(labelling: Labelling | None, kept: list[Period]) -> Labelling | None:
    """What is told of weights, of the labels that are left; how they were cut was told of all."""
    if labelling is None:
        return None
    weights = dict(labelling.weights)
    for period in kept:
        values = period.label_weights
        if period.name in weights and values is not None and len(values):
            effective = float(values.sum() ** 2 / (values**2).sum())
            weights[period.name] = replace(weights[period.name], values=values, effective=effective)
    return replace(labelling, weights=weights)


def _too_few(period: Period, drop: Side) -> str | None:
    abusive = int(period.abusive.sum())
    if min(abusive, len(period) - abusive) >= LEAST_OF_EACH:
        return None
    other = "test" if drop == "train" else "train"
    return (
        f"period {period.name}: without the claims of shared buyers and rings it has {abusive} abusive and "
        f"{len(period) - abusive} other claims, and needs {LEAST_OF_EACH} of each; leave them out of {other}, or bring "
        "more history"
    )


def _untaught(smaller: Dataset, dataset: Dataset, sides: Sides) -> Dataset:
    """Texts of the test's buyers teach no reader."""
    if dataset.teaching is None or dataset.train.buyers is None or dataset.calibration.buyers is None:
        return smaller
    teaching = dataset.teaching
    gone = np.concatenate([dataset.train.buyers[sides.ringed[0]], dataset.calibration.buyers[sides.ringed[1]]])
    if dataset.test.buyers is not None:
        gone = np.append(gone, dataset.test.buyers)
    return replace(smaller, teaching=teaching.take(~np.isin(teaching.buyers, gone)))
