"""What a buyer could have done for another outcome: each change is put into the stored claim, and decided again.

Only what a buyer may honestly change is tried: to show more pictures, to send the goods back instead of keeping them,
to wait until they have arrived, to ask for a person. Not the amount, the reason or the words: whoever is told which of
these to say would be taught to say it. How many pictures were tried isn't told either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from features.changed_facts import ChangedFacts
from features.events import Event, EventKind
from features.facts import facts_of_event
from serving.decision import Action, ClaimFacts
from serving.explaining.known import Known
from serving.explaining.messages import ChangeName
from serving.judgement import Estimate, judge_estimated
from serving.past_decision.again import Basis, circumstances_of

MORE_PICTURES: Final = 3
ENOUGH_PICTURES: Final = 9  # who has shown so many isn't asked for more
# goods that never came, or that are only unwanted, have nothing to show
_SHOW_NOTHING: Final = frozenset({"not_received", "late_delivery", "changed_mind"})


@dataclass(frozen=True, slots=True)
class Change:
    """Something that a buyer can do, and the action that it leads to."""

    name: ChangeName
    action: Action


@dataclass(frozen=True, slots=True)
class Changes:
    """What was tried: how many changes, and those of them that lead to another outcome for the buyer."""

    tried: int
    found: tuple[Change, ...]


def find_changes(known: Known, changed_facts: ChangedFacts) -> Changes | None:
    """The changes that lead to another outcome for the buyer; None where that can't be worked out.

    For a claim that went to a person: those with which it would have been granted. For one that was granted: to ask
    for a person.
    """
    past, basis = known.past, known.basis
    if past.entry.action != "manual_review":
        return Changes(1, (Change("ask_for_a_person", "manual_review"),))
    if basis is None or past.facts is None or known.policy.source == "another":
        return None
    if past.facts.human_requested:  # whatever else is changed, a person decides
        return Changes(0, ())
    judge_again = _JudgeAgain(known, basis, changed_facts)
    if not judge_again.can:
        return None
    tried = 0
    found: list[Change] = []
    for name, facts in _possible(past.facts):
        if name == "return_the_goods_with_pictures" and found:  # one of the two is enough
            continue
        tried += 1
        action = judge_again.action(facts)
        if action != "manual_review":
            found.append(Change(name, action))
    return Changes(tried, tuple(found))


def _possible(facts: ClaimFacts) -> Iterator[tuple[ChangeName, ClaimFacts]]:
    """The claims that the buyer could have filed instead, in the order in which they are tried."""
    if facts.order_delivered_at_ms is None:
        arrived = _arrived(facts)
        if arrived is not None:
            yield "wait_for_the_goods", arrived
        return
    pictures: dict[str, Any] = {}
    if facts.reason not in _SHOW_NOTHING and facts.evidence_count < ENOUGH_PICTURES:
        pictures = {"evidence_count": facts.evidence_count + MORE_PICTURES}
        yield "add_pictures", replace(facts, **pictures)
    if facts.claim_type == "refund_only":
        yield "return_the_goods", replace(facts, claim_type="return_refund")
        if pictures:
            yield "return_the_goods_with_pictures", replace(facts, claim_type="return_refund", **pictures)


def _arrived(facts: ClaimFacts) -> ClaimFacts | None:
    """The claim once the goods have come, sent back for a refund: they came late, or aren't wanted any more."""
    if facts.claim_type not in {"refund_only", "return_refund"}:
        return None
    reason = facts.reason
    if reason == "not_received":
        promised = facts.order_promised_at_ms
        reason = "late_delivery" if promised is not None and promised < facts.as_of_ms else "changed_mind"
    return replace(facts, claim_type="return_refund", reason=reason, order_delivered_at_ms=facts.as_of_ms)


class _JudgeAgain:
    """Judges the claim with other facts of its own, all else as it was then."""

    def __init__(self, known: Known, basis: Basis, changed_facts: ChangedFacts) -> None:
        self._past, self._model, self._changed_facts = known.past, basis.model, changed_facts
        # nobody reads the reasons of what wasn't decided, and finding them takes longest
        self._circumstances = replace(circumstances_of(known.past, basis), model=None)

    @property
    def can(self) -> bool:
        """Whether model, vector and, if the model reads it, text are to be had."""
        past, model = self._past, self._model
        if model is None or past.vector is None or past.entry.abuse_probability is None:
            return False
        return past.filed is not None or model.bundle.contents.reader is None

    def action(self, facts: ClaimFacts) -> Action:
        """What would have been decided."""
        past = self._past
        assert past.vector is not None  # noqa: S101 - as `can` says
        vector = self._changed_facts.apply(past.vector, facts_of_event(_event(facts)))
        text = None if past.filed is None else past.filed.claim_text
        values = None if self._model is None else self._model.scorer.read_text(text, facts.reason)
        estimate = Estimate.of(self._model, vector, values)
        judged = judge_estimated(facts, vector, estimate, self._circumstances, language=None, explain=False)
        return judged.decision.action


def _event(facts: ClaimFacts) -> Event:
    """What the claim says of itself, as an event from which columns are made."""
    return Event(
        event_id=f"claim_filed:{facts.claim_id}",
        kind=EventKind.CLAIM_FILED,
        occurred_at_ms=facts.as_of_ms,
        known_at_ms=facts.as_of_ms,
        amount_minor=facts.amount_minor,
        quantity=facts.quantity,
        order_amount_minor=facts.order_amount_minor,
        order_paid_at_ms=facts.order_paid_at_ms,
        order_delivered_at_ms=facts.order_delivered_at_ms,
        order_promised_at_ms=facts.order_promised_at_ms,
        claim_type=facts.claim_type,
        claim_reason=facts.reason,
        evidence_count=facts.evidence_count,
    )
