"""`clearclaim insight`: what the claims tell, worked out beside the service."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TextIO

import click

from features.command import one_line_errors, progress_bar
from features.spans import DAY_MS
from serving.places_command import places
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    from features.store import Store

_AS_OF: Final = click.option(
    "--as-of",
    type=click.Choice(["now", "last"]),
    default="now",
    show_default=True,
    help="Count back from now, or from the last event on record, as for recorded history.",
)


@click.group()
def insight() -> None:
    """Work out what the claims tell: merchants, alarms, abuse, returns, feedback."""


@insight.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Whose costs and limits count.  [default: the shipped policy]",
)
@_AS_OF
@click.option("--every", "every_minutes", type=click.IntRange(1, 10_080), help="Again every so many minutes, for ever.")
def refresh(store: str, policy: Path | None, as_of: str, every_minutes: int | None) -> None:
    """Work everything out anew from the last 400 days, for the console's pages and the API.

    Run it by a timer, or with --every beside the service. It reads one state of the store and holds up no claim. With
    --every, a round that fails is told in a line and tried again at the next; SIGTERM ends it.

    \b
    Example:
      clearclaim insight refresh --store sqlite:///shop.db --every 15
    """
    from features.store import StoreError
    from serving.insight.refreshing import InsightError
    from serving.policy import PolicyError, default_policy_path

    expected = (StoreError, PolicyError, InsightError, OSError)
    with one_line_errors(*expected), closing(open_store(store, existing=True)) as opened:
        once = partial(_refresh_once, opened, policy or default_policy_path(), as_of)
        if every_minutes is None:
            once()
        else:
            _again_and_again(once, every_minutes, expected)


def _refresh_once(store: Store, policy: Path, as_of: str) -> None:
    """Work everything out anew, and say in a line what came of it.

    Raises:
        StoreError: if the database complains; the line names no values, as they may be people's ids.
        PolicyError, InsightError, OSError: as reading the policy and working out parts do.
    """
    import sqlalchemy as sa

    from features.store import StoreError
    from serving.access.redaction import error_line
    from serving.clock import now_ms
    from serving.insight.refreshing import refresh as refresh_all
    from serving.policy import read_policy

    try:
        with progress_bar() as report:
            done = refresh_all(store, read_policy(policy), _moment(store, as_of), report, now_ms=now_ms())
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"store {store.name}: {error_line(error)}") from error
    click.echo(", ".join(f"{rows:,} {name}" for name, rows in done.items()) or "nothing to work out")


def _again_and_again(once: Callable[[], None], minutes: int, expected: tuple[type[Exception], ...]) -> None:
    """Do it every so many minutes until a signal comes, which ends it at once; what fails is tried again next time."""
    before = {each: signal.signal(each, _end) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        while True:
            try:
                once()
            except expected as error:
                click.echo(f"Error: {' '.join(str(error).split())}; again in {minutes} minutes", err=True)
            time.sleep(minutes * 60)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)  # by way of whatever is open, so a transaction is rolled back and the store is closed


@insight.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--out", required=True, type=click.File("w", encoding="utf-8", lazy=True), help="A CSV file; - for stdout."
)
def merchants(store: str, out: TextIO) -> None:
    """Write the scorecards of all merchants, as they were worked out last, the best one first.

    Those of too few orders come last, without a place. Ids that a spreadsheet would take for a formula begin with an
    apostrophe.

    \b
    Example:
      clearclaim insight merchants --store sqlite:///shop.db --out merchants.csv
    """
    from features.store import StoreError
    from serving.insight import keeping
    from serving.insight.merchants.csv_file import csv_lines
    from serving.insight.merchants.ranking import MERCHANTS, every_card
    from serving.insight.tables import open_insight

    with one_line_errors(StoreError, OSError), closing(open_store(store, existing=True)) as opened:
        open_insight(opened)
        with opened.reading() as connection:
            if keeping.as_of(connection, MERCHANTS) is None:
                raise click.ClickException("scorecards haven't been worked out yet; run: clearclaim insight refresh")
            for line in csv_lines(every_card(connection)):
                out.write(line)


@insight.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="A CSV file; - for stdout.",
)
@click.option("--days", type=click.IntRange(1, 3_660), default=365, show_default=True, help="So many.")
@_AS_OF
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Whose time zone the months are in.  [default: the shipped policy]",
)
def returns(store: str, out: Path, days: int, as_of: str, policy: Path | None) -> None:
    """Write claims and refunds by month, category, type and reason as a table for other tools.

    Orders are those of the month and category, so they stand in each of its rows. Money is in minor units. Categories
    that a spreadsheet would take for a formula begin with an apostrophe.

    \b
    Example:
      clearclaim insight returns --store sqlite:///shop.db --out returns.csv --as-of last
    """
    import pyarrow as pa
    from pyarrow import csv

    from features.store import StoreError
    from features.whole_file import appearing
    from serving.insight.reading import read_record
    from serving.insight.returns.columns import look_at
    from serving.insight.returns.ledger import read_ledger
    from serving.insight.returns.tidy import for_spreadsheets, tidy
    from serving.policy import PolicyError, default_policy_path, read_policy

    with one_line_errors(StoreError, PolicyError, OSError), closing(open_store(store, existing=True)) as opened:
        until_ms = _moment(opened, as_of)
        with progress_bar() as report:
            record = read_record(opened, until_ms, until_ms - days * DAY_MS, report)
        with opened.reading() as connection:
            ledger = read_ledger(connection, record.from_ms, until_ms)
        table = tidy(look_at(record, read_policy(policy or default_policy_path()), ledger=ledger))
        if str(out) == "-":
            csv.write_csv(for_spreadsheets(table), lines := pa.BufferOutputStream())
            click.echo(lines.getvalue().to_pybytes(), nl=False)
            return
        with appearing(out) as path:
            csv.write_csv(for_spreadsheets(table), path)
    click.echo(f"{len(table):,} rows in {out}")


def _moment(store: Store, as_of: str) -> int:
    """From where --as-of counts back."""
    from serving.clock import now_ms
    from serving.insight.reading import last_moment

    return now_ms() if as_of == "now" else last_moment(store)


insight.add_command(places)
