"""Our service and the no-op endpoint in turns, and a look whether what was answered was decided, and is on disk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store
from service.load import Target, repeated
from service.rounds import Pace, Rounds, Side, in_turns, warmed
from serving.ledger import DECISION

NOOP_BODY = b'{"x": 1}'
ENOUGH = 1_000_000  # requests to a peer that remembers nothing


@dataclass(frozen=True)
class Result:
    """Both, at one number of connections."""

    ours: Rounds
    noop: Rounds

    def over(self, peer: Rounds) -> float:
        """How many times a peer's answers a second ours gives."""
        return self.ours.per_second / peer.per_second

    def detail(self) -> dict[str, object]:
        """The numbers behind it."""
        return {"ours": self.ours.detail(), "noop": self.noop.detail()}


class Duel:
    """Sends each claim once. `actions` counts what was decided."""

    def __init__(self, url: str, target: Target, noop: Target, claims: Sequence[bytes], pace: Pace) -> None:
        self.actions: Counter[str] = Counter()
        self._url, self._target, self._pace = url, target, pace
        self._ours = self.side(claims)
        self._noop = Side("BentoML's no-op", noop.port, repeated(noop, [NOOP_BODY], ENOUGH))
        self._answers = 0

    def side(self, claims: Sequence[bytes]) -> Side:
        """Claims to our service, as one side of a measurement."""
        requests: Iterator[bytes] = (self._target.request(body) for body in claims)
        return Side("the service", self._target.port, requests)

    def at(self, connections: int) -> Result:
        """Rounds of both in turns, after a first one of each that doesn't count."""
        self.count(warmed(self._ours, connections).bodies)
        warmed(self._noop, connections)
        ours, noop = in_turns([self._ours, self._noop], connections, self._pace)
        self.count(ours.bodies)
        return Result(ours, noop)

    def alone(self, side: Side) -> Rounds:
        """Rounds of more claims to our service at one connection."""
        [rounds] = in_turns([side], 1, self._pace)
        self.count(rounds.bodies)
        return rounds

    def count(self, bodies: Iterator[bytes] | list[bytes]) -> None:
        """Look at answers.

        Raises:
            ValueError: if one is degraded or was given before: then something else was measured.
        """
        for body in bodies:
            answer = json.loads(body)
            if answer["degraded"] or answer["replayed"]:
                raise ValueError(f"an answer that can't count: {body[:500]!r}")
            self.actions[f"{answer['action']}{' with reasons' if answer['reasons'] else ''}"] += 1
            self._answers += 1

    def check(self) -> None:
        """Compare the answers with the ledger.

        Raises:
            ValueError: if it hasn't as many decisions.
        """
        store = Store.open(self._url, default_plan(), existing=True)
        with store.reading() as connection:
            decisions = connection.scalar(sa.select(sa.func.count()).select_from(DECISION))
        store.close()
        if decisions != self._answers:
            raise ValueError(f"{self._answers:,} answers, and {decisions:,} decisions in the ledger")
