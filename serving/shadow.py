"""A challenger in shadow: it scores the claims that the champion decided, after their answers, and never acts.

An answer waits for nothing here: a claim is put into a short queue, or dropped where that is full. One thread scores
what waits, some claims at a time, each within a budget of processor time, and writes what comes of it in batches. A
challenger that fails, or is too slow for its budget, is switched off until another one comes.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from features.arrays import Floats
from features.store import Store, StoreError
from serving.background import Background
from serving.decision import Case, ClaimFacts, judge
from serving.model import Model
from serving.model_watch import ModelSource
from serving.policy import Policy
from serving.shadow_record import SHADOW_METADATA, ShadowRow, write_shadow

LOGGER: Final = logging.getLogger("clearclaim.shadow")

ROUND_SECONDS: Final = 0.02  # how often the queue is looked at
ROUND_CLAIMS: Final = 64  # at most in a round, before anything is written
PAUSE_SECONDS: Final = 0.0005  # after each claim: whoever answers one needs the same interpreter
MOST_WAITING: Final = 1_000
BUDGET_SECONDS: Final = 0.005  # of processor time for a claim: some fifty times what a model of usual size takes
MOST_LATE: Final = 20  # in a row; then the challenger is too slow to be one
BATCH_ROWS: Final = 100
BATCH_SECONDS: Final = 1.0
MOST_UNWRITTEN: Final = 2_000

Outcome: TypeAlias = Literal["scored", "disagreed", "dropped_full", "dropped_late", "dropped_unwritten", "failed"]
Count: TypeAlias = Callable[[Outcome, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowClaim:
    """A claim that was decided, with all that it was decided on.

    Attributes:
        facts: the claim and its order.
        vector: float64, the catalogue's columns, as the store logs them.
        text: what the buyer wrote, if anything; it is kept no longer than the claim waits.
        policy: that was in force.
        price_minor: what a place in the reviewers' queue cost.
        lists: names of the policy's lists that the claim is on.
        action: that was taken.
        champion: the version of the model that it was taken with, if any.
    """

    facts: ClaimFacts
    vector: Floats
    text: str | None
    policy: Policy
    price_minor: float
    lists: frozenset[str]
    action: str
    champion: str | None


class Shadow:
    """Scores with a challenger what the champion decided. `offer` may be called from any thread.

    Args:
        store: where the rows go.
        challenger: gives the challenger, or None while there is none (`serving.model_watch`).
        count: is told what became of claims, and of how many.
        processor_seconds: the processor time of the calling thread.
    """

    def __init__(
        self,
        store: Store,
        challenger: ModelSource,
        count: Count = lambda _outcome, _claims: None,
        processor_seconds: Callable[[], float] = time.thread_time,
    ) -> None:
        self._store, self._challenger, self._count = store, challenger, count
        self._processor_seconds = processor_seconds
        self._waiting: deque[ShadowClaim] = deque()
        self._rows: list[ShadowRow] = []
        self._written_at = time.monotonic()
        self._writing_failed = False
        self._off: Model | None = None
        self._late = 0
        self._background = Background("challenger in shadow", ROUND_SECONDS, self.work)
        store.create(SHADOW_METADATA)

    def start(self) -> None:
        """Begin to score, in a thread of its own."""
        self._background.start()

    def stop(self) -> None:
        """Score no more, and write what was scored."""
        self._background.stop()
        self._waiting.clear()
        self._write()

    @property
    def version(self) -> str | None:
        """Of the challenger that scores; None where there is none, or where it is switched off."""
        challenger = self._challenger()
        return None if challenger is None or challenger is self._off else challenger.version

    def offer(self, claim: ShadowClaim) -> None:
        """Have a claim scored some time, or not at all; it returns at once.

        Nothing is done where there is no challenger, where it is switched off, or where it is the champion itself.
        """
        challenger = self._challenger()
        if challenger is None or challenger is self._off or challenger.version == claim.champion:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._count("dropped_full", 1)
            return
        self._waiting.append(claim)

    def work(self) -> None:
        """Score some of the claims that wait, and write if that is due."""
        challenger = self._challenger()
        for _ in range(min(len(self._waiting), ROUND_CLAIMS)):
            if challenger is None or challenger is self._off:
                self._waiting.clear()
                break
            self._score(challenger, self._waiting.popleft())
            time.sleep(PAUSE_SECONDS)
        if self._rows and (len(self._rows) >= BATCH_ROWS or time.monotonic() - self._written_at >= BATCH_SECONDS):
            self._write()

    def _score(self, challenger: Model, claim: ShadowClaim) -> None:
        began = self._processor_seconds()
        try:
            row = _row(challenger, claim)
        except Exception as error:  # noqa: BLE001 - a challenger may fail in any way, and must not in the champion's
            self._count("failed", 1)
            self._switch_off(challenger, f"{type(error).__name__}: {error}")
            return
        if self._processor_seconds() - began > BUDGET_SECONDS:
            self._late += 1
            self._count("dropped_late", 1)
            if self._late >= MOST_LATE:
                self._switch_off(challenger, f"{MOST_LATE} claims in a row took more than {BUDGET_SECONDS * 1e3:g} ms")
            return
        self._late = 0
        self._rows.append(row)
        self._count("scored", 1)
        if row.action != claim.action:
            self._count("disagreed", 1)

    def _switch_off(self, challenger: Model, why: str) -> None:
        self._off, self._late = challenger, 0
        why = " ".join(why.split())
        LOGGER.error("challenger %s: %s; it is switched off until another one is promoted", challenger.version, why)

    def _write(self) -> None:
        self._written_at = time.monotonic()
        rows = self._rows[:BATCH_ROWS]
        if not rows:
            return
        try:
            with self._store.writing() as connection:
                write_shadow(connection, rows)
        except (sa.exc.SQLAlchemyError, StoreError, OSError) as error:
            self._keep_some(error)
            return
        self._writing_failed = False
        del self._rows[: len(rows)]

    def _keep_some(self, error: Exception) -> None:
        if not self._writing_failed:
            self._writing_failed = True
            LOGGER.warning("what the challenger scored can't be written (%s); it is tried again", type(error).__name__)
        too_many = len(self._rows) - MOST_UNWRITTEN
        if too_many > 0:
            del self._rows[:too_many]
            self._count("dropped_unwritten", too_many)


def _row(challenger: Model, claim: ShadowClaim) -> ShadowRow:
    facts, scorer = claim.facts, challenger.scorer
    whole = scorer.complete(claim.vector, claim.text, facts.reason)
    abuse, recovery = scorer.score(whole).abuse_probability, scorer.recovery_probability(whole)
    case = Case(
        facts=facts,
        vector=claim.vector,
        abuse_probability=abuse,
        recovery_probability=recovery,
        capacity_price_minor=claim.price_minor,
        lists=claim.lists,
    )
    action = judge(case, claim.policy).action
    return ShadowRow(facts.claim_id, challenger.version, abuse, recovery, action, facts.as_of_ms)
