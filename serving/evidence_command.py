"""`clearclaim evidence`: all that is on record about a claim as one zip."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from features.command import one_line_errors
from serving.store_option import STORE_HELP, open_store

if TYPE_CHECKING:
    from features.store import Store
    from serving.claim import Language
    from serving.evidence_pack.tables import Making
    from serving.evidence_pack.view import PackAudience

# The command imports what it needs when it runs: help must not wait for a library.


@click.command()
@click.argument("claim_id", metavar="CLAIM_ID")
@click.option("--store", required=True, help=STORE_HELP)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The zip to write.")
@click.option(
    "--audience", type=click.Choice(["court", "buyer", "merchant"]), default="court", show_default=True,
    help="For whom: a court or a mediator gets all of it, a party what that party may see.",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(["en", "zh-CN"]), help="Of the page and its explanations.  [default: the policy's]"
)
@click.option("--by", "author", help="Who takes the record out; it stays on record.  [default: this machine's user]")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--made", is_flag=True, help="Make nothing; list the packs that were made of the claim.")
def evidence(
    claim_id: str,
    store: str,
    out: Path | None,
    audience: PackAudience,
    language: Language | None,
    author: str | None,
    force: bool,
    made: bool,
) -> None:
    """Write all that is on record about the claim CLAIM_ID to a zip that anybody can check with sha256sum.

    With the policy of then as the service kept it, and the model of then if it is among those of CLEARCLAIM_MODEL's
    name. That the pack was made stays on record, with the hash that is printed.

    \b
    Example:
      clearclaim evidence claim-000146907 --store sqlite:///clearclaim.db --out claim-000146907.zip
    """
    from features.store import StoreError
    from serving.bundle import BundleError
    from serving.intake.adjudicating import UnknownClaimError
    from serving.policy import PolicyError
    from serving.settings import SettingsError

    expected = (UnknownClaimError, BundleError, PolicyError, SettingsError, StoreError, OSError)
    with one_line_errors(*expected), closing(open_store(store, existing=True)) as opened:
        if made:
            _list_made(opened, claim_id)
            return
        if out is None:
            raise click.UsageError("name the zip to write with --out, or list the packs of the claim with --made")
        if out.exists() and not force:
            raise click.ClickException(f"{out}: is there already; name another file, or say --force")
        if not out.parent.is_dir():
            raise click.ClickException(f"{out.parent}: no such folder; make it first")
        making = _make(opened, claim_id, audience, language, author, out)
    click.echo(f"{out}: {making.zip_bytes:,} bytes; SHA-256 of its MANIFEST.json: {making.manifest_hash}")


def _make(
    store: Store, claim_id: str, audience: PackAudience, language: Language | None, author: str | None, out: Path
) -> Making:
    from serving.clock import now_ms
    from serving.evidence_pack.asking import PackRequest
    from serving.evidence_pack.making import PackMaker
    from serving.explaining.explain import Explainer
    from serving.past_decision.models import PastModels
    from serving.policy import read_policy
    from serving.settings import Settings

    settings = Settings.from_environment()
    policy = read_policy(settings.policy_path)
    models = PastModels(settings.model_tag, store.plan)
    request = PackRequest(
        claim_id=claim_id,
        audience=audience,
        language=language or policy.reasons.language,
        made_by=author or getpass.getuser(),
        role="operator",
        made_at_ms=now_ms(),
    )
    maker = PackMaker(store, Explainer(store, models), models)
    with _whole_or_none(out) as file:
        return maker.make(request, policy, file)


@contextmanager
def _whole_or_none(out: Path) -> Iterator[IO[bytes]]:
    """A file that appears whole or not at all, for its owner alone: it holds personal data."""
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _list_made(store: Store, claim_id: str) -> None:
    from serving.evidence_pack.tables import makings_of_claim

    with store.reading() as connection:
        makings = makings_of_claim(connection, claim_id)
    for each in makings:
        moment = dt.datetime.fromtimestamp(each.made_at_ms / 1000, dt.UTC).isoformat(timespec="seconds")
        click.echo(f"{moment}  {each.made_by} ({each.role})  for {each.audience}  {each.manifest_hash}")
    if not makings:
        click.echo(f"no pack was made of claim {claim_id!r}")
