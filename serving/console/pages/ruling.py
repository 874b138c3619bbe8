"""What people do with a case that they have: look, rule, undo, ask, escalate; and appeals that they bring in."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar, get_args

from features.store.log import stored_claim
from serving.cases.appealing import AppealRefusedError
from serving.cases.case import ReviewCase, cases_of_claim, steps_of_case
from serving.cases.given_ruling import GivenRuling, RulingProblemsError, text_problem
from serving.cases.holding import NotTheirsError, UnknownCaseError, known_case
from serving.cases.messages import Appeal
from serving.cases.ruling import TooLateError
from serving.cases.stepping import CaseConflictError
from serving.cases.transitions import IllegalStepError
from serving.cases.words import APPEAL_KINDS, BLIND_KINDS, DENIAL_REASONS, RULINGS, Party
from serving.console.page import REVIEWS, ConsoleError, Page, PageReply
from serving.console.pages.case import show_case
from serving.console.pages.ruling_form import language_of_claim, looks_as_two, text_for_buyer
from serving.console.rendering import see_other
from serving.console.visit import Visit
from serving.dossier.moment import may_read
from serving.intake.adjudicating import UnknownClaimError

_AMOUNT: Final = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_PARTIES: Final[tuple[Party, ...]] = get_args(Party)
_FAULT: Final[Mapping[str, bool]] = {"yes": True, "no": False}
Word = TypeVar("Word", bound=str)


class _FieldsError(Exception):
    """Fields that can't be read: the keys of texts, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


def look(visit: Visit) -> PageReply:
    """The first look is done: reasons may be shown."""
    who = visit.who
    return _act(visit, lambda number: _back(visit.desk.rulings.look(number, who.name, who.role), None))


def rule(visit: Visit) -> PageReply:
    """Rule on the claim."""
    who = visit.who

    def act(number: int) -> PageReply:
        given = _read_ruling(visit, number)
        case = visit.desk.rulings.rule(number, who.name, who.role, given, _version(visit))
        if case.state == "pending" and case.kind in BLIND_KINDS and looks_as_two(visit, case):
            return _back(case, "proposed")  # one that measures reviewers must look like any other
        if case.state == "pending":
            return _back(case, "seconded" if case.lane == "second" else "ruled")
        return _back(case, "proposed") if case.lane == "second" else see_other("/console/queue", said="contested")

    return _act(visit, act)


def undo(visit: Visit) -> PageReply:
    """Take the ruling back."""
    return _act(visit, lambda number: _back(visit.desk.rulings.undo(number, visit.who.name), "undone"))


def ask(visit: Visit) -> PageReply:
    """Ask a party for evidence."""
    who = visit.who

    def act(number: int) -> PageReply:
        party = _one_of(visit.form.get("party", ""), _PARTIES, "party")
        text = _text(visit, "text", "ask_text")
        visit.desk.rulings.ask_for_evidence(number, who.name, who.role, party, text, _version(visit))
        return see_other("/console/queue", said="asked")

    # both forms have a text: what was written here is shown again here
    kept = {**visit.form, "text": "", "ask_text": visit.form.get("text", "")}
    return _act(visit, act, replace(visit, form=kept))


def evidence_given(visit: Visit) -> PageReply:
    """What was asked for has come."""

    def act(number: int) -> PageReply:
        with visit.desk.store.reading() as connection:
            case = known_case(connection, number)
            if not may_read(case, steps_of_case(connection, number), visit.who.name, visit.who.role):
                raise ConsoleError(403, "case.not_yours")
        text = visit.form.get("text", "").strip() or None
        if text is not None:
            _text(visit, "text", "evidence_text")
        return _back(visit.desk.rulings.evidence_given(number, visit.who.name, text), "evidence_given")

    kept = {**visit.form, "text": "", "evidence_text": visit.form.get("text", "")}
    return _act(visit, act, replace(visit, form=kept))


def escalate(visit: Visit) -> PageReply:
    """Hand the case to a senior."""
    who = visit.who

    def act(number: int) -> PageReply:
        reason = visit.form.get("note", "").strip()[:2_000] or None
        visit.desk.rulings.escalate(number, who.name, who.role, reason, _version(visit))
        return see_other("/console/queue", said="escalated")

    return _act(visit, act)


def appeal(visit: Visit) -> PageReply:
    """Bring in an appeal that a party made elsewhere: by mail, on the phone."""
    number = visit.form.get("number", "")

    def act(from_case: int) -> PageReply:
        given = Appeal(
            appeal_id=f"console-{secrets.token_hex(8)}",
            party=_one_of(visit.form.get("party", ""), _PARTIES, "appeal_party"),
            kind=_one_of(visit.form.get("kind", ""), APPEAL_KINDS, "appeal_kind"),
            text=_text(visit, "text", "appeal_text"),
        )
        _refuse_while_theirs(visit)
        try:
            opened = visit.desk.parties.open_appeal(visit.values["claim_id"], given, visit.who.name)
        except UnknownClaimError:
            raise ConsoleError(404, "error.not_found") from None
        if visit.who.role == "senior":
            return see_other(f"/console/cases/{opened.case_number}", said="appealed")
        # it is for somebody else, and a reviewer opens no others' cases
        return see_other(f"/console/cases/{from_case}" if from_case else "/console/queue", said="appealed")

    kept = {f"appeal_{name}": visit.form.get(name, "") for name in ("party", "kind", "text")}
    if re.fullmatch(r"[1-9][0-9]{0,17}", number) is None:
        number = "0"
    return _act(replace(visit, values={**visit.values, "number": number}), act, replace(visit, form=kept))


