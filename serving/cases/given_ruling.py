"""A ruling as a person gives it: what it must say, what it refunds, and what learning is told of it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

from serving.cases.words import DENIAL_REASONS, RULINGS, VERDICT_OF_DENIAL, CaseKind, DenialReason, Ruling
from serving.intake.verdict import PersonalSource, Verdict

SHORTEST_TEXT: Final = 10  # characters of what a party is told
LONGEST_TEXT: Final = 2_000
LONGEST_NOTE: Final = 2_000

Field: TypeAlias = Literal["ruling", "amount", "denial_reason", "text", "note"]
# what is wrong with a field, in a word: pages have a text for each
Problem: TypeAlias = Literal[
    "ruling_missing", "amount_missing", "amount_outside", "amount_unasked", "reason_missing", "text_length",
    "note_length", "characters",
]  # fmt: skip

SOURCE_OF_KIND: Final[Mapping[CaseKind, PersonalSource]] = {
    "review": "reviewer",
    "audit": "audit",
    "appeal": "appeal",
    "mediation": "appeal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRuling:
    """What a person rules on a claim.

    Attributes:
        refund_minor: the part that is refunded, for partly_approve alone.
        denial_reason: for deny alone.
        text_for_buyer: what the buyer is told; a denial must have it.
        merchant_at_fault: None where that isn't known.
        note: for colleagues.
    """

    ruling: Ruling
    refund_minor: int | None = None
    denial_reason: DenialReason | None = None
    text_for_buyer: str | None = None
    merchant_at_fault: bool | None = None
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Its fields, as cases and steps keep them."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> GivenRuling:
        """The ruling that a case or step keeps; what else stands there is left out."""
        return cls(**{name: said.get(name) for name in cls.__slots__})  # type: ignore[arg-type]


class RulingProblemsError(ValueError):
    """A ruling that lacks something, or says what it may not: `problems` by field."""

    def __init__(self, problems: Mapping[Field, Problem]) -> None:
        super().__init__(", ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = problems


def problems_of(given: GivenRuling, asked_minor: int) -> dict[Field, Problem]:
    """What is wrong with a ruling on a claim that asks for an amount; nothing if it can stand.

    >>> problems_of(GivenRuling(ruling="partly_approve", refund_minor=500), 500)
    {'amount': 'amount_outside'}
    """
    problems: dict[Field, Problem] = {}
    if given.ruling not in RULINGS:
        problems["ruling"] = "ruling_missing"
    if given.ruling == "partly_approve":
        if given.refund_minor is None:
            problems["amount"] = "amount_missing"
        elif not 0 < given.refund_minor < asked_minor:
            problems["amount"] = "amount_outside"
    elif given.refund_minor is not None:
        problems["amount"] = "amount_unasked"  # somebody typed it and chose another ruling: one of both is a mistake
    if given.ruling == "deny" and given.denial_reason not in DENIAL_REASONS:
        problems["denial_reason"] = "reason_missing"
    problem = text_problem(given.text_for_buyer, is_needed=given.ruling == "deny")
    if problem is not None:
        problems["text"] = problem
    if given.note is not None and len(given.note) > LONGEST_NOTE:
        problems["note"] = "note_length"
    elif given.note is not None and "\0" in given.note:
        problems["note"] = "characters"
    return problems


def text_problem(text: str | None, *, is_needed: bool = True) -> Problem | None:
    """What is wrong with a text for a party; None if it can be sent."""
    if text is None and not is_needed:
        return None
    if not SHORTEST_TEXT <= len((text or "").strip()) <= LONGEST_TEXT:
        return "text_length"
    return "characters" if "\0" in (text or "") else None


def refund_of(given: GivenRuling, asked_minor: int) -> int:
    """What the buyer gets, in minor units.

    >>> refund_of(GivenRuling(ruling="approve"), 5900)
    5900
    """
    match given.ruling:
        case "approve":
            return asked_minor
        case "partly_approve" if given.refund_minor is not None:
            return given.refund_minor
        case _:
            return 0


def verdict_of(given: GivenRuling) -> Verdict:
    """What learning is told. Who gets a part was honest: what is contested is how much it was worth.

    >>> verdict_of(GivenRuling(ruling="deny", denial_reason="no_evidence"))
    'undetermined'
    """
    if given.ruling != "deny" or given.denial_reason is None:
        return "legitimate"
    return VERDICT_OF_DENIAL[given.denial_reason]


def is_same_decision(one: GivenRuling, other: GivenRuling) -> bool:
    """Whether two people ruled the same: the ruling, its amount and its denial reason; their words may differ."""
    said = (one.ruling, one.refund_minor, one.denial_reason)
    return said == (other.ruling, other.refund_minor, other.denial_reason)


def agreed(proposed: GivenRuling, seconded: GivenRuling) -> GivenRuling:
    """What two people ruled who ruled the same: the second one's words, and a fault only if both found it so."""
    if proposed.merchant_at_fault == seconded.merchant_at_fault:
        return seconded
    return GivenRuling.from_json({**seconded.as_json(), "merchant_at_fault": None})
