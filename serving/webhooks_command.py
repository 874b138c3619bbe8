"""`clearclaim webhooks`: who is told of decisions, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from features.command import one_line_errors
from features.spans import DAY_MS, HOUR_MS
from serving.outbox.kinds import KINDS
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    from features.store import Store

_STORE = click.option("--store", required=True, help=STORE_HELP)


@click.group()
def webhooks() -> None:
    """Tell other systems of decisions: signed messages, at least once, in order per claim.

    Secrets are derived from CLEARCLAIM_WEBHOOK_KEY, which must be the same wherever messages are sent from.
    """


@webhooks.command()
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Tell of this only; may be repeated.")
@_STORE
def add(url: str, kinds: tuple[str, ...], store: str) -> None:
    """Tell URL of all that happens from now on; print the subscription's id and the secret to verify with.

    The URL is one of https, or of this machine itself. Addresses in private networks need CLEARCLAIM_WEBHOOK_PRIVATE=1.

    \b
    Example:
      clearclaim webhooks add https://shop.example/hooks --kind claim.decided --store sqlite:///shop.db
    """
    from serving.clock import now_ms
    from serving.outbox.addresses import check_url
    from serving.outbox.rows import give_places
    from serving.outbox.signing import Secrets
    from serving.outbox.subscriptions import add_webhook
    from serving.settings import Settings

    with _opened(store) as opened:
        settings = Settings.from_environment()
        secrets = Secrets(settings.webhook_key)
        check_url(url, private=settings.webhook_private)
        give_places(opened)
        with opened.writing() as connection:
            webhook = add_webhook(connection, url, kinds or KINDS, now_ms())
    click.echo(f"{webhook.id}  {secrets.secret_of(webhook)}")


@webhooks.command("list")
@_STORE
def list_(store: str) -> None:
    """List the subscriptions: id, address, kinds, and how many messages failed and wait, or were given up.

    \b
    Example:
      clearclaim webhooks list --store sqlite:///shop.db
    """
    from serving.outbox.dead_letters import waiting_and_dead
    from serving.outbox.subscriptions import webhooks_of

    with _opened(store) as opened, opened.reading() as connection:
        found, counts = webhooks_of(connection), waiting_and_dead(connection)
    for webhook in found:
        waiting, dead = counts.get(webhook.id, (0, 0))
        state = f"{waiting} waiting, {dead} given up" + ", no answers now" * bool(webhook.failures)
        click.echo(f"{webhook.id}  {webhook.url}  {','.join(webhook.kinds)}  {state}")
    click.echo(f"{len(found)} webhook{'' if len(found) == 1 else 's'}")


@webhooks.command()
@click.argument("webhook_id", metavar="ID")
@_STORE
def remove(webhook_id: str, store: str) -> None:
    """Tell a subscriber nothing more; what was still to be sent to it is dropped.

    \b
    Example:
      clearclaim webhooks remove wh_0123456789abcdef --store sqlite:///shop.db
    """
    from serving.clock import now_ms
    from serving.outbox.subscriptions import remove_webhook

    with _opened(store) as opened, opened.writing() as connection:
        remove_webhook(connection, webhook_id, now_ms())
    click.echo(f"{webhook_id} removed")


@webhooks.command()
@click.argument("webhook_id", metavar="ID")
@click.option("--rotate", is_flag=True, help="Make a new one; messages are signed with both for a while.")
@click.option(
    "--overlap-hours", type=click.IntRange(0, 24 * 30), default=24, show_default=True, help="How long with both."
)
@_STORE
def secret(webhook_id: str, rotate: bool, overlap_hours: int, store: str) -> None:
    """Print the secret that a subscriber verifies with, again or anew.

    \b
    Example:
      clearclaim webhooks secret wh_0123456789abcdef --rotate --store sqlite:///shop.db
    """
    from serving.clock import now_ms
    from serving.outbox.signing import Secrets
    from serving.outbox.subscriptions import find_webhook, rotate_secret
    from serving.settings import Settings

    with _opened(store) as opened:
        secrets = Secrets(Settings.from_environment().webhook_key)
        if rotate:
            with opened.writing() as connection:
                webhook = rotate_secret(connection, webhook_id, now_ms(), overlap_hours * HOUR_MS)
        else:
            with opened.reading() as connection:
                webhook = find_webhook(connection, webhook_id)
    click.echo(secrets.secret_of(webhook))


@webhooks.command()
@click.argument("webhook_id", metavar="[ID]", required=False)
@_STORE
def dead(webhook_id: str | None, store: str) -> None:
    """List the messages that were given up, and why: of one subscription, or of all.

    \b
    Example:
      clearclaim webhooks dead --store sqlite:///shop.db
    """
    from serving.outbox.dead_letters import dead_letters
    from serving.outbox.subscriptions import find_webhook

    with _opened(store) as opened, opened.reading() as connection:
        if webhook_id is not None:
            find_webhook(connection, webhook_id)
        letters = dead_letters(connection, webhook_id)
    for each in letters:
        moment = dt.datetime.fromtimestamp(each.failed_at_ms / 1000, dt.UTC).isoformat(timespec="seconds")
        words = (each.webhook_id, each.message_id, each.kind, each.claim_id, f"{each.attempts} attempts", moment)
        click.echo("  ".join((*words, each.failure)))
    click.echo(f"{len(letters)} given up")


@webhooks.command()
@click.argument("webhook_id", metavar="ID")
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
@click.option("--all", "all_", is_flag=True, help="All that were given up.")
@_STORE
def resend(webhook_id: str, messages: tuple[str, ...], all_: bool, store: str) -> None:
    """Send messages that were given up again, under the same ids and with all their attempts.

    \b
    Example:
      clearclaim webhooks resend wh_0123456789abcdef msg_17_1767225600000 --store sqlite:///shop.db
    """
    from serving.clock import now_ms
    from serving.outbox.dead_letters import resend as send_again
    from serving.outbox.subscriptions import find_webhook

    if all_ == bool(messages):
        raise click.UsageError("name the messages, or all of them with --all")
    with _opened(store) as opened, opened.writing() as connection:
        find_webhook(connection, webhook_id)
        count = send_again(connection, webhook_id, None if all_ else messages, now_ms())
    click.echo(f"{count} to be sent again")


@webhooks.command()
@click.option("--once", is_flag=True, help="Send what is due now, and end.")
@_STORE
def deliver(once: bool, store: str) -> None:
    """Send messages, until Ctrl-C or a signal to end.

    A service does so by itself. Where it has much to send, run this beside it, and the service with
    CLEARCLAIM_WEBHOOK_DELIVERER=0. However many run, one at a time sends, and another takes over within seconds.

    \b
    Example:
      clearclaim webhooks deliver --once --store sqlite:///shop.db
    """
    from serving.outbox.deliverer import make_deliverer
    from serving.settings import Settings

    with _opened(store) as opened:
        settings = Settings.from_environment()
        deliverer = make_deliverer(opened, settings.webhook_key, private=settings.webhook_private)
        if not once:
            deliverer.start()
            _wait_for_a_signal()
            deliverer.stop()
        elif not deliverer.deliver_once():
            raise click.ClickException("another deliverer is at work; it sends what is due")
    counts = deliverer.counts
    click.echo(f"{counts.delivered} delivered, {counts.failed} attempts failed, {counts.dead} given up")


@webhooks.command()
@click.option("--keep-days", type=click.IntRange(1), required=True, help="Keep what is younger than so many days.")
@_STORE
def prune(keep_days: int, store: str) -> None:
    """Forget messages of long ago that nobody is still to be told of, and those given up.

    The feed of decisions then begins after them; decisions themselves stay in the ledger.

    \b
    Example:
      clearclaim webhooks prune --keep-days 90 --store sqlite:///shop.db
    """
    from serving.clock import now_ms
    from serving.outbox.pruning import prune_outbox

    with _opened(store) as opened:
        done = prune_outbox(opened, now_ms() - keep_days * DAY_MS)
    click.echo(f"{done.rows:,} rows of the feed and {done.dead_letters:,} dead letters removed")


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    """A store with its outbox; what a user can mend is told in one line."""
    from features.store import StoreError
    from serving.outbox.tables import open_outbox

    with one_line_errors(ValueError, StoreError), closing(open_store(url, existing=True)) as opened:
        open_outbox(opened)
        yield opened


def _wait_for_a_signal() -> None:
    import signal
    import threading

    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _number, _frame: ended.set())
    ended.wait()