def _refuse_while_theirs(visit: Visit) -> None:
    """Refuse an appeal against a claim that the visitor has as a case that measures, as it is refused for a review.

    Raises:
        AppealRefusedError: so.
    """
    claim_id, name = visit.values["claim_id"], visit.who.name
    with visit.desk.store.reading() as connection:
        for case in cases_of_claim(connection, claim_id):
            is_open = case.kind in BLIND_KINDS and case.state != "closed"
            if is_open and any(step.by == name for step in steps_of_case(connection, case.number)):
                raise AppealRefusedError("nothing_to_appeal", f"case {case.number} is open; rule on it first")


def minor_of(text: str) -> int | None:
    """An amount in major units, with up to two decimals, in minor units; None if it is none.

    >>> minor_of("59.9"), minor_of("59"), minor_of("59,90")
    (5990, 5900, None)

    As it is typed in Chinese, too:

    >>> minor_of("￥１２．５")
    1250
    """
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip().removeprefix("\N{YEN SIGN}").strip())
    return None if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _act(visit: Visit, act: Callable[[int], PageReply], shown: Visit | None = None) -> PageReply:
    """Do something with a case; where that can't be done, show its page again with what is wrong.

    Args:
        visit: of the form.
        act: what to do with the case's number.
        shown: the visit with the fields as its page shows them, where that is another one.
    """
    number, shown = int(visit.values["number"]), shown or visit
    try:
        return act(number)
    except UnknownCaseError:
        raise ConsoleError(404, "error.not_found") from None
    except _FieldsError as error:
        return _again(shown, number, error.problems, 422)
    except RulingProblemsError as error:
        return _again(shown, number, {field: f"ruling.problem_{said}" for field, said in error.problems.items()}, 422)
    except AppealRefusedError as error:
        return _again(shown, number, {"form": f"ruling.error_{error.code}"}, 409)
    except NotTheirsError:
        return _again(shown, number, {"form": "ruling.error_not_theirs"}, 409)
    except TooLateError:
        return _again(shown, number, {"form": "ruling.error_too_late"}, 409)
    except (CaseConflictError, IllegalStepError):
        return _again(shown, number, {"form": "ruling.error_conflict"}, 409)


def _again(visit: Visit, number: int, problems: Mapping[str, str], status: int) -> PageReply:
    if number == 0:  # an appeal that came from no case's page
        raise ConsoleError(status, next(iter(problems.values())))
    return show_case(visit, number, problems=problems, status=status)


def _back(case: ReviewCase, said: str | None) -> PageReply:
    return see_other(f"/console/cases/{case.number}", said=said)


def _read_ruling(visit: Visit, number: int) -> GivenRuling:
    """The ruling that a form gives. A denial without a text gets the one of its reason, in the claim's language."""
    form = visit.form
    ruling = _one_of(form.get("ruling", ""), RULINGS, "ruling")
    amount = form.get("amount", "").strip()
    refund_minor = minor_of(amount) if amount else None
    if amount and refund_minor is None:
        raise _FieldsError({"amount": "ruling.problem_amount_format"})
    reason = next((each for each in DENIAL_REASONS if each == form.get("denial_reason")), None)
    text = form.get("text", "").strip() or None
    if ruling == "deny" and text is None:
        if reason is None:
            raise _FieldsError({"denial_reason": "ruling.problem_reason_missing"})  # its choice brings a text
        with visit.desk.store.reading() as connection:
            claim = stored_claim(connection, known_case(connection, number).claim_id)
        text = text_for_buyer(reason, language_of_claim(visit, None if claim is None else claim.claim_text))
    return GivenRuling(
        ruling=ruling,
        refund_minor=refund_minor,
        denial_reason=reason if ruling == "deny" else None,  # a list that was used once keeps its choice
        text_for_buyer=text,
        merchant_at_fault=_FAULT.get(form.get("merchant_at_fault", "")),
        note=form.get("note", "").strip() or None,
    )


def _one_of(given: str, words: tuple[Word, ...], field: str) -> Word:
    for word in words:
        if word == given:
            return word
    raise _FieldsError({field: f"ruling.problem_{field}_missing"})


def _text(visit: Visit, name: str, field: str) -> str:
    text = visit.form.get(name, "").strip()
    problem = text_problem(text)
    if problem is not None:
        raise _FieldsError({field: f"ruling.problem_{problem}"})
    return text


def _version(visit: Visit) -> int | None:
    """Of the case, from the page that the form was on."""
    said = visit.form.get("version", "")
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else None


PAGES: Final = (
    Page("POST", "/cases/{number}/look", look, REVIEWS),
    Page("POST", "/cases/{number}/rule", rule, REVIEWS),
    Page("POST", "/cases/{number}/undo", undo, REVIEWS),
    Page("POST", "/cases/{number}/ask", ask, REVIEWS),
    Page("POST", "/cases/{number}/evidence-given", evidence_given, REVIEWS),
    Page("POST", "/cases/{number}/escalate", escalate, REVIEWS),
    Page("POST", "/claims/{claim_id}/appeal", appeal, REVIEWS),
)
