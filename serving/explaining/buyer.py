"""What a buyer is told. Made of what was decided and of what they get; the model, its numbers and its reasons never
come in here, so that they can't come out.
"""

from __future__ import annotations

from features.changed_facts import ChangedFacts
from serving.claim import Language
from serving.explaining.changes import Change, Changes, find_changes
from serving.explaining.entitled import entitled_sentences
from serving.explaining.known import Known
from serving.explaining.messages import BuyerChange, BuyerExplanation, Outcome
from serving.explaining.words import Words


def explain_to_buyer(known: Known, language: Language, words: Words, changed_facts: ChangedFacts) -> BuyerExplanation:
    """The buyer's explanation, in plain words."""
    past = known.past
    outcome = _outcome(known)
    asked = past.answer.cause == "human_requested"
    changes = None if known.ruled else find_changes(known, changed_facts)
    granted, given = outcome == "granted", past.answer.entitlements
    return BuyerExplanation(
        claim_id=past.entry.claim_id,
        language=language,
        decided_at_ms=past.entry.decided_at_ms,
        outcome=outcome,
        decision=words.buyer_outcome(outcome, "" if past.facts is None else past.facts.claim_type, asked=asked),
        how=_how(known, words, asked=asked, granted=granted),
        entitlements=(
            []
            if given is None or known.ruled
            else entitled_sentences(given, words, known.policy.policy.zone, granted=granted)
        ),
        changes=[_change(change, words) for change in (changes.found if changes is not None else ())],
        changes_note=_note(known, changes, words, asked=asked, granted=granted),
        rights=list(words.rights),
    )


def _outcome(known: Known) -> Outcome:
    if known.ruled:
        return "decided_by_a_person"
    return "with_a_person" if known.past.entry.action == "manual_review" else "granted"


def _how(known: Known, words: Words, *, asked: bool, granted: bool) -> str:
    if known.ruled:
        return words.decided_by_a_person
    if granted:
        return words.by_machine
    if known.past.answer.degraded:
        return words.not_checked
    return words.asked if asked else words.by_nobody_yet


def _change(change: Change, words: Words) -> BuyerChange:
    leads_to: Outcome = "with_a_person" if change.action == "manual_review" else "granted"
    return BuyerChange(change=change.name, leads_to=leads_to, text=words.changes[change.name])


def _note(known: Known, changes: Changes | None, words: Words, *, asked: bool, granted: bool) -> str:
    if known.ruled:
        return words.decided_by_a_person
    if granted:
        return words.nothing_needed
    if asked:
        return words.asked_yourself
    if known.past.answer.degraded:  # whatever was claimed, a person would have decided
        return words.nothing_to_try
    if changes is None:
        return words.not_worked_out
    if changes.found:
        return words.no_promise
    return words.none_helps if changes.tried else words.nothing_to_try
