"""The model on a Dask cluster: the trees of one machine where one worker grows them, and a model as good with two."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from dataclasses import replace

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.definition import Direction
from features.plan import default_plan
from training.cli import main
from training.dataset import Period
from training.model.dask_boosting import DaskError, best_rounds, fit_on_cluster, fitter_for
from training.model.gradient_boosting import BoostingConfig, boosting_parameters, fit
from training.stored.vectors import stored

pytestmark = pytest.mark.slow
ROWS = 1_600
EARLIER = 1_200
CONFIG = BoostingConfig(rounds=30, learning_rate=0.2, patience=5)
RAISES = "buyer_abusive_verdicts_ever"


@pytest.fixture(scope="module")
def plan():
    return default_plan()


@pytest.fixture(scope="module")
def period(plan):
    """Claims of which two columns tell the most, one of them in a direction that the catalogue forbids."""
    random = np.random.default_rng(5)
    vectors = random.normal(size=(ROWS, len(plan.columns)))
    vectors[:, 7] = np.nan
    risk = 2 * vectors[:, plan.names.index("claim_amount_minor")] - vectors[:, plan.names.index(RAISES)]
    abusive = (risk + 0.5 * random.normal(size=ROWS) > 0.5).astype(np.int8)
    return Period("train", vectors, abusive, random.uniform(0.5, 1.5, ROWS), np.arange(ROWS, dtype=np.int64))


@pytest.fixture(scope="module")
def streamed(period, plan, tmp_path_factory):
    """The same claims, whose vectors lie in a file."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.parquet"
    columns = [pa.array(column) for column in period.vectors.T.copy()]
    pq.write_table(pa.table(columns, names=list(plan.names)), path, row_group_size=500)
    return Period("train", stored(path, plan.names), period.abusive, period.weights, period.as_of_ms)


def halves(period):
    """Claims to fit on, and later ones that choose the number of trees."""
    return period.part(slice(None, EARLIER)), period.part(slice(EARLIER, None))


@contextmanager
def cluster_of(workers: int):
    """Workers in processes of their own, on this machine only, at ports that nobody has."""
    import distributed  # noqa: PLC0415 - it takes a while

    with (
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit="1GiB",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def trees(booster) -> str:
    """The text of a model without the parameters, which name machines and threads."""
    return booster.model_to_string().split("\nparameters:")[0]


def test_cluster_of_one_grows_the_trees_of_one_machine(period, streamed, plan):
    """To the byte, and as many; from memory, and from a file that the worker reads."""
    config = replace(CONFIG, rounds=6)  # all of which are wanted, whichever bins the early part has
    expected = fit(*halves(period), plan.columns, config)
    with cluster_of(1) as client:
        several = [fit_on_cluster(client, *halves(given), plan.columns, config) for given in (period, streamed)]
    for found in several:
        assert trees(found.booster) == trees(expected.booster)
        assert found.rounds == expected.rounds == 6
        assert found.log_loss == pytest.approx(expected.log_loss, rel=0.02)


def test_cluster_of_two_learns_as_well_within_the_catalogues_directions(streamed, period, plan):
    """Weights, parameters and constraints reach the workers, and what comes back is a booster like any other."""
    config = replace(CONFIG, rounds=8)
    with cluster_of(2) as client:
        fitted = fit_on_cluster(client, *halves(streamed), plan.columns, config)
    here = fit(*halves(period), plan.columns, config)
    assert fitted.booster.feature_name() == list(plan.names)
    assert fitted.booster.num_trees() == fitted.rounds
    assert fitted.log_loss == pytest.approx(here.log_loss, rel=0.1)
    rows = period.vectors[:200].copy()
    before = fitted.booster.predict(rows, raw_score=True)
    column = plan.names.index(RAISES)
    assert plan.columns[column].direction is Direction.RAISES
    rows[:, column] += 3
    assert (fitted.booster.predict(rows, raw_score=True) >= before).all()
    text = fitted.booster.model_to_string()
    for line in ("[lambda_l2: 5]", "[feature_fraction: 0.5]", "[min_data_in_leaf: 20]", "[num_machines: 2]"):
        assert line in text


def test_best_number_of_trees_is_the_one_of_early_stopping(period, plan):
    """Told afterwards from the leaves, it is what LightGBM finds on the way; so is the log loss."""
    columns, head = plan.columns, EARLIER
    data = lightgbm.Dataset(period.vectors[:head], period.abusive[:head], weight=period.weights[:head])
    later = lightgbm.Dataset(period.vectors[head:], period.abusive[head:], weight=period.weights[head:], reference=data)
    parameters = boosting_parameters(columns, replace(CONFIG, learning_rate=0.5))
    stopped = lightgbm.train(
        parameters, data, 60, valid_sets=[later], callbacks=[lightgbm.early_stopping(5, verbose=False)]
    )
    assert 5 < stopped.best_iteration < 55
    whole = lightgbm.train(parameters, data, 60)
    rounds, log_loss = best_rounds(whole, halves(period)[1], 5)
    assert rounds == stopped.best_iteration
    assert log_loss == pytest.approx(stopped.best_score["valid_0"]["binary_logloss"], rel=1e-6)


def test_scheduler_that_does_not_answer_is_one_line(monkeypatch):
    """With its address."""
    monkeypatch.setattr("training.model.dask_boosting.CONNECT_SECONDS", 0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what distributed leaves open when nobody answers
        with pytest.raises(DaskError, match="no Dask scheduler answers at tcp://127"), fitter_for("tcp://127.0.0.1:9"):
            pass


def test_missing_package_names_the_extra(monkeypatch, tmp_path):
    """Before anything is read."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused = CliRunner().invoke(main, ["train", "--events", str(tmp_path / "none.parquet"), "--dask", "local"])
    assert refused.exit_code == 1
    assert refused.output == (
        "Error: the package distributed is missing; install it with pip install 'clearclaim[dask]'\n"
    )
