"""The abuse model fitted on a Dask cluster: each worker keeps a share of the claims, and the trees are grown together.

Workers need this package with the extra `dask`, and read vectors that lie in a file from there: its path must be theirs
too. A worker holds its share as floats while LightGBM bins it, and so the cluster, and not each machine, must have the
memory.

With one worker the trees are those of `gradient_boosting.fit`, as long as `bin_construct_sample_cnt` covers all claims
(above that LightGBM draws another sample of an array); their number may differ by a few, since the booster that tells
it has bins of its own here. With several, each finds the bins of some columns in its own
claims, and sums are added up in another order: the model is as good, but it isn't the same, and may differ from run to
run.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import lightgbm
import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.columns import Column
from features.progress import Progress
from training.dataset import Period
from training.model.gradient_boosting import Fitted, Fitter, boosting_parameters, fit, raw_scores
from training.model.parameters import BoostingConfig
from training.model.weighing import weighed_for_fitting
from training.stored.vectors import CHUNK_ROWS, StoredVectors, VectorFile, Vectors, chunks

if TYPE_CHECKING:
    import distributed

LOCAL: Final = "local"
PART_ROWS: Final = 4 * CHUNK_ROWS
CONNECT_SECONDS: Final = 10
_LEAST: Final = 1e-15  # of a probability, as LightGBM's own log loss has it


class DaskError(ValueError):
    """No cluster: the message says why, and what to do."""


@contextmanager
def fitter_for(address: str | None) -> Iterator[Fitter]:
    """What fits models: this process, or a cluster by its address; `local` is one on this machine, for the time being.

    Raises:
        DaskError: if a package is missing, or nobody answers.
    """
    if address is None:
        yield fit
        return
    try:
        import dask.array  # noqa: F401, PLC0415 - only who uses Dask needs it
        import distributed  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise DaskError(
            f"the package {error.name} is missing; install it with pip install 'clearclaim[dask]'"
        ) from error
    if address == LOCAL:
        with (
            distributed.LocalCluster(host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
            distributed.Client(cluster) as client,
        ):
            yield partial(fit_on_cluster, client)
        return
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise DaskError(f"no Dask scheduler answers at {address} ({error}); see --dask") from error
    with client:
        yield partial(fit_on_cluster, client)


def fit_on_cluster(
    client: distributed.Client,
    train: Period,
    later: Period,
    columns: Sequence[Column],
    config: BoostingConfig,
    progress: Progress | None = None,
) -> Fitted:
    """As `gradient_boosting.fit`, on a cluster.

    The number of trees is the one at which fitting would have stopped: workers can't stop together, so all trees are
    grown and the best number is found afterwards.
    """
    later = weighed_for_fitting(later)
    report = progress or _say_nothing
    report(0, 2, "fitting on the cluster")
    early = _fit(client, [train], columns, config, config.rounds)
    rounds, log_loss = best_rounds(early, later, config.patience)
    report(1, 2, "fitting on the cluster")
    booster = _fit(client, [train, later], columns, config, rounds)
    report(2, 2, "fitting on the cluster")
    return Fitted(booster, rounds, log_loss, raw_scores(early, later.vectors, rounds))


def _fit(
    client: distributed.Client,
    periods: Sequence[Period],
    columns: Sequence[Column],
    config: BoostingConfig,
    rounds: int,
) -> lightgbm.Booster:
    """A booster of all claims of some periods."""
    import dask.array  # noqa: PLC0415

    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    cuts = [_shares(len(period), -(-len(period) // PART_ROWS)) for period in periods]
    # a regressor that is told a loss of classes: a classifier numbers the classes that it sees, and a worker may have
    # claims of one class only
    model = lightgbm.DaskLGBMRegressor(client=client, n_estimators=rounds, **boosting_parameters(columns, config))
    parts = [
        _part(period.vectors, start, stop) for period, own in zip(periods, cuts, strict=True) for start, stop in own
    ]
    # one part for each worker: of several, nobody says in which order it puts them together
    shares = tuple(stop - start for start, stop in _shares(sum(map(len, periods)), workers))
    with warnings.catch_warnings():
        # of a parameter that its own class sets, and nobody here
        warnings.filterwarnings("ignore", "Parameter n_jobs will be ignored", UserWarning)
        model.fit(
            dask.array.concatenate(parts).rechunk((shares, (len(columns),))),
            dask.array.from_array(np.concatenate([each.abusive for each in periods]).astype(np.float64), (shares,)),
            sample_weight=dask.array.from_array(np.concatenate([each.weights for each in periods]), (shares,)),
            feature_name=[column.name for column in columns],
        )
    return model.booster_


def _shares(rows: int, number: int) -> list[tuple[int, int]]:
    """Where about equal shares begin and end; none is empty."""
    ends = np.linspace(0, rows, number + 1).astype(int).tolist()
    return [(start, stop) for start, stop in pairwise(ends) if stop > start]


def _part(vectors: Vectors, start: int, stop: int) -> Any:  # noqa: ANN401 - dask has no types
    """Some rows as a Dask array: of a file only their numbers are sent, and the worker reads them."""
    import dask  # noqa: PLC0415
    import dask.array  # noqa: PLC0415

    shape = (stop - start, vectors.shape[1])
    if not isinstance(vectors, StoredVectors):
        return dask.array.from_array(np.ascontiguousarray(vectors[start:stop]), chunks=shape)
    beside = None if vectors.added is None else vectors.added[start:stop]
    file = vectors.file
    read = dask.delayed(_read)(str(file.path.resolve()), file.columns, vectors.rows[start:stop], beside)
    return dask.array.from_delayed(read, shape, np.float64)


def _read(path: str, columns: tuple[str, ...], rows: Ints, beside: Floats | None) -> Floats:
    found: Floats = StoredVectors(VectorFile(Path(path), tuple(columns)), rows, beside)[:]
    return found


def best_rounds(booster: lightgbm.Booster, later: Period, patience: int) -> tuple[int, float]:
    """The number of trees at which early stopping would have found its best, and the log loss there."""
    losses, values = np.zeros(booster.num_trees()), _leaf_values(booster)
    for number, rows in enumerate(chunks(later.vectors)):
        own = slice(number * CHUNK_ROWS, number * CHUNK_ROWS + len(rows))
        losses += _losses(booster, values, rows, later.abusive[own] == 1, later.weights[own])
    losses /= later.weights.sum()
    best = 0
    for number, loss in enumerate(losses):
        if loss < losses[best]:
            best = number
        elif number - best >= patience:
            break
    return best + 1, float(losses[best])


def _leaf_values(booster: lightgbm.Booster) -> Floats:
    """What each leaf of each tree adds to a raw score. Shape (trees, most leaves)."""
    leaves = [tree["num_leaves"] for tree in booster.dump_model()["tree_info"]]
    values = np.zeros((len(leaves), max(leaves, default=0)))
    for tree, number in enumerate(leaves):
        values[tree, :number] = [booster.get_leaf_output(tree, leaf) for leaf in range(number)]
    return values


def _losses(
    booster: lightgbm.Booster, values: Floats, rows: Floats, abusive: npt.NDArray[np.bool_], weights: Floats
) -> Floats:
    """Weighted log losses of some rows, summed, after each tree. Shape (trees,)."""
    leaves = np.asarray(booster.predict(rows, pred_leaf=True)).reshape(len(rows), len(values)).astype(np.int64)
    raw_scores = np.cumsum(values[np.arange(len(values)), leaves], axis=1)
    chance = 1 / (1 + np.exp(-raw_scores))
    likely = np.clip(np.where(abusive[:, None], chance, 1 - chance), _LEAST, None)
    return np.asarray(-(weights[:, None] * np.log(likely)).sum(axis=0), dtype=np.float64)


def _say_nothing(_done: int, _total: int, _what: str) -> None:
    pass
