"""A day's claims, answered one after the other in the order in which they come, as a service would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.event_file import to_events
from features.events import ACTIONS, Event, EventKind
from serving.decision import ClaimFacts, Decision, Queue, RecordedAuthority
from serving.policy import Policy
from training.simulate.auditing import Auditing
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.day import Day
from training.simulate.deciding import Answers, OldRule
from training.simulate.places import Places

ASKS_FOR_A_PERSON_SHARE: Final = 0.01
AT_ONCE_MS: Final = 1_000
CLOSING_MS: Final = 60_000  # within which the answers of a day go on record, after its end


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """How a policy runs the marketplace.

    Args:
        from_day: the first day on which it decides; before, the old rule makes a history to judge by.
        audit_rate: the share of automatic approvals that is drawn for an audit; None for what the policy says.

    Raises:
        ValueError: naming what is out of range.
    """

    from_day: int = 0
    audit_rate: float | None = None

    def __post_init__(self) -> None:
        if self.from_day < 0:
            raise ValueError(f"from_day is {self.from_day}; use zero or more")
        if self.audit_rate is not None and not 0 <= self.audit_rate <= 1:
            raise ValueError(f"audit_rate is {self.audit_rate}; use 0 to 1")


@dataclass(frozen=True, slots=True)
class FiledClaims:
    """The claims of a day, n of them, by time: their events, what the decision knows of each, and the truth."""

    events: Sequence[Event]
    facts: Sequence[ClaimFacts]
    truth: Claims

    def __len__(self) -> int:
        return len(self.facts)


class Judge(Protocol):
    """Judges claims, one after the other. Every method is called with one day after the other."""

    def watch(self, day: Day, claims: Claims, consents: Flags) -> None:
        """Look on while the old rule still decides."""

    def begin(self, events: pa.Table, filed: FiledClaims) -> None:
        """A day begins: all its events, and its claims among them."""

    def judge(self, row: int, facts: ClaimFacts, queue: Queue) -> Decision:
        """The decision on the day's claim of this number, which finds this queue."""
        ...

    def earlier_claims(self, row: int) -> float:
        """How many claims the buyer of the day's claim of this number had filed before; NaN if the judge can't tell."""
        ...


class InTurn:
    """A decider that lets the old rule decide first, and from some day on a judge, claim after claim."""

    def __init__(self, config: SimulationConfig, loop: LoopConfig, policy: Policy, judge: Judge) -> None:
        self._old_rule = OldRule(config)
        self._dice = config.dice("closed loop")
        self._loop, self._judge = loop, judge
        self._places = Places(policy)
        self._auditing = Auditing(policy, loop.audit_rate)

    def answer(self, day: Day, claims: Claims, consents: Flags) -> Answers:
        """The answers to a day's claims, on record shortly after its end."""
        close_ms = day.end_ms + self._dice.below("closing", claims.order, CLOSING_MS)
        if day.number < self._loop.from_day:
            self._judge.watch(day, claims, consents)
            return replace(self._old_rule.answer(day, claims, consents), known_at_ms=close_ms)
        events = day.events()
        asks = self._dice.happens("asks for a person", claims.order, ASKS_FOR_A_PERSON_SHARE)
        filed = filed_claims(events, claims, consents, asks)
        self._judge.begin(events, filed)
        self._auditing.begin_day()
        given = [
            self._places.give(facts, self._judge.judge(row, facts, self._places.queue(facts.as_of_ms)))
            for row, facts in enumerate(filed.facts)
        ]
        action = np.array([ACTIONS.index(each.action) for each in given], dtype=np.int64)
        audit_ppm = [
            self._auditing.chance_ppm(facts, each, self._judge.earlier_claims(row))
            for row, (facts, each) in enumerate(zip(filed.facts, given, strict=True))
        ]
        return Answers(
            action=action,
            at_ms=claims.filed_at_ms + AT_ONCE_MS,
            known_at_ms=close_ms,
            audit_ppm=np.array(audit_ppm, dtype=np.int64),
            charges_merchant=np.array([each.charges_merchant for each in given], dtype=np.bool_),
        )


def filed_claims(events: pa.Table, claims: Claims, consents: Flags, asks: Flags) -> FiledClaims:
    """The claims of a day as a service gets them."""
    filed = to_events(events.filter(pc.equal(events["kind"], str(EventKind.CLAIM_FILED)))) if len(events) else []
    facts = [_facts(*each) for each in zip(filed, consents.tolist(), asks.tolist(), strict=True)]
    return FiledClaims(filed, facts, claims)


def _facts(filed: Event, consents: bool, asks_for_a_person: bool) -> ClaimFacts:
    authority = RecordedAuthority("consent", f"agreement of {filed.merchant_id}") if consents else None
    return ClaimFacts.of_event(filed, authority=authority, human_requested=asks_for_a_person)
