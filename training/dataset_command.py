"""`clearclaim-train dataset`: what a training would learn from, as files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.command import one_line_errors, progress_bar

if TYPE_CHECKING:
    from training.dataset.folder import DatasetFolder


@click.command()
@click.option(
    "--events", required=True, help="A Parquet file of events, or a store's URL; for Spark also a folder of files."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write; replaced whole.",
)
@click.option(
    "--engine", type=click.Choice(["batch", "partitioned", "spark"]), default="batch", show_default=True,
    help="Vectors from the whole file in memory, from parts on disk, or from a cluster; the content is the same.",
)  # fmt: skip
@click.option("--master", help="URL of the Spark cluster.  [default: local[*], this machine]")
@click.option(
    "--label",
    type=click.Choice(["verdict", "verdict_unweighted", "verdict_or_silence", "high_refund_proxy"]),
    default="verdict", show_default=True, help="What to learn from.",
)  # fmt: skip
@click.option("--gap-days", type=click.FloatRange(1, 730), help="How long labels take.  [default: as verdicts tell]")
def dataset(events: str, out: Path, engine: str, master: str | None, label: str, gap_days: float | None) -> None:
    """Write what a training learns from: vectors, labels, weights and periods, named by a hash of their content.

    The folder holds vectors.parquet, claims.parquet and manifest.json, and appears whole or not at all. A second run
    on the same events, catalogue and options does nothing. 'train --dataset FOLDER' takes its vectors.

    \b
    Examples:
      clearclaim-train dataset --events data/events.parquet --out build/dataset
      clearclaim-train dataset --events big.parquet --out build/dataset --engine partitioned
      clearclaim-train dataset --events lake/events --out build/dataset --engine spark --master spark://host:7077
    """
    from features.plan import default_plan
    from features.store import StoreError
    from training.dataset import SplitConfig
    from training.dataset.folder import write_dataset
    from training.dataset.keeping import Making
    from training.source import events_from, is_store
    from training.vectors import FileEngine

    with one_line_errors(ValueError, StoreError, OSError), progress_bar() as report:
        made_by = FileEngine(engine)
        if master is not None and made_by is not FileEngine.SPARK:
            raise ValueError(f"--master is for the engine spark, not for {engine}")
        if made_by is FileEngine.SPARK and is_store(events):
            raise ValueError("Spark reads files: write the store's with 'clearclaim events export' first")
        config = SplitConfig(label=label, gap_days=gap_days)
        folder = write_dataset(
            events_from(events), default_plan(), config, out, Making(made_by, events, master), report
        )
    click.echo("\n".join(described(folder)))


def described(folder: DatasetFolder) -> list[str]:
    """What a user reads of a dataset."""
    facts = folder.facts
    lines = [f"{name:<12} {_period(period)}" for name, period in facts["periods"].items()]
    hashes = [f"{name:<12} {facts[f'{name}_hash']}" for name in ("content", "events", "catalog")]
    done = "the same dataset is there, nothing to do" if folder.was_there else "written"
    return [*lines, *hashes, f"{facts['claims']:,} claims in {folder.path}: {done}"]


def _period(period: dict[str, Any]) -> str:
    days = " to ".join(
        datetime.fromtimestamp(period[name] / 1000, UTC).strftime("%Y-%m-%d") for name in ("from_ms", "to_ms")
    )
    return (
        f"{days}  {period['claims']:>9,} claims with a label, {period['filings']:,} filings, "
        f"{period['abusive_share']:.1%} abusive"
    )
