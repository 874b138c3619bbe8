"""`clearclaim-train train`: its options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from features.command import one_line_errors, progress_bar
from training.kept_vectors import kept_vectors

# It imports what it needs when it runs: help must not wait for MLflow.


@click.command()
@click.option("--events", required=True, help="A Parquet file of events, or a store's URL.")
@click.option(
    "--label",
    type=click.Choice(["verdict", "verdict_unweighted", "verdict_or_silence", "high_refund_proxy"]),
    default="verdict", show_default=True, help="What to learn from.",
)  # fmt: skip
@click.option("--gap-days", type=click.FloatRange(1, 730), help="How long labels take.  [default: as verdicts tell]")
@click.option("--params", type=click.Path(dir_okay=False, path_type=Path), help="A file of parameters, as tune writes.")
@click.option("--seed", type=int, help="The same seed and data give the same model.  [default: 7, or as --params says]")
@click.option("--rounds", type=int, help="At most so many trees.  [default: 600, or as --params says]")
@click.option(
    "--folds", type=click.IntRange(1, 20), default=3, show_default=True,
    help="At how many moments a training is rehearsed; the latest one's model is kept.",
)  # fmt: skip
@click.option(
    "--policy", type=click.Path(dir_okay=False, path_type=Path),
    help="The policy file by which money is counted.  [default: the shipped one]",
)  # fmt: skip
@click.option(
    "--buyers", type=click.Choice(["may_return", "apart"]), default="may_return", show_default=True,
    help="Whether buyers, and rings of buyers, may have claims to learn from and claims in the test.",
)  # fmt: skip
@click.option("--drop-shared", type=click.Choice(["train", "test"]), help="apart: where to leave their claims out.")
@click.option(
    "--excuse", multiple=True, metavar="COLUMN=WHY", help="A column that may rank labels too well, and the reason."
)
@click.option(
    "--reviewers", type=click.Path(dir_okay=False, path_type=Path),
    help="A file as 'clearclaim reviewers' writes it: labels of the less reliable count less.",
)  # fmt: skip
@click.option("--dask", help="Fit on a Dask cluster: its scheduler's address, or 'local' for one on this machine.")
@kept_vectors
def train(events: str, policy: Path | None, **options: Any) -> None:  # noqa: ANN401 - click's own names
    """Train, calibrate and evaluate a model in one MLflow run, and register it as challenger.

    MLflow is found by MLFLOW_TRACKING_URI; without it, sqlite:///mlflow.db in this folder.

    \b
    Examples:
      clearclaim-train train --events data/events.parquet
      clearclaim-train train --events sqlite:///clearclaim.db --label verdict --policy policy.toml
      clearclaim-train train --events data/events.parquet --buyers apart --drop-shared train
      clearclaim-train train --events data/events.parquet --params params.toml --reviewers reviewers.json
      clearclaim-train train --events big.parquet --cache build/cache --stream
      clearclaim-train train --events big.parquet --cache /shared/cache --stream --dask tcp://scheduler:8786
    """
    from features.plan import default_plan
    from features.store import StoreError
    from serving.policy import PolicyError, default_policy_path, read_policy
    from training.dataset import SplitConfig
    from training.dataset.keeping import kept_in, vectors_for
    from training.labels.measured import read_reviewers
    from training.leakage.config import LeakageConfig, excuses_of
    from training.model.dask_boosting import fitter_for
    from training.model.parameters import boosting_config
    from training.source import events_from, parity_of
    from training.summary import summary
    from training.tracking import TrackingError, connect, log_training
    from training.train import TrainingConfig
    from training.train import train as train_model

    expected = (ValueError, PolicyError, StoreError, TrackingError, OSError)
    kept = {name: options[name] for name in ("cache", "dataset", "streamed")}
    with (
        one_line_errors(*expected),
        vectors_for(events, **kept) as vectors_of,
        fitter_for(options["dask"]) as fit_with,
        progress_bar() as report,
    ):
        boosting = boosting_config(options["params"], rounds=options["rounds"], seed=options["seed"])
        buyers, drop = options["buyers"], options["drop_shared"]
        config = TrainingConfig(
            SplitConfig(label=options["label"], gap_days=options["gap_days"]),
            boosting,
            leakage=LeakageConfig(buyers, drop, excuses_of(options["excuse"]), seed=boosting.seed),
            folds=options["folds"],
            policy=read_policy(policy or default_policy_path()),
            reviewers=None if options["reviewers"] is None else read_reviewers(options["reviewers"]),
        )
        table = events_from(events)
        address = connect()  # a wrong address shows before the training, not after
        trained = train_model(table, default_plan(), config, report, parity_of(events, report), vectors_of, fit_with)
        report(0, 1, "logging to MLflow")
        registered = log_training(trained, events)
        report(1, 1, "logging to MLflow")
    if kept["cache"] is not None:
        click.echo(kept_in(kept["cache"]))
    click.echo("\n".join([summary(trained), *registered.lines(address)]))
