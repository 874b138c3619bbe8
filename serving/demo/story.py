"""The steps of the demo: data, training, promotion, the service, a few hundred claims, what they cost, parity, and what
all claims tell.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
import signal
import time
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import click

from features.command import progress_bar
from features.event_file import read_events, write_events
from serving.access.callers import SCOPES
from serving.claim import AuthorityOnRecord, Claim
from serving.client import ClearclaimClient, ClearclaimError
from serving.demo.commands import free_port, mlflow_command, output_of, run, serve_command, server
from serving.demo.table import Scored, decision_table, totals
from serving.policy import default_policy_path, read_policy
from serving.replay import Split, claim_of, is_scorable, split_before_last
from serving.report.quarter import Quarter, quarter_at
from serving.settings import CLOCK, POLICY, STORE_URL

CLAIMS: Final = 300
SHOWN: Final = 24
REVIEWER: Final = "ann"
REPORT: Final = "report.html"
ORDERS: Final = "150000"
DAYS: Final = "450"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo was asked for, and where it works."""

    folder: Path
    data: str
    mapping: str
    policy: str
    orders: str
    once: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Demo:
        """Read DATA, MAPPING, POLICY, ORDERS and DEMO_ONCE, as `make demo` passes them on."""
        if bool(environment.get("DATA")) != bool(environment.get("MAPPING")):
            raise click.ClickException("DATA and MAPPING go together: a file, and a mapping's path or shipped name")
        return cls(
            folder=Path("build/demo").resolve(),
            data=_absolute(environment.get("DATA", "")),
            mapping=_absolute(environment.get("MAPPING", "")),
            policy=_absolute(environment.get("POLICY", "")),
            orders=environment.get("ORDERS") or ORDERS,
            once=environment.get("DEMO_ONCE", "") not in {"", "0"},
        )

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps the demo's runs."""
        return f"sqlite:///{self.folder / 'mlflow.db'}"


@dataclass(frozen=True, slots=True)
class Visitors:
    """What the demo's visitors need: where the service is, a key for its API, and the reviewer's password."""

    address: str
    key: str
    password: str


def main() -> None:
    """Run the demo; a failed step ends it with one line."""
    try:
        tell(Demo.from_environment(os.environ))
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from error
    except KeyboardInterrupt:
        click.echo("\nstopped")


def tell(demo: Demo) -> None:
    """All steps, in order; then stay up until Ctrl-C, unless asked for one round."""
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):  # so that servers are stopped however the demo ends
        signal.signal(number, _interrupt)
    shutil.rmtree(demo.folder, ignore_errors=True)
    demo.folder.mkdir(parents=True)
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_URI": demo.tracking_uri,
        "BENTOML_HOME": str(demo.folder / "bentoml"),
        STORE_URL: f"sqlite:///{demo.folder / 'clearclaim.db'}",
        CLOCK: "filing",  # the claims are recorded ones
    }
    os.chdir(demo.folder)  # MLflow keeps its files beside its database

    _make_events(demo, environment)
    environment[POLICY] = str(_find_policy(demo))
    _train(demo, environment)
    split = _import_history(environment)
    key = _make_key(environment)
    password = _add_reviewer(environment)
    port = free_port(3000)
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as servers:
        _title("5. The platform calls the service, once per claim")
        click.echo(f"starting the service at {address} (its log: {demo.folder / 'service.log'})")
        servers.enter_context(
            server(environment, serve_command(port), f"{address}/readyz", demo.folder / "service.log")
        )
        _score(address, key, split, environment)
        _title("6. A manager asks what the policy costs, and whom")
        run(environment, "clearclaim", "policy", "backtest", "--store", environment[STORE_URL])
        _title("7. The same vectors from the batch engine?")
        run(environment, "clearclaim-train", "parity", "--store", environment[STORE_URL])
        _title("8. What do all claims together tell, and were promises kept?")
        _tell_of_all(environment, split)
        click.echo(f"\nthe demo took {time.monotonic() - began:.0f} s")
        if not demo.once:
            _stay(demo, environment, Visitors(address, key, password), servers)


def _absolute(name: str) -> str:
    """A file's path as seen from any folder; what is no file, such as a shipped mapping's name, stays as it is."""
    return str(Path(name).resolve()) if name and Path(name).exists() else name


def _make_events(demo: Demo, environment: Mapping[str, str]) -> None:
    _title("1. Data: orders, deliveries, claims and verdicts as events")
    if demo.data:
        run(environment, "clearclaim-train", "load", "--data", demo.data, "--mapping", demo.mapping, "--out", "data")
    else:
        run(
            environment,
            *("clearclaim-train", "simulate", "--orders", demo.orders, "--days", DAYS, "--out", "data"),
        )


def _find_policy(demo: Demo) -> Path:
    """The policy that was named, or the shipped one in the currency of the data."""
    if demo.policy:
        return Path(demo.policy)
    report = Path("data/report.json")
    currency = json.loads(report.read_text())["currency"] if report.exists() else "CNY"
    shipped = sorted(default_policy_path().parent.glob("*.toml"))
    for path in (default_policy_path(), *shipped):
        if read_policy(path).currency == currency:
            return path
    raise click.ClickException(f"no shipped policy is in {currency}; name one with POLICY=FILE")


