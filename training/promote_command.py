"""`clearclaim-train promote`: its options and help."""

from __future__ import annotations

from typing import Literal

import click

from features.command import one_line_errors

# It imports what it needs when it runs: help must not wait for MLflow.


@click.command()
@click.option("--model", default="challenger", show_default=True, help="Alias or number of the registered version.")
@click.option(
    "--as", "role", type=click.Choice(["champion", "challenger"]), default="champion", show_default=True,
    help="What it becomes: the model that decides, or one that only scores beside it.",
)  # fmt: skip
def promote(model: str, role: Literal["champion", "challenger"]) -> None:
    """Make a registered version the champion (or the challenger), and put its bundle into BentoML's model store.

    Running services take it up within seconds. To go back, promote the earlier version's number. A challenger scores in
    shadow where the service has CLEARCLAIM_CHALLENGER=clearclaim-challenger:latest.

    \b
    Examples:
      clearclaim-train promote
      clearclaim-train promote --model 3
      clearclaim-train promote --model 4 --as challenger
    """
    from features.plan import default_plan
    from serving.bundle import BundleError
    from training.promote import promote as promote_version
    from training.tracking import TrackingError

    with one_line_errors(TrackingError, BundleError):
        promoted = promote_version(model, default_plan(), role)
    click.echo(f"version {promoted.version} (bundle {promoted.model_version}) is {role}, as {promoted.tag}")
