"""What an audience sees of a claim's events, cases and messages: from rows to JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from features.events import Event, EventKind
from serving.cases.case import CaseStep, ReviewCase
from serving.cases.words import BLIND_KINDS, SYSTEM
from serving.evidence_pack.hiding import Hiding
from serving.evidence_pack.persons import Persons
from serving.evidence_pack.record import ClaimRecord
from serving.evidence_pack.told import Told, is_decision
from serving.evidence_pack.view import View
from serving.intake.adjudicating import adjudication_id_of

Seen: TypeAlias = dict[str, Any]

_NOT_FOR: Final[Mapping[str, EventKind]] = {
    "buyer": EventKind.ADVANCE_SETTLED,
    "merchant": EventKind.FEEDBACK_GIVEN,
}
_OF_A_PARTY: Final = frozenset({"appeal", "mediation"})  # whose party is the one that brought it
_STEPS_OF_PARTIES: Final = frozenset(
    {"opened", "evidence_asked", "evidence_given", "evidence_overdue", "released", "withdrawn"}
)
_FACTS_OF_PARTIES: Final = ("number", "kind", "state", "party", "opened_at_ms", "ruled_at_ms", "closed_at_ms")
_RULING_OF: Final[Mapping[str, frozenset[str]]] = {
    "buyer": frozenset({"ruling", "refund_minor", "amount", "amount_minor", "text_for_buyer", "text"}),
    "merchant": frozenset({"ruling", "refund_minor", "amount", "amount_minor", "merchant_at_fault"}),
}
_NAMES: Final = ("assigned_to", "ruled_by")
# a finding on a claim that was granted is a check of the platform's own work, but for these
_KNOWN_TO_PARTIES: Final = frozenset({"appeal", "inspection", "mediation"})


class Seeing:
    """One record through the eyes of one audience.

    Args:
        record: all of it.
        view: who looks.
        hiding: what is shown in the place of ids and names.
        persons: who worked on it.
    """

    def __init__(self, record: ClaimRecord, view: View, hiding: Hiding, persons: Persons) -> None:
        self.record, self.view, self.hiding, self.persons = record, view, hiding, persons
        decision = record.decision
        self._was_granted = decision is not None and decision.action != "manual_review"

    def event(self, event: Event) -> Seen | None:
        """An event, without what is empty; None for one that isn't this audience's."""
        if not self.view.is_court and (
            event.kind is _NOT_FOR[self.view.audience]
            or (event.kind is EventKind.CLAIM_ADJUDICATED and self._is_check(event.verdict_source))
        ):
            return None
        seen: Seen = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in event.as_dict().items()
            if value is not None and name not in self.view.dropped_fields
        }
        if "claim_text" in seen:
            seen["claim_text"] = self.hiding.free_text(seen["claim_text"])
        seen = self._with_references(self.hiding.walk(seen), event.reviewer_id)
        if not self.view.is_court or event.kind is not EventKind.CLAIM_ADJUDICATED:
            return seen
        note = self.record.notes.get(adjudication_id_of(event))
        return seen if note is None else {**seen, "note": self.hiding.free_text(note)}

    def _with_references(self, seen: Seen, name: str | None) -> Seen:
        return (
            {**seen, "reviewer": self.persons.references.get(name, name)} if name and self.view.names_people else seen
        )

    def cases(self) -> list[Seen]:
        """The cases, each with its steps."""
        return [self._case(case) for case in self.record.cases if self.view.sees_case(case.kind)]

    def _case(self, case: ReviewCase) -> Seen:
        if not self.view.is_court:
            return self._case_of_party(case)
        steps = [self._step(step) for step in self.record.steps[case.number]]
        facts = {name: getattr(case, name) for name in ReviewCase.__dataclass_fields__}
        facts |= {name: self._name(facts[name]) for name in _NAMES}
        return {
            **facts,
            "not_for": sorted(self._name_of(name) for name in case.not_for if name in self.persons.acted_as),
            "ruling": self._ruling(case),
            "steps": steps,
        }

    def _case_of_party(self, case: ReviewCase) -> Seen:
        """A case without what only the other party was asked, or brought."""
        facts = {name: getattr(case, name) for name in _FACTS_OF_PARTIES}
        if case.state != "closed":  # a ruling that can be undone isn't one yet
            facts["ruled_at_ms"] = None
        if case.kind not in _OF_A_PARTY:
            facts["party"] = None
        steps: list[Seen] = []
        asked: str | None = None
        for step in self.record.steps[case.number]:
            asked = step.detail.get("party") if step.step == "evidence_asked" else asked
            party = asked if step.step.startswith("evidence") else step.detail.get("party")
            if step.step in _STEPS_OF_PARTIES and (step.step == "opened" or party in {None, self.view.audience}):
                steps.append(self._step_of_party(step, is_theirs=party == self.view.audience))
        return {**facts, "ruling": self._ruling(case), "steps": steps}

    def _ruling(self, case: ReviewCase) -> Seen | None:
        if case.ruling is None:
            return None
        ruling: Seen = self.hiding.walk_free(dict(case.ruling))
        if self.view.is_court:
            return ruling
        allowed = _RULING_OF[self.view.audience]
        return {name: value for name, value in ruling.items() if name in allowed} if case.state == "closed" else None

    def _step(self, step: CaseStep) -> Seen:
        who = {"by": self._name_of(step.by), "reference": self.persons.references.get(step.by, step.by)}
        detail: Seen = self.hiding.walk_free(dict(step.detail))
        return {"at_ms": step.at_ms, "step": step.step, **who, "state": step.state, "lane": step.lane, "detail": detail}

    def _step_of_party(self, step: CaseStep, *, is_theirs: bool) -> Seen:
        seen = {"at_ms": step.at_ms, "step": step.step, "by": self.persons.references.get(step.by, SYSTEM)}
        said = step.detail.get("text") if is_theirs else None
        return seen if said is None else {**seen, "text": self.hiding.walk_free(said)}

    def told(self, told: Told) -> Seen | None:
        """A message; None for one of which this audience isn't to know."""
        base = {"id": told.id, "kind": told.kind, "at_ms": told.at_ms}
        if not self.view.is_court:
            return base if self._is_for_party(told) else None
        receivers = [
            {name: value for name in each.__dataclass_fields__ if (value := getattr(each, name)) is not None}
            for each in told.receivers
        ]
        where = {"payload_in": "decision.json, answer"} if is_decision(told) else {}
        payload = self.hiding.walk_free(told.payload)
        return {**base, "payload": payload, **where, "receivers": self.hiding.walk(receivers)}

    def _is_for_party(self, told: Told) -> bool:
        """Whether a party may know of a message: of decision and rulings, and of what they were asked themselves."""
        said = told.payload if isinstance(told.payload, dict) else {}
        match told.kind:
            case "claim.decided":
                return True
            case "claim.adjudicated":
                return not self._is_check(said.get("source"))
            case "claim.ruled":
                return self.view.sees_case(said.get("kind", "audit"))
            case "claim.evidence_asked":
                kinds = {case.number: case.kind for case in self.record.cases}
                is_seen = self.view.sees_case(kinds.get(said.get("case_number", 0), "audit"))
                return is_seen and said.get("party") == self.view.audience
            case _:
                return False

    def _is_check(self, source: str | None) -> bool:
        """Whether a finding is a check of the platform's own work, of which no party is to know."""
        return source == "audit" or source in BLIND_KINDS or (self._was_granted and source not in _KNOWN_TO_PARTIES)

    def _name(self, name: str | None) -> str | None:
        return None if name is None else self._name_of(name)

    def _name_of(self, name: str) -> str:
        return name if self.view.names_people else self.persons.references.get(name, name)
