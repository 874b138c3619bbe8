"""A policy and a model in the place of the old rule: the closed loop, in which decisions change what comes after them.

It goes by days. A day's events are added to the history of a store, the claims among them get the feature vectors that
a service would have given them at their moments, and all are scored and decided as one batch, by the service's own
functions. Buyers get their answers at once, but these go on record at the close of the day: so no claim is judged on
answers of its own day, which a service that answers one claim after the other would see.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats
from features.assemble import Assembler
from features.engines.online import OnlineEngine
from features.event_file import to_events
from features.event_table import code_of, from_arrow
from features.events import ACTIONS, Event, EventKind
from features.facts import facts_of_event
from features.plan import Plan
from features.store import Store
from features.store.history import extend_history
from serving.bundle import Bundle, check_catalog
from serving.decision import ClaimFacts, RecordedAuthority, decide
from serving.policy import Policy
from serving.scorer import Scorer
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.day import Day
from training.simulate.deciding import NOT_UP_FOR_AUDIT, Answers, OldRule

ASKS_FOR_A_PERSON_SHARE: Final = 0.01
AT_ONCE_MS: Final = 1_000
CLOSING_MS: Final = 60_000  # within which the answers of a day go on record, after its end


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """How a policy runs the marketplace.

    Args:
        from_day: the first day on which it decides; before, the old rule makes a history to judge by.
        audit_rate: the share of automatic approvals that is drawn for an audit.

    Raises:
        ValueError: naming what is out of range.
    """

    from_day: int = 0
    audit_rate: float = 0.02

    def __post_init__(self) -> None:
        if self.from_day < 0:
            raise ValueError(f"from_day is {self.from_day}; use zero or more")
        if not 0 <= self.audit_rate <= 1:
            raise ValueError(f"audit_rate is {self.audit_rate}; use 0 to 1")


class PolicyDecider:
    """Answers each day's claims by a policy and a model. Made by `policy_decider`, which gives it a store."""

    def __init__(
        self, config: SimulationConfig, loop: LoopConfig, policy: Policy, scorer: Scorer, store: Store
    ) -> None:
        self._old_rule = OldRule(config)
        self._dice = config.dice("closed loop")
        self._loop, self._policy, self._scorer, self._store = loop, policy, scorer, store
        self._online = OnlineEngine(store.plan)
        self._assembler = Assembler(store.plan)
        self._audit_ppm = round(loop.audit_rate * 1e6)

    def answer(self, day: Day, claims: Claims, consents: Flags) -> Answers:
        """The answers to a day's claims, on record shortly after its end."""
        vectors, events = self._take_in(day.events())
        close_ms = day.end_ms + self._dice.below("closing", claims.order, CLOSING_MS)
        if day.number < self._loop.from_day:
            return replace(self._old_rule.answer(day, claims, consents), known_at_ms=close_ms)
        probabilities = self._score(vectors, events)
        asks = self._dice.happens("asks for a person", claims.order, ASKS_FOR_A_PERSON_SHARE)
        actions = [
            decide(_facts(event, bool(consent), bool(asked)), float(probability), self._policy).action
            for event, consent, asked, probability in zip(events, consents, asks, probabilities, strict=True)
        ]
        action = np.array([ACTIONS.index(each) for each in actions], dtype=np.int64)
        automatic = action == code_of("action", "auto_approve")
        at_ms = claims.filed_at_ms + AT_ONCE_MS
        return Answers(action, at_ms, close_ms, np.where(automatic, self._audit_ppm, NOT_UP_FOR_AUDIT))

    def _score(self, vectors: Floats, filed: list[Event]) -> Floats:
        if not filed:
            return np.zeros(0)
        whole = [
            self._scorer.complete(vector, event.claim_text, event.claim_reason or "")
            for vector, event in zip(vectors, filed, strict=True)
        ]
        return np.asarray(self._scorer.score_many(np.stack(whole)), dtype=np.float64)

    def _take_in(self, events: pa.Table) -> tuple[Floats, list[Event]]:
        """Add a day's events to the history; give its claims, by time, and what was known of each when it was filed."""
        if len(events) == 0:
            return np.zeros((0, len(self._store.plan.columns))), []
        filed = to_events(events.filter(pc.equal(events["kind"], str(EventKind.CLAIM_FILED))))
        with self._store.writing() as connection:
            extend_history(connection, self._store, from_arrow(events))
            windows = [self._online.window_totals(connection, event, event.known_at_ms) for event in filed]
        vectors = [
            self._assembler.assemble(window, facts_of_event(event))[0]
            for window, event in zip(windows, filed, strict=True)
        ]
        return np.array(vectors).reshape(len(filed), len(self._store.plan.columns)), filed


@contextmanager
def policy_decider(
    config: SimulationConfig, loop: LoopConfig, policy: Policy, bundle: Bundle, plan: Plan
) -> Iterator[PolicyDecider]:
    """A decider with a history of its own, which is forgotten at the end.

    Raises:
        BundleError: if the model was trained on another catalogue of features.
    """
    check_catalog(bundle, plan.catalog_hash)
    with TemporaryDirectory(prefix="clearclaim-loop-") as folder, Scorer(bundle) as scorer:
        store = Store.open(f"sqlite:///{Path(folder) / 'history.db'}", plan)
        try:
            yield PolicyDecider(config, loop, policy, scorer, store)
        finally:
            store.close()


def _facts(filed: Event, consents: bool, asks_for_a_person: bool) -> ClaimFacts:
    authority = RecordedAuthority("consent", f"agreement of {filed.merchant_id}") if consents else None
    return ClaimFacts.of_event(filed, authority=authority, human_requested=asks_for_a_person)
