"""`clearclaim status`: what the console's page for operators shows, for a terminal, a timer or a health check."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Final

import click

from features.command import one_line_errors
from serving.store_option import STORE_HELP, open_store

# The command imports what it needs when it runs: help must not wait for a library.

EXIT_CODES: Final = (0, 3, 4)  # by state; 1 and 2 are errors


@click.command()
@click.option("--store", required=True, help=STORE_HELP)
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Whose capacity and clocks count.  [default: the one that a service took up last, or the shipped one]",
)
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object.")
def status(store: str, policy: Path | None, as_json: bool) -> None:
    """Tell how the services of a store do: latency, actions, queue, model, checks, webhooks, alarms, ledger and disk.

    Each part is fine, look or act, by limits that are told with it. It reads the store alone, asks no service, and
    changes nothing.

    \b
    Exits with
      0  fine
      3  look: somebody should, some time today
      4  act: somebody should, now
      1  it couldn't be told;  2  wrong options

    \b
    Example:
      clearclaim status --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from serving.clock import now_ms
    from serving.monitoring.limits import judge
    from serving.monitoring.reading import policy_of, read_vitals
    from serving.monitoring.telling import as_object, lines
    from serving.policy import PolicyError, default_policy_path, read_policy

    with one_line_errors(StoreError, PolicyError), closing(open_store(store, existing=True)) as opened:
        chosen = policy_of(opened, read_policy(default_policy_path())) if policy is None else read_policy(policy)
        vitals = read_vitals(opened, chosen, now_ms())
    standing = judge(vitals)
    click.echo(json.dumps(as_object(vitals, standing), ensure_ascii=False) if as_json else "\n".join(lines(standing)))
    raise SystemExit(EXIT_CODES[standing.state])
