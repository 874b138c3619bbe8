"""What can be asked: each request as a value, with the way to read its answer. No connection here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, TypeAdapter

from serving.answer import Answer
from serving.api.messages import BatchAnswer, DecisionPage
from serving.case_file.messages import ClaimAnswer
from serving.cases.messages import OpenedAppeal, TakenEvidence
from serving.claim import Language
from serving.explaining.messages import Audience, Explanation
from serving.insight.alarms.messages import AlarmPage
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.intake.sent_event import EventsAnswer
from serving.intake.verdict import RecordedAdjudication
from serving.policy_card.card import PolicyCard

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Content: TypeAlias = BaseModel | Mapping[str, Any]  # what is sent: a model of the API, or its JSON

PREFIX: Final = "/v1"
_EXPLANATION: Final = TypeAdapter[Explanation](Annotated[Explanation, Field(discriminator="audience")])


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """One request, and how to read the body of its answer."""

    method: Literal["GET", "POST"]
    path: str
    read: Callable[[bytes], T]
    body: bytes | None = None
    query: Mapping[str, str | int] = field(default_factory=dict)


def score(claim: Content) -> Ask[Answer]:
    """What to do with a claim."""
    return Ask("POST", f"{PREFIX}/score", _reads(Answer), _json(claim))


def score_batch(claims: Iterable[Content]) -> Ask[BatchAnswer]:
    """What to do with each of up to 1,000 claims."""
    return Ask("POST", f"{PREFIX}/score_batch", _reads(BatchAnswer), _json({"claims": claims}))


def explain(claim_id: str, audience: Audience, language: Language | None) -> Ask[Explanation]:
    """Why a claim was decided as it was, in words for somebody."""
    query = {"audience": audience} if language is None else {"audience": audience, "language": language}
    return Ask("GET", f"{PREFIX}/explain/{_segment(claim_id)}", _read_explanation, query=query)


def send_events(events: Iterable[Content]) -> Ask[EventsAnswer]:
    """That these things happened: all are taken or none."""
    return Ask("POST", f"{PREFIX}/events", _reads(EventsAnswer), _json({"events": events}))


def adjudicate(ruling: Content) -> Ask[RecordedAdjudication]:
    """That a person has ruled on a claim."""
    return Ask("POST", f"{PREFIX}/adjudicate", _reads(RecordedAdjudication), _json(ruling))


def appeal(claim_id: str, appeal: Content) -> Ask[OpenedAppeal]:
    """That a party doesn't accept what was decided."""
    return Ask("POST", f"{PREFIX}/claims/{_segment(claim_id)}/appeals", _reads(OpenedAppeal), _json(appeal))


def bring_evidence(claim_id: str, text: str) -> Ask[TakenEvidence]:
    """What a party brought that was asked for evidence."""
    return Ask("POST", f"{PREFIX}/claims/{_segment(claim_id)}/evidence", _reads(TakenEvidence), _json({"text": text}))


def claim(claim_id: str) -> Ask[ClaimAnswer]:
    """How a claim stands."""
    return Ask("GET", f"{PREFIX}/claims/{_segment(claim_id)}", _reads(ClaimAnswer))


def policy_card(category: str, language: Language | None) -> Ask[PolicyCard]:
    """What the policy gives buyers of a sort of goods."""
    query = {} if language is None else {"language": language}
    return Ask("GET", f"{PREFIX}/policy_card/{_segment(category)}", _reads(PolicyCard), query=query)


def scorecard(merchant_id: str) -> Ask[MerchantScorecard]:
    """How a merchant serves."""
    return Ask("GET", f"{PREFIX}/merchants/{_segment(merchant_id)}/scorecard", _reads(MerchantScorecard))


def decisions(cursor: str | None, limit: int) -> Ask[DecisionPage]:
    """A page of the decisions after a cursor."""
    query: dict[str, str | int] = {"limit": limit} if cursor is None else {"after": cursor, "limit": limit}
    return Ask("GET", f"{PREFIX}/decisions", _reads(DecisionPage), query=query)


def alarms(cursor: str | None) -> Ask[AlarmPage]:
    """Sudden rises in claims, and merchants in decline, that were raised after a cursor."""
    return Ask("GET", f"{PREFIX}/alarms", _reads(AlarmPage), query={} if cursor is None else {"after": cursor})


def _reads(model: type[M]) -> Callable[[bytes], M]:
    # a service that is newer than its client may say more than the client knows
    return lambda body: model.model_validate_json(body, extra="ignore")


def _read_explanation(body: bytes) -> Explanation:
    # for whom it is was asked for, and the service says so again
    explanation: Explanation = _EXPLANATION.validate_json(body, extra="ignore")
    return explanation


def _json(content: object) -> bytes:
    """JSON of what is sent; fields of a model that were not set are left to the service's defaults."""
    return json.dumps(_plain(content), ensure_ascii=False, allow_nan=False).encode()


def _plain(content: object) -> object:
    match content:
        case BaseModel():
            return content.model_dump(mode="json", exclude_none=True)
        case str() | None:
            return content
        case Mapping():
            return {key: _plain(value) for key, value in content.items()}
        case Iterable():
            return [_plain(each) for each in content]
    return content


def _segment(identifier: str) -> str:
    """An id as one piece of a path, whatever characters it has; a dot alone would name a folder."""
    return quote(identifier, safe="").replace(".", "%2E")
