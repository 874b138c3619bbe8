"""Hours at half load: does the memory of a worker grow?

    python -m tests.integration.robust.soak --hours 1

First it finds out what two workers can take, then sends half of that, evenly, and looks at each worker's memory every
ten seconds. The growth counts from the end of the warm-up, when caches are full, to the end. What counts is a worker's
own memory: parts of the store's file that are mapped into it (SQLite) are the system's to take back, and grow with the
file. Writes build/soak.json; exits with 1 where a worker has grown by more than 5 %.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Thread

import click
import psutil

from serving.client import ClearclaimClient
from tests.integration.robust.crash import TWO_WORKERS
from tests.integration.robust.load import PATIENT, claim_of
from tests.integration.service.promoted import promote_into
from tests.integration.service.running_service import RunningService, start_service

MOST_GROWTH = 0.05
CONNECTIONS = 4
FULL_SECONDS = 20.0  # at full load, to know what half of it is
SAMPLE_SECONDS = 10.0
WARM_UP = 0.1  # the share of the time that doesn't count yet
COMPARED = 0.1  # the shares of the rest, at its begin and end, whose medians are compared


@dataclass(frozen=True)
class Growth:
    """The memory of one worker, in megabytes: its own (RSS without files), how much that grew, and with files."""

    pid: int
    after_warm_up: float
    at_the_end: float
    with_files_at_the_end: float

    @property
    def share(self) -> float:
        """How much it grew, as a share of what it was."""
        return self.at_the_end / self.after_warm_up - 1


@dataclass
class Sender:
    """One connection that sends claims at a rate; as quickly as it can where that is 0."""

    number: int
    url: str
    key: str
    until: float
    rate: float
    sent: int = 0
    failed: BaseException | None = None

    def run(self) -> None:
        """Send until the time is over."""
        chance = random.Random(f"{self.number} {self.rate}")
        prefix = f"{'even' if self.rate else 'full'} {self.number}"
        began = time.monotonic()
        try:
            with ClearclaimClient(self.url, api_key=self.key, retries=PATIENT) as client:
                while time.monotonic() < self.until:
                    client.score(claim_of(f"{prefix} {self.sent}", chance))
                    self.sent += 1
                    if self.rate:  # by the clock, so that a slow answer is made up for
                        time.sleep(max(0.0, began + self.sent / self.rate - time.monotonic()))
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for the thread
            self.failed = error


def send(service: RunningService, seconds: float, rate: float) -> tuple[list[Sender], list[Thread]]:
    """Start sending; `rate` is that of all connections together."""
    until = time.monotonic() + seconds
    senders = [Sender(number, service.url, service.key, until, rate / CONNECTIONS) for number in range(CONNECTIONS)]
    threads = [Thread(target=each.run) for each in senders]
    for thread in threads:
        thread.start()
    return senders, threads


def finish(senders: list[Sender], threads: list[Thread]) -> int:
    """Wait for all, and return how many claims they sent."""
    for thread in threads:
        thread.join()
    for sender in senders:
        if sender.failed is not None:
            raise sender.failed
    return sum(sender.sent for sender in senders)


@dataclass
class Samples:
    """What was seen of a worker, one after another: megabytes of its own, and all that are resident."""

    own: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)

    def look(self, worker: psutil.Process) -> None:
        """Take one sample."""
        memory = worker.memory_info()
        self.own.append((memory.rss - memory.shared) / 2**20)
        self.resident.append(memory.rss / 2**20)

    def growth(self, pid: int) -> Growth:
        """From after the warm-up to the end."""
        counted = self.own[int(len(self.own) * WARM_UP) :]
        width = max(1, int(len(counted) * COMPARED))
        first, last = statistics.median(counted[:width]), statistics.median(counted[-width:])
        return Growth(pid, round(first, 1), round(last, 1), round(self.resident[-1], 1))


def soak(service: RunningService, hours: float) -> tuple[int, float, list[Growth]]:
    """How many claims were sent at which rate, and how each worker grew meanwhile."""
    full = finish(*send(service, FULL_SECONDS, 0.0)) / FULL_SECONDS
    click.echo(f"full load is {full:.0f} claims a second; sending half of that for {hours:g} hours", err=True)
    workers = service.workers()
    samples = {each.pid: Samples() for each in workers}
    seconds = hours * 3600
    senders, threads = send(service, seconds, full / 2)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        for worker in workers:
            samples[worker.pid].look(worker)
        told = ", ".join(f"{each.own[-1]:.1f} MB" for each in samples.values())
        click.echo(f"\r{passed / 60:.1f} minutes: {told} ", nl=False, err=True)
        time.sleep(SAMPLE_SECONDS)
    sent = finish(senders, threads)
    click.echo(err=True)
    return sent, full / 2, [each.growth(pid) for pid, each in samples.items()]


def main() -> None:
    """Soak a service of its own, and say how its workers grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        service = start_service(folder, promote_into(folder), folder / "store.db", **TWO_WORKERS)
        try:
            sent, rate, grown = soak(service, asked.hours)
        finally:
            service.stop()
    figures = {
        "hours": asked.hours,
        "claims": sent,
        "claims_per_second": round(rate, 1),
        "workers": [{**asdict(each), "growth": round(each.share, 4)} for each in grown],
        "holds": all(each.share <= MOST_GROWTH for each in grown),
    }
    Path("build").mkdir(exist_ok=True)
    Path("build/soak.json").write_text(json.dumps(figures, indent=2) + "\n")
    click.echo(json.dumps(figures, indent=2))
    sys.exit(0 if figures["holds"] else 1)


if __name__ == "__main__":
    main()
