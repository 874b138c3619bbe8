"""What the endpoints share."""

from __future__ import annotations

from dataclasses import dataclass

from features.store import Store
from serving.api.endpoint import Endpoint
from serving.claim_desk import ClaimDesk
from serving.counter import Counter
from serving.settings import Settings
from serving.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What is open as long as the service runs."""

    settings: Settings
    endpoints: tuple[Endpoint, ...]
    store: Store
    desk: ClaimDesk
    counter: Counter
    spool: Spool
