"""`clearclaim-train history` and `clearclaim-train rollback`: their options and help."""

from __future__ import annotations

from pathlib import Path

import click

from features.command import one_line_errors

# They import what they need when they run: help must not wait for MLflow.


@click.command()
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it there too, as JSON."
)
def history(json_file: Path | None) -> None:
    """Print who was champion when: version, from, until, how it became so, by whom and why.

    \b
    Examples:
      clearclaim-train history
      clearclaim-train history --json champions.json
    """
    import json

    from features.whole_file import appearing
    from training.champions.records import champion_version, read_promotions
    from training.champions.table import as_json, table
    from training.tracking import TrackingError, connect

    with one_line_errors(TrackingError, OSError):
        connect()
        promotions, champion = read_promotions(), champion_version()
        if json_file is not None:
            with appearing(json_file) as unfinished:
                unfinished.write_text(json.dumps(as_json(promotions, champion), indent=2) + "\n", encoding="utf-8")
    click.echo("\n".join(table(promotions, champion)))


@click.command()
@click.option("--to", "version", help="Number of an earlier champion.  [default: the one before]")
@click.option("--by", help="Who does it.  [default: your name on this machine]")
@click.option("--reason", default="", help="Why, for the record.")
def rollback(version: str | None, by: str | None, reason: str) -> None:
    """Make the champion before champion again, without the gate: for when the one in force does harm.

    Once more goes one further back. Running services take it up within seconds.

    \b
    Examples:
      clearclaim-train rollback
      clearclaim-train rollback --to 3 --by ann --reason "reviews doubled since yesterday"
    """
    from features.plan import default_plan
    from serving.bundle import BundleError
    from training.promote import PromotionError, roll_back
    from training.tracking import TrackingError

    with one_line_errors(TrackingError, BundleError, PromotionError):
        promoted = roll_back(version, default_plan(), by=by, reason=reason)
    click.echo(f"version {promoted.version} (bundle {promoted.model_version}) is champion again, as {promoted.tag}")
