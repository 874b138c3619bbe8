"""Kills workers of a running service under load, again and again, and looks at what is left.

    python -m tests.integration.robust.crash --kills 200

Whenever two workers stand, one dies by SIGKILL in the middle of a burst of claims; at times the other one too, before
the supervisor has started the first again. Callers repeat what wasn't answered, as the client does for all. Writes
build/crash.json; exits with 1 if an answer was lost, changed or doubled, or a claim was written in part.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from threading import Event

import click
import psutil

from serving.spool import REFUSED, Spool
from tests.integration.robust.evidence import complaints
from tests.integration.robust.load import Sender, start
from tests.integration.service.promoted import promote_into
from tests.integration.service.running_service import RunningService, start_service

WORKERS = 2
TWO_WORKERS = {"CLEARCLAIM_WORKERS": str(WORKERS)}
BETWEEN = 30  # claims that are answered before the next kill: one that is only just back has nothing to lose
BACK_SECONDS = 120  # until a killed worker must be back


@dataclass(frozen=True)
class Figures:
    """What happened, and what is wrong with it."""

    kills: int
    claims: int
    degraded: int
    retries: int
    longest_outage_seconds: float
    slowest_claim_seconds: float
    seconds: float
    complaints: list[str]


def crash(
    service: RunningService,
    store: Path,
    kills: int,
    *,
    both: float = 0.25,
    connections: int = 6,
    pause_seconds: float = 0.1,
    seed: int = 1,
    report: Callable[[int], None] = lambda _: None,
) -> Figures:
    """Kill so many workers of a service with two of them, stop it, and examine its store.

    `both` is how often the second one dies too before the first is back.
    """
    hurry, stopped, began = Event(), Event(), time.monotonic()
    senders = [Sender(number, service.url, service.key, pause_seconds, hurry, stopped) for number in range(connections)]
    threads = start(senders)
    try:
        _kill_workers(service, store, senders, kills, both, hurry, random.Random(seed), report)
        _wait_for_workers(service, store)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    _wait_for_spool(store)
    service.stop()
    for sender in senders:
        if sender.failed is not None:
            raise sender.failed
    return _figures(senders, kills, store, time.monotonic() - began)


def _kill_workers(
    service: RunningService,
    store: Path,
    senders: list[Sender],
    kills: int,
    both: float,
    hurry: Event,
    chance: random.Random,
    report: Callable[[int], None],
) -> None:
    killed = 0
    while killed < kills:
        workers = _wait_for_workers(service, store)
        _wait_for_answers(senders)
        chance.shuffle(workers)
        number = 2 if chance.random() < both else 1
        for worker in workers[: min(number, kills - killed)]:
            hurry.set()
            time.sleep(chance.uniform(0.1, 0.4))  # somewhere in the middle of something
            worker.kill()
            hurry.clear()
            killed += 1
            report(killed)


def _wait_for_workers(service: RunningService, store: Path) -> list[psutil.Process]:
    """All workers, once there are enough and each has opened its store."""
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        workers = service.workers()
        if len(workers) == WORKERS and all(_is_open(each, store) for each in workers):
            return workers
        time.sleep(0.1)
    raise AssertionError(f"a worker isn't back; the end of the log:\n{service.log.read_text()[-3000:]}")


def _wait_for_answers(senders: list[Sender]) -> None:
    """Until claims are being answered again, or a sender has failed, which is told later."""
    deadline = time.monotonic() + BACK_SECONDS
    wanted = sum(len(each.told) for each in senders) + BETWEEN
    while sum(len(each.told) for each in senders) < wanted and not any(each.failed for each in senders):
        assert time.monotonic() < deadline, "no claims are answered, though all workers are back"
        time.sleep(0.02)


def _wait_for_spool(store: Path) -> None:
    """Until the store has taken in what it couldn't take at the time."""
    spool = Spool(store.with_name("clearclaim-spool"))
    deadline = time.monotonic() + BACK_SECONDS
    while spool.count():
        assert time.monotonic() < deadline, f"{spool.count()} answers are still in the spool"
        time.sleep(0.1)
    refused = list((spool.folder / REFUSED).glob("*"))
    assert not refused, f"{len(refused)} answers from the spool were refused"


def _is_open(worker: psutil.Process, store: Path) -> bool:
    try:
        return str(store) in {each.path for each in worker.open_files()}
    except psutil.NoSuchProcess:
        return False


def _figures(senders: list[Sender], kills: int, store: Path, seconds: float) -> Figures:
    told = {claim_id: each for sender in senders for claim_id, each in sender.told.items()}
    moments = sorted(each.at for each in told.values())
    different = [claim_id for sender in senders for claim_id in sender.different]
    found = complaints(store, {claim_id: each.answer for claim_id, each in told.items()})
    return Figures(
        kills=kills,
        claims=len(told),
        degraded=sum(each.answer.degraded for each in told.values()),
        retries=sum(sender.retries for sender in senders),
        longest_outage_seconds=round(max(later - earlier for earlier, later in pairwise(moments)), 2),
        slowest_claim_seconds=round(max(each.took for each in told.values()), 2),
        seconds=round(seconds, 1),
        complaints=found + ([f"answered differently when sent again: {different[:5]}"] if different else []),
    )


def main() -> None:
    """Kill as many as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--connections", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        service = start_service(folder, promote_into(folder), folder / "store.db", **TWO_WORKERS)
        try:
            figures = crash(
                service,
                folder / "store.db",
                asked.kills,
                connections=asked.connections,
                report=lambda killed: click.echo(f"\rkill {killed} of {asked.kills}", nl=False, err=True),
            )
        finally:
            service.stop()
    click.echo(err=True)
    text = json.dumps(asdict(figures), indent=2)
    Path("build").mkdir(exist_ok=True)
    Path("build/crash.json").write_text(text + "\n")
    click.echo(text)
    sys.exit(1 if figures.complaints else 0)


if __name__ == "__main__":
    main()
