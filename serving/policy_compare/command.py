"""`clearclaim policy diff` and `clearclaim policy backtest`: their options and help."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from features.command import one_line_errors, progress_bar

# Each command imports what it needs when it runs: help must not wait for a library.

_STORE = click.option(
    "--store", required=True, help="The store with the past decisions: sqlite:///FILE or postgresql://..."
)
_FROM = click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day, in the policy's time zone.  [default: all]"
)
_TO = click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last one.  [default: all]")
_JSON = click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures to this file too."
)


@click.command("diff")
@click.argument("a", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("b", type=click.Path(path_type=Path, allow_dash=True), default="-")
@_STORE
@_FROM
@_TO
@click.option("--examples", type=click.IntRange(0, 100), default=3, show_default=True, help="Claims of each change.")
@_JSON
def diff(
    a: Path, b: Path, store: str, first: datetime | None, end: datetime | None, examples: int, json_file: Path | None
) -> None:
    """Show which past decisions change from policy A to policy B, how much money that is, and who pays it.

    A and B are files; - is the policy in force (CLEARCLAIM_POLICY, or the shipped one), and so is B if it is left out.
    Each claim is judged by what was known of it then.

    \b
    Example:
      clearclaim policy diff - stricter.toml --store sqlite:///clearclaim.db
      clearclaim policy diff old.toml new.toml --store sqlite:///clearclaim.db --from 2026-06-01 --examples 5
    """
    from features.store import StoreError
    from serving.policy import PolicyError
    from serving.policy_compare.running import Period, run_diff

    with one_line_errors(ValueError, PolicyError, StoreError, OSError), progress_bar() as report:
        lines = list(run_diff(a, b, store, Period(first=first, end=end), examples, json_file, report))
    click.echo("\n".join(lines))


@click.command("backtest")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@_STORE
@_FROM
@_TO
@click.option(
    "--price", type=click.Choice(["recorded", "follow"]), default="recorded", show_default=True,
    help="What a place in the reviewers' queue costs: as recorded with each decision, or as this policy drives it.",
)  # fmt: skip
@click.option(
    "--mature-days", type=click.FloatRange(0, 730), default=30.0, show_default=True,
    help="How old a claim is once its verdict is there, if it ever is.",
)  # fmt: skip
@_JSON
def backtest(
    file: Path,
    store: str,
    first: datetime | None,
    end: datetime | None,
    price: str,
    mature_days: float,
    json_file: Path | None,
) -> None:
    """Replay a policy on past claims: what it would do, reviews per day, cost by party, complaints to expect.

    All claims count by their abuse probability. Beside it stands what verdicts alone say, each weighted by the inverse
    of the chance with which it came to light, with an interval. Without FILE, the policy in force is replayed.

    \b
    Example:
      clearclaim policy backtest --store sqlite:///clearclaim.db
      clearclaim policy backtest new.toml --store sqlite:///clearclaim.db --from 2026-05-01 --price follow
    """
    from features.store import StoreError
    from serving.policy import PolicyError
    from serving.policy_compare.running import Period, run_backtest

    with one_line_errors(ValueError, PolicyError, StoreError, OSError), progress_bar() as report:
        lines = list(run_backtest(file, store, Period(first=first, end=end), price, mature_days, json_file, report))
    click.echo("\n".join(lines))
