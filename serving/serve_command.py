"""`clearclaim serve`: looks at what the service needs, and then becomes BentoML's server."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from features.command import one_line_errors

if TYPE_CHECKING:
    from serving.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Port to listen on.")
@click.option(
    "--workers", type=click.IntRange(1, 128), help="Processes that answer: one for each processor core.  [default: 1]"
)
def serve(host: str, port: int, workers: int | None) -> None:
    """Start the scoring service; its page with the API is at the root.

    Settings come from the environment: CLEARCLAIM_STORE (a URL; default sqlite:///clearclaim.db), CLEARCLAIM_POLICY
    (a TOML file; default the shipped one), CLEARCLAIM_MODEL (a tag in BentoML's model store; default
    clearclaim:latest), CLEARCLAIM_CHALLENGER (a tag of a model that scores in shadow, such as
    clearclaim-challenger:latest; default none), CLEARCLAIM_CLOCK (wall; or filing, to play recorded claims at the
    moments they were filed), CLEARCLAIM_ACCESS_LOG (off, all, or slow: requests that were slow or failed; the
    default), CLEARCLAIM_WORKERS (as --workers, which goes before it), CLEARCLAIM_STORE_WAIT_MS (how long a claim waits
    for the store before it goes to a person; default 1000), CLEARCLAIM_SPOOL (a folder for answers that the store
    couldn't take; default clearclaim-spool).

    For webhooks: CLEARCLAIM_WEBHOOK_KEY (32 or more random characters, the same on every host; without it none are
    sent), CLEARCLAIM_WEBHOOK_PRIVATE (1: also into private networks), CLEARCLAIM_WEBHOOK_DELIVERER (0: leave the
    sending to 'clearclaim webhooks deliver').

    Who may call, and what is kept of people: CLEARCLAIM_AUTH (keys; or off, for trials on 127.0.0.1),
    CLEARCLAIM_ID_KEY (ids of people are hashed with it before they are stored; default: stored as they come),
    CLEARCLAIM_TLS (1, if HTTPS ends before the service).

    \b
    Example:
      CLEARCLAIM_STORE=sqlite:///shop.db clearclaim serve --port 3000 --workers 2
    """
    from features.plan import default_plan
    from features.store import StoreError
    from serving.access.start import refuse_open_door
    from serving.bundle import BundleError
    from serving.model import find_champion
    from serving.policy import PolicyError, read_policy
    from serving.settings import WORKERS, Settings, SettingsError, unknown_settings

    with one_line_errors(SettingsError, PolicyError, BundleError, StoreError):
        # BentoML would answer a bad setting with a trace and a restart loop: look before
        settings = Settings.from_environment()
        refuse_open_door(settings.auth, host)
        read_policy(settings.policy_path)
        _look_at_store(settings)
        model = find_champion(settings.model_tag, default_plan())
    for name in unknown_settings():
        click.echo(f"{name}: no setting has this name, and nothing reads it; see 'clearclaim serve --help'", err=True)
    if workers is not None:
        os.environ[WORKERS] = str(workers)  # where BentoML and its processes find it
    _refuse_taken(host, port)
    if model is None:
        click.echo(f"no model {settings.model_tag}: every claim will go to a person until one is promoted", err=True)
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:ClearclaimService"]
    os.execv(sys.executable, [*command, "--host", host, "--port", str(port)])  # noqa: S606 - no shell is wanted


def _look_at_store(settings: Settings) -> None:
    """Refuse a store that can't be used; of one whose server is away, say what happens without it.

    Raises:
        StoreError: if the store can't be used as it is.
    """
    from features.plan import default_plan
    from features.store.errors import StoreAwayError
    from serving.access.id_key import agree_on_id_key
    from serving.late_store import LateStore
    from serving.ledger import refuse_old_ledger

    with closing(LateStore.at(settings.store_url, default_plan())) as store:
        try:
            store.try_to_open()
            store.refuse_other_layout()
            refuse_old_ledger(store)
            agree_on_id_key(store, settings.pseudonyms)
        except StoreAwayError as error:
            click.echo(f"{error}; the service starts, and opens the store as soon as it is there", err=True)


def _refuse_taken(host: str, port: int) -> None:
    """Refuse an address that can't be listened on; BentoML would answer it with a trace."""
    import socket

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise click.ClickException(
            f"{host}:{port}: {error.strerror}; choose another address with --host and --port"
        ) from error
