"""What the endpoints share."""

from __future__ import annotations

from dataclasses import dataclass

from features.store import Store
from serving.after_claim import AfterClaim
from serving.api.endpoint import Endpoint
from serving.api.guard import Guard
from serving.cases.appealing import PartyDesk
from serving.claim_desk import ClaimDesk
from serving.counter import Counter
from serving.explaining.explain import Explainer
from serving.intake.adjudicating import AdjudicationDesk
from serving.intake.event_desk import EventDesk
from serving.observing.access_log import AccessLog
from serving.observing.metrics import Metrics
from serving.settings import Settings
from serving.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What is open as long as the service runs."""

    settings: Settings
    endpoints: tuple[Endpoint, ...]
    store: Store
    desk: ClaimDesk
    metrics: Metrics
    after_claim: AfterClaim
    access_log: AccessLog
    guard: Guard
    counter: Counter
    spool: Spool
    explainer: Explainer
    events: EventDesk
    adjudications: AdjudicationDesk
    parties: PartyDesk
