"""`clearclaim policy`: what an operator does with the policy's file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from features.command import one_line_errors
from serving.store_option import STORE_HELP, open_store


@click.group()
def policy() -> None:
    """Look after the policy."""


@policy.command()
@click.argument("file", type=click.Path(path_type=Path), default="policy.toml")
@click.option("--currency", default="CNY", show_default=True, help="Copy the shipped policy of this currency.")
def init(file: Path, currency: str) -> None:
    """Copy a shipped policy, with its comments, to edit; FILE is policy.toml unless you name one.

    Nothing is overwritten. Set CLEARCLAIM_POLICY to the file, and the service takes it.

    \b
    Example:
      clearclaim policy init shop.toml --currency GBP
    """
    from serving.policy import PolicyError, shipped_policy_path

    with one_line_errors(PolicyError):
        text = shipped_policy_path(currency).read_bytes()
    try:
        with file.open("xb") as copy:
            copy.write(text)
    except FileExistsError as error:
        raise click.ClickException(f"{file}: is there already; name another file, or move it away") from error
    except OSError as error:
        raise click.ClickException(f"{file}: can't be written ({error.strerror}); name another file") from error
    click.echo(f"{file}: written; edit it, and check it with 'clearclaim policy check {file}'")


@policy.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--store", help=f"Look at the categories in a store's events too. {STORE_HELP}")
def check(file: Path | None, store: str | None) -> None:
    """Check a policy file; without one, the policy in force.

    Besides mistakes it finds rules that can never fire or whose word never counts, rules of equal priority that
    contradict each other, limits without effect, and categories that the policy leaves out. The exit code is 1 if
    anything is certain to be wrong; warnings may be meant.

    \b
    Example:
      clearclaim policy check policy.toml --store sqlite:///clearclaim.db
    """
    from features.store import StoreError
    from serving.policy import PolicyError, parse_policy
    from serving.policy.checks.checking import check_policy
    from serving.settings import Settings

    with one_line_errors(PolicyError, StoreError, ValueError):
        path = file or Settings.from_environment().policy_path
        checked = parse_policy(path)
        findings = check_policy(checked, [] if store is None else _categories_in(store))
    for finding in findings:
        click.echo(f"{path}: {finding.severity}: {finding}")
    if any(finding.severity == "error" for finding in findings):
        raise SystemExit(1)
    rules = f"{len(checked.rules)} rule{'' if len(checked.rules) == 1 else 's'}"
    click.echo(f"{path}: holds, version {checked.version}, {checked.currency}, {rules}")


@policy.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def fields(file: Path | None) -> None:
    """List what rules can ask about, with types and meanings; with the lists of a policy, by default the one in force.

    \b
    Example:
      clearclaim policy fields | grep buyer.
    """
    from serving.policy import PolicyError, read_policy
    from serving.policy.vocabulary import as_lines
    from serving.settings import Settings

    with one_line_errors(PolicyError, ValueError):
        known = read_policy(file or Settings.from_environment().policy_path)
    for line in as_lines(known.lists):
        click.echo(line)


def _categories_in(url: str) -> list[str]:
    from features.store.log import seen_categories

    with closing(open_store(url, existing=True)) as opened, opened.reading() as connection:
        return seen_categories(connection)
