"""What people are told, sentence by sentence; each language says all of it (`english`, `chinese`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from serving.explaining.messages import ChangeName, Outcome
from serving.policy import FreightPayer, RefundRoute, RefundTiming


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The sentences of one language. What is in braces is filled in: {date}, {days}, {left}, {limit}, {number}.

    Attributes:
        granted: what was decided, by claim type.
        with_a_person: where a person has yet to decide; `asked` where the buyer wanted it so.
        decided_by_a_person: where one has.
        by_machine: how a granted claim was decided, and what was looked at.
        by_nobody_yet: how one was passed on to a person.
        not_checked: how one came to a person that no machine could judge.
        if_granted: stands before what the buyer gets where a person has yet to decide.
        window, window_over: until when this may be asked for; when that ended.
        refund, refund_due: when the money goes back, and within how many days of that.
        changes: what the buyer can do, and what that would have led to.
        no_promise, none_helps, nothing_to_try, nothing_needed, not_worked_out, asked_yourself: what is said below the
            changes.
        rights: what the buyer may ask for.
    """

    date: str
    granted: Mapping[str, str]
    with_a_person: str
    asked: str
    decided_by_a_person: str
    by_machine: str
    by_nobody_yet: str
    not_checked: str
    if_granted: str
    window: str
    window_over: str
    refund: Mapping[RefundTiming, str]
    refund_due: str
    route: Mapping[RefundRoute, str]
    freight: Mapping[FreightPayer, str]
    label: str
    parcel_number: str
    warranty: str
    quota: str
    changes: Mapping[ChangeName, str]
    no_promise: str
    none_helps: str
    nothing_to_try: str
    nothing_needed: str
    not_worked_out: str
    asked_yourself: str
    rights: tuple[str, ...]
    merchant_charged: str
    merchant_not_charged: str
    merchant_advanced: str
    merchant_waits: str
    merchant_ruled: str
    merchant_rights: tuple[str, ...]

    def buyer_outcome(self, outcome: Outcome, claim_type: str, *, asked: bool) -> str:
        """What a buyer is told was decided."""
        match outcome:
            case "granted":
                return self.granted.get(claim_type, self.granted["refund_only"])
            case "with_a_person":
                return self.asked if asked else self.with_a_person
            case "decided_by_a_person":
                return self.decided_by_a_person
