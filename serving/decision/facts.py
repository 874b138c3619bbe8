"""What a decision needs to know of a claim beside its probabilities."""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, fields
from typing import Any

from features.events import Event
from serving.words import AuthorityKind


@dataclass(frozen=True, slots=True)
class RecordedAuthority:
    """What the platform says entitles it to charge the merchant: a kind, and where that is on record."""

    kind: AuthorityKind
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """A claim and its order. Times are milliseconds UTC, money is minor units; None or "" where nothing is known.

    Raises:
        ValueError: the amount is negative.
    """

    amount_minor: int
    claim_type: str
    as_of_ms: int
    claim_id: str = ""
    reason: str = "other"
    quantity: int = 1
    evidence_count: int = 0
    evidence_hashes: tuple[str, ...] = ()
    buyer_id: str = ""
    merchant_id: str = ""
    product_id: str = ""
    order_id: str = ""
    category_id: str = ""
    order_amount_minor: int | None = None
    order_paid_at_ms: int | None = None
    order_promised_at_ms: int | None = None
    order_delivered_at_ms: int | None = None
    authority: RecordedAuthority | None = None
    human_requested: bool = False

    def __post_init__(self) -> None:
        if self.amount_minor < 0:
            raise ValueError(f"amount_minor is {self.amount_minor}; a claim asks for zero or more")

    @classmethod
    def of_event(
        cls, filed: Event, *, authority: RecordedAuthority | None = None, human_requested: bool = False
    ) -> ClaimFacts:
        """The facts of a `claim_filed` event, as of the moment at which it became known."""
        return cls(
            amount_minor=filed.amount_minor or 0,
            claim_type=filed.claim_type or "",
            as_of_ms=filed.known_at_ms,
            claim_id=filed.claim_id or "",
            reason=filed.claim_reason or "other",
            quantity=1 if filed.quantity is None else filed.quantity,
            evidence_count=filed.evidence_count or 0,
            evidence_hashes=filed.evidence_hashes or (),
            buyer_id=filed.buyer_id or "",
            merchant_id=filed.merchant_id or "",
            product_id=filed.product_id or "",
            order_id=filed.order_id or "",
            category_id=filed.category_id or "",
            order_amount_minor=filed.order_amount_minor,
            order_paid_at_ms=filed.order_paid_at_ms,
            order_promised_at_ms=filed.order_promised_at_ms,
            order_delivered_at_ms=filed.order_delivered_at_ms,
            authority=authority,
            human_requested=human_requested,
        )


def facts_to_json(facts: ClaimFacts) -> str:
    """The facts as JSON, from which they come back as they were. What is at its default is left out."""
    said = {each.name: getattr(facts, each.name) for each in fields(facts) if getattr(facts, each.name) != each.default}
    if facts.authority is not None:
        said["authority"] = {"kind": facts.authority.kind, "reference": facts.authority.reference}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def facts_from_json(text: str) -> ClaimFacts:
    """The facts that `facts_to_json` wrote, also where it knew fewer fields.

    >>> facts_from_json('{"amount_minor":500,"claim_type":"exchange","as_of_ms":1735689600000}').reason
    'other'

    Raises:
        ValueError: it isn't such a JSON: the message names what is missing or unknown.
    """
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError(f"facts are {text!r:.60}; write an object with the claim's facts")  # noqa: TRY004 - a value
    known = {each.name: each for each in fields(ClaimFacts)}
    if unknown := said.keys() - known.keys():
        raise ValueError(f"facts have the unknown field {min(unknown)}; a newer clearclaim wrote them, update this one")
    needed = {name for name, each in known.items() if each.default is MISSING}
    if missing := needed - said.keys():
        raise ValueError(f"facts lack the field {min(missing)}; they were cut short, restore them from a copy")
    return ClaimFacts(**{name: _value(name, value) for name, value in said.items()})


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if name == "authority":
        return RecordedAuthority(**value)
    return tuple(value) if isinstance(value, list) else value
