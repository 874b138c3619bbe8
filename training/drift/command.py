"""`clearclaim-train drift`: its options, what it does, and how it ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.command import one_line_errors, progress_bar

if TYPE_CHECKING:
    from features.progress import Progress
    from training.drift.comparing import Comparison
    from training.drift.judging import Judgement

# It imports what it needs when it runs: help must not wait for MLflow.

EXIT_CODES = (0, 3, 4)  # by advice; 1 and 2 are errors
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--store", help="The URL of a store: looks at the vectors that its service logged.")
@click.option("--events", help="A Parquet file of events, or a store's URL: computes the vectors of its claims.")
@click.option(
    "--model", default="champion", show_default=True,
    help="A bundle's folder, or an alias or number of the registered model.",
)  # fmt: skip
@click.option("--from", "from_day", type=_DAY, help="First day, UTC.  [default: after all that the training knew]")
@click.option("--to", "to_day", type=_DAY, help="Last day, UTC.  [default: the last event]")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A page of HTML to write.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="All figures, to this file.")
@click.option("--no-record", is_flag=True, help="With --store: don't leave the result there, for operators to see.")
def drift(
    store: str | None,
    events: str | None,
    model: str,
    from_day: datetime | None,
    to_day: datetime | None,
    out: Path | None,
    json_file: Path | None,
    no_record: bool,
) -> None:
    """Compare the claims that came since a training with the latest that it knew, and say whether to train again.

    Looks at each column's distribution (stability index, against what chance alone would do, weighed by the model's
    gain), the abuse probability, calibration and average precision on claims whose labels are mature, actions by week,
    and how long labels take. With --store, and without --from and --to, the advice is left there, where
    'clearclaim status' and the console's page for operators find it.

    \b
    Exits with
      0  nothing calls for anything
      3  watch: something moved, see for yourself
      4  retrain
      1  it couldn't be done;  2  wrong options

    \b
    Examples:
      clearclaim-train drift --store sqlite:///clearclaim.db --out drift.html
      clearclaim-train drift --store postgresql://ann@db/claims --from 2026-06-01 --to 2026-06-30 --json drift.json
      clearclaim-train drift --events data/events.parquet --model 3
    """
    from features.store import StoreError
    from serving.bundle import BundleError

    if (store is None) == (events is None):
        raise click.UsageError("give either --store URL or --events FILE")
    expected: list[type[Exception]] = [ValueError, OSError, StoreError, BundleError]
    if not Path(model).is_dir():  # MLflow takes seconds to import
        from training.tracking import TrackingError

        expected.append(TrackingError)
    with one_line_errors(*expected), progress_bar() as report:
        comparison, judgement = _look(store, events, model, from_day, to_day, report)
        _write(comparison, judgement, out, json_file)
        # a look at days that were chosen says nothing of now
        leaves = store is not None and not no_record and from_day is None and to_day is None
        complaint = _leave(store or "", judgement) if leaves else None
    from training.drift.telling import lines

    click.echo("\n".join(lines(comparison, judgement)))
    for path in (out, json_file):
        if path is not None:
            click.echo(f"written to {path}")
    if complaint is not None:
        click.echo(complaint, err=True)
    raise SystemExit(EXIT_CODES[judgement.advice])


def _look(
    store: str | None,
    events: str | None,
    model: str,
    from_day: datetime | None,
    to_day: datetime | None,
    report: Progress,
) -> tuple[Comparison, Judgement]:
    from features.plan import default_plan
    from training.bundle_of import bundle_of
    from training.drift.comparing import compare
    from training.drift.judging import judge
    from training.drift.later import Asked, later_from_events, later_from_store
    from training.drift.reference import reference_of

    asked = Asked(_start_ms(from_day), _end_ms(to_day))
    plan = default_plan()
    with bundle_of(model) as bundle:
        reference = reference_of(bundle)
        if store is not None:
            later = later_from_store(store, plan, bundle, reference.to_ms, asked, report)
        else:
            later = later_from_events(events or "", plan, bundle, reference.to_ms, asked, report)
        comparison = compare(bundle, reference, later, plan)
    return comparison, judge(comparison)


def _leave(url: str, judgement: Judgement) -> str | None:
    """Leave the advice in the store; what kept it from that comes back as one line."""
    from contextlib import closing

    from features.plan import default_plan
    from features.store import Store
    from features.store.check_results import try_to_record
    from training.drift.telling import result_of

    with closing(Store.open(url, default_plan(), existing=True)) as opened:
        return try_to_record(opened, result_of(judgement, time.time_ns() // 1_000_000))


def _write(comparison: Comparison, judgement: Judgement, out: Path | None, json_file: Path | None) -> None:
    import json

    from features.whole_file import appearing
    from training.drift.telling import as_json

    if out is not None:
        from training.drift.page import page

        with appearing(out) as unfinished:
            unfinished.write_text(page(comparison, judgement), encoding="utf-8")
    if json_file is not None:
        with appearing(json_file) as unfinished:
            text = json.dumps(as_json(comparison, judgement), indent=1, ensure_ascii=False, allow_nan=False)
            unfinished.write_text(text + "\n", encoding="utf-8")


def _start_ms(day: datetime | None) -> int | None:
    return None if day is None else int(day.replace(tzinfo=UTC).timestamp() * 1000)


def _end_ms(day: datetime | None) -> int | None:
    """The end of a day, exclusive."""
    start_ms = _start_ms(day)
    return None if start_ms is None else start_ms + 86_400_000
