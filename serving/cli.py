"""`clearclaim`: the commands of operators."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.command import CommandGroup, one_line_errors, progress_bar
from serving.evidence_command import evidence
from serving.insight_command import insight
from serving.ledger_command import ledger
from serving.lists_command import lists
from serving.policy_command import policy
from serving.policy_compare.command import backtest, diff
from serving.report_command import report
from serving.reviewers_command import reviewers
from serving.serve_command import serve
from serving.status_command import status
from serving.store_option import PSEUDONYMISED_HELP, STORE_HELP
from serving.store_option import open_store as _open
from serving.users_command import users
from serving.webhooks_command import webhooks

if TYPE_CHECKING:
    from features.store import Store

# Each command imports what it needs when it runs: help must not wait for BentoML.


class _ServingCommands(CommandGroup):
    extra = "serving"


@click.group(cls=_ServingCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="clearclaim")
def main() -> None:
    """Run the scoring service and look after its store and policy."""


@main.group()
def events() -> None:
    """Move events in bulk."""


@events.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--store", required=True, help=STORE_HELP)
@click.option("--pseudonymised", is_flag=True, help=PSEUDONYMISED_HELP)
@click.option(
    "--part-events",
    type=click.IntRange(1),
    default=200_000,
    show_default=True,
    help="Events in one transaction; who else writes waits for it.",
)
def import_(file: Path, store: str, part_events: int, pseudonymised: bool) -> None:
    """Add the events of a file to a store; those that it has already are left out.

    The file is Parquet (.parquet) or NDJSON (.ndjson, .jsonl, also .gz): one JSON object a line. All of it is checked
    before any of it is taken. Then it goes in by parts, in the order of known_at_ms, each part whole or not at all; an
    import that was stopped goes on where it stopped when it is started again. A file that is not in that order is read
    into memory whole. Where CLEARCLAIM_ID_KEY is set, ids of people are hashed on their way in.

    \b
    Example:
      clearclaim events import data/events.parquet --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from features.store.bulk import import_file
    from serving.access.event_pseudonyms import change_of
    from serving.access.id_key import agree_on_id_key
    from serving.settings import pseudonyms_from

    with one_line_errors(ValueError, StoreError), progress_bar() as report, closing(_open(store)) as opened:
        pseudonyms = pseudonyms_from()
        agree_on_id_key(opened, pseudonyms)
        change = change_of(pseudonyms, pseudonymised=pseudonymised)
        done = import_file(opened, file, report, part_events=part_events, change=change)
    click.echo(f"{done.new:,} new events, {done.known:,} known already, {done.history_rows:,} rows of history")


@events.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--store", required=True, help=STORE_HELP)
def export(file: Path, store: str) -> None:
    """Write all events of a store to a file, in the order in which they became known.

    It is Parquet (.parquet) or NDJSON (.ndjson, .jsonl, also .gz), and appears whole or not at all. Ids that were
    hashed stay so: to import them again, say --pseudonymised.

    \b
    Example:
      clearclaim events export events.ndjson.gz --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from features.store.event_sink import export_file

    with (
        one_line_errors(ValueError, StoreError, OSError),
        progress_bar() as report,
        closing(_open(store, existing=True)) as opened,
    ):
        written = export_file(opened, file, report)
    click.echo(f"{written:,} events in {file}")


@main.group()
def history() -> None:
    """Look after the running totals."""


@history.command()
@click.option("--store", required=True, help=STORE_HELP)
def rebuild(store: str) -> None:
    """Make all history again from the event log, as after a change of the feature catalogue.

    \b
    Example:
      clearclaim history rebuild --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from features.store.bulk import rebuild_history

    with (
        one_line_errors(ValueError, StoreError),
        progress_bar() as report,
        closing(_open(store, existing=True)) as opened,
    ):
        rows = rebuild_history(opened, report)
    click.echo(f"{rows:,} rows of history")