def _train(demo: Demo, environment: Mapping[str, str]) -> None:
    _title("2. A data scientist trains a model, logged and registered in MLflow")
    label = "high_refund_proxy" if demo.data else "verdict"
    run(environment, "clearclaim-train", "train", "--events", "data/events.parquet", "--label", label, "--folds", "1")
    _title("3. ... and promotes it into BentoML's model store")
    run(environment, "clearclaim-train", "promote")


def _import_history(environment: Mapping[str, str]) -> Split:
    _title(f"4. An operator imports what was known before the last {CLAIMS} claims, and lets callers and a reviewer in")
    split = split_before_last(read_events(Path("data/events.parquet")), CLAIMS)
    write_events(split.before, Path("data/history.parquet"))
    run(environment, "clearclaim", "events", "import", "data/history.parquet", "--store", environment[STORE_URL])
    return split


def _make_key(environment: Mapping[str, str]) -> str:
    """A key for all that the demo's visitors may try."""
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    return output_of(environment, "clearclaim", "users", "add", "demo", *scopes, "--store", environment[STORE_URL])


def _add_reviewer(environment: Mapping[str, str]) -> str:
    """Somebody who may sign in to the console; their password."""
    password, file = secrets.token_urlsafe(12), Path("password.txt")
    file.touch(mode=0o600)
    file.write_text(f"{password}\n")
    options = ("--role", "senior", "--password-file", str(file), "--store", environment[STORE_URL])
    run(environment, "clearclaim", "users", "add", REVIEWER, *options)
    return password


def _score(address: str, key: str, split: Split, environment: Mapping[str, str]) -> None:
    policy = read_policy(Path(environment[POLICY]))
    claims = [claim_of(event) for event in split.after if is_scorable(event)][:CLAIMS]
    click.echo("recorded claims name no authority: every second merchant is taken to have agreed to refunds")
    if environment.get("DATA"):
        click.echo(
            "the model learned a proxy, so P(abuse) below is the probability of that, and says nothing of intent"
        )
    scored = []
    with ClearclaimClient(address, api_key=key, timeout_seconds=10) as client:
        with progress_bar() as report:
            for number, claim in enumerate(claims):
                scored.append(_send(client, _dress(claim, number)))
                report(number + 1, len(claims), "claims")
        click.echo(decision_table(scored[:: max(1, len(scored) // SHOWN)][:SHOWN], policy.currency))
        click.echo(f"... {len(scored):,} claims in all\n")
        click.echo(totals(scored, policy.currency))
        again = _send(client, scored[-1].claim)
    click.echo(f"the last claim sent again: the stored answer comes back, replayed is {again.answer.replayed}")
    click.echo("\none whole answer:")
    click.echo(json.dumps(scored[-1].answer.model_dump(), indent=2, ensure_ascii=False))


def _tell_of_all(environment: Mapping[str, str], split: Split) -> None:
    """Both count back from the last event: the history is a recorded one."""
    options = ("--policy", environment[POLICY], "--store", environment[STORE_URL])
    run(environment, "clearclaim", "insight", "refresh", "--as-of", "last", *options)
    quarter = quarter_of(split, read_policy(Path(environment[POLICY])).zone)
    run(environment, "clearclaim", "report", "--quarter", str(quarter), "--language", "en", "--out", REPORT, *options)


def quarter_of(split: Split, zone: dt.tzinfo) -> Quarter:
    """The last whole quarter as of the last event; the running one if no event is older."""
    running = quarter_at(split.after[-1].known_at_ms, zone)
    first_ms = split.before["known_at_ms"][0].as_py() if len(split.before) else split.after[0].known_at_ms
    return running.before() if quarter_at(first_ms, zone) < running else running


def _dress(claim: Claim, number: int) -> Claim:
    """What recorded claims lack: every second merchant has agreed to refunds without asking, every tenth caller reads
    Chinese, and each wants reasons, for the table.
    """
    merchant = claim.order.merchant_id
    agreed = zlib.crc32(merchant.encode()) % 2 == 0
    authority = AuthorityOnRecord(kind="consent", reference=f"agreement of {merchant}"[:128]) if agreed else None
    language = "en" if number % 10 else "zh-CN"
    return claim.model_copy(update={"authority": authority, "explain": True, "language": language})


def _send(client: ClearclaimClient, claim: Claim) -> Scored:
    began = time.perf_counter()
    try:
        answer = client.score(claim)
    except ClearclaimError as error:
        raise click.ClickException(f"claim {claim.claim_id}: {error}") from error
    return Scored(claim, answer, (time.perf_counter() - began) * 1000)


def _stay(demo: Demo, environment: Mapping[str, str], visitors: Visitors, servers: ExitStack) -> None:
    port = free_port(5000)
    page = f"http://127.0.0.1:{port}"
    click.echo("starting MLflow's page")
    servers.enter_context(
        server(environment, mlflow_command(demo.tracking_uri, port), f"{page}/health", demo.folder / "mlflow.log")
    )
    click.echo(
        f"\n  review console  {visitors.address}/console"
        f"\n    sign in as    {REVIEWER}, password {visitors.password}"
        f"\n    all claims    {visitors.address}/console/insight"
        f"\n  report          {demo.folder / REPORT}"
        f"\n  API page        {visitors.address}"
        f"\n    its key       {visitors.key}"
        f"\n  MLflow page     {page}"
        f"\n  store           {environment[STORE_URL]}\n\nall stay up until Ctrl-C"
    )
    signal.pause()


def _title(text: str) -> None:
    click.secho(f"\n{text}", fg="green", bold=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
