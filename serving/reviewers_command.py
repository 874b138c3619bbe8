"""`clearclaim reviewers`: what gold cases tell of reviewers, for training."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from features.command import one_line_errors
from serving.store_option import STORE_HELP, open_store


@click.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write (JSON).")
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Its [review] says what is assumed of people.  [default: the shipped policy]",
)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=180, show_default=True, help="Gold cases of so many days tell."
)
def reviewers(store: str, out: Path, policy: Path | None, days: int) -> None:
    """Write down how often each reviewer is right on gold cases, for clearclaim-train train --reviewers.

    Each reviewer's sensitivity and specificity are held to the team's as far as there are few cases.

    \b
    Example:
      clearclaim reviewers --store sqlite:///shop.db --out reviewers.json
    """
    from features.store import StoreError
    from features.whole_file import appearing
    from serving.cases.quality.export import NoGoldError, reviewers_json
    from serving.cases.quality.tables import open_quality
    from serving.cases.stepping import open_cases
    from serving.clock import now_ms
    from serving.policy import PolicyError, default_policy_path, read_policy

    with one_line_errors(StoreError, PolicyError, NoGoldError, OSError):
        review = read_policy(policy or default_policy_path()).review
        with closing(open_store(store, existing=True)) as opened:
            open_cases(opened)
            open_quality(opened)
            text = reviewers_json(opened, review, days=days, now_ms=now_ms())
        with appearing(out) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    click.echo(f"{out}: written")
