"""`clearclaim-train tune-policy`: its options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from features.command import one_line_errors, progress_bar

# It imports what it needs when it runs: help must not wait for a library.

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("tune-policy")
@click.option("--events", required=True, help="A Parquet file of events, or a store's URL.")
@click.option("--model", required=True, help="A bundle's folder, or an alias or number of the registered model.")
@click.option("--policy", type=_FILE, required=True, help="The policy file to start from; its costs say what is lost.")
@click.option("--out", type=_FILE, required=True, help="The policy file to write: the same text, with other numbers.")
@click.option(
    "--search", "searched", multiple=True, metavar="KEY=LOW:HIGH",
    help="A setting to search, and its bounds; may be repeated.  [default: auto_approve_up_to_minor "
    "and pre_payment_compensation_up_to_minor of [actions], review.lowest_price_minor]",
)  # fmt: skip
@click.option(
    "--at-most", multiple=True, metavar="MEASURE=NUMBER",
    help="What must not be more: reviews_per_day, most_reviews_per_day, wrongful_denials_per_1000, "
    "abuse_paid_per_1000, or a share.",
)  # fmt: skip
@click.option(
    "--at-least", multiple=True, metavar="MEASURE=NUMBER",
    help="What must not be less: automatic_share, approved_share, advanced_share, or another measure.",
)  # fmt: skip
@click.option(
    "--capacity", type=click.Choice(["price", "first_come", "none"]), default="price", show_default=True,
    help="More reviews than the policy's capacity: the cheapest give way, the last do, or none does.",
)  # fmt: skip
@click.option("--consents", type=_FILE, help="Ids of merchants that agreed to be charged, one a line: no event says.")
@click.option("--tune-from", type=_DAY, help="First day to tune on, UTC.  [default: what the model didn't learn from]")
@click.option("--report-from", type=_DAY, help="First day to report on, UTC.  [default: the model's test period]")
@click.option("--settings", type=click.IntRange(10, 100_000), default=540, show_default=True, help="So many are tried.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed finds the same.")
def tune_policy(**options: Any) -> None:  # noqa: ANN401 - click's own names, typed in TuneOptions
    """Search acting settings of a policy that cost less, under limits, and report them on a later period.

    Costs are counted by labels, each weighted by the inverse of the chance with which it came. What a review costs and
    finds is a fact and isn't searched. The page says plainly if the gain doesn't show on the later period.

    \b
    Examples:
      clearclaim-train tune-policy --events data/events.parquet --model challenger --policy policy.toml --out tuned.toml
      clearclaim-train tune-policy --events data/events.parquet --model champion --policy policy.toml --out tuned.toml
        --search actions.auto_approve_up_to_minor=0:50000 --at-most reviews_per_day=200 --at-least automatic_share=0.4
    """
    from features.store import StoreError
    from serving.bundle import BundleError
    from serving.policy import PolicyError
    from training.tuning.running import TuneOptions, run_tuning

    expected: list[type[Exception]] = [ValueError, OSError, StoreError, BundleError, PolicyError]
    if not Path(options["model"]).is_dir():  # MLflow takes seconds to import
        from training.tracking import TrackingError

        expected.append(TrackingError)
    with one_line_errors(*expected), progress_bar() as report:
        lines = run_tuning(TuneOptions(**options), report)
    click.echo("\n".join(lines))
