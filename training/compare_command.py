"""`clearclaim-train compare`: its options and help."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from features.command import one_line_errors, progress_bar

# It imports what it needs when it runs: help must not wait for a library.

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--events", required=True, help="A Parquet file of events, or a store's URL.")
@click.option("--challenger", default="challenger", show_default=True, help="A bundle's folder, or an alias or number.")
@click.option("--champion", default="champion", show_default=True, help="What it is compared with, likewise.")
@click.option("--policy", type=_FILE, help="The policy that decides with either.  [default: the shipped one]")
@click.option("--consents", type=_FILE, help="Ids of merchants that agreed to be charged, one a line: no event says.")
@click.option("--from", "from_day", type=_DAY, help="First day, UTC.  [default: when both have stopped to learn]")
@click.option("--to", "to_day", type=_DAY, help="The day after the last, UTC.  [default: as long as labels are ripe]")
@click.option("--json", "json_file", type=_FILE, help="Write all figures there too, as JSON.")
def compare(
    events: str,
    challenger: str,
    champion: str,
    policy: Path | None,
    consents: Path | None,
    from_day: datetime | None,
    to_day: datetime | None,
    json_file: Path | None,
) -> None:
    """Put two models side by side, on claims that neither learned from, under the same policy.

    Figures of each, the difference, and its interval, from buyers drawn anew for both alike; money by what the policy
    does with either and what labels say of it, each weighted as in training; the same by category, amount and buyer.

    \b
    Examples:
      clearclaim-train compare --events data/events.parquet
      clearclaim-train compare --events data/events.parquet --challenger 5 --champion 3 --policy policy.toml
        --from 2026-03-01 --to 2026-05-01 --json comparison.json
    """
    from features.store import StoreError
    from serving.bundle import BundleError
    from serving.policy import PolicyError
    from training.gate.running import Evidence, run_comparison

    expected: list[type[Exception]] = [ValueError, OSError, StoreError, BundleError, PolicyError]
    if not (Path(challenger).is_dir() and Path(champion).is_dir()):  # MLflow takes seconds to import
        from training.tracking import TrackingError

        expected.append(TrackingError)
    evidence = Evidence(events=events, policy=policy, consents=consents, from_day=from_day, to_day=to_day)
    with one_line_errors(*expected), progress_bar() as report:
        lines = run_comparison(challenger, champion, evidence, json_file, report)
    click.echo("\n".join(lines))
