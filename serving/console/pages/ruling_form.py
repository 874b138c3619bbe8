"""What a case page shows of its ruling: the form of who has the case, the minute to undo it in, or what stands.

The template `ruling_form.html` shows it under the name `ruling_form`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from features.store.log import stored_claim
from serving.cases.case import CaseStep, ReviewCase, steps_of_case
from serving.cases.given_ruling import GivenRuling, refund_of
from serving.cases.priority import takes_two
from serving.cases.ruling import UNDO_MS
from serving.cases.words import BLIND_KINDS, DENIAL_REASONS, RULINGS
from serving.claim import Language
from serving.console.languages import texts_of
from serving.console.visit import Visit

# theirs: who looks has the case; undoable: they ruled, and may take it back; given: what was ruled
Part: TypeAlias = Literal["theirs", "undoable", "given", "awaiting", "nothing"]
_FIELDS: Final = ("ruling", "amount", "denial_reason", "text", "merchant_at_fault", "note", "party", "ask_text",
                  "evidence_text", "appeal_party", "appeal_kind", "appeal_text")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReasonChoice:
    """A denial reason with the text that a buyer gets where the reviewer writes none."""

    name: str
    text_for_buyer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenView:
    """A ruling that was given. `seconds_left` until it stands; None for a proposal, which waits for somebody else."""

    given: GivenRuling
    refund_minor: int
    by: str
    at_ms: int
    proposed_by: str | None
    seconds_left: int | None

    @property
    def until_ms(self) -> int:
        """When the minute is over."""
        return self.at_ms + UNDO_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """What a party was asked for."""

    party: str
    text: str
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingForm:
    """What the template shows.

    Attributes:
        values: fields as they were sent, or empty.
        problems: by field, the text that says what is wrong; `form` for all of it.
        takes_two: whether a second person has to rule too, as far as who looks may know.
        is_second: whether they are the second one.
        language: the claim's, in which the buyer is told.
    """

    case: ReviewCase
    part: Part
    values: Mapping[str, str]
    problems: Mapping[str, str]
    rulings: tuple[str, ...] = RULINGS
    reasons: tuple[ReasonChoice, ...]
    takes_two: bool
    is_second: bool
    can_escalate: bool
    can_appeal: bool
    language: Language
    given: GivenView | None = None
    asked: AskedView | None = None


def form_of(visit: Visit, case: ReviewCase, problems: Mapping[str, str] | None = None) -> RulingForm:
    """What to show of a case's ruling to who looks.

    Args:
        visit: who looks, and what they sent if something of it was wrong.
        case: as it stands.
        problems: keys of texts, by field.
    """
    with visit.desk.store.reading() as connection:
        steps = steps_of_case(connection, case.number)
        claim = stored_claim(connection, case.claim_id)
    language = language_of_claim(visit, None if claim is None else claim.claim_text)
    part = _part(visit, case)
    reviews = visit.who.role in {"reviewer", "senior"}
    return RulingForm(
        case=case,
        part=part,
        values={name: visit.form.get(name, "") for name in _FIELDS},
        problems={field: visit.text(key) for field, key in (problems or {}).items()},
        reasons=tuple(ReasonChoice(name, text_for_buyer(name, language)) for name in DENIAL_REASONS),
        takes_two=looks_as_two(visit, case),
        is_second=case.lane == "second",
        can_escalate=case.lane != "senior",
        can_appeal=reviews and case.state == "closed",  # of whatever kind: those that measure must look like a review
        language=language,
        given=_given(visit, case) if part in {"undoable", "given"} else None,
        asked=_asked(steps) if part == "awaiting" else None,
    )


def looks_as_two(visit: Visit, case: ReviewCase) -> bool:
    """Whether two people rule on such a claim: told of cases that measure reviewers too, or they would stand out."""
    return takes_two(visit.desk.policy(), case.amount_minor)


def text_for_buyer(reason: str, language: Language) -> str:
    """What a buyer is told of a denial where the reviewer writes nothing else."""
    return texts_of(language)(f"ruling.buyer_{reason}")


def language_of_claim(visit: Visit, claim_text: str | None) -> Language:
    """The language to write to a buyer in: that of their own words, or else the policy's."""
    if claim_text:
        return "zh-CN" if any("\u4e00" <= letter <= "\u9fff" for letter in claim_text) else "en"
    return visit.desk.policy().reasons.language


def _part(visit: Visit, case: ReviewCase) -> Part:
    person = visit.who.name
    is_own = case.ruled_by == person
    match case.state:
        case "assigned" if case.assigned_to == person:
            return "theirs"
        case "pending" if is_own:
            return "undoable"
        # whoever may be the second person must not see what the first one ruled
        case "waiting" if case.lane == "second" and is_own:
            return "undoable"
        case "awaiting_evidence":
            return "awaiting"
        case "pending" | "closed" if case.ruling is not None:
            return "given"
        case _:
            return "nothing"


def _given(visit: Visit, case: ReviewCase) -> GivenView | None:
    if case.ruling is None or case.ruled_by is None or case.ruled_at_ms is None:
        return None
    given = GivenRuling.from_json(case.ruling)
    left_ms = case.ruled_at_ms + UNDO_MS - visit.desk.now_ms()
    has_clock = case.state == "pending" and not (case.kind in BLIND_KINDS and looks_as_two(visit, case))
    return GivenView(
        given=given,
        refund_minor=refund_of(given, case.amount_minor),
        by=case.ruled_by,
        at_ms=case.ruled_at_ms,
        proposed_by=case.ruling.get("proposed_by"),
        seconds_left=max(0, -(-left_ms // 1000)) if has_clock else None,
    )


def _asked(steps: list[CaseStep]) -> AskedView | None:
    detail: Mapping[str, Any] | None = next(
        (step.detail for step in reversed(steps) if step.step == "evidence_asked"), None
    )
    return None if detail is None else AskedView(**{name: detail[name] for name in ("party", "text", "until_ms")})