@history.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--keep-days", type=click.IntRange(1), help="Keep so many days; default: the longest window of the catalogue."
)
@click.option("--events", "with_events", is_flag=True, help="Remove events of that age from the log too, for good.")
def prune(store: str, keep_days: int | None, with_events: bool) -> None:
    """Remove history that no window reaches any more; every number from now on stays what it is.

    Age is counted back from the newest entry. Of each entity the newest of the old rows stays, so that lifetime totals
    hold. The event log stays too, and 'history rebuild' needs all of it: it brings back what was pruned.

    With --events, events of that age go as well. Export them before: history can't be rebuilt from such a store, an
    event of that age that is sent again would count again, and a claim of that age takes no later events.

    \b
    Example:
      clearclaim history prune --keep-days 800 --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from features.store.prune import prune_history

    with (
        one_line_errors(ValueError, StoreError),
        progress_bar() as report,
        closing(_open(store, existing=True)) as opened,
    ):
        done = prune_history(opened, keep_days, events=with_events, progress=report)
    click.echo(f"{done.history_rows:,} rows of history and {done.events:,} events removed")
    if opened.engine.dialect.name == "sqlite" and (done.history_rows or done.events):
        click.echo("SQLite keeps the space for new rows; to give it back to the disk, run VACUUM while no service runs")


@main.group("store")
def store_group() -> None:
    """Look after a store's tables."""


@store_group.command()
@click.option("--store", required=True, help=STORE_HELP)
def upgrade(store: str) -> None:
    """Bring the tables of a store that an older clearclaim made up to date; it keeps its events and decisions.

    Stop the service before, and rebuild the history afterwards if it says so.

    \b
    Example:
      clearclaim store upgrade --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from features.store.upgrade import upgrade_store
    from serving.ledger import upgrade_ledger_at

    with one_line_errors(StoreError):
        before = upgrade_store(store)
        ledger_changed = upgrade_ledger_at(store)
        with closing(_open(store, existing=True)) as opened, opened.reading() as connection:
            is_counted = opened.has_layout(connection)
    if ledger_changed:
        click.echo("the ledger of decisions was brought up to date")
    if before is not None:
        rest = "its history stays" if is_counted else "now run 'clearclaim history rebuild'"
        click.echo(f"upgraded from revision {before}; {rest}")
    elif not ledger_changed:
        click.echo("up to date already; nothing changed")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--store", required=True, help="URL of a store to play into: a new one.")
@click.option(
    "--claims", type=click.IntRange(1), default=2_000, show_default=True, help="Play the last so many claims."
)
@click.option("--pseudonymised", is_flag=True, help=PSEUDONYMISED_HELP)
def replay(file: Path, store: str, claims: int, pseudonymised: bool) -> None:
    """Play recorded events through the service's own code, at their recorded moments.

    What lies before the claims is imported, the rest comes in one by one; with CLEARCLAIM_MODEL's champion if there is
    one. Then `clearclaim-train parity` compares the vectors that were logged with the batch engine's.

    \b
    Example:
      clearclaim replay data/events.parquet --claims 2000 --store sqlite:///replay.db
    """
    from collections import Counter

    from features.plan import default_plan
    from features.store import StoreError
    from serving.access.event_pseudonyms import read_for
    from serving.bundle import BundleError
    from serving.model import find_champion
    from serving.policy import PolicyError, read_policy
    from serving.replay import replay as play
    from serving.replay import split_before_last
    from serving.settings import Settings

    with (
        one_line_errors(ValueError, StoreError, PolicyError, BundleError),
        progress_bar() as report,
        closing(_open(store)) as target,
    ):
        settings = Settings.from_environment()
        _refuse_used(target, store)
        model = find_champion(settings.model_tag, default_plan())
        events = read_for(target, file, settings.pseudonyms, pseudonymised=pseudonymised)
        split = split_before_last(events, claims)
        actions = Counter(
            answer.action for answer in play(target, split, read_policy(settings.policy_path), model, report)
        )
    click.echo(f"{actions.total():,} claims played: " + ", ".join(f"{n:,} {action}" for action, n in actions.items()))


policy.add_command(diff)
policy.add_command(backtest)
main.add_command(serve)
main.add_command(policy)
main.add_command(ledger)
main.add_command(evidence)
main.add_command(lists)
main.add_command(webhooks)
main.add_command(users)
main.add_command(reviewers)
main.add_command(insight)
main.add_command(report)
main.add_command(status)


def _refuse_used(store: Store, url: str) -> None:
    from features.store import StoreError
    from features.store.log import count_events

    with store.reading() as connection:
        if count_events(connection):
            raise StoreError(f"store {url}: holds events already; name a new one to play into")
