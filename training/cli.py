"""`clearclaim-train`: the commands of data scientists."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from features.command import CommandGroup, one_line_errors, progress_bar
from training.champions.command import history, rollback
from training.compare_command import compare
from training.dataset_command import dataset
from training.drift.command import drift
from training.promote_command import promote
from training.retrain_command import retrain
from training.search.command import tune
from training.train_command import train
from training.tuning.command import tune_policy

# Each command imports what it needs when it runs: help must not wait for MLflow.


class _TrainingCommands(CommandGroup):
    extra = "training"


@click.group(cls=_TrainingCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="clearclaim")
def main() -> None:
    """Make data, train models, promote them.

    \b
    A first round, from nothing to a champion:
      clearclaim-train simulate --orders 100000 --days 540 --out data
      clearclaim-train train --events data/events.parquet
      clearclaim-train promote
    """


main.add_command(train)
main.add_command(tune)
main.add_command(tune_policy)
main.add_command(compare)
main.add_command(promote)
main.add_command(dataset)
main.add_command(drift)
main.add_command(rollback)
main.add_command(history)
main.add_command(retrain)


@main.command()
@click.option("--orders", type=int, default=100_000, show_default=True, help="Orders paid if nobody left.")
@click.option("--days", type=int, default=540, show_default=True, help="How long the period is.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same files.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Where the period ends.  [default: 2026-07-01]")
@click.option(
    "--scenario", default="calm", show_default=True,
    help="What befalls it: calm, festival, ring_attack, bad_batch, policy_change or drift.",
)  # fmt: skip
@click.option("--policy", type=click.Path(dir_okay=False, path_type=Path), help="A policy file that decides claims.")
@click.option("--model", help="With --policy: a bundle's folder, or an alias or number of the registered model.")
@click.option(
    "--from-day", type=int, default=0, show_default=True,
    help="The first day on which the policy decides, and from which outcomes count; before, the old rule does.",
)  # fmt: skip
@click.option("--audit-rate", type=float, help="Of the policy's own approvals.  [default: as its audit table says]")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
def simulate(
    orders: int,
    days: int,
    seed: int,
    end: datetime | None,
    scenario: str,
    policy: Path | None,
    model: str | None,
    from_day: int,
    audit_rate: float | None,
    out: Path,
) -> None:
    """Make a marketplace: events.parquet, and the truth about it in a folder of its own.

    Claims are answered by the platform's old rule; or by a policy with a model, day by day, and then what it decides
    changes what is paid, what is reviewed, which verdicts come to light and what abusers do next. What the answers
    were worth is printed, and written to outcomes.json. Policies are compared by running each on the same seed.

    \b
    Examples:
      clearclaim-train simulate --orders 200000 --days 365 --seed 7 --out data
      clearclaim-train simulate --orders 200000 --scenario ring_attack --out attack
      clearclaim-train simulate --policy policy.toml --model champion --from-day 180 --out under_policy
    """
    from serving.bundle import BundleError
    from serving.policy import PolicyError
    from training.simulate import SimulationConfig
    from training.simulate.closed_loop import LoopConfig
    from training.simulate.config import DEFAULT_END_MS
    from training.simulate.running import run_simulation

    expected: list[type[Exception]] = [ValueError, OSError, BundleError, PolicyError]
    if model is not None:  # MLflow takes seconds to import
        from training.tracking import TrackingError

        expected.append(TrackingError)
    with one_line_errors(*expected), progress_bar() as report:
        end_ms = DEFAULT_END_MS if end is None else int(end.replace(tzinfo=UTC).timestamp() * 1000)
        config = SimulationConfig(orders, days, seed, end_ms, scenario)
        loop = LoopConfig(from_day=from_day, audit_rate=audit_rate)
        ran = run_simulation(config, out, policy=policy, model=model, loop=loop, progress=report)
    click.echo("\n".join(ran.outcomes.lines()))
    click.echo(f"{ran.written.events:,} events in {ran.written.events_path}")
    click.echo(
        f"the truth about {ran.written.claims:,} claims in {ran.written.truth_path}; nothing that learns may read it"
    )


@main.command()
@click.option(
    "--data",
    required=True,
    help="A .parquet, .csv or .csv.gz file, a folder of such parts, or a database's URL; for a mapping of tables the "
    "folder that they are in.",
)
@click.option("--mapping", required=True, help="A mapping file, or a shipped one: online_retail_ii, platform_tables.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@click.option("--query", help="What to select from the database.")
@click.option("--query-file", type=click.Path(path_type=Path), help="The same in a file.")
@click.option("--check", is_flag=True, help="Only look, and tell all that is wrong or strange; write nothing.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="--check: also as JSON.")
@click.option("--restart", is_flag=True, help="Forget what a stopped run has done, and begin again.")
def load(json_file: Path | None, **options: Any) -> None:  # noqa: ANN401 - click's own names, typed in LoadOptions
    """Turn orders, claims and what came of them into events.parquet, and say what fitted nowhere (also in report.json).

    A mapping file says which column is what: of one table of order and return lines, or of a platform's own tables.
    Those may be larger than memory, and a run that was stopped goes on where it stopped. Databases (SQLite,
    PostgreSQL) are only read. --check exits with 1 if the load would fail or be wrong.

    \b
    Examples:
      clearclaim-train load --data online_retail_ii.parquet --mapping online_retail_ii --out data
      clearclaim-train load --data exports/ --mapping my_tables.toml --check --json findings.json
      clearclaim-train load --data exports/ --mapping my_tables.toml --out data
      clearclaim-train load --data postgresql://ann@db/shop --query-file lines.sql --mapping lines.toml --out data
    """
    from training.load.command import LoadOptions, run_check, run_load

    check = options.pop("check")
    if json_file is not None and not check:
        raise click.ClickException("--json goes with --check; a load writes report.json by itself")
    with one_line_errors(ValueError, OSError), progress_bar() as report:
        asked = LoadOptions(**options)
        lines, holds = run_check(asked, json_file, report) if check else (run_load(asked, report), True)
    click.echo("\n".join(lines))
    if not holds:
        raise SystemExit(1)


@main.command()
@click.option("--events", required=True, help="A Parquet file of events; for Spark also a folder of them, or a URL.")
@click.option("--out", required=True, help="The Parquet file to write; Spark writes a folder of them.")
@click.option(
    "--engine", type=click.Choice(["batch", "partitioned", "spark"]), default="batch", show_default=True,
    help="The whole file in memory, parts on disk, or parts on a cluster; the numbers are the same.",
)  # fmt: skip
@click.option("--master", help="URL of the Spark cluster.  [default: local[*], this machine]")
@click.option(
    "--rows", type=click.IntRange(1, 10_000_000), help="partitioned: events in memory at once.  [default: 2000000]"
)
def vectors(events: str, out: str, engine: str, master: str | None, rows: int | None) -> None:
    """Write the feature vectors of all claims: claim_id, as_of_ms and a column each, each as of its claim's moment.

    A second run replaces what the first wrote, whole or not at all. Spark needs Java, and the extra 'spark'.

    \b
    Examples:
      clearclaim-train vectors --events data/events.parquet --out data/vectors.parquet
      clearclaim-train vectors --events big.parquet --out vectors.parquet --engine partitioned --rows 500000
      clearclaim-train vectors --events s3a://lake/events --out s3a://lake/v --engine spark --master spark://host:7077
    """
    from features.plan import default_plan
    from training.vectors import FileEngine, write_vectors

    with one_line_errors(ValueError, OSError), progress_bar() as report:
        claims = write_vectors(
            default_plan(), events, out, FileEngine(engine), master=master, rows=rows, progress=report
        )
    click.echo(f"vectors of {claims:,} claims in {out}")


@main.command()
@click.option("--events", required=True, help="A Parquet file of events, or a store's URL.")
@click.option(
    "--known-by", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only what was known before this moment, UTC.  [default: all]",
)  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A Parquet file to write the labels to.")
def labels(events: str, known_by: datetime | None, out: Path | None) -> None:
    """Print what is known of claims: verdicts, how far their finders can be relied on, delays, chances and weights.

    \b
    Examples:
      clearclaim-train labels --events data/events.parquet
      clearclaim-train labels --events data/events.parquet --known-by 2026-03-01 --out data/labels.parquet
    """
    from features.store import StoreError
    from training.labels.command import describe_labels

    known_by_ms = None if known_by is None else int(known_by.replace(tzinfo=UTC).timestamp() * 1000)
    with one_line_errors(ValueError, StoreError, OSError), progress_bar() as report:
        text = describe_labels(events, known_by_ms, out, report)
    click.echo(text)
    if out is not None:
        click.echo(f"labels in {out}")


@main.command()
@click.option("--store", required=True, help="The URL of the store that the service writes to.")
@click.option("--no-record", is_flag=True, help="Don't leave the result in the store, for operators to see.")
def parity(store: str, no_record: bool) -> None:
    """Compute again, from the event log, every feature vector that a service logged, and compare bit for bit.

    Exits with 1 if any value differs. The result is left in the store, where 'clearclaim status' and the console's
    page for operators find it.

    \b
    Example:
      clearclaim-train parity --store sqlite:///clearclaim.db
    """
    from features.parity import check_parity, line_of, result_of
    from features.plan import default_plan
    from features.store import Store, StoreError
    from features.store.check_results import try_to_record

    with one_line_errors(StoreError), progress_bar() as report:
        opened = Store.open(store, default_plan(), existing=True)
        try:
            result = check_parity(opened, report)
            complaint = None if no_record else try_to_record(opened, result_of(result, time.time_ns() // 1_000_000))
        finally:
            opened.close()
    for column, number in result.mismatches.items():
        click.echo(f"{column}: {number:,} of {result.claims:,} differ")
    for claim_id in result.missing_claims:
        click.echo(f"claim {claim_id}: a vector was logged, but the event log has no such claim")
    click.echo(line_of(result))
    if complaint is not None:
        click.echo(complaint, err=True)
    if not result.holds:
        raise SystemExit(1)


@main.command()
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    is_flag=False,
    flag_value=Path("docs/features.md"),
    help="Write a page of Markdown instead, to docs/features.md or another file.",
)
def features(markdown: Path | None) -> None:
    """Print the catalogue: every column with its meaning, unit, direction and reason code.

    \b
    Examples:
      clearclaim-train features
      clearclaim-train features --markdown
    """
    from features.catalog_text import as_lines, as_markdown
    from features.plan import default_plan

    plan = default_plan()
    if markdown is None:
        click.echo("\n".join(as_lines(plan)))
        return
    with one_line_errors(OSError):
        markdown.parent.mkdir(parents=True, exist_ok=True)
        markdown.write_text(as_markdown(plan), encoding="utf-8")
    click.echo(f"{len(plan.columns)} columns in {markdown}")
