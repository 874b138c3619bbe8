"""Platforms that send claims over connections of their own, and keep what they are told."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from serving.answer import Answer
from serving.client import ClearclaimClient, Retries
from tests.unit.serving.claims import claim_content

PATIENT = Retries(most=400, first_pause_seconds=0.02, longest_pause_seconds=0.5)  # beyond any restart
AGAIN = 0.1  # the share of claims that are sent again later


@dataclass(frozen=True)
class Told:
    """What a claim was answered, and when that came (seconds of the process's clock)."""

    answer: Answer
    at: float
    took: float


@dataclass
class Sender:
    """One connection: sends one claim after another until it is stopped, as quickly as it can while `hurry` is set.

    Attributes:
        told: the first answer to each claim, by its id.
        different: ids of claims that were answered differently when they were sent again.
        retries: how often something was sent once more because no answer came.
        failed: what ended it before its time.
    """

    number: int
    url: str
    key: str
    pause_seconds: float
    hurry: Event
    stopped: Event
    told: dict[str, Told] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)
    retries: int = 0
    failed: BaseException | None = None

    def run(self) -> None:
        """Send until stopped."""
        try:
            with ClearclaimClient(
                self.url, api_key=self.key, retries=PATIENT, timeout_seconds=10, sleep=self._wait
            ) as client:
                self._send(client)
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for the thread
            self.failed = error

    def _send(self, client: ClearclaimClient) -> None:
        chance = random.Random(self.number)
        while not self.stopped.is_set():
            content = claim_of(f"{self.number}-{len(self.told)}", chance)
            began = time.monotonic()
            answer = client.score(content)
            now = time.monotonic()
            self.told[answer.claim_id] = Told(answer, now, now - began)
            if chance.random() < AGAIN:
                again = client.score(content)
                if _same(again) != _same(answer) or not again.replayed:
                    self.different.append(answer.claim_id)
            self.hurry.wait(self.pause_seconds)

    def _wait(self, seconds: float) -> None:
        self.retries += 1
        time.sleep(seconds)


def claim_of(claim_id: str, chance: random.Random) -> dict[str, Any]:
    """A claim of one of a few people at one of a few shops, so that claims touch each other's histories."""
    order = {
        "buyer_id": f"B{chance.randrange(40)}",
        "merchant_id": f"M{chance.randrange(8)}",
        "product_id": f"P{chance.randrange(20)}",
        "address_id": f"A{chance.randrange(30)}",
        "category_id": f"G{chance.randrange(3)}",
    }
    changes: dict[str, Any] = {"device_id": f"D{chance.randrange(30)}", "amount_minor": chance.randrange(100, 8_000)}
    if chance.random() < 0.2:
        changes["evidence_hashes"] = [f"{chance.getrandbits(6):016x}"]
    if chance.random() < 0.3:
        changes["authority"] = {"kind": "consent", "reference": "agreement"}
    return claim_content(claim_id, order=order, **changes)


def _same(answer: Answer) -> Answer:
    return answer.model_copy(update={"replayed": False})


def start(senders: list[Sender]) -> list[Thread]:
    """Let them send."""
    threads = [Thread(target=each.run, name=f"sender {each.number}") for each in senders]
    for thread in threads:
        thread.start()
    return threads
