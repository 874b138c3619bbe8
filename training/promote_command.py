"""`clearclaim-train promote`: its options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from features.command import one_line_errors, progress_bar

# It imports what it needs when it runs: help must not wait for MLflow.

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--model", default="challenger", show_default=True, help="Alias or number of the registered version.")
@click.option(
    "--as", "role", type=click.Choice(["champion", "challenger"]), default="champion", show_default=True,
    help="What it becomes: the model that decides, or one that only scores beside it.",
)  # fmt: skip
@click.option("--events", help="A Parquet file of events, or a store's URL: needed where there is a champion already.")
@click.option("--policy", type=_FILE, help="The policy that decides with either.  [default: the shipped one]")
@click.option("--consents", type=_FILE, help="Ids of merchants that agreed to be charged, one a line: no event says.")
@click.option("--gate", "gate_file", type=_FILE, help="A TOML file with other limits than the gate's own.")
@click.option("--force", is_flag=True, help="In spite of what the gate says; needs --by and --reason, for the record.")
@click.option("--by", help="Who promotes.  [default: your name on this machine]")
@click.option("--reason", default="", help="Why, for the record.")
def promote(
    model: str,
    role: Literal["champion", "challenger"],
    events: str | None,
    policy: Path | None,
    consents: Path | None,
    gate_file: Path | None,
    force: bool,
    by: str | None,
    reason: str,
) -> None:
    """Make a registered version the champion (or the challenger), and put its bundle into BentoML's model store.

    A champion must pass the gate: on claims that neither it nor the champion in force learned from, no money is lost,
    its probabilities mean what they say, no slice suffers, and it is quick enough. The first champion has nothing to be
    compared with and needs no --events. What speaks against it is printed, each with its figure and limit.

    Running services take it up within seconds; 'clearclaim-train rollback' is the way back. A challenger scores in
    shadow where the service has CLEARCLAIM_CHALLENGER=clearclaim-challenger:latest.

    \b
    Examples:
      clearclaim-train promote
      clearclaim-train promote --model 3 --events data/events.parquet --policy policy.toml
      clearclaim-train promote --events sqlite:///shop.db --force --by ann --reason "the champion's merchant left"
      clearclaim-train promote --model 4 --as challenger
    """
    from features.plan import default_plan
    from features.store import StoreError
    from serving.bundle import BundleError
    from serving.policy import PolicyError
    from training.gate.running import Evidence, judge_promotion, lines_of
    from training.promote import PromotionError, RefusedError, Signature
    from training.promote import promote as promote_version
    from training.tracking import TrackingError

    evidence = Evidence(events=events, policy=policy, consents=consents, gate=gate_file)
    expected = (TrackingError, BundleError, PromotionError, PolicyError, StoreError, ValueError, OSError)
    with one_line_errors(*expected), progress_bar() as report:
        plan = default_plan()
        try:
            promoted = promote_version(
                model,
                plan,
                role,
                lambda bundle, champion: judge_promotion(bundle, champion, plan, evidence, report),
                Signature(by, reason, force),
            )
        except RefusedError as refused:
            click.echo("\n".join([*lines_of(refused.judged), "", *map(str, refused.judged.refusals)]), err=True)
            raise
    if promoted.judged is not None:
        click.echo("\n".join([*lines_of(promoted.judged), ""]))
        for refusal in promoted.judged.refusals:
            click.echo(f"in spite of {refusal}")
    click.echo(f"version {promoted.version} (bundle {promoted.model_version}) is {role}, as {promoted.tag}")
