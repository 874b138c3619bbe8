"""`clearclaim-train retrain`: its options and help."""

from __future__ import annotations

from pathlib import Path

import click

from features.command import one_line_errors, progress_bar

# It imports what it needs when it runs: help must not wait for MLflow.

REFUSED = 3  # by the gate; 1 and 2 are errors
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--events", required=True, help="A Parquet file of events, or a store's URL.")
@click.option(
    "--params", type=_FILE, help="A file of LightGBM's parameters, as tune writes.  [default: as the champion's]"
)
@click.option("--policy", type=_FILE, help="The policy by which the gate decides.  [default: the shipped one]")
@click.option("--reviewers", type=_FILE, help="What gold cases tell of reviewers, as clearclaim reviewers writes it.")
@click.option("--promote", is_flag=True, help="Make the challenger champion, if the gate has nothing against it.")
@click.option("--anyway", is_flag=True, help="Train even on data from which a model has learned in this way already.")
def retrain(
    events: str, params: Path | None, policy: Path | None, reviewers: Path | None, promote: bool, anyway: bool
) -> None:
    """Train as the champion was trained, on the events that there are now, and compare the two at the gate.

    The new model is registered as challenger. It becomes champion only with --promote, and only if the gate has nothing
    against it. On data from which the champion has learned in the same way, nothing is trained.

    \b
    Exits with
      0  the challenger is ready, or is champion now, or nothing had changed
      3  the gate refuses the challenger; the champion stays
      1  it couldn't be done;  2  wrong options

    \b
    Examples:
      clearclaim-train retrain --events sqlite:///clearclaim.db --policy policy.toml
      clearclaim-train retrain --events data/events.parquet --params params.toml --promote
    """
    from features.plan import default_plan
    from features.store import StoreError
    from serving.bundle import BundleError
    from serving.policy import PolicyError
    from training.promote import PromotionError
    from training.retrain import Asked
    from training.retrain import retrain as run
    from training.retrain_gate import gate_on
    from training.tracking import TrackingError

    expected = (ValueError, OSError, StoreError, BundleError, PolicyError, PromotionError, TrackingError)
    with one_line_errors(*expected), progress_bar() as report:
        plan = default_plan()
        done = run(
            Asked(events, params, promote, anyway, policy, reviewers),
            plan,
            gate_on(events, policy, plan, report),
            report,
        )
    click.echo("\n".join(done.lines))
    if done.refused:
        raise SystemExit(REFUSED)
