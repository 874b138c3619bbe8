"""`clearclaim-train tune`: its options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from features.command import one_line_errors, progress_bar

# It imports what it needs when it runs: help must not wait for a library.


@click.command("tune")
@click.option("--events", required=True, help="A Parquet file of events, or a store's URL.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("params.toml"), show_default=True,
    help="File of parameters to write, .toml or .json, for 'train --params'.",
)  # fmt: skip
@click.option(
    "--trials", type=click.IntRange(1, 100_000), default=50, show_default=True, help="In all, with earlier ones."
)
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Begin no trial after so long.")
@click.option(
    "--study",
    help="A file or a database's URL that keeps the trials: the same command again goes on.  [default: none]",
)
@click.option(
    "--objective", type=click.Choice(["log_loss", "average_precision"]), default="log_loss", show_default=True,
    help="What is best; log loss is told more surely on few claims.",
)  # fmt: skip
@click.option("--folds", type=click.IntRange(1, 10), default=3, show_default=True, help="Inner folds, each later.")
@click.option(
    "--label",
    type=click.Choice(["verdict", "verdict_unweighted", "verdict_or_silence", "high_refund_proxy"]),
    default="verdict", show_default=True, help="What to learn from.",
)  # fmt: skip
@click.option("--gap-days", type=click.FloatRange(1, 730), help="How long labels take.  [default: as verdicts tell]")
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=7, show_default=True, help="The same finds it again."
)
@click.option("--mlflow/--no-mlflow", default=True, show_default=True, help="Log each trial as a run under one parent.")
def tune(**options: Any) -> None:  # noqa: ANN401 - click's own names, typed in SearchOptions
    """Search parameters of the abuse model on inner folds of the training period; later claims are never looked at.

    The defaults are tried first. Trials that do worse than most on the first folds are given up. Ctrl-C stops the
    search, and the best so far is written.

    \b
    Examples:
      clearclaim-train tune --events data/events.parquet --trials 100 --out params.toml
      clearclaim-train tune --events data/events.parquet --minutes 60 --study tune.db
      clearclaim-train train --events data/events.parquet --params params.toml
    """
    from features.store import StoreError
    from training.search.running import SearchOptions, run_search

    expected: list[type[Exception]] = [ValueError, OSError, StoreError]
    if options["mlflow"]:  # MLflow takes seconds to import
        from training.tracking import TrackingError

        expected.append(TrackingError)
    with one_line_errors(*expected), progress_bar() as report:
        lines = run_search(SearchOptions(**options), report)
    click.echo("\n".join(lines))
