"""The client for code that waits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

import httpx

from serving.answer import Answer
from serving.api.messages import BatchAnswer
from serving.case_file.messages import ClaimAnswer
from serving.cases.messages import OpenedAppeal, TakenEvidence
from serving.claim import Language
from serving.client import asking
from serving.client.asking import Ask, Content
from serving.client.feed import DecisionFeed
from serving.client.retries import Retries
from serving.client.talking import (
    READY,
    TIMEOUT_SECONDS,
    Outcome,
    Pause,
    Talk,
    connection_options,
    is_ready,
)
from serving.explaining.messages import Audience, Explanation
from serving.insight.alarms.messages import AlarmPage
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.intake.sent_event import EventsAnswer
from serving.intake.verdict import RecordedAdjudication
from serving.policy_card.card import PolicyCard

T = TypeVar("T")


class ClearclaimClient:
    """Asks a service. One client may be shared by threads; close it, or use it in a `with`.

    Args:
        base_url: the service's address.
        api_key: the key to show; default: what CLEARCLAIM_API_KEY holds, if anything.
        timeout_seconds: how long one attempt may take.
        retries: how patient to be.
        transport: another way to send requests, for tests and proxies.
        sleep: waits so many seconds.
        chance: draws from 0 to 1, for the pauses.

    Raises:
        ValueError: if the address is none.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retries: Retries = Retries(),  # noqa: B008 - frozen
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._http = httpx.Client(transport=transport, **connection_options(base_url, api_key, timeout_seconds))
        self._retries = retries
        self._sleep = sleep
        self._chance = chance

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def score(self, claim: Content) -> Answer:
        """What to do with a claim, and why; the stored answer if it was decided before."""
        return self._ask(asking.score(claim))

    def score_batch(self, claims: Iterable[Content]) -> BatchAnswer:
        """The same for up to 1,000 claims, in their order: each result has an answer, or an error of its own."""
        return self._ask(asking.score_batch(claims))

    def explain(self, claim_id: str, audience: Audience, language: Language | None = None) -> Explanation:
        """Why a claim was decided as it was, in words for a reviewer, its buyer or its merchant."""
        return self._ask(asking.explain(claim_id, audience, language))

    def send_events(self, events: Iterable[Content]) -> EventsAnswer:
        """Tell of up to 5,000 events; all are taken or none, and none twice."""
        return self._ask(asking.send_events(events))

    def adjudicate(self, ruling: Content) -> RecordedAdjudication:
        """Tell what a person has ruled on a claim."""
        return self._ask(asking.adjudicate(ruling))

    def appeal(self, claim_id: str, appeal: Content) -> OpenedAppeal:
        """Open an appeal of the buyer or the merchant against what was decided on a claim."""
        return self._ask(asking.appeal(claim_id, appeal))

    def bring_evidence(self, claim_id: str, text: str) -> TakenEvidence:
        """Tell what a party brought that was asked for evidence (`claim.evidence_asked`)."""
        return self._ask(asking.bring_evidence(claim_id, text))

    def claim(self, claim_id: str) -> ClaimAnswer:
        """How a claim stands: its state, decision, entitlements and case."""
        return self._ask(asking.claim(claim_id))

    def policy_card(self, category: str, language: Language | None = None) -> PolicyCard:
        """What the policy gives buyers of a sort of goods, in numbers and in words."""
        return self._ask(asking.policy_card(category, language))

    def scorecard(self, merchant_id: str) -> MerchantScorecard:
        """How a merchant serves, as it was worked out last: figures with intervals, and a score from 1 to 5."""
        return self._ask(asking.scorecard(merchant_id))

    def alarms(self, after: str | None = None) -> AlarmPage:
        """Sudden rises in claims and declines, oldest first: up to 100 raised after the `next` of the page before."""
        return self._ask(asking.alarms(after))

    def decisions(self, cursor: str | None = None, limit: int = 100) -> DecisionFeed:
        """All decisions after a cursor (without one: from the first), read in pages of `limit`."""
        return DecisionFeed(self._ask, cursor, limit)

    def ready(self) -> bool:
        """Whether the service can decide by itself now; asked once, and False where nobody answers."""
        return is_ready(self._try(self._http.build_request("GET", READY)))

    def _ask(self, ask: Ask[T]) -> T:
        talk = Talk(ask, self._retries, self._chance)
        request = talk.request(self._http)
        while isinstance(settled := talk.settle(self._try(request)), Pause):
            self._sleep(settled.seconds)
        return settled

    def _try(self, request: httpx.Request) -> Outcome:
        try:
            return self._http.send(request)
        except httpx.RequestError as error:
            return error
