"""`clearclaim report`: the quarterly report as one HTML file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Literal

import click

from features.command import one_line_errors, progress_bar
from serving.store_option import STORE_HELP, open_store


@click.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--quarter", "quarter_name", help="Such as 2026Q3.  [default: the last whole one on record, by the policy's zone]"
)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Whose time zone, currency and language count.  [default: the shipped policy]",
)
@click.option("--language", type=click.Choice(["en", "zh-CN"]), help="Of the words.  [default: the policy's]")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it.  [default: report-QUARTER.html]",
)
def report(
    store: str,
    quarter_name: str | None,
    policy_file: Path | None,
    language: Literal["en", "zh-CN"] | None,
    out: Path | None,
) -> None:
    """Write the report of a quarter: every target with its figure, formula and trend, and what is missing.

    One HTML file that needs nothing else; to have it as PDF, print it in a browser. No buyer is named in it. It reads
    one state of the store, and all of the sealed ledger, and holds up no claim.

    \b
    Example:
      clearclaim report --store sqlite:///shop.db --quarter 2026Q3 --out report.html
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.policy import PolicyError, default_policy_path, read_policy
    from serving.report.quarter import ReportError
    from serving.report.writing import write_report

    with (
        one_line_errors(StoreError, PolicyError, ReportError, OSError),
        progress_bar() as progress,
        closing(open_store(store, existing=True)) as opened,
    ):
        policy = read_policy(policy_file or default_policy_path())
        spoken = language or policy.reasons.language
        written = write_report(opened, policy, quarter_name, now_ms(), spoken, out, progress)
    told = ", ".join(f"{count} {standing}" for standing, count in written.report.standings.items())
    running = ", which still runs" if written.report.period.is_running else ""
    if quarter_name is None and written.held is not None:
        first, last = written.held.quarters(policy)
        running += f"; the record holds {first} to {last}"
    click.echo(f"{written.path}: {written.report.period.quarter}{running}; targets: {told}")
