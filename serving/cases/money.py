"""The money decision that a ruling makes: what the buyer gets, and who bears it under which authority.

The guard of automatic decisions holds for people too: a merchant is charged only with an authority on record. A person
who finds the merchant at fault makes one, an adjudication, where the policy takes that kind; otherwise what the claim
has on record, or the law gives, counts as it does for the machine. Without any the platform bears the refund.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from features.events import Event, EventKind
from features.store.log import events_of_claim
from serving.cases.case import ReviewCase
from serving.cases.given_ruling import GivenRuling, refund_of
from serving.decision.authority import Authority, find_authority
from serving.decision.facts import ClaimFacts, facts_from_json
from serving.ledger import LedgerEntry, find_decision
from serving.ledger_rulings import rulings_of_claim
from serving.policy import Policy
from serving.words import AuthorityKind

_ADJUDICATION: Final[AuthorityKind] = "adjudication"
_APPEALS: Final = frozenset({"appeal", "mediation"})
_MOST_EVENTS: Final = 1_000  # of a claim that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyDecision:
    """What a ruling releases. Money is in minor units.

    Attributes:
        refund_minor: what the buyer gets in all; None for an audit, which releases nothing.
        charged_to: who bears it; None where there is nothing to bear.
        overturns: of an appeal, whether it changes what was decided before; None for all else.
    """

    case: ReviewCase
    given: GivenRuling
    refund_minor: int | None
    charged_to: Literal["merchant", "platform"] | None
    authority: Authority | None
    overturns: bool | None

    @property
    def denial_reason(self) -> str | None:
        """Why the buyer gets nothing; None for all but a denial."""
        return self.given.denial_reason if self.given.ruling == "deny" else None

    def told(self, *, ruling_id: str, ruled_by: str, two_people: bool, at_ms: int) -> str:
        """What the platform is told, as JSON. An audit's says nothing of money, since none moves."""
        said: dict[str, Any] = {
            "claim_id": self.case.claim_id,
            "case_number": self.case.number,
            "kind": self.case.kind,
            "ruling_id": ruling_id,
            "ruling": self.given.ruling,
            "denial_reason": self.denial_reason,
            "text_for_buyer": self.given.text_for_buyer,
            "merchant_at_fault": self.given.merchant_at_fault,
            "ruled_by": ruled_by,
            "two_people": two_people,
            "at_ms": at_ms,
        }
        if self.refund_minor is not None:
            said |= {"refund_minor": self.refund_minor, "charged_to": self.charged_to, "authority": None}
        if self.authority is not None:
            said["authority"] = {"kind": self.authority.kind, "reference": self.authority.reference}
        if self.overturns is not None:
            said |= {"party": self.case.party, "overturns": self.overturns}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def decide_money(
    connection: sa.Connection, case: ReviewCase, given: GivenRuling, claim: Event, policy: Policy, ruling_id: str
) -> MoneyDecision:
    """What a ruling on a claim releases, under the policy in force.

    Args:
        connection: of the transaction in which the ruling is released, before it is on record.
        case: the case.
        given: the ruling.
        claim: as it was filed.
        policy: says which authorities count.
        ruling_id: what the ruling will be found under, as a reference for charging the merchant.
    """
    if case.kind == "audit":
        return MoneyDecision(case=case, given=given, refund_minor=None, charged_to=None, authority=None, overturns=None)
    decision = find_decision(connection, case.claim_id)
    refund_minor = refund_of(given, case.amount_minor)
    authority = _authority(given, claim, decision, policy, ruling_id) if refund_minor else None
    return MoneyDecision(
        case=case,
        given=given,
        refund_minor=refund_minor,
        charged_to=None if not refund_minor else "platform" if authority is None else "merchant",
        authority=authority,
        overturns=_overturns(connection, case, refund_minor, decision)
        if case.kind in {"appeal", "mediation"}
        else None,
    )


def _authority(
    given: GivenRuling, claim: Event, decision: LedgerEntry | None, policy: Policy, ruling_id: str
) -> Authority | None:
    kinds = policy.for_category(claim.category_id or "").authorities.kinds
    if given.merchant_at_fault and _ADJUDICATION in kinds:
        return Authority(_ADJUDICATION, ruling_id)
    # an imported claim has no facts on record, but its filing says what the law asks for
    recorded = None if decision is None else decision.facts
    return find_authority(ClaimFacts.of_event(claim) if recorded is None else facts_from_json(recorded), policy)


def _overturns(
    connection: sa.Connection, case: ReviewCase, refund_minor: int, decision: LedgerEntry | None
) -> bool | None:
    """Whether another refund was decided before: by a person in the console, else by API, else automatically."""
    released = [each.refund_minor for each in rulings_of_claim(connection, case.claim_id)]
    amounts = [amount for amount in released if amount is not None]
    if amounts:
        return amounts[-1] != refund_minor
    verdicts = [
        event.verdict
        for event in events_of_claim(connection, case.claim_id, _MOST_EVENTS)
        if event.kind is EventKind.CLAIM_ADJUDICATED and event.verdict_source != "audit"
    ]
    before: Mapping[str | None, int] = {"legitimate": case.amount_minor, "abusive": 0}
    if verdicts:
        return None if verdicts[-1] not in before else before[verdicts[-1]] != refund_minor
    if decision is None or decision.action == "manual_review":
        return None
    return refund_minor != case.amount_minor
