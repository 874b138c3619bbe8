"""`clearclaim ledger`: the ledger as evidence, and past decisions made again."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from features.command import one_line_errors, progress_bar
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    from serving.ledger_seal.tables import Seal

# Each command imports what it needs when it runs: help must not wait for a library.

MARGIN_SECONDS: Final = 900
_ANCHOR: Final = click.Path(dir_okay=False, path_type=Path)


@click.group()
def ledger() -> None:
    """Seal the ledger of decisions, prove that it is as it was, and make past decisions again."""


@ledger.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Seal what was decided before this moment, UTC.  [default: all but the last minutes]",
)  # fmt: skip
@click.option(
    "--margin-seconds", type=click.IntRange(0), default=MARGIN_SECONDS, show_default=True,
    help="Without --until: how much of the last to leave out, for decisions that commit late.",
)  # fmt: skip
@click.option("--late", is_flag=True, help="Also take in decisions that turned up in periods that are sealed already.")
@click.option("--anchor", type=_ANCHOR, help="Append the head of the chain to this file, as one JSON line a seal.")
def seal(store: str, until: dt.datetime | None, margin_seconds: int, late: bool, anchor: Path | None) -> None:
    """Seal the decisions and rulings that no seal covers yet; a hash runs over all that they say and rest on.

    Each seal takes in the hash of the one before, so the last hash stands for all of the ledger: keep it where nobody
    can write who can write the database, with --anchor or out of this command's output. With CLEARCLAIM_SEAL_KEY set
    the hash is an HMAC under that key (several keys with commas between: the first one seals).

    \b
    Example:
      clearclaim ledger seal --store sqlite:///clearclaim.db --anchor /mnt/elsewhere/heads.jsonl
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.ledger_seal.chain import SealError
    from serving.ledger_seal.running import Order, run_seal

    moment = now_ms()
    until_ms = moment - margin_seconds * 1000 if until is None else _moment_ms(until)
    order = Order(until_ms=until_ms, late=late, anchor=anchor, now_ms=moment)
    with (
        one_line_errors(SealError, StoreError),
        progress_bar() as report,
        closing(open_store(store, existing=True)) as opened,
    ):
        done = run_seal(opened, order, report)
    for each in done.seals:
        click.echo(_said(each))
    if not done.seals:
        click.echo("nothing to seal: what was decided or ruled since the last seal is younger than --margin-seconds")
    elif done.seals[-1].key_id is None:
        click.echo("no key: whoever can write the database could seal again; keep the head elsewhere")
    if done.left_late:
        click.echo(
            f"{done.left_late:,} decisions or rulings turned up in periods that are sealed; 'ledger verify' names "
            "them, and --late seals them",
            err=True,
        )


@ledger.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option("--anchor", type=_ANCHOR, help="Hold the chain against the heads that this file keeps.")
@click.option("--no-record", is_flag=True, help="Don't leave the result in the store, for operators to see.")
def verify(store: str, anchor: Path | None, no_record: bool) -> None:
    """Hold sealed decisions and rulings against their seals; what is changed, missing or inserted is named.

    One line a finding, and exit code 1 if there is any. Decisions since the last seal are only counted. How many
    findings there were is left in the store, where 'clearclaim status' and the console's page for operators find it.

    \b
    Example:
      clearclaim ledger verify --store sqlite:///clearclaim.db --anchor /mnt/elsewhere/heads.jsonl
    """
    from features.store import StoreError
    from features.store.check_results import try_to_record
    from serving.clock import now_ms
    from serving.ledger_seal.chain import SealError
    from serving.ledger_seal.running import run_verify
    from serving.ledger_seal.verifying import Verified

    verified, findings = Verified(), 0
    with (
        one_line_errors(SealError, StoreError),
        progress_bar() as report,
        closing(open_store(store, existing=True)) as opened,
    ):
        for finding in run_verify(opened, verified, anchor, report):
            findings += 1
            click.echo(finding.line())
        complaint = None if no_record else try_to_record(opened, verified.result(findings, now_ms()))
    if complaint is not None:
        click.echo(complaint, err=True)
    keyed = f"{verified.keyed:,} of them with a key" if verified.keyed else "none with a key"
    click.echo(f"{verified.rows:,} decisions under {verified.seals:,} seals, {keyed}")
    click.echo(f"{verified.not_sealed:,} decisions since then are not sealed yet")
    if verified.rulings or verified.rulings_not_sealed:
        click.echo(f"{verified.rulings:,} rulings under them, and {verified.rulings_not_sealed:,} not sealed yet")
    if verified.filings_pruned:
        click.echo(f"of {verified.filings_pruned:,} the filing was pruned with old events; their decisions are there")
    if verified.head is not None:
        click.echo(f"head: {verified.head.number} {verified.head.root_hash}")
    if findings:
        raise click.ClickException(f"{findings:,} findings: the ledger is not as it was sealed")


@ledger.command()
@click.argument("claim_id", metavar="ID")
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--policy", "policy_file", type=click.Path(path_type=Path),
    help="The policy of then, if no service kept it.  [default: CLEARCLAIM_POLICY, or the shipped one]",
)  # fmt: skip
def replay(claim_id: str, store: str, policy_file: Path | None) -> None:
    """Make the decision on the claim ID again from what is stored, and show then and now side by side.

    With the feature vector, lists and price of then, the model of then (found by its version among those of
    CLEARCLAIM_MODEL's name) and the policy of then (as the service kept it, or the file given if it is that one).
    What differs in any bit is marked, and then the exit code is 1.

    \b
    Example:
      clearclaim ledger replay claim-000146907 --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from serving.past_decision.again import ReplayError
    from serving.past_decision.models import PastModels
    from serving.past_decision.running import page, replay_decision
    from serving.policy import PolicyError, read_policy
    from serving.settings import Settings, SettingsError

    with (
        one_line_errors(ReplayError, PolicyError, SettingsError, StoreError),
        closing(open_store(store, existing=True)) as opened,
    ):
        settings = Settings.from_environment()
        current = read_policy(settings.policy_path if policy_file is None else policy_file)
        done = replay_decision(opened, claim_id, current, PastModels(settings.model_tag, opened.plan))
    click.echo("\n".join(page(done)))
    if not done.same:
        raise click.exceptions.Exit(1)


def _said(made: Seal) -> str:
    late = f" ({made.late_rows:,} of them late)" if made.late_rows else ""
    end = dt.datetime.fromtimestamp(made.to_ms / 1000, dt.UTC).isoformat(timespec="milliseconds")
    return f"seal {made.number}: {made.rows:,} decisions{late} before {end}; head: {made.number} {made.root_hash}"


def _moment_ms(moment: dt.datetime) -> int:
    return int(moment.replace(tzinfo=dt.UTC).timestamp() * 1000)
